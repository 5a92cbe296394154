#include "tests/support/tree_folders.hpp"

namespace parallax::test {

std::string source_folder() {
    return PARALLAX_SOURCE_DIR;
}

std::string binary_folder() {
    return PARALLAX_BINARY_DIR;
}

}  // namespace parallax::test
