#include "tests/support/random_blocks.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <map>
#include <thread>
#include <utility>

namespace parallax::test {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kNow = 50;
constexpr std::uint32_t kUnknownAccount = 500;

template <class T, std::size_t N>
T pick(const std::array<T, N>& choices, std::uint64_t number) {
    return choices[number % N];
}

model::Hash hash_of(std::uint64_t n) {
    return model::Hash::from_array({static_cast<std::uint8_t>(n % 200 + 1), 7});
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

protocol::AdmittedBlock admitted_block(std::vector<tos::e1::Transaction> transactions,
                                       const RandomRules& rules) {
    const model::BlockPlacement placement{model::Topoheight{kNow}, std::nullopt};
    return rules.harness ? tos::e1::Profile::admit_list(std::move(transactions),
                                                        protocol::Admission::at(placement))
                         : chain_block(std::move(transactions), kNow, rules.profile).value();
}

/// Whether the next transaction of the source needs the next number (protocol notes, 6.3). A
/// wrong number is taken for a right one if it is about to be put right.
bool uses_nonce(const model::TransactionResult& result, bool spoiled,
                protocol::FailureModel model) {
    if (result.code == model::ErrorCode::kNonceTooHigh ||
        result.code == model::ErrorCode::kNonceTooLow) {
        return !spoiled;
    }
    return result.status == model::TransactionStatus::kExecuted ||
           (result.status == model::TransactionStatus::kFailed &&
            model == protocol::FailureModel::kOrphanPartial);
}

}  // namespace

std::uint64_t random_blocks_seed() {
    return from_environment("PARALLAX_TEST_SEED", 20'260'213);
}

std::uint32_t random_blocks_count(std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(from_environment("PARALLAX_TEST_BLOCKS", otherwise));
}

RandomBlockShape RandomBlocks::shape(std::uint32_t max_transactions) {
    RandomBlockShape shape;
    const std::uint32_t largest = percent(60) ? std::min(max_transactions, 30U) : max_transactions;
    shape.transactions = static_cast<std::uint32_t>(1 + below(largest));
    shape.accounts = pick(std::array{2U, 4U, 10U, 40U, 100U}, below(5));
    shape.hot_sender_percent = pick(std::array{0U, 0U, 25U, 50U, 100U}, below(5));
    shape.hot_receiver_percent = pick(std::array{0U, 0U, 25U, 50U, 100U}, below(5));
    shape.failing_percent = pick(std::array{0U, 0U, 10U, 40U}, below(4));
    shape.other_types_percent = pick(std::array{0U, 30U, 80U}, below(3));
    shape.near_overflow = percent(30);
    return shape;
}

std::shared_ptr<const protocol::Protocol> RandomRules::protocol() const {
    return harness ? std::make_shared<const testbed::VectorProtocol>(*harness, profile)
                   : profile.copy();
}

RandomRules RandomBlocks::rules() {
    RandomRules rules;
    rules.profile = *tos::e1::find_profile("devnet");
    if (percent(30)) {
        rules.harness = percent(50) ? testbed::VectorProtocol::Kind::kTransaction
                                    : testbed::VectorProtocol::Kind::kBlock;
    }
    rules.profile.failure_model =
        pick(std::array{protocol::FailureModel::kRejectBlock, protocol::FailureModel::kOrphanAtomic,
                        protocol::FailureModel::kOrphanPartial},
             below(3));
    return rules;
}

std::uint64_t RandomBlocks::amount() {
    if (shape_.near_overflow && percent(30)) {
        return percent(50) ? kMost / 2 - below(1000) : below(kMost);
    }
    return below(1000);
}

model::AssetId RandomBlocks::asset() {
    return percent(60) ? model::kTosAsset
                       : model::AssetId::from_array({static_cast<std::uint8_t>(9 + below(2))});
}

std::uint32_t RandomBlocks::receiver() {
    if (percent(shape_.hot_receiver_percent)) {
        return 1;
    }
    // A few are met for the first time.
    return static_cast<std::uint32_t>(percent(5) ? shape_.accounts + below(4)
                                                 : below(shape_.accounts));
}

void RandomBlocks::add_account(MemoryView& state, std::uint32_t n) {
    if (percent(5)) {
        return;
    }
    std::uint64_t tos = percent(85) ? 1000 * model::kCoin : 3 * kTestFee.value() + below(1000);
    if (shape_.near_overflow && percent(40)) {
        tos = kMost - below(3000);
    }
    fund(state, n, tos, below(3));
    for (const std::uint8_t id : std::array<std::uint8_t, 2>{9, 10}) {
        if (percent(90)) {
            const bool full = shape_.near_overflow && percent(40);
            state.set(
                model::balance_key(account(n), model::AssetId::from_array({id})),
                model::AmountRecord{model::Amount{full ? kMost - below(3000) : below(100'000)}});
        }
    }
    add_objects(state, n);
}

void RandomBlocks::add_objects(MemoryView& state, std::uint32_t n) {
    if (percent(30)) {
        model::EnergyRecord energy;
        energy.energy = below(5);
        energy.frozen = 6;
        energy.self_records = {{2, 3, model::Topoheight{0}, model::Topoheight{below(2) * 100}, 12},
                               {4, 7, model::Topoheight{0}, model::Topoheight{below(2) * 100}, 56}};
        energy.pending = {{1, model::Topoheight{below(2) * 100}}};
        state.set(model::energy_key(account(n)),
                  base::Boxed<model::EnergyRecord>(std::move(energy)));
    }
    if (percent(20)) {
        model::AgentRecord agent;
        agent.owner = account(n);
        agent.controller = account(n + 1);
        agent.policy_hash = hash_of(n);
        agent.status = percent(10) ? 1 : 0;
        if (percent(70)) {
            agent.energy_pool = account(percent(50) ? 1 : n + 1);
        }
        state.set(model::agent_account_key(account(n)),
                  base::Boxed<model::AgentRecord>(std::move(agent)));
    }
    if (percent(5)) {
        state.set(model::multisig_key(account(n)),
                  base::Boxed<model::MultisigRecord>(model::MultisigRecord{1, {account(n + 1)}}));
    }
}

tos::e1::Payload RandomBlocks::transfers() {
    std::uint64_t outputs = 1;
    if (percent(12)) {
        outputs = percent(80) ? 2 + below(4) : 6 + below(60);
    }
    tos::e1::TransfersPayload payload;
    for (std::uint64_t i = 0; i < outputs; ++i) {
        payload.transfers.push_back({asset(), account(receiver()), model::Amount{amount()}, {}});
    }
    return payload;
}

tos::e1::Payload RandomBlocks::energy_payload() {
    switch (below(4)) {
        case 0:
            return tos::e1::EnergyPayload{tos::e1::EnergyFreeze{
                model::Amount{(1 + below(3)) * model::kCoin}, pick(std::array{3U, 7U}, below(2))}};
        case 1:
            return tos::e1::EnergyPayload{
                tos::e1::EnergyDelegate{{{account(receiver()), model::Amount{model::kCoin}}}, 3}};
        case 2: {
            tos::e1::EnergyUnfreeze unfreeze;
            unfreeze.amount = model::Amount{(1 + below(2)) * model::kCoin};
            unfreeze.from_delegation = percent(20);
            return tos::e1::EnergyPayload{unfreeze};
        }
        default:
            return tos::e1::EnergyPayload{tos::e1::EnergyWithdraw{}};
    }
}

tos::e1::Payload RandomBlocks::agent_payload() {
    const std::uint32_t other = receiver();
    switch (below(5)) {
        case 0: {
            tos::e1::AgentRegister payload;
            payload.controller = account(other);
            payload.policy_hash = hash_of(below(9));
            if (percent(60)) {
                payload.energy_pool = account(other);
            }
            return tos::e1::AgentAccountPayload{payload};
        }
        case 1:
            return tos::e1::AgentAccountPayload{tos::e1::AgentUpdatePolicy{hash_of(below(9))}};
        case 2:
            return tos::e1::AgentAccountPayload{tos::e1::AgentRotateController{account(other)}};
        case 3:
            return tos::e1::AgentAccountPayload{
                tos::e1::AgentSetStatus{static_cast<std::uint8_t>(percent(80) ? 0 : 1)}};
        default: {
            tos::e1::AgentSetEnergyPool payload;
            if (percent(70)) {
                payload.energy_pool = account(other);
            }
            return tos::e1::AgentAccountPayload{payload};
        }
    }
}

tos::e1::Payload RandomBlocks::other_payload(std::uint32_t sender) {
    switch (below(12)) {
        case 0:
        case 1:
        case 2:
            return tos::e1::BurnPayload{asset(), model::Amount{1 + amount() / 2}};
        case 3:
        case 4:
            return energy_payload();
        case 5:
        case 6:
            return agent_payload();
        case 7:
            // Few names, so that they are taken.
            return tos::e1::RegisterNamePayload{fmt::format("name{}", below(6))};
        case 8:
            return percent(50) ? tos::e1::MultisigPayload{}
                               : tos::e1::MultisigPayload{1, {account(sender + 1)}};
        case 9: {
            tos::e1::UnshieldTransfer transfer;
            transfer.asset = model::kTosAsset;
            transfer.destination = account(receiver());
            transfer.amount = model::Amount{1 + amount()};
            return tos::e1::UnshieldTransfersPayload{{transfer}};
        }
        case 10: {
            tos::e1::DeployContractPayload deploy;
            deploy.module = {static_cast<std::uint8_t>(below(3)), 1, 2};
            return deploy;
        }
        default: {
            tos::e1::InvokeContractPayload invoke;
            invoke.contract = hash_of(1);
            invoke.max_gas = model::Amount{1000};
            return invoke;
        }
    }
}

tos::e1::Transaction RandomBlocks::transaction(std::uint32_t sender) {
    const bool is_transfer = !percent(shape_.other_types_percent);
    tos::e1::Transaction transaction =
        draft(sender, 0, is_transfer ? transfers() : other_payload(sender));
    if (auto* payload = std::get_if<tos::e1::TransfersPayload>(&transaction.payload)) {
        for (tos::e1::Transfer& transfer : payload->transfers) {
            if (transfer.destination == account(sender) && percent(97)) {
                transfer.destination = account(sender == 0 ? 1 : 0);
            }
        }
        transaction.fee = model::Amount{kTestFee.value() + 7'000 * payload->transfers.size()};
        if (percent(8)) {
            transaction.fee_type = tos::e1::FeeType::kEnergy;
            transaction.fee = model::Amount{0};
        }
    }
    if (std::holds_alternative<tos::e1::RegisterNamePayload>(transaction.payload)) {
        transaction.fee = model::Amount{tos::e1::kNameRegistrationFee};
    }
    if (percent(3)) {
        transaction.multisig = tos::e1::MultisigSection{{tos::e1::Cosignature{}}};
    }
    return transaction;
}

void RandomBlocks::spoil(tos::e1::Transaction& transaction) {
    switch (below(9)) {
        case 0:
            transaction.nonce = model::next(transaction.nonce);
            break;
        case 1:
            transaction.nonce = model::Nonce{0};
            break;
        case 2:
            transaction.chain_id = 0;
            break;
        case 3:
            transaction.fee = model::Amount{1};
            break;
        case 4:
            transaction.source = account(kUnknownAccount);
            break;
        case 5:
            transaction.payload = tos::e1::TransfersPayload{
                {tos::e1::Transfer{model::kTosAsset, account(receiver()), model::Amount{1}, {}},
                 tos::e1::Transfer{model::AssetId::from_array({9}),
                                   account(receiver()),
                                   model::Amount{kMost / 3},
                                   {}}}};
            break;
        case 6:
            transaction.payload =
                tos::e1::BurnPayload{model::AssetId::from_array({77}), model::Amount{1}};
            break;
        case 7:
            transaction.fee_type = tos::e1::FeeType::kEnergy;
            break;
        default:
            transaction.reference.topoheight = model::Topoheight{kNow + 1};
            break;
    }
}

std::vector<tos::e1::Transaction> RandomBlocks::transactions() {
    std::vector<tos::e1::Transaction> list;
    spoiled_.clear();
    while (list.size() < shape_.transactions) {
        if (!list.empty() && percent(shape_.failing_percent / 5)) {
            const tos::e1::Transaction again = list[below(list.size())];
            list.push_back(again);
            spoiled_.push_back(true);
            continue;
        }
        const auto sender = static_cast<std::uint32_t>(
            percent(shape_.hot_sender_percent) ? 0 : below(shape_.accounts));
        list.push_back(transaction(sender));
        spoiled_.push_back(percent(shape_.failing_percent));
        if (spoiled_.back()) {
            spoil(list.back());
        }
    }
    return list;
}

// Whether a transaction succeeds decides the nonces of all later ones of its source: run the block
// and number them by what happened, until nothing changes or it has been tried often enough.
std::vector<model::TransactionResult> RandomBlocks::repair_nonces(
    std::vector<tos::e1::Transaction>& list, const MemoryView& state,
    const tos::e1::Profile& lenient) const {
    std::vector<model::TransactionResult> results;
    for (int round = 0; round < 40; ++round) {
        bool changed = results.empty();
        std::map<model::PublicKey, std::uint64_t> nonces;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const model::PublicKey& source = list[i].source;
            auto& nonce = nonces.try_emplace(source, state.nonce(source)).first->second;
            if (!spoiled_[i] && list[i].nonce != model::Nonce{nonce}) {
                list[i].nonce = model::Nonce{nonce};
                changed = true;
            }
            const bool used = results.empty()
                                  ? !spoiled_[i]
                                  : uses_nonce(results[i], spoiled_[i], lenient.failure_model);
            nonce += used ? 1 : 0;
        }
        if (!changed) {
            break;
        }
        executors::sequential::SequentialExecutor control;
        results = execute(control, state, admitted_block(list, {lenient, std::nullopt}), lenient,
                          model::SignaturePolicy::kOff)
                      .value()
                      .results;
    }
    return results;
}

RandomBlock RandomBlocks::block(const RandomBlockShape& shape, const RandomRules& rules) {
    const tos::e1::Profile& profile = rules.profile;
    shape_ = shape;
    MemoryView state;
    for (std::uint32_t n = 0; n < shape.accounts; ++n) {
        add_account(state, n);
    }
    state.set(model::contract_module_key(hash_of(1)),
              base::Boxed<model::BytesRecord>(model::BytesRecord{{1}}));
    if (shape.near_overflow) {
        state.set(model::counter_key(model::Counter::kBurnedSupply),
                  model::AmountRecord{model::Amount{kMost - below(5000)}});
    }

    std::vector<tos::e1::Transaction> list = transactions();
    tos::e1::Profile lenient = profile;
    if (profile.failure_model == protocol::FailureModel::kRejectBlock) {
        lenient.failure_model = protocol::FailureModel::kOrphanAtomic;
    }
    const auto results = repair_nonces(list, state, lenient);
    if (profile.failure_model == protocol::FailureModel::kRejectBlock && percent(70)) {
        // Most blocks of this model are to get to their end.
        std::size_t i = 0;
        std::erase_if(list, [&](const tos::e1::Transaction&) {
            const model::TransactionStatus status = results[i++].status;
            return status == model::TransactionStatus::kFailed ||
                   status == model::TransactionStatus::kSkipped;
        });
    }
    protocol::AdmittedBlock admitted = admitted_block(std::move(list), rules);
    return {shape, rules.protocol(), std::move(state), std::move(admitted)};
}

void RandomDelays::reached(executors::runtime::YieldPoint point, std::uint32_t,
                           std::uint32_t) noexcept {
    seen_[static_cast<std::size_t>(point)].fetch_add(1, std::memory_order_relaxed);
    // SplitMix64 over a shared counter.
    std::uint64_t x = state_.fetch_add(0x9E37'79B9'7F4A'7C15, std::memory_order_relaxed);
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
    x ^= x >> 31;
    if (x % 512 == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(x / 512 % 50));
    } else if (x % 16 == 0) {
        std::this_thread::yield();
    }
}

namespace {

std::string text(const model::TransactionResult& result) {
    return fmt::format("{} {} fee {} burned {}", model::transaction_status_name(result.status),
                       model::error_code_name(result.code), result.fee.value(),
                       result.burned.value());
}

std::string text(const model::Access& access) {
    return fmt::format("transaction {} {} {} writer {} value {}", access.transaction.value(),
                       model::access_kind_name(access.kind), model::to_string(access.key),
                       access.observed_writer, access.value);
}

std::string text(const std::optional<model::StateValue>& value) {
    if (!value) {
        return "absent";
    }
    if (const auto* amount = std::get_if<model::AmountRecord>(&*value)) {
        return fmt::format("{}", amount->amount.value());
    }
    if (const auto* account = std::get_if<model::AccountRecord>(&*value)) {
        return fmt::format("nonce {} at {}", account->nonce.value(),
                           account->registered_at.value());
    }
    return "a record";
}

std::string text(const model::DeltaEntry& entry) {
    return fmt::format("{}: {} -> {}", model::to_string(entry.key), text(entry.before),
                       text(entry.after));
}

std::string text(const model::Hash& hash) {
    return hash.hex();
}

template <class T>
std::string first_unequal(std::string_view what, const std::vector<T>& control,
                          const std::vector<T>& candidate) {
    for (std::size_t i = 0; i < std::max(control.size(), candidate.size()); ++i) {
        if (i < control.size() && i < candidate.size() && control[i] == candidate[i]) {
            continue;
        }
        return fmt::format("{}[{}]: control {}, candidate {}", what, i,
                           i < control.size() ? text(control[i]) : "nothing",
                           i < candidate.size() ? text(candidate[i]) : "nothing");
    }
    return {};
}

std::string text(const model::BlockTotals& totals) {
    return fmt::format("fees {} gas {} burned {} emitted {} dev {} miner {}", totals.fees.value(),
                       totals.gas_fee.value(), totals.burned_supply.value(),
                       totals.emitted_supply.value(), totals.dev_reward.value(),
                       totals.miner_reward.value());
}

}  // namespace

std::string difference(const model::BlockOutcome& control, const model::BlockOutcome& candidate) {
    if (control.status != candidate.status || control.code != candidate.code) {
        return fmt::format("block: control {}, candidate {}", model::error_code_name(control.code),
                           model::error_code_name(candidate.code));
    }
    if (auto found = first_unequal("results", control.results, candidate.results); !found.empty()) {
        return found;
    }
    if (auto found = first_unequal("orphans", control.orphans, candidate.orphans); !found.empty()) {
        return found;
    }
    if (auto found = first_unequal("delta", control.delta.entries, candidate.delta.entries);
        !found.empty()) {
        return found;
    }
    if (!(control.totals == candidate.totals)) {
        return fmt::format("totals: control {}, candidate {}", text(control.totals),
                           text(candidate.totals));
    }
    if (control.access_log.has_value() != candidate.access_log.has_value()) {
        return "one has no access log";
    }
    return control.access_log ? first_unequal("access log", control.access_log->accesses,
                                              candidate.access_log->accesses)
                              : std::string{};
}

std::string describe(std::uint64_t seed, const RandomBlock& block) {
    const RandomBlockShape& shape = block.shape;
    return fmt::format(
        "seed {}: {} transactions, {} accounts, hot sender {} %, hot receiver {} %, failing {} %, "
        "other types {} %, near overflow {}; rules {}, failure model {}",
        seed, shape.transactions, shape.accounts, shape.hot_sender_percent,
        shape.hot_receiver_percent, shape.failing_percent, shape.other_types_percent,
        shape.near_overflow, block.protocol->id().profile,
        protocol::failure_model_name(block.protocol->failures()));
}

}  // namespace parallax::test
