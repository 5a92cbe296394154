#pragma once

#include "reports/analysis/account_names.hpp"
#include "verifier/model/verdict.hpp"

#include <string>

namespace parallax::reports {

/// What went wrong, in words: what the figures show, and apart from it what they make likely.
struct CauseWords {
    std::string observed;
    /// A cause that fits, and why it does; empty where the figures tell none.
    std::string likely;
    /// `likely` names two causes that only repeated runs tell apart.
    bool repeats_decide = false;

    /// Both, in one line.
    [[nodiscard]] std::string whole() const;
};

/// The words for one finding, as far as its own figures show it: an update that was lost, a balance
/// that was overwritten, a read that came too early. It says nothing that they do not show; where
/// they tell no cause, it says what is seen first and that the cause is not in them.
[[nodiscard]] CauseWords cause_in_words(const model::Finding& finding, AccountNames& names);

}  // namespace parallax::reports
