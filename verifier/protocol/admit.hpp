#pragma once

#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/profile.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace parallax::protocol {

/// A decoded transaction with everything that follows from its bytes alone.
struct AdmittedTransaction {
    tos::e1::Transaction transaction;
    model::Hash hash;
    /// Bytes on the wire, and as the minimum fee counts them (protocol notes, 1).
    std::size_t wire_size = 0;
    std::size_t computed_size = 0;
    /// What the source signs (3.1).
    base::Bytes signing_bytes;
};

/// A block that can be executed. Only `admit` makes one, so an executor never sees a block whose
/// structure was not checked. Immutable; safe to share between lanes.
class AdmittedBlock {
  public:
    [[nodiscard]] const model::Hash& hash() const noexcept { return hash_; }
    [[nodiscard]] const model::BlockPlacement& placement() const noexcept { return placement_; }
    [[nodiscard]] const tos::e1::BlockHeader& header() const noexcept { return header_; }
    /// Its bytes as the node serialises them. Empty for the harness's list, which has no header.
    [[nodiscard]] const base::Bytes& wire() const noexcept { return wire_; }
    [[nodiscard]] const std::vector<AdmittedTransaction>& transactions() const noexcept {
        return transactions_;
    }
    /// Topoheight that verification and execution use as "now". Equal on the chain path; the
    /// vector harness has its own rule (7).
    [[nodiscard]] model::Topoheight verification_topoheight() const noexcept {
        return verification_;
    }
    [[nodiscard]] model::Topoheight execution_topoheight() const noexcept {
        return placement_.topoheight;
    }

  private:
    friend absl::StatusOr<AdmittedBlock> admit(tos::e1::DecodedBlock decoded,
                                               const Profile& profile);
    friend AdmittedBlock admit_vector(std::vector<tos::e1::Transaction> transactions,
                                      model::Topoheight verification, model::Topoheight execution);
    AdmittedBlock() = default;

    model::Hash hash_;
    model::BlockPlacement placement_;
    tos::e1::BlockHeader header_;
    base::Bytes wire_;
    std::vector<AdmittedTransaction> transactions_;
    model::Topoheight verification_;
};

/// Structure of a decoded block: a version that the profile has rules for, as many bodies as
/// hashes, each body's hash the header's, limits of size and count. InvalidArgument says what is
/// wrong. Nothing here depends on state. What decoding found in the bytes is taken, not found
/// again.
[[nodiscard]] absl::StatusOr<AdmittedBlock> admit(tos::e1::DecodedBlock decoded,
                                                  const Profile& profile);
/// As above, of a block that was made and not decoded: it is encoded for it.
[[nodiscard]] absl::StatusOr<AdmittedBlock> admit(tos::e1::Block block, const Profile& profile);

/// The harness's list of transactions, which has no header (7). The hash is that of the
/// concatenated transaction hashes.
[[nodiscard]] AdmittedBlock admit_vector(std::vector<tos::e1::Transaction> transactions,
                                         model::Topoheight verification,
                                         model::Topoheight execution);

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
    /// The main signature under another key (agent accounts: controller, session keys).
    [[nodiscard]] crypto::SignatureCheck under_key(model::TxIndex index,
                                                   const model::PublicKey& key) const;
    /// A co-signature over BLAKE3(signing bytes) (4.4).
    [[nodiscard]] crypto::SignatureCheck cosignature(model::TxIndex index,
                                                     const model::PublicKey& participant,
                                                     const crypto::Signature& signature) const;

  private:
    SignatureSource(const AdmittedBlock& block, model::SignaturePolicy policy);
    const AdmittedBlock* block_;
    model::SignaturePolicy policy_;
    std::vector<crypto::SignatureCheck> checks_;
};

}  // namespace parallax::protocol
