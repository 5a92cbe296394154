#include "reports/record/values_json.hpp"

#include "reports/record/ledger_text.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace parallax::reports {
namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view value) {
    return Json(std::string(value));
}

/// The inverse of a name function that is not one of a small closed enum.
std::optional<model::ErrorCode> code_named(std::string_view name) {
    for (std::uint32_t number = 0; number <= 0xFFFF; ++number) {
        const auto code = static_cast<model::ErrorCode>(number);
        if (model::error_code_name(code) == name && name != "UNNAMED") {
            return code;
        }
    }
    return std::nullopt;
}

std::optional<model::Family> family_named(std::string_view name) {
    const auto row = std::find_if(model::kFamilies.begin(), model::kFamilies.end(),
                                  [&](const model::FamilyRow& each) { return each.name == name; });
    return row == model::kFamilies.end() ? std::nullopt : std::optional(row->family);
}

/// Sets `value` if the member is there; one that names nothing is a problem.
template <class T, class Named>
void read_named(const codec::JsonObject& json, const char* member, Named named,
                std::optional<T>& value) {
    if (const auto name = json.optional_text(member)) {
        value = named(*name);
        if (!value) {
            json.fail(member, "names nothing that is known");
        }
    }
}
template <class Enum>
std::optional<Enum> enum_member(const codec::JsonObject& json, const char* member,
                                std::string_view (*name_of)(Enum) noexcept) {
    std::optional<Enum> value;
    read_named(
        json, member, [&](const std::string& name) { return enum_named<Enum>(name_of, name); },
        value);
    return value;
}

std::optional<model::Number> number_from(std::string_view digits) {
    constexpr std::size_t kMostDigits = 38;  // no number of so many overflows
    const bool negative = digits.starts_with('-');
    digits.remove_prefix(negative ? 1 : 0);
    if (digits.empty() || digits.size() > kMostDigits ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    model::WideNumber number = 0;
    for (const char digit : digits) {
        number = number * 10 + (digit - '0');
    }
    return model::Number::of(negative ? -number : number);
}

Json number_json(const model::Number& number) {
    return Json(fmt::format("{}", number.wide()));
}

std::optional<model::Number> number_member(const codec::JsonObject& json, const char* member) {
    std::optional<model::Number> number;
    read_named(json, member, number_from, number);
    return number;
}

Json writer_json(model::TxIndex writer) {
    const std::string_view name = model::pseudo_transaction_name(writer.value());
    return Json(name.empty() ? std::to_string(writer.value()) : std::string(name));
}

std::optional<model::TxIndex> writer_from(std::string_view word) {
    if (const auto index = model::find_pseudo_transaction(word)) {
        return model::TxIndex{*index};
    }
    const auto number = number_from(word);
    return number && number->high == 0 && number->low < model::kInitializeTransaction
               ? std::optional(model::TxIndex{static_cast<std::uint32_t>(number->low)})
               : std::nullopt;
}

Json place_json(const model::Place& place) {
    Json json = Json::object();
    json["kind"] = text(model::place_kind_name(place.kind));
    if (!place.field.empty()) {
        json["field"] = place.field;
    }
    if (!place.indices.empty()) {
        json["indices"] = place.indices;
    }
    if (place.access) {
        json["access"] = text(model::access_kind_name(*place.access));
    }
    if (place.hazard) {
        json["hazard"] = text(model::hazard_name(*place.hazard));
    }
    return json;
}

Json value_json(const model::Value& value) {
    Json json = Json::object();
    json["kind"] = text(model::value_kind_name(value.kind));
    if (value.number) {
        json["number"] = number_json(*value.number);
    }
    if (!value.text.empty()) {
        json["text"] = value.text;
    }
    if (!value.bytes.empty()) {
        json["bytes"] = base::to_hex(value.bytes);
    }
    if (value.writer) {
        json["writer"] = writer_json(*value.writer);
    }
    return json;
}

model::Place read_place(const codec::JsonObject& json) {
    model::Place place;
    place.kind = enum_member<model::PlaceKind>(json, "kind", model::place_kind_name)
                     .value_or(model::PlaceKind::kUnknown);
    place.field = json.optional_text("field").value_or("");
    json.each_value("indices", [&](const nlohmann::json& value, const std::string&) {
        const auto* number = value.get_ptr<const nlohmann::json::number_unsigned_t*>();
        if (number == nullptr || *number > 0xFFFF'FFFF) {
            json.fail("indices", "has something that is no index");
            return;
        }
        place.indices.push_back(static_cast<std::uint32_t>(*number));
    });
    place.access = enum_member<model::AccessKind>(json, "access", model::access_kind_name);
    place.hazard = enum_member<model::Hazard>(json, "hazard", model::hazard_name);
    return place;
}

model::Value read_value(const codec::JsonObject& json) {
    model::Value value;
    value.kind = enum_member<model::ValueKind>(json, "kind", model::value_kind_name)
                     .value_or(model::ValueKind::kNone);
    value.number = number_member(json, "number");
    value.text = json.optional_text("text").value_or("");
    value.bytes = json.optional_hex("bytes").value_or(base::Bytes{});
    read_named(json, "writer", writer_from, value.writer);
    return value;
}

}  // namespace

