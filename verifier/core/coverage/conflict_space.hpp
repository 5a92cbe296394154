#pragma once

#include "verifier/model/families.hpp"
#include "verifier/model/verdict.hpp"

#include <array>
#include <span>
#include <vector>

namespace parallax::core {

/// What transactions of one type can do to rows of one family, by the rules.
struct TypeUse {
    model::TransactionType type = model::TransactionType::kBurn;
    model::Family family = model::Family::kAccount;
    bool reads = false;
    /// Some row is read without being written: what a later writer of it must not be seen by.
    bool reads_only = false;
    bool writes = false;
    bool credits = false;
};

/// Every use. Types that no executor runs (they need a virtual machine or Bulletproofs) have none,
/// and neither have families on which two transactions of a block never share a row.
[[nodiscard]] std::span<const TypeUse> type_uses() noexcept;

/// Every shape in which two transactions of a block can meet, with no count: ascending, as in
/// `Verdict::conflicts`. What a run has not met of these was not tried.
[[nodiscard]] const std::vector<model::ConflictCount>& possible_shapes();

/// Types that an executor runs, ascending.
inline constexpr std::array kRunnableTypes = {
    model::TransactionType::kBurn,         model::TransactionType::kTransfers,
    model::TransactionType::kMultisig,     model::TransactionType::kDeployContract,
    model::TransactionType::kEnergy,       model::TransactionType::kShieldTransfers,
    model::TransactionType::kRegisterName, model::TransactionType::kAgentAccount,
};

}  // namespace parallax::core
