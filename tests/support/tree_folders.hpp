#pragma once

#include <string>

namespace parallax::test {

/// The folder of the sources under test, and the one that they are built in: absolute paths.
/// Functions, not macros, so that where a checkout lies is compiled into one file only.
[[nodiscard]] std::string source_folder();
[[nodiscard]] std::string binary_folder();

}  // namespace parallax::test
