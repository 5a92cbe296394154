#pragma once

#include "tests/chains/tos/e1/map_ledger.hpp"
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
        : block_(protocol::admit_vector({std::move(transaction)}, now, now)),
          signatures_(protocol::SignatureSource::per_lane(block_)),
          profile_(protocol::e1_vector_profile(protocol::ExecutionPath::kVectorTransaction)) {}
    SingleTransaction(const SingleTransaction&) = delete;
    SingleTransaction& operator=(const SingleTransaction&) = delete;

    [[nodiscard]] tos::e1::RuleContext context() const { return {profile_, block_, signatures_}; }

  private:
    protocol::AdmittedBlock block_;
    protocol::SignatureSource signatures_;
    protocol::Profile profile_;
};

}  // namespace parallax::test
