#pragma once

#include "verifier/model/transaction.hpp"

#include <vector>

namespace parallax::fuzz {

/// One transaction of every type and sub-type, every optional field present in one of them.
[[nodiscard]] std::vector<Transaction> sample_transactions();

}  // namespace parallax::fuzz
