#pragma once

#include "reports/record/run_record.hpp"

namespace parallax::app {

/// This process: its command line, program, compiler, host and the time now. What the system does
/// not tell is empty.
[[nodiscard]] reports::RunEnvironment run_environment();

}  // namespace parallax::app
