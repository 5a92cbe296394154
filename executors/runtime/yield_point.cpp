#include "executors/runtime/yield_point.hpp"

namespace parallax::executors::runtime {

std::string_view yield_point_name(YieldPoint point) noexcept {
    switch (point) {
        case YieldPoint::kClaim:
            return "claim";
        case YieldPoint::kRead:
            return "read";
        case YieldPoint::kWrite:
            return "write";
        case YieldPoint::kValidate:
            return "validate";
        case YieldPoint::kAbort:
            return "abort";
        case YieldPoint::kCommit:
            return "commit";
        case YieldPoint::kDrain:
            return "drain";
        case YieldPoint::kEpilogue:
            return "epilogue";
        case YieldPoint::kTask:
            return "task";
    }
    return "unknown";
}

}  // namespace parallax::executors::runtime
