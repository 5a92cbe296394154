#include "testbed/workload/workload_factory.hpp"

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <utility>

namespace parallax::testbed {
namespace {

/// Steps of the walk, or members of a set, that are looked at before giving up.
constexpr std::size_t kMaxSteps = 64;

}  // namespace

bool DraftFactory::is_plain(AccountIndex account) const {
    const model::PublicKey& name = scene_.accounts.name(account);
    return find<model::MultisigRecord>(model::multisig_key(name)) == nullptr &&
           find<model::AgentRecord>(model::agent_account_key(name)) == nullptr;
}

bool DraftFactory::can_send(AccountIndex account) const {
    const model::PublicKey& name = scene_.accounts.name(account);
    const auto* agent = find<model::AgentRecord>(model::agent_account_key(name));
    // Even a fee of nothing needs a TOS balance row (protocol notes, 4.2, step 14); an account
    // that only ever received other assets has none.
    return !scene_.block.is_busy(account) &&
           find<model::AccountRecord>(model::account_key(name)) != nullptr &&
           find<model::AmountRecord>(model::balance_key(name, model::kTosAsset)) != nullptr &&
           (agent == nullptr || agent->status == 0);
}

bool DraftFactory::may_use(AccountIndex account) const {
    // The walk ends some steps before the last unused account: those it skips cost more to find
    // than they are worth.
    return !scene_.block.is_used(account) ||
           scene_.block.used_count() + kMaxSteps / 4 >= scene_.accounts.cold_count();
}

std::optional<AccountIndex> DraftFactory::pick_sender(std::uint64_t tos, SenderKind kind) {
    return pick_sender_if(tos, kind, [](AccountIndex) { return true; });
}

std::optional<AccountIndex> DraftFactory::pick_sender_if(
    std::uint64_t tos, SenderKind kind, const std::function<bool(AccountIndex)>& accept) {
    for (std::size_t step = 0; step < kMaxSteps; ++step) {
        const AccountIndex account = scene_.accounts.next_cold();
        if (may_use(account) && can_send(account) &&
            (kind == SenderKind::kAny || is_plain(account)) &&
            scene_.block.spendable(account, model::kTosAsset) >= tos && accept(account)) {
            return account;
        }
    }
    return std::nullopt;
}

std::optional<AccountIndex> DraftFactory::pick_from(
    const std::set<AccountIndex>& set, const std::function<bool(AccountIndex)>& accept) const {
    const AccountIndex start{
        static_cast<std::uint32_t>(scene_.random.below(scene_.accounts.size()))};
    auto candidate = set.lower_bound(start);
    for (std::size_t step = 0; step < std::min(kMaxSteps, set.size()); ++step, ++candidate) {
        if (candidate == set.end()) {
            candidate = set.begin();
        }
        if (may_use(*candidate) && !scene_.block.is_busy(*candidate) && accept(*candidate)) {
            return *candidate;
        }
    }
    return std::nullopt;
}

AccountIndex DraftFactory::pick_receiver(AccountIndex source) {
    AccountIndex receiver = scene_.accounts.next_cold();
    for (std::size_t step = 0; step < kMaxSteps && (receiver == source || !may_use(receiver));
         ++step) {
        receiver = scene_.accounts.next_cold();
    }
    if (receiver == source) {
        receiver = scene_.accounts.next_cold();
    }
    scene_.block.mark_used(receiver);
    return receiver;
}

TransactionDraft DraftFactory::begin(AccountIndex source, WorkloadAction action,
                                     tos::e1::Payload payload) const {
    TransactionDraft draft;
    draft.source = source;
    draft.signer = source;
    draft.expectation.action = action;
    draft.transaction.chain_id = scene_.chain.profile().chain_id;
    draft.transaction.source = scene_.accounts.name(source);
    draft.transaction.payload = std::move(payload);
    draft.transaction.nonce = scene_.block.nonce(source);
    draft.transaction.reference = scene_.reference;
    return draft;
}

void DraftFactory::add_cosigners(TransactionDraft& draft) {
    const auto* record = find<model::MultisigRecord>(model::multisig_key(draft.transaction.source));
    if (record == nullptr || draft.signer != draft.source) {
        return;
    }
    std::vector<std::uint8_t> order(record->participants.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = static_cast<std::uint8_t>(i);
    }
    tos::e1::MultisigSection section;
    for (std::size_t i = 0; i < record->threshold; ++i) {
        std::swap(order[i], order[i + scene_.random.below(order.size() - i)]);
        const auto cosigner = scene_.accounts.find(record->participants[order[i]]);
        section.signatures.push_back({order[i], {}});
        draft.cosigners.push_back(cosigner.value_or(draft.source));
    }
    draft.transaction.multisig = std::move(section);
}

model::Amount DraftFactory::required_fee(const tos::e1::Transaction& transaction) {
    if (transaction.fee_type == tos::e1::FeeType::kEnergy ||
        std::holds_alternative<tos::e1::EnergyPayload>(transaction.payload)) {
        return model::Amount{0};
    }
    const std::size_t size =
        tos::e1::computed_size(transaction, tos::e1::encode_transaction(transaction).size());
    const auto* transfers = std::get_if<tos::e1::TransfersPayload>(&transaction.payload);
    const std::uint64_t outputs = transfers == nullptr ? 0 : transfers->transfers.size();
    const std::uint64_t cosignatures =
        transaction.multisig ? transaction.multisig->signatures.size() : 0;
    return model::Amount{(size + 1023) / 1024 * tos::e1::kFeePerKilobyte +
                         outputs * tos::e1::kFeePerOutput +
                         cosignatures * tos::e1::kFeePerMultisigSignature};
}

void DraftFactory::seal(TransactionDraft& draft, std::uint64_t least_fee) {
    add_cosigners(draft);
    tos::e1::Transaction& transaction = draft.transaction;
    const std::uint64_t required = required_fee(transaction).value();
    if (required == 0) {
        return;
    }
    const std::uint64_t tip = scene_.random.percent(30) ? scene_.random.below(5000) : 0;
    transaction.fee = model::Amount{std::max(required, least_fee) + tip};
}

void DraftFactory::delegate_signature(TransactionDraft& draft) {
    const model::PublicKey& source = draft.transaction.source;
    const auto* agent = find<model::AgentRecord>(model::agent_account_key(source));
    // An owner with co-signers signs itself: the other roles have no part in multisig (4.4).
    if (agent == nullptr || find<model::MultisigRecord>(model::multisig_key(source)) != nullptr ||
        scene_.random.percent(40)) {
        return;
    }
    std::optional<model::PublicKey> signer = agent->controller;
    for (const model::SessionKey& key : agent->session_keys) {
        const bool unlimited = key.allowed_targets.empty() && key.allowed_assets.empty() &&
                               key.max_value.value() >= 10'000 * model::kCoin;
        if (unlimited && !agent->session_key_root && key.expiry > scene_.now &&
            scene_.random.percent(50)) {
            signer = key.public_key;
        }
    }
    draft.signer = scene_.accounts.find(*signer).value_or(draft.source);
}

TransactionDraft DraftFactory::failing(TransactionDraft draft, FailureKind kind,
                                       model::ErrorCode code) {
    draft.expectation.failure = kind;
    draft.expectation.status = model::TransactionStatus::kFailed;
    draft.expectation.code = code;
    return draft;
}

}  // namespace parallax::testbed
