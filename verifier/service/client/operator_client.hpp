#pragma once

#include "verifier/service/client/operator_text.hpp"
#include "verifier/service/client/sidecar_target.hpp"
#include "verifier/service/settings/settings_edit.hpp"

#include "absl/status/statusor.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace parallax::service {

/// A sidecar's answer, as text for people and as JSON for scripts; both end in a line end.
struct OperatorAnswer {
    std::string text;
    std::string json;
    /// Of a status: whether the sidecar serves. True for other answers.
    bool serving = true;
};

/// What an operator asks of a running sidecar. Errors have the code of the call, and say in words
/// what to do: Unavailable if nobody answers, Unauthenticated for a missing or wrong token,
/// InvalidArgument for a change that is refused, with every problem. One thread at a time.
class OperatorClient {
  public:
    /// Reads the files; no connection is made yet. InvalidArgument or NotFound names a bad file. No
    /// call takes longer than `timeout`.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OperatorClient>> create(
        const SidecarTarget& target, std::chrono::milliseconds timeout = std::chrono::seconds(10));
    ~OperatorClient();

    [[nodiscard]] absl::StatusOr<OperatorAnswer> status(bool memory);
    [[nodiscard]] absl::StatusOr<OperatorAnswer> statistics(const StatisticsView& view);
    [[nodiscard]] absl::StatusOr<OperatorAnswer> configuration();
    /// `edit` is of live settings. `reason` goes to the sidecar's log and journal.
    [[nodiscard]] absl::StatusOr<OperatorAnswer> change(const SettingsEdit& edit,
                                                        const std::string& reason);
    /// The file that reproduces the mismatch at `topoheight`; NotFound if the sidecar has none.
    [[nodiscard]] absl::StatusOr<std::string> fetch_bundle(std::uint64_t topoheight);
    /// Stops taking blocks, or goes on.
    [[nodiscard]] absl::StatusOr<OperatorAnswer> set_paused(bool paused, const std::string& reason);

  private:
    class Calls;
    explicit OperatorClient(std::unique_ptr<Calls> calls);
    const std::unique_ptr<Calls> calls_;
};

}  // namespace parallax::service
