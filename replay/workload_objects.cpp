#include "replay/workload_actions.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/codec/signature.hpp"
#include "verifier/protocol/profile.hpp"

#include <algorithm>
#include <utility>

namespace parallax {
namespace {

constexpr std::uint64_t kUnlimitedSession = 10'000 * kCoin;

/// The parts of an ELF header that say what it is: 64 bit, little-endian, shared object, BPF.
constexpr std::array<std::uint8_t, 20> kElfStart = {0x7F, 'E', 'L', 'F', 2, 1, 1, 0, 0,    0,
                                                    0,    0,   0,   0,   0, 0, 3, 0, 0xF7, 0};

}  // namespace

Bytes draw_module(WorkloadRandom& random) {
    Bytes module(random.between(64, 512));
    random.fill(module);
    std::copy(kElfStart.begin(), kElfStart.end(), module.begin());
    return module;
}

std::string ActionMaker::draw_name() {
    // Consonant and vowel in turn: none of the reserved and phishing words of six letters and more
    // is of that form (semantics reference, appendix B).
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
    const auto source = factory_.pick_sender(kDeployBurn + kCoin, SenderKind::kAny);
    if (!source) {
        return std::nullopt;
    }
    return sealed(factory_.begin(*source, WorkloadAction::kDeploy,
                                 DeployContractPayload{draw_module(scene_.random), std::nullopt}));
}

std::optional<TransactionDraft> ActionMaker::register_name() {
    const auto source = factory_.pick_sender_if(kCoin, SenderKind::kAny, [&](AccountIndex account) {
        return factory_.find<NameOfAccountRecord>(
                   name_of_account_key(scene_.accounts.name(account))) == nullptr;
    });
    if (!source) {
        return std::nullopt;
    }
    auto draft =
        factory_.begin(*source, WorkloadAction::kRegisterName, RegisterNamePayload{draw_name()});
    factory_.delegate_signature(draft);
    factory_.seal(draft, kNameRegistrationFee);
    return draft;
}

std::optional<TransactionDraft> ActionMaker::shield() {
    const auto source = factory_.pick_sender(kMinShieldAmount + 20 * kCoin, SenderKind::kAny);
    if (!source) {
        return std::nullopt;
    }
    const PublicKey destination = scene_.accounts.name(factory_.pick_receiver(*source));
    const Amount amount{kMinShieldAmount + scene_.random.below(10 * kCoin)};
    const auto transfer =
        make_shield_transfer(kTosAsset, destination, amount, scene_.random.bytes32());
    if (!transfer) {
        return std::nullopt;
    }
    return sealed(
        factory_.begin(*source, WorkloadAction::kShield, ShieldTransfersPayload{{*transfer}}));
}

AgentSetEnergyPool ActionMaker::choose_pool(const AgentRecord& agent) {
    if (agent.energy_pool) {
        return {std::nullopt};
    }
    const bool controller = scene_.random.percent(50) &&
                            factory_.find<AccountRecord>(account_key(agent.controller)) != nullptr;
    return {controller ? agent.controller : agent.owner};
}

std::optional<AgentAccountPayload> ActionMaker::choose_agent_change(AccountIndex source,
                                                                    const AgentRecord& agent) {
    WorkloadRandom& random = scene_.random;
    const Hash hash = Hash::from_array(random.bytes32());
    const bool has_active_key =
        std::any_of(agent.session_keys.begin(), agent.session_keys.end(),
                    [&](const SessionKey& key) { return key.expiry > scene_.now; });
    switch (random.below(8)) {
        case 0:
            return AgentUpdatePolicy{hash};
        case 1: {
            const PublicKey& controller = other_name(source);
            return controller == agent.controller
                       ? std::nullopt
                       : std::optional<AgentAccountPayload>(AgentRotateController{controller});
        }
        case 2:
            return AgentSetStatus{static_cast<std::uint8_t>(agent.status == 0 ? 1 : 0)};
        case 3:
            return choose_pool(agent);
        case 4:
            if (agent.session_key_root) {
                return AgentSetSessionKeyRoot{std::nullopt};
            }
            return has_active_key ? std::nullopt
                                  : std::optional<AgentAccountPayload>(
                                        AgentSetSessionKeyRoot{std::optional(hash)});
        case 5:
            return agent.session_keys.empty()
                       ? std::nullopt
                       : std::optional<AgentAccountPayload>(AgentRevokeSessionKey{
                             agent.session_keys[random.below(agent.session_keys.size())].key_id});
        default:
            break;
    }
    // A new session key, unless a root is set or there are many.
    const PublicKey& name = other_name(source);
    const bool known = name == agent.controller ||
                       std::any_of(agent.session_keys.begin(), agent.session_keys.end(),
                                   [&](const SessionKey& key) { return key.public_key == name; });
    if (agent.session_key_root || known || agent.session_keys.size() >= 8) {
        return std::nullopt;
    }
    AgentAddSessionKey added;
    added.key_id = random.next() >> 1;
    added.public_key = name;
    added.expiry = Topoheight{scene_.now.value() + random.between(5, 500)};
    added.max_value = Amount{random.percent(60) ? kUnlimitedSession : kCoin};
    if (random.percent(30)) {
        added.allowed_targets = {other_name(source)};
        added.allowed_assets = {kTosAsset};
    }
    return added;
}

std::optional<TransactionDraft> ActionMaker::agent_account() {
    std::optional<AgentAccountPayload> payload;
    std::optional<AccountIndex> source;
    const bool room = scene_.accounts.agents().size() < scene_.accounts.size() / 5;
    if (room && scene_.random.percent(25)) {
        source = factory_.pick_sender(kCoin, SenderKind::kPlain);
        if (source) {
            payload = AgentRegister{other_name(*source), Hash::from_array(scene_.random.bytes32()),
                                    std::nullopt, std::nullopt};
        }
    } else {
        // A frozen agent account cannot send, but it can be changed.
        source = factory_.pick_from(scene_.accounts.agents(), [&](AccountIndex account) {
            const auto* agent =
                factory_.find<AgentRecord>(agent_account_key(scene_.accounts.name(account)));
            if (agent == nullptr || scene_.block.spendable(account, kTosAsset) < kCoin) {
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

}  // namespace parallax
