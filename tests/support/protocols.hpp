#pragma once

#include "testbed/vectors/vector_protocol.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

namespace parallax::test {

/// The rules that the program knows.
inline const protocol::ProtocolSet& protocols() {
    static const protocol::ProtocolSet set({tos::e1::family(), testbed::VectorProtocol::family()});
    return set;
}

}  // namespace parallax::test
