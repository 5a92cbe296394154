#pragma once

#include "verifier/base/enum_names.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::app {

/// Lets an option take one of `names` only. Where a name has an underscore, a dash does as well.
inline CLI::Option* take_one_of(CLI::Option* option, const std::vector<std::string>& names) {
    return option
        ->transform([](std::string word) {
            std::replace(word.begin(), word.end(), '-', '_');
            return word;
        })
        ->check(CLI::IsMember(names));
}

/// An option whose values are the names of an enum; `value` is one, or an optional of one.
template <class Enum, class Value>
CLI::Option* add_choice(CLI::App& command, const std::string& flag, Value& value,
                        std::string_view (*name_of)(Enum) noexcept, const std::string& help) {
    CLI::Option* const option = command.add_option_function<std::string>(
        flag,
        [&value, name_of](const std::string& name) {
            if (const auto found = base::find_named<Enum>(name_of, name)) {
                value = *found;
            }
        },
        help);
    return take_one_of(option, base::all_names<Enum>(name_of));
}

}  // namespace parallax::app
