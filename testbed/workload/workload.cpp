#include "testbed/workload/workload.hpp"

#include "testbed/workload/workload_accounts.hpp"
#include "testbed/workload/workload_actions.hpp"
#include "testbed/workload/workload_chain.hpp"
#include "testbed/workload/workload_factory.hpp"
#include "testbed/workload/workload_failures.hpp"
#include "testbed/workload/workload_signing.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/protocol/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace parallax::testbed {
namespace {

constexpr std::uint64_t kFirstTimestampMs = 1'767'225'600'000;
constexpr std::uint64_t kBlockTimeMs = 1000;
/// Room that a header with the most transactions takes.
constexpr std::size_t kHeaderRoom = 400'000;
constexpr std::size_t kRememberedTransactions = 64;
/// Drafts that lead to nothing, one after the other, before a block is closed: what cannot be drawn
/// now, or is in the block already, does not mean that nothing can be.
constexpr int kMostVainDraws = 64;
constexpr std::size_t kRememberedObjects = 4096;

template <class T>
void remember(std::vector<T>& memory, std::size_t most, T item, WorkloadRandom& random) {
    if (memory.size() < most) {
        memory.push_back(std::move(item));
    } else {
        memory[random.below(most)] = std::move(item);
    }
}

/// HEAD has no rows of what it has no transactions for.
RowsView::Rows rows_of(tos::e1::Epoch epoch, RowsView::Rows rows) {
    if (epoch == tos::e1::Epoch::kHead) {
        std::erase_if(rows, [](const auto& row) {
            const model::Family family = row.first.family;
            return family == model::Family::kEnergy || family == model::Family::kAgentAccount ||
                   family == model::Family::kName || family == model::Family::kNameOfAccount;
        });
    }
    return rows;
}

}  // namespace

/// The chain so far and where the next block goes.
class Workload::Impl {
  public:
    Impl(WorkloadOptions options, const tos::e1::Profile& profile)
        : options_(std::move(options)),
          random_(options_.seed),
          accounts_(options_),
          chain_(profile, rows_of(profile.epoch, workload_genesis(options_, accounts_, random_))),
          tip_hash_(base_hash()) {
        for (const auto& [key, value] : chain_.state()) {
            accounts_.note(key, true);
        }
    }

    const WorkloadOptions& options() const { return options_; }
    const WorkloadChain& chain() const { return chain_; }
    model::Hash base_hash() const {
        constexpr std::string_view kText = "parallax workload base";
        return crypto::Blake3Hasher()
            .update({reinterpret_cast<const std::uint8_t*>(kText.data()), kText.size()})
            .update_u64(options_.seed)
            .finish();
    }

    absl::StatusOr<GeneratedBlock> next_block() {
        const bool side = has_parent_ && tips_.size() < tos::e1::kMaxTips &&
                          sides_ < tos::e1::kMaxTips - 1 &&
                          random_.percent(options_.side_block_percent);
        BlockDraft block(chain_, accounts_);
        const Shortfall shortfall = fill(block);
        sign_drafts(block.drafts(), accounts_, options_.signing_threads);

        GeneratedBlock generated;
        generated.shortfall = shortfall;
        std::vector<crypto::SignatureCheck> checks;
        for (TransactionDraft& draft : block.drafts()) {
            const bool own =
                draft.signer == draft.source && draft.corrupted != CorruptedSignature::kMain;
            checks.push_back(own ? crypto::SignatureCheck::kValid
                                 : crypto::SignatureCheck::kInvalid);
            generated.expectations.push_back(draft.expectation);
            generated.block.transactions.push_back(draft.transaction);
        }
        seal(generated.block, side);
        auto outcome = chain_.advance(generated.block, std::move(checks));
        if (!outcome.ok()) {
            return outcome.status();
        }
        generated.outcome = *std::move(outcome);
        take_in(generated, block);
        return generated;
    }

  private:
    /// Drafts until the block is full, or no account can do anything.
    Shortfall fill(BlockDraft& block) {
        const WorkloadScene scene{options_,
                                  chain_,
                                  accounts_,
                                  memory_,
                                  random_,
                                  block,
                                  parallax::model::next(topoheight_),
                                  tos::e1::Reference{tip_hash_, topoheight_}};
        DraftFactory factory(scene);
        ActionMaker actions(factory);
        FailureMaker failures(factory, actions);
        std::size_t bytes = 0;
        int vain = 0;
        while (block.drafts().size() < options_.transactions_per_block) {
            auto draft = draw(actions, failures);
            if (!draft || block.has(*draft)) {
                if (++vain == kMostVainDraws) {
                    return Shortfall::kNoSender;
                }
                continue;
            }
            vain = 0;
            draft->transaction.epoch = options_.epoch;
            bytes += tos::e1::encode_transaction(draft->transaction).size();
            if (bytes + kHeaderRoom > tos::e1::kMaxBlockSize) {
                return Shortfall::kBlockSize;
            }
            block.add(*std::move(draft));
        }
        return Shortfall::kNone;
    }

