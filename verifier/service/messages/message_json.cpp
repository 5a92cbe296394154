#include "verifier/service/messages/message_json.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include <cctype>
#include <string_view>

namespace parallax::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

Json to_json(const Message& message);

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += kDigits[value >> 4];
        text += kDigits[value & 0xF];
    }
    return text;
}

Json text_or_hex(const FieldDescriptor& field, const std::string& value) {
    return field.type() == FieldDescriptor::TYPE_BYTES ? hex(value) : value;
}

Json single(const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return reflection.GetInt32(message, &field);
        case FieldDescriptor::CPPTYPE_INT64:
            return reflection.GetInt64(message, &field);
        case FieldDescriptor::CPPTYPE_UINT32:
            return reflection.GetUInt32(message, &field);
        case FieldDescriptor::CPPTYPE_UINT64:
            return reflection.GetUInt64(message, &field);
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return reflection.GetDouble(message, &field);
        case FieldDescriptor::CPPTYPE_FLOAT:
            return reflection.GetFloat(message, &field);
        case FieldDescriptor::CPPTYPE_BOOL:
            return reflection.GetBool(message, &field);
        case FieldDescriptor::CPPTYPE_ENUM:
            return enum_name(*field.enum_type(), reflection.GetEnumValue(message, &field));
        case FieldDescriptor::CPPTYPE_STRING:
            return text_or_hex(field, reflection.GetString(message, &field));
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return to_json(reflection.GetMessage(message, &field));
    }
    return nullptr;
}

/// The contract repeats messages, text, bytes and enumerations only.
Json repeated(const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    Json list = Json::array();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            list.push_back(to_json(reflection.GetRepeatedMessage(message, &field, i)));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
            list.push_back(
                enum_name(*field.enum_type(), reflection.GetRepeatedEnumValue(message, &field, i)));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            list.push_back(text_or_hex(field, reflection.GetRepeatedString(message, &field, i)));
        } else {
            list.push_back("a repeated number: not printed");
        }
    }
    return list;
}

Json to_json(const Message& message) {
    const Reflection& reflection = *message.GetReflection();
    Json object = Json::object();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const FieldDescriptor& field = *message.GetDescriptor()->field(i);
        if (field.is_repeated()) {
            object[field.name()] = repeated(message, reflection, field);
        } else if (!field.has_presence() || reflection.HasField(message, &field)) {
            object[field.name()] = single(message, reflection, field);
        }
    }
    return object;
}

std::string upper_snake(const std::string& camel) {
    std::string text;
    for (const char letter : camel) {
        if (std::isupper(static_cast<unsigned char>(letter)) != 0 && !text.empty()) {
            text += '_';
        }
        text += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    return text;
}

}  // namespace

std::string message_json(const Message& message) {
    // Text of the other side may be anything: what is not UTF-8 is replaced, not refused.
    return to_json(message).dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string enum_name(const google::protobuf::EnumDescriptor& type, int number) {
    const auto* const value = type.FindValueByNumber(number);
    if (value == nullptr) {
        return std::to_string(number);
    }
    std::string name = value->name();
    const std::string prefix = upper_snake(type.name()) + "_";
    if (name.starts_with(prefix)) {
        name.erase(0, prefix.size());
    }
    for (char& letter : name) {
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return name;
}

}  // namespace parallax::service
