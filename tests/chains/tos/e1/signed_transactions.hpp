#pragma once

#include "testbed/vectors/vector_protocol.hpp"
#include "tests/chains/tos/e1/map_ledger.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

namespace parallax::test {

[[nodiscard]] inline crypto::SigningKey signing_key(std::uint8_t seed) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(seed);
    return crypto::SigningKey::from_seed(bytes);
}

/// One transaction as a block of its own, with really checked signatures.
class SingleTransaction {
  public:
    explicit SingleTransaction(tos::e1::Transaction transaction,
                               model::Topoheight now = model::Topoheight{100})
        : block_(
              tos::e1::Profile::admit_list({std::move(transaction)}, {{now, std::nullopt}, now})),
          signatures_(protocol::SignatureSource::per_lane(block_)),
          profile_(*tos::e1::find_profile("devnet")) {}
    SingleTransaction(const SingleTransaction&) = delete;
    SingleTransaction& operator=(const SingleTransaction&) = delete;

    [[nodiscard]] tos::e1::RuleContext context() const { return {profile_, block_, signatures_}; }

  private:
    protocol::AdmittedBlock block_;
    protocol::SignatureSource signatures_;
    tos::e1::Profile profile_;
};

}  // namespace parallax::test
