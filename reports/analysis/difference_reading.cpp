#include "reports/analysis/difference_reading.hpp"

#include "verifier/model/outcome.hpp"

#include <fmt/format.h>

namespace parallax::reports {

bool is_code_of(const model::Difference& difference,
                const std::optional<model::TxIndex>& transaction) {
    return difference.values.place.kind == model::PlaceKind::kResult &&
           difference.values.place.field == "code" && difference.transaction == transaction;
}

std::string error_name(const model::Value& code) {
    const bool is_error = code.kind == model::ValueKind::kName &&
                          code.text != model::error_code_name(model::ErrorCode::kSuccess);
    return is_error ? code.text : "";
}

bool is_result_amount(const model::Place& place) {
    return place.kind == model::PlaceKind::kResult &&
           (place.field == "fee" || place.field == "burned");
}

bool is_total_invariant(const model::Place& place) {
    return place.kind == model::PlaceKind::kInvariant && place.field.starts_with("totals.");
}

bool is_conservation(const model::Place& place) {
    return place.kind == model::PlaceKind::kInvariant &&
           model::field_head(place.field) == "conservation";
}

std::string state_left_by(std::optional<model::TxIndex> writer, std::string_view end) {
    if (!writer) {
        return "as nobody left it";
    }
    if (writer->value() == model::kPreState) {
        return "as before the block";
    }
    if (writer->value() == model::kInitializeTransaction) {
        return "as the block's beginning left it";
    }
    return writer->value() == model::kEpilogueTransaction
               ? fmt::format("as the {} left it", end)
               : fmt::format("as transaction {} left it", writer->value());
}

}  // namespace parallax::reports
