#include "verifier/protocol/state_view.hpp"

#include "verifier/model/families.hpp"

namespace parallax::protocol {

absl::Status to_numbers(const model::StateKey& key, const model::StateValue& value,
                        NumbersRow& row) {
    if (value.index() != model::family_row(key.family).value_index) {
        return absl::DataLossError("row " + model::to_string(key) +
                                   " holds a value of another family");
    }
    row = {true, 0, 0};
    if (const auto* account = std::get_if<model::AccountRecord>(&value)) {
        row.first = account->nonce.value();
        row.second = account->registered_at.value();
    } else if (const auto* amount = std::get_if<model::AmountRecord>(&value)) {
        row.first = amount->amount.value();
    } else if (const auto* executed = std::get_if<model::ExecutedRecord>(&value)) {
        row.first = executed->executed_at.value();
    }
    return absl::OkStatus();
}

absl::Status StateView::get_many(std::span<const model::StateKey> keys,
                                 std::vector<std::optional<model::StateValue>>& values) const {
    values.clear();
    values.reserve(keys.size());
    for (const model::StateKey& key : keys) {
        auto value = get(key);
        if (!value.ok()) {
            return value.status();
        }
        values.push_back(*std::move(value));
    }
    return absl::OkStatus();
}

absl::Status StateView::get_numbers(std::span<const model::StateKey> keys,
                                    std::span<NumbersRow> rows) const {
    std::vector<std::optional<model::StateValue>> values;
    if (const auto read = get_many(keys, values); !read.ok()) {
        return read;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        rows[i] = {};
        if (!values[i]) {
            continue;
        }
        if (const auto status = to_numbers(keys[i], *values[i], rows[i]); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

}  // namespace parallax::protocol
