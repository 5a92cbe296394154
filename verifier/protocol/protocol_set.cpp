#include "verifier/protocol/protocol_set.hpp"

#include "verifier/codec/fields_codec.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

namespace parallax::protocol {

const ProtocolFamily* ProtocolSet::family(std::string_view profile) const {
    for (const ProtocolFamily& family : families_) {
        if (family.profile == profile) {
            return &family;
        }
    }
    return nullptr;
}

std::vector<std::string> ProtocolSet::profiles() const {
    std::vector<std::string> names;
    for (const ProtocolFamily& family : families_) {
        if (family.find != nullptr) {
            names.emplace_back(family.profile);
        }
    }
    return names;
}

absl::StatusOr<std::shared_ptr<const Protocol>> ProtocolSet::find(const ProtocolId& id) const {
    const ProtocolFamily* const known = family(id.profile);
    if (known == nullptr || known->find == nullptr) {
        return absl::NotFoundError(fmt::format("unknown profile '{}': this program knows {}",
                                               id.profile, fmt::join(profiles(), ", ")));
    }
    auto found = known->find(id.network, id.failures);
    if (found == nullptr) {
        return absl::NotFoundError(
            fmt::format("profile {} does not know the network '{}'", id.profile, id.network));
    }
    return found;
}

std::shared_ptr<const Protocol> ProtocolSet::read_named(std::string_view profile,
                                                        base::ByteReader& reader) const {
    if (!reader.ok()) {
        return nullptr;
    }
    const ProtocolFamily* const known = family(profile);
    if (known == nullptr) {
        reader.fail("profile", fmt::format("is '{}', whose rules are not known here: this program "
                                           "knows {}",
                                           profile, fmt::join(profiles(), ", ")));
        return nullptr;
    }
    auto found = known->read(reader);
    return reader.ok() ? found : nullptr;
}

std::shared_ptr<const Protocol> ProtocolSet::read(base::ByteReader& reader) const {
    std::string profile;
    codec::FieldsDecoder(reader).read("profile", profile);
    return read_named(profile, reader);
}

void write_protocol(base::ByteWriter& writer, const Protocol& protocol) {
    codec::FieldsEncoder(writer).write(protocol.id().profile);
    protocol.write(writer);
}

}  // namespace parallax::protocol
