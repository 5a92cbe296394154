#pragma once

#include "executors/runtime/worker_pool.hpp"
#include "testbed/faults/fault.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace parallax::testbed {

/// Every fault that can be expressed, in the order of its source.
[[nodiscard]] std::span<const Fault> fault_catalogue();
[[nodiscard]] const Fault* find_fault(std::string_view name);

/// A real bug that no executor of this tree can have, and why.
struct InexpressibleFault {
    std::string_view source;
    std::string_view why;
};
[[nodiscard]] std::span<const InexpressibleFault> inexpressible_faults();

/// An executor with the fault; it calls itself by the sound one's name and the fault's, so that a
/// faulty run can never pass for a sound one. The pool must outlive it.
[[nodiscard]] std::unique_ptr<core::BlockExecutor> create_faulty_executor(
    const Fault& fault, executors::runtime::WorkerPool& pool);

}  // namespace parallax::testbed
