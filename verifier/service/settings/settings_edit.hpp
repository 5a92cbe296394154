#pragma once

#include "verifier/service/settings/settings_table.hpp"

#include <string>
#include <vector>

namespace parallax::service {

/// A part of a configuration: what was given on a command line. The rest stays as it is.
class SettingsEdit {
  public:
    /// What was given, each at its place; a number by network is that of network ``.
    ServiceConfiguration values;

    /// `setting` was given, and is in `values`.
    void add(const Setting& setting);
    [[nodiscard]] bool empty() const noexcept { return given_.empty(); }
    [[nodiscard]] const std::vector<const Setting*>& given() const noexcept { return given_; }

    /// Puts what was given into `configuration`.
    void apply(ServiceConfiguration& configuration) const;
    /// What of it is out of range, each as `find_problems` says it.
    [[nodiscard]] std::vector<std::string> out_of_range() const;

  private:
    /// In the order of the table.
    std::vector<const Setting*> given_;
};

}  // namespace parallax::service
