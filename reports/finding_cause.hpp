#pragma once

#include "reports/account_names.hpp"
#include "verifier/model/verdict.hpp"

#include <string>

namespace parallax {

/// What went wrong, in words, as far as a finding's own figures show it: an update that was lost, a
/// balance that was overwritten, a read that came too early. It says nothing that they do not show;
/// where they tell no cause, it says what is seen first and that the cause is not in them.
[[nodiscard]] std::string cause_in_words(const Finding& finding, AccountNames& names);

}  // namespace parallax
