#pragma once

#include <cstdint>

namespace parallax::service {

/// Memory of this process as the system sees it; 0 where it does not say.
struct ProcessMemory {
    std::uint64_t resident_bytes = 0;
    std::uint64_t peak_resident_bytes = 0;
};
[[nodiscard]] ProcessMemory read_process_memory();

}  // namespace parallax::service
