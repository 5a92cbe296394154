#pragma once

#include "verifier/model/state_key.hpp"
#include "verifier/model/transaction_type.hpp"

namespace parallax::protocol {

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

}  // namespace parallax::protocol
