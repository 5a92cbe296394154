#pragma once

#include "reports/run_record.hpp"

namespace parallax {

/// This process: its command line, program, compiler, host and the time now. What the system does
/// not tell is empty.
[[nodiscard]] RunEnvironment run_environment();

}  // namespace parallax
