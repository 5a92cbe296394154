#include "executors/runtime/memory_policy.hpp"

#include <cstdlib>  // defines __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace parallax::executors::runtime {

void keep_freed_memory() noexcept {
#if defined(__GLIBC__)
    // glibc clamps the first to 32 MiB on 64-bit systems; larger blocks are mapped as before.
    mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024 * 1024);
    mallopt(M_TOP_PAD, 16 * 1024 * 1024);
#endif
}

}  // namespace parallax::executors::runtime
