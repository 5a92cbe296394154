#include "app/protocols.hpp"

#include "testbed/vectors/vector_protocol.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/core/coverage/conflict_space.hpp"

#include <fmt/format.h>

namespace parallax::app {

const protocol::ProtocolSet& all_protocols() {
    static const protocol::ProtocolSet protocols(
        {tos::e1::family(), tos::e1::family(tos::e1::Epoch::kHead), tos::v3::family(),
         testbed::VectorProtocol::family()});
    return protocols;
}

std::vector<model::ConflictCount> known_shapes(const std::string& network,
                                               const std::string& profile) {
    const auto found = all_protocols().find({network, profile, {}});
    return found.ok() ? core::possible_shapes((*found)->type_uses())
                      : std::vector<model::ConflictCount>{};
}

absl::StatusOr<std::shared_ptr<const protocol::Protocol>> protocol_of(
    const replay::ArchiveHeader& header, std::optional<protocol::FailureModel> failures) {
    auto found = all_protocols().find(
        {header.network, header.profile, failures.value_or(header.failure_model)});
    if (!found.ok()) {
        return absl::InvalidArgumentError(fmt::format("the archive cannot be read here: {}",
                                                      std::string(found.status().message())));
    }
    return found;
}

}  // namespace parallax::app