    std::optional<TransactionDraft> draw(ActionMaker& actions, FailureMaker& failures) {
        if (random_.percent(options_.failing_percent)) {
            if (auto draft = failures.make_rarest()) {
                return draft;
            }
        }
        if (options_.hot_side != HotSide::kNone && random_.percent(options_.conflict_percent)) {
            if (auto draft = actions.make_hot_transfer(options_.hot_side)) {
                return draft;
            }
        }
        if (auto draft = actions.make(draw_action())) {
            return draft;
        }
        return actions.make(WorkloadAction::kTransfer);
    }

    WorkloadAction draw_action() {
        const std::uint64_t total =
            std::accumulate(options_.weights.begin(), options_.weights.end(), std::uint64_t{0});
        std::uint64_t drawn = random_.below(total);
        std::size_t action = 0;
        while (drawn >= options_.weights[action]) {
            drawn -= options_.weights[action];
            ++action;
        }
        return static_cast<WorkloadAction>(action);
    }

    /// Header, place and hash. A side block shares the height and the parents of the main block
    /// before it; the next main block has all of them as tips.
    void seal(tos::e1::Block& block, bool side) {
        tos::e1::BlockHeader& header = block.header;
        for (const tos::e1::Transaction& transaction : block.transactions) {
            header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
        }
        if (side) {
            block.placement.side_block = sides_++;
            header.tips = parents_;
        } else {
            sides_ = 0;
            height_ = parallax::model::BlockHeight{height_.value() + 1};
            header.tips = tips_.empty() ? std::vector<model::Hash>{tip_hash_} : tips_;
            parents_ = header.tips;
            tips_.clear();
        }
        topoheight_ = parallax::model::next(topoheight_);
        block.placement.topoheight = topoheight_;
        header.height = height_;
        header.timestamp =
            model::TimestampMs{kFirstTimestampMs + topoheight_.value() * kBlockTimeMs +
                               random_.below(kBlockTimeMs / 2)};
        header.nonce = random_.next();
        random_.fill(header.extra_nonce.mutable_bytes());
        header.miner = accounts_.miner(random_.below(WorkloadAccounts::kMiners));
        block.hash = tos::e1::block_hash(header);
        tips_.push_back(block.hash);
        tip_hash_ = block.hash;
        has_parent_ = true;
    }

    /// What later blocks must know of this one.
    void take_in(const GeneratedBlock& generated, const BlockDraft& block) {
        for (const model::DeltaEntry& entry : generated.outcome.delta.entries) {
            accounts_.note(entry.key, entry.after.has_value());
        }
        for (std::size_t i = 0; i < block.drafts().size(); ++i) {
            if (generated.outcome.results[i].status != model::TransactionStatus::kExecuted) {
                continue;
            }
            const TransactionDraft& draft = block.drafts()[i];
            const tos::e1::Payload& payload = draft.transaction.payload;
            if (const auto* named = std::get_if<tos::e1::RegisterNamePayload>(&payload)) {
                remember(memory_.names, kRememberedObjects, named->name, random_);
            } else if (const auto* deploy = std::get_if<tos::e1::DeployContractPayload>(&payload)) {
                remember(memory_.deployments, kRememberedObjects,
                         WorkloadMemory::Deployment{draft.source, deploy->module}, random_);
            }
            if (random_.percent(10)) {
                remember(memory_.executed, kRememberedTransactions, draft.transaction, random_);
            }
        }
    }

    const WorkloadOptions options_;
    WorkloadRandom random_;
    WorkloadAccounts accounts_;
    WorkloadChain chain_;
    WorkloadMemory memory_;
    model::Topoheight topoheight_;
    model::BlockHeight height_;
    /// The block before, main or side.
    model::Hash tip_hash_;
    /// Blocks that no block follows yet, and the parents of the last main block.
    std::vector<model::Hash> tips_;
    std::vector<model::Hash> parents_;
    std::uint32_t sides_ = 0;
    bool has_parent_ = false;
};

