#pragma once

#include "testbed/workload/workload_draft.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace parallax::testbed {

class WorkloadAccounts;

/// Calls `work(i)` for every i below `count`, from up to `threads` threads; returns when all are
/// done. `work` must not depend on which thread or order it is called in.
void for_each_index(std::uint32_t threads, std::size_t count,
                    const std::function<void(std::size_t)>& work);

/// Signs every draft that is not signed yet: its main signature and its co-signatures, corrupted
/// where the draft says so.
void sign_drafts(std::vector<TransactionDraft>& drafts, const WorkloadAccounts& accounts,
                 std::uint32_t threads);

}  // namespace parallax::testbed
