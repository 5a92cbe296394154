#pragma once

#include "verifier/model/verdict.hpp"
#include "verifier/protocol/admitted_block.hpp"

#include <vector>

namespace parallax::protocol {

/// Signature answers for the transactions of one block, by policy: computed in the lane when asked
/// (`kPerLane`), computed once before all lanes (`kOnce`), or taken as valid (`kOff`). Refers to
/// the block; const and thread-safe.
class SignatureSource {
  public:
    [[nodiscard]] static SignatureSource per_lane(const AdmittedBlock& block);
    /// `checks[i]` is the answer for transaction i under its source key.
    [[nodiscard]] static SignatureSource once(const AdmittedBlock& block,
                                              std::vector<crypto::SignatureCheck> checks);
    [[nodiscard]] static SignatureSource off(const AdmittedBlock& block);

    [[nodiscard]] model::SignaturePolicy policy() const noexcept { return policy_; }
    /// The main signature of transaction `index` under its source key.
    [[nodiscard]] crypto::SignatureCheck under_source(model::TxIndex index) const;

  private:
    SignatureSource(const AdmittedBlock& block, model::SignaturePolicy policy);
    const AdmittedBlock* block_;
    model::SignaturePolicy policy_;
    std::vector<crypto::SignatureCheck> checks_;
};

}  // namespace parallax::protocol
