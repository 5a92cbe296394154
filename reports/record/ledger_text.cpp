#include "reports/record/ledger_text.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::reports {
namespace {

std::optional<model::Family> family_named(std::string_view name) {
    const auto row =
        std::find_if(model::kFamilies.begin(), model::kFamilies.end(),
                     [&](const model::FamilyRow& family) { return family.name == name; });
    return row == model::kFamilies.end() ? std::nullopt : std::optional(row->family);
}

}  // namespace

std::string conflict_shape_text(const model::ConflictCount& shape) {
    return fmt::format("{}>{} {} {}", model::transaction_type_name(shape.first),
                       model::transaction_type_name(shape.second),
                       model::family_row(shape.family).name, model::dependency_name(shape.hazard));
}

std::optional<model::ConflictCount> conflict_shape_from_text(std::string_view text) {
    const std::size_t arrow = text.find('>');
    const std::size_t space = text.find(' ');
    const std::size_t last = text.rfind(' ');
    if (arrow == std::string_view::npos || space == std::string_view::npos || arrow > space ||
        last <= space) {
        return std::nullopt;
    }
    const auto first =
        enum_named<model::TransactionType>(model::transaction_type_name, text.substr(0, arrow));
    const auto second = enum_named<model::TransactionType>(
        model::transaction_type_name, text.substr(arrow + 1, space - arrow - 1));
    const auto family = family_named(text.substr(space + 1, last - space - 1));
    const auto hazard =
        enum_named<model::Dependency>(model::dependency_name, text.substr(last + 1));
    if (!first || !second || !family || !hazard) {
        return std::nullopt;
    }
    return model::ConflictCount{*first, *second, *family, *hazard, 0};
}

}  // namespace parallax::reports