Workload::Workload(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Workload::~Workload() = default;

absl::StatusOr<std::unique_ptr<Workload>> Workload::create(WorkloadOptions options) {
    std::string problems;
    for (const std::string& problem : options.validate()) {
        problems += (problems.empty() ? "" : "; ") + problem;
    }
    if (!problems.empty()) {
        return absl::InvalidArgumentError(fmt::format("workload: {}", problems));
    }
    const auto profile = tos::e1::find_profile(options.network, options.epoch);
    if (!profile) {
        return absl::InternalError("workload: no profile for a network that was just checked");
    }
    return std::unique_ptr<Workload>(
        new Workload(std::make_unique<Impl>(std::move(options), *profile)));
}

replay::ArchiveHeader Workload::header() const {
    const WorkloadOptions& options = impl_->options();
    const tos::e1::Profile& profile = impl_->chain().profile();
    replay::ArchiveHeader header;
    header.network = options.network;
    header.profile = std::string(tos::e1::profile_name(profile.epoch));
    header.failure_model = profile.failure_model;
    header.base_hash = impl_->base_hash();
    if (options.blocks > 0) {
        header.first = model::Topoheight{1};
        header.last = model::Topoheight{options.blocks};
    }
    header.origin = describe(options);
    return header;
}

const std::map<model::StateKey, model::StateValue>& Workload::state() const noexcept {
    return impl_->chain().state();
}

absl::StatusOr<GeneratedBlock> Workload::next_block() {
    return impl_->next_block();
}

namespace {

/// What nobody can read is not written.
absl::Status check_readable(std::span<const std::uint8_t> wire,
                            const model::BlockPlacement& placement,
                            const tos::e1::Profile& profile) {
    const absl::Status status = profile.admit(wire, placement).status();
    return status.ok() ? status
                       : absl::InternalError(fmt::format(
                             "workload: the block at topoheight {} would not be readable: {}",
                             placement.topoheight.value(), std::string(status.message())));
}

void summarise(const GeneratedBlock& generated, WorkloadSummary& summary) {
    summary.closed_by_size += generated.shortfall == Shortfall::kBlockSize ? 1 : 0;
    summary.without_sender += generated.shortfall == Shortfall::kNoSender ? 1 : 0;
    for (std::size_t i = 0; i < generated.expectations.size(); ++i) {
        const Expectation& expected = generated.expectations[i];
        const model::TransactionResult& result = generated.outcome.results[i];
        ++summary.transactions;
        summary.executed += result.status == model::TransactionStatus::kExecuted ? 1 : 0;
        summary.failed += result.status == model::TransactionStatus::kFailed ? 1 : 0;
        summary.skipped += result.status == model::TransactionStatus::kSkipped ? 1 : 0;
        const bool as_meant = result.status == expected.status && result.code == expected.code;
        summary.unexpected += as_meant ? 0 : 1;
        if (!as_meant && !summary.first_unexpected) {
            summary.first_unexpected = fmt::format(
                "transaction {} of the block at topoheight {}: {}{}{} meant to end {} {}, ended {} "
                "{}",
                i, generated.block.placement.topoheight.value(),
                workload_action_name(expected.action), expected.failure ? " with " : "",
                expected.failure ? failure_kind_name(*expected.failure) : "",
                model::transaction_status_name(expected.status),
                model::error_code_name(expected.code),
                model::transaction_status_name(result.status), model::error_code_name(result.code));
        }
        if (expected.failure) {
            ++summary.by_failure[std::string(failure_kind_name(*expected.failure))];
        } else {
            ++summary.by_action[std::string(workload_action_name(expected.action))];
        }
    }
}

}  // namespace

absl::StatusOr<WorkloadSummary> write_workload(const WorkloadOptions& options,
                                               const std::string& path, bool with_outcomes,
                                               const std::function<void(std::uint64_t)>& progress) {
    auto workload = Workload::create(options);
    if (!workload.ok()) {
        return workload.status();
    }
    auto writer = replay::ArchiveWriter::create(path, (*workload)->header());
    if (!writer.ok()) {
        return writer.status();
    }
    for (const auto& [key, value] : (*workload)->state()) {
        if (auto status = (*writer)->write_state_row(key, value); !status.ok()) {
            return status;
        }
    }
    WorkloadSummary summary;
    summary.asked = std::uint64_t{options.blocks} * options.transactions_per_block;
    const tos::e1::Profile profile = *tos::e1::find_profile(options.network, options.epoch);
    for (std::uint32_t i = 0; i < options.blocks; ++i) {
        const auto generated = (*workload)->next_block();
        if (!generated.ok()) {
            return generated.status();
        }
        const base::Bytes wire = tos::e1::encode_block(generated->block);
        if (auto status = check_readable(wire, generated->block.placement, profile); !status.ok()) {
            return status;
        }
        std::optional<base::Bytes> outcome;
        if (with_outcomes) {
            outcome = codec::encode_outcome(generated->outcome);
        }
        if (auto status = (*writer)->write_block(generated->block.placement, wire, outcome);
            !status.ok()) {
            return status;
        }
        summarise(*generated, summary);
        if (progress) {
            progress(i + 1);
        }
    }
    auto counts = (*writer)->finish();
    if (!counts.ok()) {
        return counts.status();
    }
    summary.counts = *counts;
    return summary;
}

}  // namespace parallax::testbed
