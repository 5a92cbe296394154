#pragma once

#include "verifier/service/settings/configuration.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parallax::service {

/// Where a setting's value lies. A number by network is one on the command line and on the wire:
/// that of the sidecar's own.
using SettingField = std::variant<bool*, std::uint32_t*, std::uint64_t*, std::string*,
                                  std::vector<std::string>*, std::map<std::string, std::uint32_t>*,
                                  protocol::FailureModel*, model::SignaturePolicy*, Rollout*>;

/// What a number may be.
struct SettingRange {
    std::uint64_t low = 0;
    /// 0: whatever its type holds.
    std::uint64_t high = 0;
};

/// A line of `parallel-config`. In its text `{}` is the value, `{name}` that of the setting of this
/// name in the same object.
struct SettingLine {
    /// Empty: another setting's line tells it.
    std::string_view label = {};
    std::string_view text = "{}";
    /// What stands there for 0 instead; empty for nothing else.
    std::string_view at_zero = {};
};

class SettingProblems;

/// One setting: all that file, command line, wire, texts and documents know of it.
struct Setting {
    /// Where it stands in the file, as `limits.streams`.
    std::string_view path;
    SettingField (*field)(ServiceConfiguration& configuration) = nullptr;
    /// Of a number; empty for a count of what its name says.
    std::string_view unit = {};
    SettingRange range = {};
    /// What it does, in one line: for command lines and documents.
    std::string_view help = {};
    /// Its option, as the parser takes it; empty for none.
    std::string_view flag = {};
    SettingLine line = {};
    /// Looks at what no range says, and names `where`, its path; null if there is nothing.
    void (*check)(std::string_view where, const ServiceConfiguration& configuration,
                  SettingProblems& problems) = nullptr;
    /// Whether its range counts; null if it always does.
    bool (*counts)(const ServiceConfiguration& configuration) = nullptr;
    /// Stands for the default in documents where that is not a constant.
    std::string_view default_text = {};

    /// Whether it can be changed while the sidecar runs: those of `VerificationSettings`.
    [[nodiscard]] bool is_live() const noexcept;
    /// The last word of the path.
    [[nodiscard]] std::string_view name() const noexcept;
    /// What stands before it, without the dot; empty at the top.
    [[nodiscard]] std::string_view group() const noexcept;
    /// The part of a live one's path that the wire has: without `verification.`.
    [[nodiscard]] std::string_view wire_path() const noexcept;
};

/// Every setting, in the order of file, log and documents; those of a group stand together.
[[nodiscard]] std::span<const Setting> all_settings() noexcept;
[[nodiscard]] const Setting* find_setting(std::string_view path) noexcept;

/// What the setting can be, if it is one of several names; empty if it is none of these.
[[nodiscard]] std::vector<std::string> choices(const SettingField& field);
/// False if there is no such name; nothing is changed then.
[[nodiscard]] bool choose(const SettingField& field, std::string_view name);

/// The lowest and highest number that a setting may be; nothing if it is no number.
[[nodiscard]] std::optional<SettingRange> range_of(const Setting& setting);
/// What of `setting`, a number or numbers, is out of range.
void check_range(const Setting& setting, ServiceConfiguration& configuration,
                 SettingProblems& problems);
/// As text, as people and documents are shown it.
[[nodiscard]] std::string value_text(const SettingField& field);
/// The setting's line, without its label.
[[nodiscard]] std::string line_text(const Setting& setting, ServiceConfiguration& configuration);

}  // namespace parallax::service
