#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/statusor.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::protocol {

/// One epoch's way in: how its rules are found by network, and read again.
struct ProtocolFamily {
    std::string_view profile;
    /// Answers null for a network that it does not know. Null itself for rules that no chain
    /// follows (a harness): they are read where they were written, and found by nobody.
    std::shared_ptr<const Protocol> (*find)(std::string_view network, FailureModel failures);
    /// What `Protocol::write` wrote; null after a failure of the reader.
    std::shared_ptr<const Protocol> (*read)(base::ByteReader& reader);
};

/// The rules that a program knows. Immutable; any thread.
class ProtocolSet {
  public:
    explicit ProtocolSet(std::vector<ProtocolFamily> families) : families_(std::move(families)) {}

    /// NotFound says which profiles, or which of the networks, are known.
    [[nodiscard]] absl::StatusOr<std::shared_ptr<const Protocol>> find(const ProtocolId& id) const;
    /// Reads what `write_protocol` wrote. Null after a failure, which is the reader's.
    [[nodiscard]] std::shared_ptr<const Protocol> read(base::ByteReader& reader) const;
    /// As `read`, of what stands after the profile's name.
    [[nodiscard]] std::shared_ptr<const Protocol> read_named(std::string_view profile,
                                                             base::ByteReader& reader) const;
    /// The profiles that a chain can follow: `e1`, `v3`.
    [[nodiscard]] std::vector<std::string> profiles() const;

  private:
    [[nodiscard]] const ProtocolFamily* family(std::string_view profile) const;
    std::vector<ProtocolFamily> families_;
};

/// The profile's name, then `Protocol::write`.
void write_protocol(base::ByteWriter& writer, const Protocol& protocol);

}  // namespace parallax::protocol
