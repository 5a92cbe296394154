#include "tests/fuzz/fuzz_target.hpp"

#include <cstdio>
#include <cstdlib>

namespace parallax::fuzz {

void require(bool kept, const char* promise) {
    if (!kept) {
        std::fprintf(stderr, "fuzz: broken promise: %s\n", promise);
        std::abort();
    }
}

}  // namespace parallax::fuzz
