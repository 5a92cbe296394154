#pragma once

#include "tests/support/tree_folders.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace parallax::test {

/// The folder of the public conformance vectors: PARALLAX_VECTORS, or beside the checkout. Nothing
/// where it does not exist; tests that need it are then skipped.
[[nodiscard]] inline std::optional<std::filesystem::path> public_vectors_folder() {
    const char* const named = std::getenv("PARALLAX_VECTORS");
    const std::filesystem::path folder =
        named != nullptr ? std::filesystem::path(named)
                         : std::filesystem::path(source_folder()) / "../shared/vectors";
    if (!std::filesystem::is_directory(folder)) {
        return std::nullopt;
    }
    return folder;
}

/// Text of a file of the public vectors, by its path below the folder; nothing if it is not there.
[[nodiscard]] inline std::optional<std::string> read_public_vectors(const std::string& path) {
    const auto folder = public_vectors_folder();
    if (!folder) {
        return std::nullopt;
    }
    std::ifstream file(*folder / path, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace parallax::test
