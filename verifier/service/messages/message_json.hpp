#pragma once

#include <string>

namespace google::protobuf {
class EnumDescriptor;
class Message;
}  // namespace google::protobuf

namespace parallax::service {

/// A message of the wire contract as indented JSON for scripts. Fields have their wire names and
/// order, and are there with their default, too; an absent optional field or message is left out.
/// Bytes are lower-case hex, 64-bit numbers are numbers, and a value of an enumeration is its name
/// without the type's prefix, in lower case: `running`.
[[nodiscard]] std::string message_json(const google::protobuf::Message& message);

/// The name that `message_json` gives a value; a number that has none is printed as a number.
[[nodiscard]] std::string enum_name(const google::protobuf::EnumDescriptor& type, int number);

}  // namespace parallax::service
