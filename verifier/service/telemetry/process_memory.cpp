#include "verifier/service/telemetry/process_memory.hpp"

#include <fstream>
#include <string>

namespace parallax::service {

ProcessMemory read_process_memory() {
    ProcessMemory memory;
    std::ifstream status("/proc/self/status");
    std::string name;
    while (status >> name) {
        std::uint64_t* const field = name == "VmRSS:"   ? &memory.resident_bytes
                                     : name == "VmHWM:" ? &memory.peak_resident_bytes
                                                        : nullptr;
        if (field != nullptr && status >> *field) {
            *field *= 1024;  // the file counts in kB
        }
        status.ignore(1'000, '\n');
    }
    return memory;
}

}  // namespace parallax::service
