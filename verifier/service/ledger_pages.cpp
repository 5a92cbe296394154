#include "verifier/service/ledger_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace parallax {
namespace {

absl::StatusOr<LedgerRecord> decode(Topoheight topoheight, const Bytes& bytes) {
    auto record = decode_ledger_record(bytes);
    if (!record.ok() || record->verdict.topoheight != topoheight) {
        return absl::DataLossError(
            fmt::format("the verdict of block {} is damaged", topoheight.value()));
    }
    return record;
}

absl::StatusOr<Topoheight> first_of(const LedgerPageRequest& request) {
    const Topoheight first = request.first.value_or(Topoheight{0});
    if (request.page_token.empty()) {
        return first;
    }
    std::uint64_t value = 0;
    const char* const end = request.page_token.data() + request.page_token.size();
    const auto parsed = std::from_chars(request.page_token.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || Topoheight{value} < first) {
        return absl::InvalidArgumentError(
            "page_token: no page of this list gave it; start without one");
    }
    return Topoheight{value};
}

}  // namespace

absl::StatusOr<std::string> read_page(const ChainStore& store, const LedgerPageRequest& request,
                                      const std::function<PageStep(const LedgerRecord&)>& take) {
    const auto first = first_of(request);
    if (!first.ok()) {
        return first.status();
    }
    const Topoheight last =
        request.last.value_or(Topoheight{std::numeric_limits<std::uint64_t>::max()});
    if (last < *first) {
        return std::string();
    }
    const std::uint32_t size =
        request.page_size == 0 ? kDefaultPage : std::min(request.page_size, kMaxPage);
    std::uint32_t taken = 0;
    std::uint64_t scanned = 0;
    bool full = false;
    std::optional<Topoheight> after;
    auto status = store.read_ledger(
        *first, last, [&](Topoheight topoheight, const Bytes& bytes) -> absl::Status {
            if (full || taken == size || scanned == kMaxScanned) {
                after = topoheight;
                return absl::CancelledError("the page is full");
            }
            ++scanned;
            if (bytes.empty()) {
                return absl::OkStatus();  // advanced by the control alone
            }
            const auto record = decode(topoheight, bytes);
            if (!record.ok()) {
                return record.status();
            }
            const PageStep step = take(*record);
            taken += step == PageStep::kLeftOut ? 0 : 1;
            full = step == PageStep::kTakenAndFull;
            return absl::OkStatus();
        });
    if (!status.ok() && !after) {
        return status;
    }
    return after ? std::to_string(after->value()) : std::string();
}

absl::StatusOr<std::optional<LedgerRecord>> read_ledger_record(const ChainStore& store,
                                                               Topoheight topoheight) {
    std::optional<LedgerRecord> found;
    auto status = store.read_ledger(topoheight, topoheight,
                                    [&](Topoheight at, const Bytes& bytes) -> absl::Status {
                                        if (bytes.empty()) {
                                            return absl::OkStatus();
                                        }
                                        auto record = decode(at, bytes);
                                        if (record.ok()) {
                                            found = *std::move(record);
                                        }
                                        return record.status();
                                    });
    if (!status.ok()) {
        return status;
    }
    return found;
}

absl::StatusOr<std::optional<BlockInput>> read_block_input(const ChainStore& store,
                                                           Topoheight topoheight) {
    const auto bytes = store.read_input(topoheight);
    if (!bytes.ok()) {
        return bytes.status();
    }
    if (!*bytes) {
        return std::optional<BlockInput>();
    }
    auto input = decode_block_input(**bytes);
    if (!input.ok()) {
        return absl::DataLossError(fmt::format("what block {} was verified with is damaged: {}",
                                               topoheight.value(),
                                               std::string(input.status().message())));
    }
    return std::optional(*std::move(input));
}

}  // namespace parallax