nlohmann::ordered_json cause_json(const model::Cause& cause) {
    Json json = Json::object();
    json["kind"] = text(model::cause_kind_name(cause.kind));
    if (cause.phase != model::Phase::kBlock) {
        json["phase"] = text(model::phase_name(cause.phase));
    }
    if (cause.family) {
        json["family"] = text(model::family_row(*cause.family).name);
    }
    if (cause.counter) {
        json["counter"] = text(model::counter_name(*cause.counter));
    }
    if (!cause.field.empty()) {
        json["field"] = cause.field;
    }
    if (cause.direction != model::Direction::kNone) {
        json["direction"] = text(model::direction_name(cause.direction));
    }
    if (cause.check) {
        json["check"] = text(model::check_name(*cause.check));
    }
    if (cause.code) {
        json["code"] = text(model::error_code_name(*cause.code));
    }
    if (cause.hazard) {
        json["hazard"] = text(model::hazard_name(*cause.hazard));
    }
    return json;
}

nlohmann::ordered_json values_json(const model::DifferenceValues& values) {
    Json json = Json::object();
    json["place"] = place_json(values.place);
    json["control"] = value_json(values.control);
    json["candidate"] = value_json(values.candidate);
    if (values.pre_state != model::Value{}) {
        json["pre_state"] = value_json(values.pre_state);
    }
    if (values.delta) {
        json["delta"] = number_json(*values.delta);
    }
    return json;
}

model::Cause read_cause(const codec::JsonObject& json) {
    model::Cause cause;
    cause.kind = enum_member<model::CauseKind>(json, "kind", model::cause_kind_name)
                     .value_or(model::CauseKind::kUnknown);
    cause.phase =
        enum_member<model::Phase>(json, "phase", model::phase_name).value_or(model::Phase::kBlock);
    read_named(json, "family", family_named, cause.family);
    const auto counter_name_of = [](model::Counter counter) noexcept {
        return model::counter_name(counter);
    };
    cause.counter = enum_member<model::Counter>(json, "counter", counter_name_of);
    cause.field = json.optional_text("field").value_or("");
    cause.direction = enum_member<model::Direction>(json, "direction", model::direction_name)
                          .value_or(model::Direction::kNone);
    cause.check = enum_member<model::Check>(json, "check", model::check_name);
    read_named(json, "code", code_named, cause.code);
    cause.hazard = enum_member<model::Hazard>(json, "hazard", model::hazard_name);
    return cause;
}

model::DifferenceValues read_values(const codec::JsonObject& json) {
    model::DifferenceValues values;
    if (const nlohmann::json* place = json.find("place")) {
        values.place = read_place(json.child(*place, "place"));
    }
    const auto side = [&](const char* member, model::Value& value) {
        if (const nlohmann::json* found = json.find(member)) {
            value = read_value(json.child(*found, member));
        }
    };
    side("control", values.control);
    side("candidate", values.candidate);
    side("pre_state", values.pre_state);
    values.delta = number_member(json, "delta");
    return values;
}

}  // namespace parallax::reports
