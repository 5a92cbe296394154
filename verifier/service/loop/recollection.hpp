#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/service/lanes/canary_report.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"

#include "absl/status/status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::service {

/// What a start must know of the runs before it: gathered from the lines of the journal as it is
/// opened, one after the other. A restart makes nothing green that was not green before.
class Recollection {
  public:
    /// `acknowledged` is what the witness says, if it says anything: its entry is looked for.
    explicit Recollection(std::optional<Acknowledged> acknowledged)
        : acknowledged_(std::move(acknowledged)) {}

    /// Takes the next line. Always OK: what an event says that is not known does not matter.
    [[nodiscard]] absl::Status take(std::string_view line);

    /// DataLoss if the journal ends before the last entry that was acknowledged, or has another
    /// one in its place.
    [[nodiscard]] absl::Status check_journal(const std::string& path) const;

    [[nodiscard]] const std::optional<Acknowledged>& acknowledged() const noexcept {
        return acknowledged_;
    }
    [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
    /// Name of the last event; empty in a new journal.
    [[nodiscard]] const std::string& last_event() const noexcept { return last_event_; }
    [[nodiscard]] const std::optional<CanaryReport>& last_canary() const noexcept {
        return last_canary_;
    }
    /// A block that the control failed on, and the cursor at which it is stuck.
    struct Stuck {
        core::Cursor cursor;
        std::string why;
    };
    [[nodiscard]] const std::optional<Stuck>& stuck() const noexcept { return stuck_; }

  private:
    std::optional<Acknowledged> acknowledged_;
    std::uint64_t entries_ = 0;
    std::string last_event_;
    /// Of the entry whose number the witness names.
    std::string hash_there_;
    std::optional<CanaryReport> last_canary_;
    std::optional<Stuck> stuck_;
};

/// How many of the last verdicts up to the cursor, in a row, say that nothing was compared; at most
/// `limit`.
[[nodiscard]] absl::StatusOr<std::uint64_t> count_last_inconclusive(const core::ChainStore& store,
                                                                    std::uint64_t limit);

}  // namespace parallax::service
