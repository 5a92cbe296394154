#include "verifier/service/messages/control_conversion.hpp"

#include "verifier/service/messages/message_json.hpp"
#include "verifier/service/settings/settings_table.hpp"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <type_traits>
#include <variant>
#include <vector>

namespace parallax::service {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// The wire has one number, that of the sidecar's network.
using ByNetwork = std::map<std::string, std::uint32_t>;

const FieldDescriptor* find_field(const Message& message, std::string_view name) {
    return message.GetDescriptor()->FindFieldByName(std::string(name));
}

/// The first word of a path with two; empty where there is only one.
std::string_view object_of(const Setting& setting) {
    const std::string_view path = setting.wire_path();
    const auto dot = path.find('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

/// The message that has the setting's field: `message`, or one in it. Null if it is not there.
const Message* holder_of(const Setting& setting, const Message& message) {
    const std::string_view object = object_of(setting);
    if (object.empty()) {
        return &message;
    }
    const FieldDescriptor* const field = find_field(message, object);
    const Reflection& reflection = *message.GetReflection();
    return field != nullptr && reflection.HasField(message, field)
               ? &reflection.GetMessage(message, field)
               : nullptr;
}

/// The same, made where it is not there yet.
Message& make_holder(const Setting& setting, Message& message) {
    const std::string_view object = object_of(setting);
    return object.empty()
               ? message
               : *message.GetReflection()->MutableMessage(&message, find_field(message, object));
}

/// Nothing for a number that no version of the contract knows, and for 0, which says nothing.
const EnumValueDescriptor* find_choice(const Message& message, const FieldDescriptor& field) {
    const int number = message.GetReflection()->GetEnumValue(message, &field);
    return number == 0 ? nullptr : field.enum_type()->FindValueByNumber(number);
}

/// The setting's field in its message, if this says something of it. What is in a message of its
/// own is said as a whole.
const FieldDescriptor* given_field(const Setting& setting, const Message* holder) {
    const FieldDescriptor* const field =
        holder == nullptr ? nullptr : find_field(*holder, setting.name());
    if (field == nullptr) {
        return nullptr;
    }
    const Reflection& reflection = *holder->GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        return find_choice(*holder, *field) == nullptr ? nullptr : field;
    }
    if (!object_of(setting).empty()) {
        return field;
    }
    if (field->is_repeated()) {
        return reflection.FieldSize(*holder, field) > 0 ? field : nullptr;
    }
    return !field->has_presence() || reflection.HasField(*holder, field) ? field : nullptr;
}

/// Takes a field into a setting; each overload is a type that a setting has.
struct FieldReader {
    const Message& message;
    const FieldDescriptor* field;
    const std::string& network;

    [[nodiscard]] const Reflection& reflection() const { return *message.GetReflection(); }

    void operator()(bool* value) const { *value = reflection().GetBool(message, field); }
    void operator()(std::uint32_t* value) const { *value = reflection().GetUInt32(message, field); }
    void operator()(std::uint64_t* value) const { *value = reflection().GetUInt64(message, field); }
    void operator()(std::string* value) const { *value = reflection().GetString(message, field); }
    void operator()(std::vector<std::string>* value) const {
        value->clear();
        for (int i = 0; i < reflection().FieldSize(message, field); ++i) {
            value->push_back(reflection().GetRepeatedString(message, field, i));
        }
    }
    void operator()(ByNetwork* value) const {
        (*value)[network] = reflection().GetUInt32(message, field);
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void operator()(Enum* value) const {
        const EnumDescriptor& type = *field->enum_type();
        // A name of the contract that no setting has would be one that a test missed.
        (void)choose(value, enum_name(type, reflection().GetEnumValue(message, field)));
    }
};

/// Writes a setting into a field.
struct FieldWriter {
    Message& message;
    const FieldDescriptor* field;
    const std::string& network;

    [[nodiscard]] const Reflection& reflection() const { return *message.GetReflection(); }

    void operator()(const bool* value) const { reflection().SetBool(&message, field, *value); }
    void operator()(const std::uint32_t* value) const {
        reflection().SetUInt32(&message, field, *value);
    }
    void operator()(const std::uint64_t* value) const {
        reflection().SetUInt64(&message, field, *value);
    }
    void operator()(const std::string* value) const {
        reflection().SetString(&message, field, *value);
    }
    void operator()(const std::vector<std::string>* value) const {
        reflection().ClearField(&message, field);
        for (const std::string& text : *value) {
            reflection().AddString(&message, field, text);
        }
    }
    void operator()(const ByNetwork* value) const {
        const auto found = value->find(network);
        reflection().SetUInt32(&message, field, found == value->end() ? 0 : found->second);
    }
    template <class Enum>
    requires std::is_enum_v<Enum>
    void operator()(Enum* value) const {
        const EnumDescriptor& type = *field->enum_type();
        for (int i = 0; i < type.value_count(); ++i) {
            if (enum_name(type, type.value(i)->number()) == value_text(value)) {
                reflection().SetEnumValue(&message, field, type.value(i)->number());
            }
        }
    }
};

void read_setting(const Setting& setting, const Message& message, const std::string& network,
                  ServiceConfiguration& configuration) {
    const Message* const holder = holder_of(setting, message);
    if (const FieldDescriptor* const field = given_field(setting, holder)) {
        std::visit(FieldReader{*holder, field, network}, setting.field(configuration));
    }
}

void write_setting(const Setting& setting, ServiceConfiguration& configuration,
                   const std::string& network, Message& message) {
    Message& holder = make_holder(setting, message);
    if (const FieldDescriptor* const field = find_field(holder, setting.name())) {
        std::visit(FieldWriter{holder, field, network}, setting.field(configuration));
    }
}

/// `ROLLOUT_UNDER_50, ROLLOUT_UNDER_200 or ROLLOUT_ALL`.
std::string choices_text(const EnumDescriptor& type) {
    std::string text;
    for (int i = 1; i < type.value_count(); ++i) {
        text += i == 1 ? "" : i + 1 == type.value_count() ? " or " : ", ";
        text += type.value(i)->name();
    }
    return text;
}

/// InvalidArgument for a choice that no version of the contract knows.
absl::Status check_choice(const Setting& setting, const Message& message) {
    const Message* const holder = holder_of(setting, message);
    const FieldDescriptor* const field =
        holder == nullptr ? nullptr : find_field(*holder, setting.name());
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) {
        return absl::OkStatus();
    }
    const int number = holder->GetReflection()->GetEnumValue(*holder, field);
    if (number == 0 || find_choice(*holder, *field) != nullptr) {
        return absl::OkStatus();
    }
    return absl::InvalidArgumentError(fmt::format("{}: {} is unknown; choose {}", setting.path,
                                                  number, choices_text(*field->enum_type())));
}

VerificationSettings read_live(const Message& message, const std::string& network,
                               const VerificationSettings& before) {
    ServiceConfiguration configuration;
    configuration.verification = before;
    for (const Setting& setting : all_settings()) {
        if (setting.is_live()) {
            read_setting(setting, message, network, configuration);
        }
    }
    return configuration.verification;
}

}  // namespace

void write(const VerificationSettings& settings, const std::string& network,
           wire::Configuration& message) {
    ServiceConfiguration configuration;
    configuration.verification = settings;
    for (const Setting& setting : all_settings()) {
        if (setting.is_live()) {
            write_setting(setting, configuration, network, message);
        }
    }
}

VerificationSettings read(const wire::Configuration& message, const std::string& network) {
    // Objects that are not there are all zero, as numbers that are not there.
    wire::Configuration whole = message;
    for (const Setting& setting : all_settings()) {
        if (setting.is_live()) {
            (void)make_holder(setting, whole);
        }
    }
    return read_live(whole, network, VerificationSettings());
}

absl::StatusOr<std::function<void(VerificationSettings&)>> read(
    const wire::ConfigurationChange& message, const std::string& network) {
    for (const Setting& setting : all_settings()) {
        if (setting.is_live()) {
            if (auto status = check_choice(setting, message); !status.ok()) {
                return status;
            }
        }
    }
    return [message, network](VerificationSettings& settings) {
        settings = read_live(message, network, settings);
    };
}

bool replaces_objects(const SettingsEdit& edit) {
    for (const Setting* const setting : edit.given()) {
        if (!object_of(*setting).empty()) {
            return true;
        }
    }
    return false;
}

void write(const SettingsEdit& edit, const wire::Configuration& before,
           wire::ConfigurationChange& message) {
    ServiceConfiguration values = edit.values;
    for (const Setting* const setting : edit.given()) {
        const std::string_view object = object_of(*setting);
        if (!object.empty() && holder_of(*setting, message) == nullptr) {
            if (const Message* const old = holder_of(*setting, before)) {
                make_holder(*setting, message).CopyFrom(*old);
            }
        }
        write_setting(*setting, values, "", message);
    }
}

}  // namespace parallax::service
