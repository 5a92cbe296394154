#include "testbed/workload/workload_actions.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/shield_proof.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <utility>

namespace parallax::testbed {
namespace {

constexpr std::uint64_t kUnlimitedSession = 10'000 * model::kCoin;

/// The parts of an ELF header that say what it is: 64 bit, little-endian, shared object, BPF.
constexpr std::array<std::uint8_t, 20> kElfStart = {0x7F, 'E', 'L', 'F', 2, 1, 1, 0, 0,    0,
                                                    0,    0,   0,   0,   0, 0, 3, 0, 0xF7, 0};

}  // namespace

base::Bytes draw_module(WorkloadRandom& random) {
    base::Bytes module(random.between(64, 512));
    random.fill(module);
    std::copy(kElfStart.begin(), kElfStart.end(), module.begin());
    return module;
}

std::string ActionMaker::draw_name() {
    // Consonant and vowel in turn: none of the reserved and phishing words of six letters and more
    // is of that form (protocol notes, appendix B).
    constexpr std::string_view kConsonants = "bcdfghjklmnpqrstvwxz";
    constexpr std::string_view kVowels = "aeiou";
    WorkloadRandom& random = scene_.random;
    std::string name;
    const std::uint64_t syllables = random.between(4, 7);
    for (std::uint64_t i = 0; i < syllables; ++i) {
        name += kConsonants[random.below(kConsonants.size())];
        name += kVowels[random.below(kVowels.size())];
    }
    if (random.percent(30)) {
        name[0] = static_cast<char>(name[0] - 'a' + 'A');
    }
    constexpr std::string_view kSeparators = ".-_";
    if (random.percent(50)) {
        name += kSeparators[random.below(kSeparators.size())];
    }
    return name + std::to_string(random.below(1'000'000));
}

std::optional<TransactionDraft> ActionMaker::deploy() {
    const auto source = factory_.pick_sender(tos::e1::kDeployBurn + model::kCoin, SenderKind::kAny);
    if (!source) {
        return std::nullopt;
    }
    return sealed(
        factory_.begin(*source, WorkloadAction::kDeploy,
                       tos::e1::DeployContractPayload{draw_module(scene_.random), std::nullopt}));
}

std::optional<TransactionDraft> ActionMaker::register_name() {
    const auto source =
        factory_.pick_sender_if(model::kCoin, SenderKind::kAny, [&](AccountIndex account) {
            return factory_.find<model::NameOfAccountRecord>(
                       model::name_of_account_key(scene_.accounts.name(account))) == nullptr;
        });
    if (!source) {
        return std::nullopt;
    }
    auto draft = factory_.begin(*source, WorkloadAction::kRegisterName,
                                tos::e1::RegisterNamePayload{draw_name()});
    factory_.delegate_signature(draft);
    factory_.seal(draft, tos::e1::kNameRegistrationFee);
    return draft;
}

std::optional<TransactionDraft> ActionMaker::shield() {
    const auto source =
        factory_.pick_sender(tos::e1::kMinShieldAmount + 20 * model::kCoin, SenderKind::kAny);
    if (!source) {
        return std::nullopt;
    }
    const model::PublicKey destination = scene_.accounts.name(factory_.pick_receiver(*source));
    const model::Amount amount{tos::e1::kMinShieldAmount + scene_.random.below(10 * model::kCoin)};
    const auto transfer = tos::e1::make_shield_transfer(model::kTosAsset, destination, amount,
                                                        scene_.random.bytes32());
    if (!transfer) {
        return std::nullopt;
    }
    return sealed(factory_.begin(*source, WorkloadAction::kShield,
                                 tos::e1::ShieldTransfersPayload{{*transfer}}));
}

tos::e1::AgentSetEnergyPool ActionMaker::choose_pool(const model::AgentRecord& agent) {
    if (agent.energy_pool) {
        return {std::nullopt};
    }
    const bool controller =
        scene_.random.percent(50) &&
        factory_.find<model::AccountRecord>(model::account_key(agent.controller)) != nullptr;
    return {controller ? agent.controller : agent.owner};
}

std::optional<tos::e1::AgentAccountPayload> ActionMaker::choose_agent_change(
    AccountIndex source, const model::AgentRecord& agent) {
    WorkloadRandom& random = scene_.random;
    const model::Hash hash = model::Hash::from_array(random.bytes32());
    const bool has_active_key =
        std::any_of(agent.session_keys.begin(), agent.session_keys.end(),
                    [&](const model::SessionKey& key) { return key.expiry > scene_.now; });
    switch (random.below(8)) {
        case 0:
            return tos::e1::AgentUpdatePolicy{hash};
        case 1: {
            const model::PublicKey& controller = other_name(source);
            return controller == agent.controller ? std::nullopt
                                                  : std::optional<tos::e1::AgentAccountPayload>(
                                                        tos::e1::AgentRotateController{controller});
        }
        case 2:
            return tos::e1::AgentSetStatus{static_cast<std::uint8_t>(agent.status == 0 ? 1 : 0)};
        case 3:
            return choose_pool(agent);
        case 4:
            if (agent.session_key_root) {
                return tos::e1::AgentSetSessionKeyRoot{std::nullopt};
            }
            return has_active_key ? std::nullopt
                                  : std::optional<tos::e1::AgentAccountPayload>(
                                        tos::e1::AgentSetSessionKeyRoot{std::optional(hash)});
        case 5:
            return agent.session_keys.empty()
                       ? std::nullopt
                       : std::optional<tos::e1::AgentAccountPayload>(tos::e1::AgentRevokeSessionKey{
                             agent.session_keys[random.below(agent.session_keys.size())].key_id});
        default:
            break;
    }
    // A new session key, unless a root is set or there are many.
    const model::PublicKey& name = other_name(source);
    const bool known =
        name == agent.controller ||
        std::any_of(agent.session_keys.begin(), agent.session_keys.end(),
                    [&](const model::SessionKey& key) { return key.public_key == name; });
    if (agent.session_key_root || known || agent.session_keys.size() >= 8) {
        return std::nullopt;
    }
    tos::e1::AgentAddSessionKey added;
    added.key_id = random.next() >> 1;
    added.public_key = name;
    added.expiry = model::Topoheight{scene_.now.value() + random.between(5, 500)};
    added.max_value = model::Amount{random.percent(60) ? kUnlimitedSession : model::kCoin};
    if (random.percent(30)) {
        added.allowed_targets = {other_name(source)};
        added.allowed_assets = {model::kTosAsset};
    }
    return added;
}

std::optional<TransactionDraft> ActionMaker::agent_account() {
    std::optional<tos::e1::AgentAccountPayload> payload;
    std::optional<AccountIndex> source;
    const bool room = scene_.accounts.agents().size() < scene_.accounts.size() / 5;
    if (room && scene_.random.percent(25)) {
        source = factory_.pick_sender(model::kCoin, SenderKind::kPlain);
        if (source) {
            payload = tos::e1::AgentRegister{other_name(*source),
                                             model::Hash::from_array(scene_.random.bytes32()),
                                             std::nullopt, std::nullopt};
        }
    } else {
        // A frozen agent account cannot send, but it can be changed.
        source = factory_.pick_from(scene_.accounts.agents(), [&](AccountIndex account) {
            const auto* agent = factory_.find<model::AgentRecord>(
                model::agent_account_key(scene_.accounts.name(account)));
            if (agent == nullptr ||
                scene_.block.spendable(account, model::kTosAsset) < model::kCoin) {
                return false;
            }
            payload = choose_agent_change(account, *agent);
            return payload.has_value();
        });
    }
    if (!source || !payload) {
        return std::nullopt;
    }
    auto draft = factory_.begin(*source, WorkloadAction::kAgentAccount, *std::move(payload));
    factory_.seal(draft);
    return draft;
}

}  // namespace parallax::testbed
