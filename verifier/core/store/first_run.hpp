#pragma once

#include "verifier/core/verification/recording_view.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/status.h"

namespace parallax::core {

/// A verification that found something, before anything of it was run again. References are valid
/// during the call.
struct FirstRun {
    /// The view that every lane read through.
    const RecordingView& view;
    const protocol::AdmittedBlock& block;
    const protocol::Protocol& protocol;
    const Verification& verification;
    /// What the node recorded, or null.
    const model::BlockOutcome* recorded = nullptr;
};

/// Keeps what first runs have found. An error ends the run that it watches.
class FirstRunObserver {
  public:
    virtual ~FirstRunObserver() = default;
    [[nodiscard]] virtual absl::Status found(const FirstRun& run) = 0;
};

}  // namespace parallax::core
