#include "verifier/service/settings/setting_checks.hpp"
#include "verifier/service/settings/settings_table.hpp"

#include <utility>

namespace parallax::service {
namespace {

void check_settings(bool live, ServiceConfiguration configuration, SettingProblems& problems) {
    for (const Setting& setting : all_settings()) {
        if (setting.is_live() != live) {
            continue;
        }
        if (setting.counts == nullptr || setting.counts(configuration)) {
            check_range(setting, configuration, problems);
        }
        if (setting.check != nullptr) {
            setting.check(setting.path, configuration, problems);
        }
    }
}

}  // namespace

std::vector<std::string> find_problems(const VerificationSettings& settings,
                                       const KnownNames& known) {
    std::vector<std::string> list;
    SettingProblems problems(known, list);
    ServiceConfiguration configuration;
    configuration.verification = settings;
    check_settings(true, std::move(configuration), problems);
    return list;
}

std::vector<std::string> find_problems(const ServiceConfiguration& configuration,
                                       const KnownNames& known) {
    std::vector<std::string> list = find_problems(configuration.verification, known);
    SettingProblems problems(known, list);
    check_settings(false, configuration, problems);
    return list;
}

}  // namespace parallax::service
