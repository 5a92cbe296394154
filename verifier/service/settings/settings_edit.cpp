#include "verifier/service/settings/settings_edit.hpp"

#include "verifier/service/settings/setting_checks.hpp"

#include <algorithm>
#include <type_traits>

namespace parallax::service {

void SettingsEdit::add(const Setting& setting) {
    // Rows of one table: their addresses are its order.
    const auto place = std::lower_bound(given_.begin(), given_.end(), &setting, std::less<>());
    if (place == given_.end() || *place != &setting) {
        given_.insert(place, &setting);
    }
}

void SettingsEdit::apply(ServiceConfiguration& configuration) const {
    ServiceConfiguration given = values;
    for (const Setting* const setting : given_) {
        const SettingField from = setting->field(given);
        std::visit(
            [&](auto* to) {
                using Value = std::remove_pointer_t<decltype(to)>;
                Value& value = *std::get<Value*>(from);
                if constexpr (std::is_same_v<Value, std::map<std::string, std::uint32_t>>) {
                    // The network stands before it in the table.
                    (*to)[configuration.network] = value[""];
                } else {
                    *to = std::move(value);
                }
            },
            setting->field(configuration));
    }
}

std::vector<std::string> SettingsEdit::out_of_range() const {
    std::vector<std::string> list;
    const KnownNames none;
    SettingProblems problems(none, list);
    ServiceConfiguration given = values;
    for (const Setting* const setting : given_) {
        // Whether a range counts that does not always may hang on what was not given.
        if (setting->counts == nullptr) {
            check_range(*setting, given, problems);
        }
    }
    return list;
}

}  // namespace parallax::service
