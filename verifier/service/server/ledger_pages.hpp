#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/core/verification/block_input.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace parallax::service {

/// Which part of the ledger is wanted.
struct LedgerPageRequest {
    std::optional<model::Topoheight> first;
    std::optional<model::Topoheight> last;
    /// At most so many records that `take` takes: 0 means `kDefaultPage`, more than `kMaxPage` is
    /// that.
    std::uint32_t page_size = 0;
    /// As the page before said; empty for the first.
    std::string page_token;
};
inline constexpr std::uint32_t kDefaultPage = 100;
inline constexpr std::uint32_t kMaxPage = 1'000;
/// Records that one page looks at, so that no call reads a whole ledger.
inline constexpr std::uint64_t kMaxScanned = 20'000;

/// Whether a record is on the page, and whether the page has room for more.
enum class PageStep : std::uint8_t { kLeftOut, kTaken, kTakenAndFull };

/// Hands the records of a page to `take`, ascending, and answers the token of the page after it;
/// empty if this is the last. InvalidArgument for a token that no page gave, DataLoss for a damaged
/// record. From any thread.
[[nodiscard]] absl::StatusOr<std::string> read_page(
    const core::ChainStore& store, const LedgerPageRequest& request,
    const std::function<PageStep(const core::LedgerRecord&)>& take);

/// The record of one block; nothing if there is none.
[[nodiscard]] absl::StatusOr<std::optional<core::LedgerRecord>> read_ledger_record(
    const core::ChainStore& store, model::Topoheight topoheight);

/// What the block at `topoheight` was verified with; nothing if that was not kept. DataLoss if it
/// is damaged.
[[nodiscard]] absl::StatusOr<std::optional<core::BlockInput>> read_block_input(
    const core::ChainStore& store, model::Topoheight topoheight);

}  // namespace parallax::service
