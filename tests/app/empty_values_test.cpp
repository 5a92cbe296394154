#include "app/commands/command.hpp"
#include "app/sidecar/daemon.hpp"
#include "tests/app/program.hpp"

#include <CLI/CLI.hpp>

namespace parallax::app {
namespace {

/// As `--name`, or the name of a positional one.
std::string word_of(const CLI::Option& option) {
    return option.get_lnames().empty() ? option.get_name(true) : "--" + option.get_lnames().front();
}

/// What the parser says to `option` with an empty value, in `app`, which `describe` fills.
template <class Describe>
std::string answer_to_empty(const Describe& describe, std::size_t index) {
    CLI::App app;
    CommandAction action;
    describe(app, action);
    refuse_empty_values(app);
    CLI::Option* const option = options_with_values(app)[index];
    option->add_result("");
    try {
        option->run_callback();
    } catch (const CLI::ValidationError& error) {
        return error.what();
    } catch (const CLI::Error& error) {
        ADD_FAILURE() << word_of(*option) << ": " << error.what();
    }
    return "";
}

template <class Describe>
void expect_all_refuse(const Describe& describe, std::size_t at_least) {
    CLI::App app;
    CommandAction action;
    describe(app, action);
    const std::size_t count = options_with_values(app).size();
    EXPECT_GE(count, at_least) << "options are not seen";
    for (std::size_t i = 0; i < count; ++i) {
        const std::string word = word_of(*options_with_values(app)[i]);
        EXPECT_TRUE(has(answer_to_empty(describe, i), word)) << word << " takes an empty value";
    }
}

TEST(EmptyValues, every_option_of_every_command_refuses_one_by_name) {
    expect_all_refuse(
        [](CLI::App& app, CommandAction& action) {
            describe_program(app);
            add_all_commands(app, action);
        },
        120);
    expect_all_refuse(
        [](CLI::App& app, CommandAction& action) {
            describe_daemon(app);
            add_daemon_options(app, action);
        },
        24);
}

using EmptyValuesCommand = ProgramTest;

TEST_F(EmptyValuesCommand, end_with_1_and_touch_nothing) {
    ASSERT_EQ(run({"generate", path("a.pxa"), "--blocks", "1", "--accounts", "16"}).exit_code, 0);
    for (const char* name : {"--out", "--db", "--to", "--threads", "--failure-model"}) {
        const auto result = run({"replay", path("a.pxa"), name, ""});
        EXPECT_EQ(result.exit_code, 1) << name;
        EXPECT_TRUE(has(result.err, name)) << result.err;
        EXPECT_EQ(result.out, "") << name;
        // The parser would take the next word for the value.
        const auto joined = run({"replay", std::string(name) + "=", path("a.pxa")});
        EXPECT_EQ(joined.exit_code, 1) << name;
        EXPECT_TRUE(has(joined.err, std::string(name) + ": is empty")) << joined.err;
    }
    EXPECT_TRUE(has(run({"replay", ""}).err, "ARCHIVE"));
    EXPECT_TRUE(has(run({"parallel-status", "--token-file", ""}).err, "--token-file"));
    EXPECT_EQ(run({"parallel-status", "--tls-authority", ""}).exit_code, 1);
    ASSERT_EQ(setenv("GITHUB_STEP_SUMMARY", "", 1), 0);
    ASSERT_EQ(run({"replay", path("a.pxa"), "--out", path("out")}).exit_code, 0);
    const auto github = run({"report", path("out"), "--format", "github"});
    unsetenv("GITHUB_STEP_SUMMARY");
    EXPECT_EQ(github.exit_code, 1);
    EXPECT_TRUE(has(github.err, "GITHUB_STEP_SUMMARY is set, but empty")) << github.err;
}

}  // namespace
}  // namespace parallax::app
