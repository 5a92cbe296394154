#pragma once

#include "verifier/model/families.hpp"
#include "verifier/model/finding.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::test {

/// Tests write a difference as a reader sees it; these give it the values that core gives to one
/// with such texts. Only tests go from texts to values.

inline std::optional<model::WideNumber> number_written(std::string_view text) {
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative || text.starts_with('+') ? 1 : 0);
    if (text.empty() || text.size() > 37 ||
        text.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    model::WideNumber number = 0;
    for (const char digit : text) {
        number = number * 10 + (digit - '0');
    }
    return negative ? -number : number;
}

/// `as transaction 3 left it`, with or without a value behind it.
inline std::optional<model::Value> seen_written(std::string_view text) {
    model::Value seen = model::plain_value(model::ValueKind::kSeen);
    constexpr std::string_view kTransaction = "as transaction ";
    if (text.starts_with("as before the block")) {
        seen.writer = model::TxIndex{model::kPreState};
    } else if (text.starts_with("as the epilogue left it")) {
        seen.writer = model::TxIndex{model::kEpilogueTransaction};
    } else if (text.starts_with(kTransaction)) {
        text.remove_prefix(kTransaction.size());
        const auto number = number_written(text.substr(0, text.find(' ')));
        seen.writer = model::TxIndex{static_cast<std::uint32_t>(number.value_or(0))};
    } else {
        return std::nullopt;
    }
    return seen;
}

inline model::Value value_written(std::string text) {
    constexpr std::string_view kArrow = " -> ";
    constexpr std::string_view kWrite = "write ";
    constexpr std::string_view kAmount = "{amount: ";
    if (const std::size_t arrow = text.rfind(kArrow); arrow != std::string::npos) {
        text.erase(0, arrow + kArrow.size());
    }
    text.erase(0, text.starts_with(kWrite) ? kWrite.size() : 0);
    if (text == "absent" || text == "not written") {
        return model::plain_value(text == "absent" ? model::ValueKind::kAbsent
                                                   : model::ValueKind::kNotWritten);
    }
    if (const auto number = number_written(text)) {
        return model::number_value(*number);
    }
    if (const auto seen = seen_written(text)) {
        return *seen;
    }
    if (text.starts_with('{') || text.starts_with("nonce ")) {
        model::Value record = model::plain_value(model::ValueKind::kRecord);
        if (text.starts_with(kAmount)) {
            const auto number =
                number_written(text.substr(kAmount.size(), text.size() - kAmount.size() - 1));
            record.number = number ? std::optional(model::Number::of(*number)) : std::nullopt;
        }
        record.text = std::move(text);
        return record;
    }
    return text.empty() ? model::Value{} : model::name_value(text.substr(0, text.find(' ')));
}

/// A path without what stands in its brackets.
inline std::string general_path(std::string_view path) {
    std::string general;
    std::size_t depth = 0;
    for (const char character : path) {
        depth -= character == ']' ? 1 : 0;
        if (depth == 0) {
            general += character;
        }
        depth += character == '[' ? 1 : 0;
    }
    return general;
}

inline model::Place row_place(const model::Difference& difference) {
    model::Place place;
    std::string rest = difference.path;
    const std::string key = difference.key ? model::to_string(*difference.key) : "";
    rest.erase(0, rest.starts_with(key) ? key.size() : 0);
    place.kind = model::PlaceKind::kRow;
    for (const auto& [side, kind] : {std::pair{".before", model::PlaceKind::kRowBefore},
                                     std::pair{".after", model::PlaceKind::kRowAfter}}) {
        if (rest.starts_with(side)) {
            place.kind = kind;
            rest.erase(0, std::string_view(side).size());
        }
    }
    rest.erase(0, rest.starts_with('.') ? 1 : 0);
    for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(model::AccessKind::kOutput); ++i) {
        if (rest == model::access_kind_name(static_cast<model::AccessKind>(i))) {
            place.kind = model::PlaceKind::kAccess;
            place.access = static_cast<model::AccessKind>(i);
            rest.clear();
        }
    }
    place.field = rest;
    return place;
}

inline model::Place place_written(const model::Difference& difference) {
    const std::string_view path = difference.path;
    const std::size_t dot = path.rfind('.');
    const std::string last(dot == std::string_view::npos ? "" : path.substr(dot + 1));
    switch (difference.section) {
        case model::Section::kBlockStatus:
            return {model::PlaceKind::kBlock, last, {}, {}, {}};
        case model::Section::kResults:
            return {model::PlaceKind::kResult, last, {}, {}, {}};
        case model::Section::kOrphans:
            return {model::PlaceKind::kOrphan, "", {}, {}, {}};
        case model::Section::kTotals:
            return {model::PlaceKind::kTotal, last, {}, {}, {}};
        case model::Section::kState:
            return row_place(difference);
        case model::Section::kInvariants:
            return {model::PlaceKind::kInvariant, general_path(path), {}, {}, {}};
        case model::Section::kSerializability:
            for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(model::Hazard::kBrokenLog);
                 ++i) {
                if (path == model::hazard_name(static_cast<model::Hazard>(i))) {
                    return {model::PlaceKind::kHazard, "", {}, {}, static_cast<model::Hazard>(i)};
                }
            }
            return {model::PlaceKind::kHazard, "", {}, {}, {}};
        case model::Section::kRecorded:
        case model::Section::kExecutor:
            return {model::PlaceKind::kExecutor, last, {}, {}, {}};
    }
    return {};
}

inline model::Difference with_values(model::Difference difference) {
    model::DifferenceValues& values = difference.values;
    values.place = place_written(difference);
    values.control = value_written(difference.control);
    values.candidate = value_written(difference.candidate);
    values.pre_state = value_written(difference.pre_state.value_or(""));
    const auto delta = number_written(difference.delta.value_or(""));
    values.delta = delta ? std::optional(model::Number::of(*delta)) : std::nullopt;
    return difference;
}

inline model::Finding with_values(model::Finding finding) {
    finding.first = with_values(std::move(finding.first));
    std::transform(finding.derived.begin(), finding.derived.end(), finding.derived.begin(),
                   [](const model::Difference& difference) { return with_values(difference); });
    return finding;
}

}  // namespace parallax::test
