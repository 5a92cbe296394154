#pragma once

#include "verifier/protocol/invariant_case.hpp"

namespace parallax::tos::v3 {

/// The laws of an accepted block of V3, computed from block and delta without the rules. What the
/// chain itself does against them (docs/protocol/v3.md, quirks) is allowed for, as far as block and
/// delta tell it, and what they do not tell is named as not judged.
void check_laws(const protocol::InvariantCase& judged);

}  // namespace parallax::tos::v3
