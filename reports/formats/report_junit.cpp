#include "reports/formats/report_formats.hpp"

#include <fmt/format.h>

#include <array>

namespace parallax::reports {
namespace {

/// Escaped for XML 1.0, in which most control characters cannot be written at all.
std::string xml(std::string_view text) {
    std::string escaped;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        switch (character) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\n':
                escaped += "&#10;";
                break;
            default:
                escaped += byte < 0x20 || byte == 0x7F ? '?' : character;
        }
    }
    return escaped;
}

/// One test of a suite, already rendered, and how it ended.
struct Suite {
    std::string name;
    std::string tests;
    std::size_t count = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;

    void add(const std::string& test, const std::string& body) {
        tests += fmt::format("    <testcase classname=\"parallax.{}\" name=\"{}\" time=\"0\"",
                             xml(name), xml(test));
        tests += body.empty() ? "/>\n" : fmt::format(">\n      {}\n    </testcase>\n", body);
        ++count;
    }
    void passed(const std::string& test) { add(test, ""); }
    void failed(const std::string& test, const std::string& type, const std::string& why) {
        ++failures;
        add(test, fmt::format("<failure type=\"{}\" message=\"{}\"/>", type, xml(why)));
    }
    void broken(const std::string& test, const std::string& type, const std::string& why) {
        ++errors;
        add(test, fmt::format("<error type=\"{}\" message=\"{}\"/>", type, xml(why)));
    }
    void skip(const std::string& test, const std::string& why) {
        ++skipped;
        add(test, fmt::format("<skipped message=\"{}\"/>", xml(why)));
    }
};

constexpr std::array kLaneOracles = {
    model::Section::kBlockStatus,     model::Section::kResults,  model::Section::kOrphans,
    model::Section::kTotals,          model::Section::kState,    model::Section::kInvariants,
    model::Section::kSerializability, model::Section::kRecorded, model::Section::kExecutor};
constexpr std::array kControlOracles = {model::Section::kInvariants, model::Section::kRecorded,
                                        model::Section::kExecutor};

bool is_optional(model::Section section) {
    return section == model::Section::kSerializability || section == model::Section::kRecorded;
}

OracleTotals oracle_in(const ChunkTotals& chunk, model::Section section) {
    const auto found = chunk.oracles.find(section);
    return found == chunk.oracles.end() ? OracleTotals{} : found->second;
}

void add_oracle(const ChunkTotals& chunk, model::Section section, bool is_lane,
                const std::string& name, Suite& suite) {
    const OracleTotals oracle = oracle_in(chunk, section);
    if (oracle.findings > 0 && is_lane && section == model::Section::kExecutor) {
        suite.broken(name, "executor_failed",
                     fmt::format("{} times; the first: {}", oracle.findings, oracle.example));
    } else if (oracle.findings > 0) {
        suite.failed(name, "mismatch",
                     fmt::format("{} findings; the first: {}", oracle.findings, oracle.example));
    } else if (!is_lane || section == model::Section::kExecutor) {
        suite.passed(name);  // what would be wrong here is a finding
    } else if (oracle.compared == 0 && is_optional(section)) {
        suite.skip(name, "there was nothing to compare with");
    } else if (oracle.compared < chunk.blocks && !is_optional(section)) {
        suite.broken(name, "inconclusive",
                     fmt::format("{} of {} blocks were compared; {}", oracle.compared, chunk.blocks,
                                 chunk.why));
    } else {
        suite.passed(name);
    }
}

void add_chunk(const std::string& lane, std::uint64_t number, const ChunkTotals& chunk,
               Suite& suite) {
    const bool is_lane = lane != "control";
    const std::string range =
        fmt::format("blocks {}-{}", number * kChunkBlocks, (number + 1) * kChunkBlocks - 1);
    const auto add = [&](model::Section section) {
        add_oracle(chunk, section, is_lane,
                   fmt::format("{} {}", range, model::section_name(section)), suite);
    };
    if (is_lane) {
        for (const model::Section section : kLaneOracles) {
            add(section);
        }
    } else {
        for (const model::Section section : kControlOracles) {
            add(section);
        }
    }
    if (is_lane) {
        const std::string conclusive = range + " conclusive";
        if (chunk.inconclusive > 0) {
            suite.broken(conclusive, "inconclusive",
                         fmt::format("{} of {} blocks were not; {}", chunk.inconclusive,
                                     chunk.blocks, chunk.why));
        } else {
            suite.passed(conclusive);
        }
    }
}

Suite run_suite(const Report& report) {
    Suite suite;
    suite.name = "run";
    std::string why;
    for (const std::string& problem : report.problems) {
        why += (why.empty() ? "" : " ") + problem;
    }
    if (why.empty()) {
        suite.passed("the range is complete");
    } else {
        suite.broken("the range is complete", "incomplete", why);
    }
    // Always there: what reads the file knows a test by its name.
    if (report.left_out.empty()) {
        suite.passed("nothing is left out");
    } else {
        suite.skip("nothing is left out", fmt::format("{}", fmt::join(report.left_out, " ")));
    }
    std::vector<std::string> unjudged;
    for (const auto& [law, totals] : report.unjudged) {
        unjudged.push_back(unjudged_text(law, totals));
    }
    if (unjudged.empty()) {
        suite.passed("every law judged every block");
    } else {
        suite.skip("every law judged every block", fmt::format("{}", fmt::join(unjudged, "; ")));
    }
    return suite;
}

}  // namespace

std::string render_report_junit(const Report& report) {
    std::vector<Suite> suites = {run_suite(report)};
    for (const auto& [name, chunk] : report.chunks) {
        if (suites.back().name != name.first) {
            suites.emplace_back().name = name.first;
        }
        add_chunk(name.first, name.second, chunk, suites.back());
    }
    std::string body;
    Suite all;
    for (const Suite& suite : suites) {
        body += fmt::format(
            "  <testsuite name=\"parallax.{}\" tests=\"{}\" failures=\"{}\" "
            "errors=\"{}\" skipped=\"{}\" time=\"0\">\n{}  </testsuite>\n",
            xml(suite.name), suite.count, suite.failures, suite.errors, suite.skipped, suite.tests);
        all.count += suite.count;
        all.failures += suite.failures;
        all.errors += suite.errors;
        all.skipped += suite.skipped;
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"parallax\" "
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\">\n{}"
        "</testsuites>\n",
        all.count, all.failures, all.errors, all.skipped, body);
}

}  // namespace parallax::reports
