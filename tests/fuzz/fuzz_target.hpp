#pragma once

#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace parallax::fuzz {

/// What every fuzz target defines, once per program: the fuzzer and the plain driver call it.

/// Takes one input, whatever it is. A broken promise ends the process.
void run_one(std::span<const std::uint8_t> input);

/// Valid inputs to start from: at least one of each shape that the target knows.
[[nodiscard]] std::vector<base::Bytes> seeds();

/// Ends the process, naming the promise, unless it was kept.
void require(bool kept, const char* promise);

}  // namespace parallax::fuzz
