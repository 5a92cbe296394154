#pragma once

#include <string_view>

namespace parallax::app {

/// To be called before anything is opened. Where a program was started with standard input, output
/// or error closed, the next file that it opens would take the number, and what is printed would go
/// into it. Each gets a file that fails as a closed one does; what nobody can read of standard
/// error is let go. A reader that goes away is an error of writing from here on, and no signal.
void occupy_standard_streams();

/// The same, and stop signals are kept from now on (`keep_stop_signals`). Needs nothing that a
/// library has to begin first; may be called again.
void begin_program();

/// Writes out what was printed. False if some of standard output did not get where it should, and
/// says so on standard error in the name of `program`.
[[nodiscard]] bool finish_standard_output(std::string_view program);
/// False if some of standard error did not get where it should.
[[nodiscard]] bool finish_standard_error();

}  // namespace parallax::app
