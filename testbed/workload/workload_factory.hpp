#pragma once

#include "testbed/workload/workload.hpp"
#include "testbed/workload/workload_accounts.hpp"
#include "testbed/workload/workload_chain.hpp"
#include "testbed/workload/workload_draft.hpp"
#include "testbed/workload/workload_random.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace parallax::testbed {

/// What earlier blocks left that later transactions refer to.
struct WorkloadMemory {
    struct Deployment {
        AccountIndex account;
        base::Bytes module;
    };
    std::vector<std::string> names;
    std::vector<Deployment> deployments;
    /// Some executed transactions of earlier blocks.
    std::vector<tos::e1::Transaction> executed;
    /// How often each failure kind was made.
    std::array<std::uint64_t, kFailureKinds> failures{};
};

/// What drafts are made of. References outlive it; one per block.
struct WorkloadScene {
    const WorkloadOptions& options;
    const WorkloadChain& chain;
    WorkloadAccounts& accounts;
    WorkloadMemory& memory;
    WorkloadRandom& random;
    BlockDraft& block;
    model::Topoheight now;
    tos::e1::Reference reference;
};

/// Which senders an action takes.
enum class SenderKind : std::uint8_t {
    /// Any that can sign: plain, with co-signers, or an agent account that is not frozen.
    kAny,
    /// Neither a multisig configuration nor an agent record.
    kPlain,
};

/// Chooses accounts and makes the parts that every transaction has.
class DraftFactory {
  public:
    explicit DraftFactory(const WorkloadScene& scene) : scene_(scene) {}

    /// The next account of the walk that no draft of the block used yet (any, once nearly all
    /// were), that can sign, and that may still spend `tos`.
    [[nodiscard]] std::optional<AccountIndex> pick_sender(std::uint64_t tos, SenderKind kind);
    /// As above, with a condition of the caller's.
    [[nodiscard]] std::optional<AccountIndex> pick_sender_if(
        std::uint64_t tos, SenderKind kind, const std::function<bool(AccountIndex)>& accept);
    /// An account of `set`, searched from a random place on, that was not used and is accepted.
    [[nodiscard]] std::optional<AccountIndex> pick_from(
        const std::set<AccountIndex>& set, const std::function<bool(AccountIndex)>& accept) const;
    /// Somebody else to receive.
    [[nodiscard]] AccountIndex pick_receiver(AccountIndex source);

    [[nodiscard]] bool is_plain(AccountIndex account) const;
    /// Not in the middle of a change, and not a frozen agent account.
    [[nodiscard]] bool can_send(AccountIndex account) const;
    template <class T>
    [[nodiscard]] const T* find(const model::StateKey& key) const {
        return scene_.chain.find<T>(key);
    }

    /// Envelope and payload; signed by the source, no fee yet.
    [[nodiscard]] TransactionDraft begin(AccountIndex source, WorkloadAction action,
                                         tos::e1::Payload payload) const;
    /// Room for the co-signatures that the source needs, then the fee: what is required, and
    /// sometimes more.
    void seal(TransactionDraft& draft, std::uint64_t least_fee = 0);
    /// The least fee of the draft as it is (protocol notes, 1).
    [[nodiscard]] static model::Amount required_fee(const tos::e1::Transaction& transaction);
    /// Signed by the controller or a session key, where the source is an agent account that lets
    /// it: only for payloads that are no agent payload, before `seal`.
    void delegate_signature(TransactionDraft& draft);
    /// Marks the draft as meant to fail.
    static TransactionDraft failing(TransactionDraft draft, FailureKind kind,
                                    model::ErrorCode code);

    [[nodiscard]] const WorkloadScene& scene() const noexcept { return scene_; }

  private:
    [[nodiscard]] bool may_use(AccountIndex account) const;
    void add_cosigners(TransactionDraft& draft);

    WorkloadScene scene_;
};

}  // namespace parallax::testbed
