#include "reports/formats/wrapped.hpp"

#include <fmt/format.h>

#include <optional>

namespace parallax::reports {
namespace {

/// Sums over the rows of an asset need more than 64 bits.
__extension__ typedef __int128 Wide;

constexpr Wide kHalf = Wide{1} << 63;
/// Digits that no `Wide` overflows with.
constexpr std::size_t kMostDigits = 36;

std::optional<Wide> wide_in(std::string_view text) {
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    if (text.empty() || text.size() > kMostDigits ||
        text.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    Wide number = 0;
    for (const char digit : text) {
        number = number * 10 + (digit - '0');
    }
    return negative ? -number : number;
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
               difference.path.starts_with("totals.") ||
               difference.path.starts_with("conservation");
    }
    const model::Family family = difference.key->family;
    return family == model::Family::kBalance || family == model::Family::kContractBalance ||
           family == model::Family::kAssetSupply || family == model::Family::kCounter;
}

}  // namespace

bool is_wrapped(const model::Difference& difference) {
    const auto control = wide_in(difference.control);
    const auto candidate = wide_in(difference.candidate);
    return is_amount(difference) && control && candidate && !is_large(*control) &&
           is_large(*candidate);
}

std::string unwrapped(const model::Difference& difference) {
    return fmt::format("{} (wrapped below zero, u64 {})", nearest(*wide_in(difference.candidate)),
                       difference.candidate);
}

std::string unwrapped_delta(const model::Difference& difference) {
    return fmt::format("{:+}",
                       nearest(*wide_in(difference.candidate)) - *wide_in(difference.control));
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
    if (difference.delta) {
        const std::string delta = unwrapped_delta(difference);
        replace(
            fmt::format("is {} {} in", difference.delta->substr(1),
                        difference.delta->front() == '-' ? "lower" : "higher"),
            fmt::format("is {} {} in", delta.substr(1), delta.front() == '-' ? "lower" : "higher"));
    }
    replace(difference.candidate, unwrapped(difference));
    return sentence;
}

}  // namespace parallax::reports
