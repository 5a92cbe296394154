#pragma once

#include "replay/archive/archive.hpp"
#include "replay/archive/archive_writer.hpp"
#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/statusor.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::testbed {

/// What a generated transaction that is meant to succeed does.
enum class WorkloadAction : std::uint8_t {
    kTransfer = 0,
    kEnergyFeeTransfer,
    kCosignedTransfer,
    kBurn,
    kMultisigConfigure,
    kMultisigDelete,
    kFreeze,
    kDelegate,
    kUnfreeze,
    kWithdraw,
    kDeploy,
    kAgentAccount,
    kRegisterName,
    kShield,
};
inline constexpr std::size_t kWorkloadActions = 14;
/// As the command line spells it: `transfer`, `energy_fee_transfer`.
[[nodiscard]] std::string_view workload_action_name(WorkloadAction action) noexcept;
[[nodiscard]] std::optional<WorkloadAction> find_workload_action(std::string_view name) noexcept;

/// Whether an epoch has the transactions of an action.
[[nodiscard]] bool has_action(tos::e1::Epoch epoch, WorkloadAction action) noexcept;

/// What is wrong with a generated transaction that is meant to fail.
enum class FailureKind : std::uint8_t {
    kNonceTooLow = 0,
    kNonceTooHigh,
    kInsufficientBalance,
    /// Spends what the same block credited to the sender (protocol notes, 6.2).
    kSameBlockReceipt,
    kAssetNeverHeld,
    kBadSignature,
    kSelfTransfer,
    kFeeBelowMinimum,
    kWrongChainId,
    kReferenceInFuture,
    kExtraDataTooLarge,
    kReceiverOverflow,
    kBurnZero,
    kBurnFeeOverflow,
    kBurnWithEnergyFee,
    kEnergyMissing,
    kEnergyFeeNotZero,
    kFreezeNotWhole,
    kFreezeWithFee,
    kDelegateToSelf,
    kDelegateToUnknown,
    kUnfreezeTooMuch,
    kUnfreezeLocked,
    kWithdrawNothing,
    kMultisigThresholdTooHigh,
    kMultisigSelfParticipant,
    kMultisigDeleteMissing,
    kCosignaturesMissing,
    kCosignaturesUnexpected,
    kCosignatureBad,
    kDeployTwice,
    kNameTaken,
    kNameReserved,
    kNameFeeTooLow,
    kAgentRegisteredTwice,
    kAgentMissing,
    kAgentFrozen,
    kAgentNotOwner,
    kShieldTooSmall,
    kShieldBadProof,
    /// The bytes of an executed transaction again, in a later block: skipped, not failed (8.4).
    kReplayed,
};
inline constexpr std::size_t kFailureKinds = 41;
[[nodiscard]] std::string_view failure_kind_name(FailureKind kind) noexcept;

/// Which side of a conflicting transaction is the hot account; `kBoth`: either.
enum class HotSide : std::uint8_t { kNone = 0, kReceiver = 1, kSender = 2, kBoth = 3 };
[[nodiscard]] std::string_view hot_side_name(HotSide side) noexcept;
[[nodiscard]] std::optional<HotSide> find_hot_side(std::string_view name) noexcept;

