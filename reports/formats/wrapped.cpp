#include "reports/formats/wrapped.hpp"

#include "reports/analysis/difference_reading.hpp"

#include <fmt/format.h>

#include <optional>

namespace parallax::reports {
namespace {

using Wide = model::WideNumber;

constexpr Wide kHalf = Wide{1} << 63;

std::optional<Wide> wide_in(const model::Value& value) {
    return value.kind == model::ValueKind::kNumber && value.number
               ? std::optional(value.number->wide())
               : std::nullopt;
}

bool is_large(Wide number) {
    return number >= kHalf || number <= -kHalf;
}

/// The number nearest to zero that is the same modulo 2^64.
Wide nearest(Wide number) {
    Wide rest = number % (2 * kHalf);
    if (rest >= kHalf) {
        rest -= 2 * kHalf;
    } else if (rest < -kHalf) {
        rest += 2 * kHalf;
    }
    return rest;
}

bool is_amount(const model::Difference& difference) {
    if (!difference.key) {
        return difference.section == model::Section::kTotals ||
               is_total_invariant(difference.values.place) ||
               is_conservation(difference.values.place);
    }
    const model::Family family = difference.key->family;
    return family == model::Family::kBalance || family == model::Family::kContractBalance ||
           family == model::Family::kAssetSupply || family == model::Family::kCounter;
}

}  // namespace

bool is_wrapped(const model::Difference& difference) {
    const auto control = wide_in(difference.values.control);
    const auto candidate = wide_in(difference.values.candidate);
    return is_amount(difference) && control && candidate && !is_large(*control) &&
           is_large(*candidate);
}

std::string unwrapped(const model::Difference& difference) {
    return fmt::format("{} (wrapped below zero, u64 {})",
                       nearest(*wide_in(difference.values.candidate)), difference.candidate);
}

model::WideNumber unwrapped_number(const model::Difference& difference) {
    return nearest(*wide_in(difference.values.candidate)) - *wide_in(difference.values.control);
}

std::string unwrapped_delta(const model::Difference& difference) {
    return fmt::format("{:+}", unwrapped_number(difference));
}

std::string unwrapped_sentence(std::string sentence, const model::Difference& difference) {
    const auto replace = [&](const std::string& from, const std::string& to) {
        const std::size_t at = from.empty() ? std::string::npos : sentence.find(from);
        if (at != std::string::npos) {
            sentence.replace(at, from.size(), to);
        }
    };
    if (!is_wrapped(difference)) {
        return sentence;
    }
    if (difference.values.delta) {
        const auto change = [](Wide delta) {
            return fmt::format("is {} {} in", delta < 0 ? -delta : delta,
                               delta < 0 ? "lower" : "higher");
        };
        replace(change(difference.values.delta->wide()), change(unwrapped_number(difference)));
    }
    replace(difference.candidate, unwrapped(difference));
    return sentence;
}

}  // namespace parallax::reports
