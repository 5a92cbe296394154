#include "verifier/service/settings/setting_checks.hpp"
#include "verifier/service/settings/settings_edit.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace parallax::service {
namespace {

constexpr std::string_view kBegin = "<!-- settings: begin -->\n";
constexpr std::string_view kEnd = "<!-- settings: end -->\n";

std::string sidecar_page() {
    std::ifstream file(PARALLAX_SIDECAR_PAGE, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string default_text(const Setting& setting) {
    if (!setting.default_text.empty()) {
        return std::string(setting.default_text);
    }
    ServiceConfiguration configuration;
    const std::string text = value_text(setting.field(configuration));
    return text.empty() ? "none" : fmt::format("`{}`", text);
}

std::string range_text(const Setting& setting) {
    ServiceConfiguration configuration;
    std::string text = fmt::format("{}", fmt::join(choices(setting.field(configuration)), ", "));
    if (setting.range.high > 0) {
        text = fmt::format("{} to {}", setting.range.low, setting.range.high);
    }
    return setting.unit.empty() ? text
           : text.empty()       ? std::string(setting.unit)
                                : fmt::format("{} {}", text, setting.unit);
}

std::string options_text(const Setting& setting) {
    std::string text;
    std::istringstream flags{std::string(setting.flag)};
    for (std::string flag; std::getline(flags, flag, ',');) {
        text += fmt::format("{}`{}`", text.empty() ? "" : ", ",
                            flag.front() == '!' ? flag.substr(1) : flag);
    }
    return text;
}

std::string table() {
    std::string text =
        "| setting | default | range | taken | option | what it is |\n|---|---|---|---|---|---|\n";
    for (const Setting& setting : all_settings()) {
        text +=
            fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", setting.path, default_text(setting),
                        range_text(setting), setting.is_live() ? "live" : "at start",
                        options_text(setting), setting.help);
    }
    return text;
}

TEST(SettingsTable, is_the_one_of_the_documents) {
    const std::string page = sidecar_page();
    ASSERT_NE(page.find(kBegin), std::string::npos) << "docs/SIDECAR.md has lost a mark";
    const auto begin = page.find(kBegin) + kBegin.size();
    const auto end = page.find(kEnd, begin);
    ASSERT_NE(end, std::string::npos) << "docs/SIDECAR.md has lost the mark of the table's end";
    if (std::getenv("PARALLAX_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(PARALLAX_SIDECAR_PAGE, std::ios::binary)
            << page.substr(0, begin) << table() << page.substr(end);
        return;
    }
    EXPECT_EQ(page.substr(begin, end - begin), table())
        << "PARALLAX_UPDATE_GOLDEN=1 writes the table in docs/SIDECAR.md anew";
}

TEST(SettingsTable, has_every_setting_of_the_example_and_no_other) {
    const std::string page = sidecar_page();
    const auto begin = page.find("```json\n", page.find("## Configuration")) + 8;
    const std::string example = page.substr(begin, page.find("```", begin) - begin);
    ServiceConfiguration configuration;
    std::vector<std::string> problems;
    read_configuration(example, configuration, problems);
    EXPECT_EQ(problems, std::vector<std::string>());
    const KnownNames known = {{"batch"}, {"pay-twice"}, {"e1"}};
    EXPECT_EQ(find_problems(configuration, known), std::vector<std::string>());
    for (const Setting& setting : all_settings()) {
        EXPECT_NE(example.find(fmt::format("\"{}\":", setting.name())), std::string::npos)
            << setting.path;
    }
}

TEST(SettingsTable, names_each_thing_once_and_keeps_groups_together) {
    std::set<std::string_view> paths;
    std::set<std::string> flags;
    std::set<std::string_view> closed;
    std::string_view group;
    for (const Setting& setting : all_settings()) {
        EXPECT_TRUE(paths.insert(setting.path).second) << setting.path;
        EXPECT_EQ(find_setting(setting.path), &setting);
        EXPECT_FALSE(setting.help.empty()) << setting.path;
        if (setting.group() != group && !setting.group().empty()) {
            EXPECT_TRUE(closed.insert(setting.group()).second) << setting.path;
        }
        group = setting.group();
        std::istringstream words{std::string(setting.flag)};
        for (std::string flag; std::getline(words, flag, ',');) {
            EXPECT_TRUE(flags.insert(flag).second) << flag;
        }
    }
    EXPECT_EQ(find_setting("verification.colour"), nullptr);
}

TEST(SettingsTable, refuses_what_is_out_of_range_by_name) {
    const KnownNames known;
    for (const Setting& setting : all_settings()) {
        const auto range = range_of(setting);
        if (!range || setting.range.high == 0) {
            continue;
        }
        for (const std::uint64_t value : {range->low, range->high, range->high + 1}) {
            ServiceConfiguration configuration;
            const SettingField field = setting.field(configuration);
            if (auto* const* const small = std::get_if<std::uint32_t*>(&field)) {
                **small = static_cast<std::uint32_t>(value);
            } else if (auto* const* const large = std::get_if<std::uint64_t*>(&field)) {
                **large = value;
            } else {
                (*std::get<std::map<std::string, std::uint32_t>*>(field))["devnet"] =
                    static_cast<std::uint32_t>(value);
            }
            bool told = false;
            for (const std::string& problem : find_problems(configuration, known)) {
                told |= problem.starts_with(setting.path) &&
                        problem.find(fmt::format(": is {}; choose a number from {} to {}", value,
                                                 range->low, range->high)) != std::string::npos;
            }
            EXPECT_EQ(told, value > range->high) << setting.path << " " << value;
        }
    }
}

TEST(SettingsTable, has_a_line_for_what_an_operator_is_shown) {
    ServiceConfiguration configuration;
    configuration.verification.circuit_breaker.failures = 7;
    std::string text;
    for (const Setting& setting : all_settings()) {
        if (!setting.line.label.empty()) {
            text += fmt::format("{}: {}\n", setting.line.label, line_text(setting, configuration));
        }
    }
    EXPECT_EQ(text,
              "enabled: true\n"
              "transactions: 0 at least\n"
              "rollout: all\n"
              "threads: 1 at most\n"
              "contracts: true\n"
              "candidates: batch\n"
              "block: time limit 60000 ms\n"
              "transaction: time limit none\n"
              "circuit: opens after 7 failures, for 100 blocks; 3 blocks on trial\n"
              "canary: off\n");
}

TEST(SettingsEdit, is_empty_until_something_is_set_even_to_zero) {
    SettingsEdit edit;
    EXPECT_TRUE(edit.empty());
    edit.values.verification.circuit_breaker.failures = 0;
    edit.add(*find_setting("verification.circuit_breaker.failures"));
    EXPECT_FALSE(edit.empty());
}

TEST(SettingsEdit, changes_what_was_given_and_nothing_else) {
    SettingsEdit edit;
    edit.values.verification.min_transactions[""] = 20;
    edit.values.verification.candidates = {"staged"};
    edit.values.network = "testnet";
    edit.values.isolate = false;
    // In another order than the table's, and one of them not given.
    for (const char* path :
         {"verification.min_transactions", "verification.candidates", "chain.network"}) {
        edit.add(*find_setting(path));
    }
    ServiceConfiguration configuration;
    configuration.data_directory = "d";
    edit.apply(configuration);
    EXPECT_EQ(configuration.network, "testnet");
    EXPECT_EQ(configuration.data_directory, "d");
    EXPECT_TRUE(configuration.isolate);
    VerificationSettings expected;
    expected.min_transactions = {{"testnet", 20}};
    expected.candidates = {"staged"};
    EXPECT_EQ(configuration.verification, expected);
}

TEST(SettingsEdit, says_what_of_it_is_out_of_range) {
    SettingsEdit edit;
    edit.values.verification.max_threads = 0;
    edit.values.verification.min_transactions[""] = 10'001;
    edit.values.verification.canary.alarm_within_ms = 0;
    edit.add(*find_setting("verification.max_threads"));
    edit.add(*find_setting("verification.min_transactions"));
    EXPECT_EQ(edit.out_of_range(),
              (std::vector<std::string>{
                  "verification.min_transactions: is 10001; choose a number from 0 to 10000",
                  "verification.max_threads: is 0; choose a number from 1 to 256"}));
}

}  // namespace
}  // namespace parallax::service
