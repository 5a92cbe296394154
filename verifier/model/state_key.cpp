#include "verifier/model/state_key.hpp"

#include <random>

namespace parallax::model::state_key_internal {
namespace {

std::uint64_t draw() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32 | device()) | 1U;
}

}  // namespace

const HashSecrets hash_secrets{draw(), draw(), draw(), draw()};

}  // namespace parallax::model::state_key_internal
