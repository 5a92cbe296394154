#pragma once

#include <cstdint>

namespace parallax {

/// The moments at which an executor lets the schedule decide, in the executors' own words.
enum class YieldPoint : std::uint8_t {
    kClaim,     ///< a worker takes a transaction
    kRead,      ///< a transaction reads state of the block
    kWrite,     ///< a result is about to be published
    kValidate,  ///< reads are about to be checked
    kAbort,     ///< an attempt is given up
    kCommit,    ///< effects join the block state
    kDrain,     ///< the caller waits for all workers
    kEpilogue,  ///< the block's rewards are about to be applied
};

/// Sees every yield point of a run, on the thread that reached it, and may delay that thread. In
/// native mode there is none, and a yield point costs one comparison.
class ScheduleObserver {
  public:
    virtual ~ScheduleObserver() = default;
    /// `worker` counts from 0, the caller's own thread; `transaction` as in access logs.
    virtual void reached(YieldPoint point, std::uint32_t worker,
                         std::uint32_t transaction) noexcept = 0;
};

}  // namespace parallax
