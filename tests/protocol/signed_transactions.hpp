#pragma once

#include "tests/protocol/map_ledger.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/protocol/transaction_rules.hpp"

namespace parallax::test {

[[nodiscard]] inline SigningKey signing_key(std::uint8_t seed) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(seed);
    return SigningKey::from_seed(bytes);
}

/// One transaction as a block of its own, with really checked signatures.
class SingleTransaction {
  public:
    explicit SingleTransaction(Transaction transaction, Topoheight now = Topoheight{100})
        : block_(admit_vector({std::move(transaction)}, now, now)),
          signatures_(SignatureSource::per_lane(block_)),
          profile_(e1_vector_profile(ExecutionPath::kVectorTransaction)) {}
    SingleTransaction(const SingleTransaction&) = delete;
    SingleTransaction& operator=(const SingleTransaction&) = delete;

    [[nodiscard]] RuleContext context() const { return {profile_, block_, signatures_}; }

  private:
    AdmittedBlock block_;
    SignatureSource signatures_;
    Profile profile_;
};

}  // namespace parallax::test
