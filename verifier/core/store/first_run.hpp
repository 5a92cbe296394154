#pragma once

#include "verifier/core/verification/recording_view.hpp"
#include "verifier/core/verification/verify_block.hpp"

namespace parallax::core {

/// A verification that found something, before anything of it was run again. References are valid
/// during the call.
struct FirstRun {
    /// The view that every lane read through.
    const RecordingView& view;
    const protocol::AdmittedBlock& block;
    const protocol::Protocol& protocol;
    const Verification& verification;
};

}  // namespace parallax::core