/// What to generate. Equal options make byte-identical archives, on every machine.
struct WorkloadOptions {
    std::uint64_t seed = 1;
    /// `mainnet`, `testnet`, `stagenet` or `devnet`.
    std::string network = "devnet";
    /// Whose kinds of transaction are made: HEAD has fewer (`has_action`).
    tos::e1::Epoch epoch = tos::e1::Epoch::kE1;
    /// Accounts with funds in the initial state.
    std::uint32_t accounts = 1000;
    std::uint32_t blocks = 100;
    /// A block that would exceed the chain's block size, or for which no account can send anything
    /// more, has fewer; the summary says so.
    std::uint32_t transactions_per_block = 50;
    /// Share of transactions that touch a hot account, as sender or receiver by `hot_side` (both:
    /// one or the other, by chance): plain transfers, whatever the weights say. The others take
    /// sender and receivers from a walk over all cold accounts, so that none comes twice in a block
    /// while the accounts last (what an action needs, as a co-signer's or a controller's account,
    /// does not count).
    std::uint32_t conflict_percent = 20;
    HotSide hot_side = HotSide::kBoth;
    /// Share of the other plain transfers whose sender has sent in the same block before.
    std::uint32_t returning_sender_percent = 15;
    /// How many accounts are hot.
    std::uint32_t hot_accounts = 1;
    /// Share of transactions that are meant to fail, each kind in turn.
    std::uint32_t failing_percent = 5;
    /// Share of blocks that are side blocks.
    std::uint32_t side_block_percent = 3;
    /// Share of transfers to an account that does not exist yet.
    std::uint32_t new_account_percent = 2;
    /// Assets beside TOS.
    std::uint32_t assets = 2;
    std::uint32_t min_outputs = 1;
    std::uint32_t max_outputs = 3;
    /// Threads that sign; they do not change the result.
    std::uint32_t signing_threads = 2;
    /// Weight of each action, by its number. An action that no account can do now becomes a
    /// transfer.
    std::array<std::uint32_t, kWorkloadActions> weights = {600, 60, 30, 60, 15, 5,  20,
                                                           20,  15, 15, 10, 40, 20, 20};

    /// Every problem, not only the first; empty if there is none.
    [[nodiscard]] std::vector<std::string> validate() const;
};
/// One line that says all options, for the archive's `origin`.
[[nodiscard]] std::string describe(const WorkloadOptions& options);

/// What a generated transaction is meant to do.
struct Expectation {
    WorkloadAction action = WorkloadAction::kTransfer;
    /// Nothing if it is meant to succeed.
    std::optional<FailureKind> failure;
    model::TransactionStatus status = model::TransactionStatus::kExecuted;
    model::ErrorCode code = model::ErrorCode::kSuccess;
};

/// Why a block has fewer transactions than asked for.
enum class Shortfall : std::uint8_t {
    kNone = 0,
    /// One more could exceed the chain's block size.
    kBlockSize,
    /// No account could send anything more that the block does not have yet.
    kNoSender,
};

struct GeneratedBlock {
    tos::e1::Block block;
    Shortfall shortfall = Shortfall::kNone;
    /// One per transaction.
    std::vector<Expectation> expectations;
    /// What protocol's rules, run in order, make of the block; no access log.
    model::BlockOutcome outcome;
};

/// A deterministic chain of blocks of really signed transactions. It holds the state after the last
/// block, executes each block that it makes with protocol's rules, and builds the next on the
/// result, so what is meant to succeed does. Owned by its user; one thread at a time.
class Workload {
  public:
    /// InvalidArgument lists every problem of the options.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<Workload>> create(WorkloadOptions options);
    ~Workload();
    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;

    /// The header of the archive that these blocks belong in.
    [[nodiscard]] replay::ArchiveHeader header() const;
    /// The state after the last generated block; the initial state before the first.
    [[nodiscard]] const std::map<model::StateKey, model::StateValue>& state() const noexcept;
    /// The next block; may be called more often than `options.blocks`.
    [[nodiscard]] absl::StatusOr<GeneratedBlock> next_block();

  private:
    class Impl;
    explicit Workload(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// What was written.
struct WorkloadSummary {
    replay::ArchiveCounts counts;
    std::uint64_t transactions = 0;
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    /// Transactions that ended otherwise than meant.
    std::uint64_t unexpected = 0;
    /// What the first of those was meant to be and how it ended.
    std::optional<std::string> first_unexpected;
    /// Transactions that the options ask for, and the blocks that have fewer, by reason.
    std::uint64_t asked = 0;
    std::uint64_t closed_by_size = 0;
    std::uint64_t without_sender = 0;
    std::map<std::string, std::uint64_t> by_action;
    std::map<std::string, std::uint64_t> by_failure;
};

/// Generates `options.blocks` blocks into a new archive at `path`. `with_outcomes` records what
/// protocol's rules made of each block: the same rules that the control runs, so they are no
/// independent opinion. `progress`, if given, is told after each block how many are done.
[[nodiscard]] absl::StatusOr<WorkloadSummary> write_workload(
    const WorkloadOptions& options, const std::string& path, bool with_outcomes,
    const std::function<void(std::uint64_t blocks)>& progress = {});

}  // namespace parallax::testbed
