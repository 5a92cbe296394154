#include "reports/analysis/cause_text.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace parallax::reports {
namespace {

/// By the number of the kind.
constexpr std::array<std::string_view, 46> kPatterns = {
    "",
    // in the wrong place
    "results: missing or extra",
    "results: in another order",
    "rows: in another order",
    "orphans: in another order",
    "epilogue: before drain",
    // a transaction as a whole
    "transaction: executed and not done",
    "transaction: done a second time",
    "transaction: a failed one has effects",
    "transaction: a failed one's effects are missing",
    // reads
    "{row}: read too early",
    "{row}: read too late",
    "{row}: read an older value",
    "{row}: read with receipts the value",
    "{row}: read some other value",
    "{row}: read no value",
    // how a transaction ends
    "check of {check}: lets in",
    "refused: {code}",
    "result: {field} {direction}",
    "result: another ending",
    // rows of the whole outcome
    "rows: written unchanged",
    "rows: created empty",
    "rows: zero not written",
    // a balance
    "{row}: failed ones pay",
    "{row}: reward twice",
    "{row}: reward replaces it",
    "{row}: reward on the balance before",
    "{row}: outputs not taken",
    "{row}: fees not taken",
    "{row}: only receipts left",
    "{row}: replaced by a credit",
    "{row}: applied twice",
    "{row}: effect lost",
    "{row}: touched by one side only",
    "{row}: in another asset",
    // a row
    "{row}: registration lost",
    "{row}: write lost",
    "{row}: removal lost",
    "{row}: there and not removed",
    "{row}: extra write",
    "{row}: {field}{step}",
    "{row}: {direction}",
    // the block
    "total {field}: {direction}",
    "block.{field}",
    "log: {hazard}",
    "law: {invariant}",
};
static_assert(static_cast<std::size_t>(model::CauseKind::kInvariant) + 1 == kPatterns.size());

std::string_view row_of(const model::Cause& cause) {
    if (cause.counter) {
        return model::counter_name(*cause.counter);
    }
    return cause.family ? model::family_row(*cause.family).name : "row";
}

std::string_view direction_of(const model::Cause& cause) {
    return cause.direction == model::Direction::kNone ? "" : model::direction_name(cause.direction);
}

}  // namespace

std::string cause_text(const model::Cause& cause) {
    const auto number = static_cast<std::size_t>(cause.kind);
    if (number >= kPatterns.size()) {
        return "";
    }
    const std::string_view direction = direction_of(cause);
    const std::string invariant =
        cause.field.empty() ? fmt::format("counter:{}", row_of(cause)) : cause.field;
    const std::string text =
        fmt::format(fmt::runtime(kPatterns[number]), fmt::arg("row", row_of(cause)),
                    fmt::arg("field", cause.field), fmt::arg("direction", direction),
                    fmt::arg("step", direction.empty() ? "" : fmt::format(" {}", direction)),
                    fmt::arg("check", cause.check ? model::check_name(*cause.check) : ""),
                    fmt::arg("code", cause.code ? model::error_code_name(*cause.code) : ""),
                    fmt::arg("hazard", cause.hazard ? model::hazard_name(*cause.hazard) : ""),
                    fmt::arg("invariant", invariant));
    return cause.phase == model::Phase::kEpilogue ? "epilogue: " + text : text;
}

}  // namespace parallax::reports
