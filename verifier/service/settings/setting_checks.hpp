#pragma once

#include "verifier/service/settings/configuration.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::service {

/// Collects problems: each says where, what, and what to do.
class SettingProblems {
  public:
    SettingProblems(const KnownNames& known_names, std::vector<std::string>& list)
        : known(known_names), list_(list) {}

    void add(std::string_view where, std::string_view what, std::string_view remedy);
    void demand_range(std::string_view where, std::uint64_t value, std::uint64_t low,
                      std::uint64_t high);
    /// Each name must be one of `possible`, which are each a `what`, and be there once.
    void demand_names(std::string_view where, std::string_view what,
                      const std::vector<std::string>& names,
                      const std::vector<std::string>& possible);

    const KnownNames& known;

  private:
    std::vector<std::string>& list_;
};

/// The checks that the table names; `where` is the path of the setting that is looked at.
using SettingCheck = void(std::string_view where, const ServiceConfiguration& configuration,
                          SettingProblems& problems);
SettingCheck check_network;
SettingCheck check_profile;
SettingCheck check_data_directory;
SettingCheck check_listen;
SettingCheck check_metrics_listen;
SettingCheck check_certificate;
SettingCheck check_client_authority;
SettingCheck check_message_bytes;
SettingCheck check_threads;
SettingCheck check_test_mode;
SettingCheck check_min_transactions;
SettingCheck check_candidates;
SettingCheck check_canary_interval;
SettingCheck check_canary_faults;

}  // namespace parallax::service
