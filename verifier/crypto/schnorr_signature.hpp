#pragma once

#include "verifier/model/identifiers.hpp"

namespace parallax::crypto {

/// A Schnorr signature: s, then e, both canonical scalars (3.2).
struct Signature {
    model::Scalar s;
    model::Scalar e;
    friend bool operator==(const Signature&, const Signature&) = default;
};

}  // namespace parallax::crypto
