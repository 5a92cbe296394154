// Runs a fuzz target as a plain test, with any compiler: every seed, its truncations, and random
// changes of it. PARALLAX_FUZZ_SEED and PARALLAX_FUZZ_ROUNDS steer the random part; with a folder
// as its argument it writes the seeds there instead, one file each, for the fuzzer to start from.

#include "tests/fuzz/fuzz_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <vector>

namespace parallax::fuzz {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool write_seeds(const std::vector<base::Bytes>& all, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::ofstream file(folder / fmt::format("seed_{}", i), std::ios::binary);
        file.write(reinterpret_cast<const char*>(all[i].data()),
                   static_cast<std::streamsize>(all[i].size()));
        if (!file.flush()) {
            fmt::print(stderr, "fuzz: cannot write to {}\n", folder.string());
            return false;
        }
    }
    return true;
}

std::size_t run_truncations(const base::Bytes& seed) {
    // Every length of a short input, and about a thousand of a long one.
    const std::size_t step = seed.size() / 1000 + 1;
    std::size_t runs = 0;
    for (std::size_t length = 0; length < seed.size(); length += step) {
        run_one({seed.data(), length});
        ++runs;
    }
    return runs;
}

void change(base::Bytes& input, std::mt19937_64& random) {
    const auto at = static_cast<std::size_t>(random() % input.size());
    switch (random() % 4) {
        case 0:
            input[at] = static_cast<std::uint8_t>(input[at] ^ (1U << (random() % 8)));
            return;
        case 1:
            input[at] = static_cast<std::uint8_t>(random());
            return;
        case 2:
            input.insert(input.begin() + static_cast<std::ptrdiff_t>(at),
                         static_cast<std::uint8_t>(random()));
            return;
        default:
            input.erase(input.begin() + static_cast<std::ptrdiff_t>(at));
            return;
    }
}

std::size_t run_changes(const base::Bytes& seed, std::mt19937_64& random, std::uint64_t rounds) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        base::Bytes input = seed;
        for (std::uint64_t changes = 1 + random() % 4; changes > 0 && !input.empty(); --changes) {
            change(input, random);
        }
        run_one(input);
    }
    return rounds;
}

int run_all(const std::vector<base::Bytes>& all) {
    const std::uint64_t seed = from_environment("PARALLAX_FUZZ_SEED", 1);
    const std::uint64_t rounds = from_environment("PARALLAX_FUZZ_ROUNDS", 10'000);
    fmt::print("PARALLAX_FUZZ_SEED={} PARALLAX_FUZZ_ROUNDS={}\n", seed, rounds);
    std::fflush(stdout);
    std::mt19937_64 random(seed);
    std::size_t runs = 0;
    for (const base::Bytes& input : all) {
        run_one(input);
        runs += 1 + run_truncations(input) + run_changes(input, random, rounds);
    }
    fmt::print("{} seeds, {} runs\n", all.size(), runs);
    return runs == 0 ? 1 : 0;
}

}  // namespace
}  // namespace parallax::fuzz

int main(int argument_count, char** arguments) {
    const auto all = parallax::fuzz::seeds();
    if (argument_count == 2) {
        return parallax::fuzz::write_seeds(all, arguments[1]) ? 0 : 1;
    }
    return parallax::fuzz::run_all(all);
}
