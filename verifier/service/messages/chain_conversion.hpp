#pragma once

#include "parallax/v1/chain.pb.h"
#include "verifier/model/observation.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/service/client/feeder.hpp"

#include "absl/status/statusor.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::service {

/// Messages of `chain.proto` and the model's values. What comes from outside is checked: each error
/// is InvalidArgument and names the field.

namespace wire = ::parallax::v1;

[[nodiscard]] inline std::span<const std::uint8_t> as_bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
template <class T>
[[nodiscard]] std::string as_text(const T& bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// `field` names it in the error.
[[nodiscard]] absl::StatusOr<model::Hash> read_hash(const std::string& bytes,
                                                    std::string_view field);

void write(const BlockId& id, wire::BlockId& message);
[[nodiscard]] absl::StatusOr<BlockId> read(const wire::BlockId& message, std::string_view field);

[[nodiscard]] wire::FailureModel to_wire(protocol::FailureModel model);
[[nodiscard]] std::optional<protocol::FailureModel> from_wire(wire::FailureModel model);

/// The whole outcome but its access log and notes, which no node records.
void write(const model::BlockOutcome& outcome, wire::RecordedOutcome& message);
[[nodiscard]] absl::StatusOr<model::BlockOutcome> read(const wire::RecordedOutcome& message);

void write(const model::Observation& observation, wire::Observation& message);
/// As strict as `codec::decode_observations`.
[[nodiscard]] absl::StatusOr<std::vector<model::Observation>> read_observations(
    const wire::Block& message);

/// A row as `ChainStore::load` takes it.
[[nodiscard]] absl::StatusOr<model::DeltaEntry> read(const wire::StateRow& message);
void write(const model::StateKey& key, const model::StateValue& value, wire::StateRow& message);

}  // namespace parallax::service
