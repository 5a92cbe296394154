#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parallax::executors::runtime {

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
    kTask,      ///< a worker of the pool is about to take its next task
};
inline constexpr std::size_t kYieldPoints = 9;
[[nodiscard]] std::string_view yield_point_name(YieldPoint point) noexcept;

/// Sees every yield point of a run, on the thread that reached it, and may delay that thread. In
/// native mode there is none, and a yield point costs one comparison.
///
/// One that `controls` also decides who runs: the pool tells it who takes part in a run, and a
/// thread that must wait for another one waits in it, so that it is not scheduled meanwhile.
class ScheduleObserver {
  public:
    virtual ~ScheduleObserver() = default;
    /// `worker` counts from 0, the caller's own thread; `transaction` as in access logs.
    virtual void reached(YieldPoint point, std::uint32_t worker,
                         std::uint32_t transaction) noexcept = 0;

    /// Whether one thread runs at a time. It does not change during a run.
    [[nodiscard]] virtual bool controls() const noexcept { return false; }
    /// Called by the pool's caller before `workers` threads (itself is worker 0) call
    /// `worker_begins`, each on its own thread; every one calls `worker_ends` at last.
    virtual void run_begins(std::uint32_t /*workers*/) noexcept {}
    virtual void worker_begins(std::uint32_t /*worker*/) noexcept {}
    virtual void worker_ends(std::uint32_t /*worker*/) noexcept {}
    /// The calling worker waits until somebody notifies `channel`. False if nobody can: every
    /// worker waits. Whoever gets false must end its part of the block.
    [[nodiscard]] virtual bool wait(const void* /*channel*/) noexcept { return false; }
    /// Ends the waits on `channel`: of the worker that has waited longest, or of all.
    virtual void notify(const void* /*channel*/, bool /*all*/) noexcept {}
};

}  // namespace parallax::executors::runtime
