// Observations of `chain.proto` and the model's, both ways.
#include "verifier/codec/canonical.hpp"
#include "verifier/codec/observation.hpp"
#include "verifier/service/messages/chain_conversion.hpp"

#include <fmt/format.h>

namespace parallax::service {
namespace {

absl::Status wrong(const std::string& field, const absl::Status& status) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", field, std::string(status.message())));
}

std::optional<model::Amount> amount(bool present, std::uint64_t value) {
    return present ? std::optional(model::Amount{value}) : std::nullopt;
}

absl::Status read_rows(const wire::Observation& message, const std::string& field,
                       model::Observation& observation) {
    for (int i = 0; i < message.rows_size(); ++i) {
        const wire::ObservedRow& row = message.rows(i);
        const std::string at = fmt::format("{}.rows[{}]", field, i);
        const auto key = codec::decode_key(as_bytes(row.key()));
        if (!key.ok()) {
            return wrong(at + ".key", key.status());
        }
        model::ObservedRow& read = observation.rows.emplace_back(model::ObservedRow{*key, {}});
        if (row.has_after()) {
            auto value = codec::decode_value(key->family, as_bytes(row.after()));
            if (!value.ok()) {
                return wrong(at + ".after", value.status());
            }
            read.after = *std::move(value);
        }
    }
    for (int i = 0; i < message.unwritten_size(); ++i) {
        const auto key = codec::decode_key(as_bytes(message.unwritten(i)));
        if (!key.ok()) {
            return wrong(fmt::format("{}.unwritten[{}]", field, i), key.status());
        }
        observation.unwritten.push_back(*key);
    }
    return absl::OkStatus();
}

absl::StatusOr<model::Observation> read(const wire::Observation& message,
                                        const std::string& field) {
    model::Observation observation;
    observation.source = message.source();
    for (const int executed : message.executed()) {
        observation.executed.push_back(
            executed == wire::EXECUTED_THERE_YES  ? model::ExecutedThere::kYes
            : executed == wire::EXECUTED_THERE_NO ? model::ExecutedThere::kNo
                                                  : model::ExecutedThere::kNotObserved);
    }
    observation.totals.fees = amount(message.has_fees(), message.fees());
    observation.totals.dev_reward = amount(message.has_dev_reward(), message.dev_reward());
    observation.totals.miner_reward = amount(message.has_miner_reward(), message.miner_reward());
    for (int i = 0; i < message.nonces_size(); ++i) {
        const auto account =
            read_hash(message.nonces(i).account(), fmt::format("{}.nonces[{}].account", field, i));
        if (!account.ok()) {
            return account.status();
        }
        observation.nonces.push_back({model::PublicKey::from_array(account->bytes()),
                                      model::Nonce{message.nonces(i).nonce()}});
    }
    if (auto status = read_rows(message, field, observation); !status.ok()) {
        return status;
    }
    return observation;
}

wire::ExecutedThere to_wire(model::ExecutedThere executed) {
    switch (executed) {
        case model::ExecutedThere::kNotObserved:
            return wire::EXECUTED_THERE_UNSPECIFIED;
        case model::ExecutedThere::kNo:
            return wire::EXECUTED_THERE_NO;
        case model::ExecutedThere::kYes:
            return wire::EXECUTED_THERE_YES;
    }
    return wire::EXECUTED_THERE_UNSPECIFIED;
}

}  // namespace

void write(const model::Observation& observation, wire::Observation& message) {
    message.set_source(observation.source);
    for (const model::ExecutedThere executed : observation.executed) {
        message.add_executed(to_wire(executed));
    }
    if (observation.totals.fees) {
        message.set_fees(observation.totals.fees->value());
    }
    if (observation.totals.dev_reward) {
        message.set_dev_reward(observation.totals.dev_reward->value());
    }
    if (observation.totals.miner_reward) {
        message.set_miner_reward(observation.totals.miner_reward->value());
    }
    for (const model::ObservedRow& row : observation.rows) {
        wire::ObservedRow& written = *message.add_rows();
        written.set_key(as_text(codec::encode_key(row.key)));
        if (row.after) {
            written.set_after(as_text(codec::encode_value(*row.after)));
        }
    }
    for (const model::ObservedNonce& nonce : observation.nonces) {
        wire::ObservedNonce& written = *message.add_nonces();
        written.set_account(as_text(nonce.account.bytes()));
        written.set_nonce(nonce.nonce.value());
    }
    for (const model::StateKey& key : observation.unwritten) {
        message.add_unwritten(as_text(codec::encode_key(key)));
    }
}

absl::StatusOr<std::vector<model::Observation>> read_observations(const wire::Block& message) {
    std::vector<model::Observation> observations;
    if (static_cast<std::size_t>(message.observations_size()) > codec::kMaxObservations) {
        return absl::InvalidArgumentError(
            fmt::format("block.observations: {} of them, at most {} are possible",
                        message.observations_size(), codec::kMaxObservations));
    }
    for (int i = 0; i < message.observations_size(); ++i) {
        auto observation = read(message.observations(i), fmt::format("block.observations[{}]", i));
        if (!observation.ok()) {
            return observation.status();
        }
        observations.push_back(*std::move(observation));
    }
    // Order and names are judged by the one decoder that judges them in files.
    return observations.empty()
               ? std::move(observations)
               : codec::decode_observations(codec::encode_observations(observations));
}

}  // namespace parallax::service
