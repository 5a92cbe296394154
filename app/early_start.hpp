#pragma once

#include "app/terminal/standard_streams.hpp"

// For the two sources with a `main`, and nothing else: what the program begins with, before any
// library does. Libraries open files of their own then, which must not get the numbers of standard
// streams that were closed, and loading them takes most of the time in which a signal can be too
// early. Sanitizers are not ready for it; with them `run_program` does the same a little later.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VERIFIER_STARTS_LATE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VERIFIER_STARTS_LATE
#endif
#endif

#ifndef VERIFIER_STARTS_LATE
namespace parallax::app {
namespace {
__attribute__((section(".preinit_array"), used)) void (*const early_start)() = &begin_program;
}  // namespace
}  // namespace parallax::app
#endif
