#include "verifier/codec/json_object.hpp"

#include <algorithm>

namespace parallax::codec {

void JsonObject::allow_only(std::initializer_list<std::string_view> known) const {
    if (!value_.is_object()) {
        return;
    }
    for (const auto& [name, member] : value_.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            fail(name.c_str(), "is not a member that is known here");
        }
    }
}

const nlohmann::json* JsonObject::find(const char* name) const {
    if (!value_.is_object()) {
        return nullptr;
    }
    const auto member = value_.find(name);
    return member == value_.end() || member->is_null() ? nullptr : &*member;
}

std::optional<std::uint64_t> JsonObject::optional_number(const char* name) const {
    const nlohmann::json* member = find(name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!member->is_number_unsigned()) {
        fail(name, "is not an unsigned 64-bit integer");
        return std::nullopt;
    }
    return *member->get_ptr<const nlohmann::json::number_unsigned_t*>();
}

bool JsonObject::boolean(const char* name, bool otherwise) const {
    const nlohmann::json* member = find(name);
    if (member == nullptr) {
        return otherwise;
    }
    if (!member->is_boolean()) {
        fail(name, "is not true or false");
        return otherwise;
    }
    return *member->get_ptr<const nlohmann::json::boolean_t*>();
}

std::optional<std::string> JsonObject::optional_text(const char* name) const {
    const nlohmann::json* member = find(name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!member->is_string()) {
        fail(name, "is not a string");
        return std::nullopt;
    }
    return *member->get_ptr<const nlohmann::json::string_t*>();
}

std::optional<base::Bytes> JsonObject::optional_hex(const char* name) const {
    const auto text = optional_text(name);
    if (!text) {
        return std::nullopt;
    }
    std::string_view digits = *text;
    if (digits.starts_with("0x")) {
        digits.remove_prefix(2);
    }
    auto bytes = base::parse_hex(digits);
    if (!bytes) {
        fail(name, "is not hex");
    }
    return bytes;
}

void JsonObject::fail(const char* name, std::string_view what) const {
    if (!problem_.empty()) {
        return;
    }
    problem_ = path_;
    if (*name != '\0') {
        problem_ += fmt::format(".{}", name);
    }
    problem_ += fmt::format(": {}", what);
}

}  // namespace parallax::codec
