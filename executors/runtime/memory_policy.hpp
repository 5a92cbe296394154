#pragma once

namespace parallax::executors::runtime {

/// Tells the allocator to keep freed memory instead of returning it to the system after every
/// block. A block's tables are a few MiB; mapping and clearing them anew for each costs more than
/// executing it (a sequential block of 1,000 transfers took 2.5 times as long). Call once, at the
/// start of a program. Does nothing where the C library is not glibc.
void keep_freed_memory() noexcept;

}  // namespace parallax::executors::runtime
