#pragma once

#include "verifier/model/identifiers.hpp"

namespace parallax::test {

/// The block in which a `faulty_host` does what it was started for; it serves any other as it
/// should.
inline constexpr model::Topoheight kFaultyBlock{13};

}  // namespace parallax::test
