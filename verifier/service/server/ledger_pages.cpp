#include "verifier/service/server/ledger_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace parallax::service {
namespace {

absl::StatusOr<core::LedgerRecord> decode(model::Topoheight topoheight, const base::Bytes& bytes) {
    auto record = core::decode_ledger_record(bytes);
    if (!record.ok() || record->verdict.topoheight != topoheight) {
        return absl::DataLossError(
            fmt::format("the verdict of block {} is damaged", topoheight.value()));
    }
    return record;
}

absl::StatusOr<model::Topoheight> first_of(const LedgerPageRequest& request) {
    const model::Topoheight first = request.first.value_or(model::Topoheight{0});
    if (request.page_token.empty()) {
        return first;
    }
    std::uint64_t value = 0;
    const char* const end = request.page_token.data() + request.page_token.size();
    const auto parsed = std::from_chars(request.page_token.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || model::Topoheight{value} < first) {
        return absl::InvalidArgumentError(
            "page_token: no page of this list gave it; start without one");
    }
    return model::Topoheight{value};
}

}  // namespace

absl::StatusOr<std::string> read_page(
    const core::ChainStore& store, const LedgerPageRequest& request,
    const std::function<PageStep(const core::LedgerRecord&)>& take) {
    const auto first = first_of(request);
    if (!first.ok()) {
        return first.status();
    }
    const model::Topoheight last =
        request.last.value_or(model::Topoheight{std::numeric_limits<std::uint64_t>::max()});
    if (last < *first) {
        return std::string();
    }
    const std::uint32_t size =
        request.page_size == 0 ? kDefaultPage : std::min(request.page_size, kMaxPage);
    std::uint32_t taken = 0;
    std::uint64_t scanned = 0;
    bool full = false;
    std::optional<model::Topoheight> after;
    auto status = store.read_ledger(
        *first, last, [&](model::Topoheight topoheight, const base::Bytes& bytes) -> absl::Status {
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

absl::StatusOr<std::optional<core::LedgerRecord>> read_ledger_record(const core::ChainStore& store,
                                                                     model::Topoheight topoheight) {
    std::optional<core::LedgerRecord> found;
    auto status =
        store.read_ledger(topoheight, topoheight,
                          [&](model::Topoheight at, const base::Bytes& bytes) -> absl::Status {
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

absl::StatusOr<std::optional<core::BlockInput>> read_block_input(const core::ChainStore& store,
                                                                 model::Topoheight topoheight) {
    const auto bytes = store.read_input(topoheight);
    if (!bytes.ok()) {
        return bytes.status();
    }
    if (!*bytes) {
        return std::optional<core::BlockInput>();
    }
    auto input = core::decode_block_input(**bytes);
    if (!input.ok()) {
        return absl::DataLossError(fmt::format("what block {} was verified with is damaged: {}",
                                               topoheight.value(),
                                               std::string(input.status().message())));
    }
    return std::optional(*std::move(input));
}

}  // namespace parallax::service
