#pragma once

#include "replay/archive/archive_reader.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/core/store/observed_tally.hpp"
#include "verifier/core/verification/block_input.hpp"
#include "verifier/core/verification/verification_listener.hpp"
#include "verifier/core/verification/verify_pipeline.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parallax::replay {

struct ReplayOptions {
    /// First and last block that get a verdict; nothing means the archive's own. Blocks before
    /// `from` are run by the control alone, to advance the state.
    std::optional<model::Topoheight> from;
    std::optional<model::Topoheight> to;
    core::PipelineOptions pipeline;
    /// The store outlives the run: its state is taken only from an archive that vouches for it.
    bool keeps_state = false;
    /// Stop after the first block that is not a match.
    bool fail_fast = false;
};

/// What a replay came to. Every verdict of the range is counted, those that an earlier run left in
/// the store included.
struct ReplayResult {
    core::LedgerAudit audit;
    std::optional<model::Topoheight> first;
    std::optional<model::Topoheight> last;
    std::uint64_t resumed = 0;
    std::uint64_t advanced = 0;
    std::uint64_t transactions = 0;
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    /// What this run executed itself, advanced blocks included.
    std::uint64_t blocks_run = 0;
    std::uint64_t transactions_run = 0;
    /// Of each candidate, in how many blocks that this run compared it ran transactions in
    /// parallel.
    std::vector<std::uint64_t> parallel_blocks;
    std::optional<model::Verdict> first_mismatch;
    std::optional<model::Verdict> first_inconclusive;
    /// Blocks in which an invariant could not judge everything, and the first of them.
    std::uint64_t unjudged = 0;
    std::optional<model::Verdict> first_unjudged;
    /// How much of the blocks nodes were seen to say.
    core::ObservedTally observed;
    /// Why not every block of the range has a verdict; empty if each has.
    std::string incomplete;

    /// 0 all compared and equal; 2 a mismatch; 3 inconclusive, incomplete, or nothing at all.
    [[nodiscard]] int exit_code() const noexcept;
};

/// Recorded blocks in, verdicts out: decode, admit, then the pipeline (verify, commit), then the
/// listener. One of the two loops that drive a `VerifyPipeline`. One use, one thread. An empty
/// store is loaded with the archive's state; one that began with that state and has a cursor inside
/// the archive is continued after it, and the verdicts it holds are told to the listener again
/// first. Whatever the range is, the archive is read to its end before all is said to be well.
class ReplayLoop final : private core::VerificationListener {
  public:
    /// All but the options outlives the loop.
    ReplayLoop(ArchiveReader& reader, core::PipelineParts parts,
               core::VerificationListener& listener, ReplayOptions options);

    /// Runs to the end of the range, or until `stop` is set: the blocks in progress are finished
    /// first. An error is of the environment or the request (wrong database, I/O, listener). A
    /// damaged archive, a block that cannot be admitted and a failed control are not errors: the
    /// result says where the range ends and why.
    [[nodiscard]] absl::StatusOr<ReplayResult> run(const std::atomic<bool>& stop);

  private:
    [[nodiscard]] absl::Status check_range() const;
    [[nodiscard]] absl::Status prepare_store(const std::atomic<bool>& stop);
    [[nodiscard]] absl::Status load_store(const std::atomic<bool>& stop);
    /// Holds what the store began with against the archive's rows.
    [[nodiscard]] absl::Status check_beginning();
    [[nodiscard]] absl::Status skip_to_cursor();
    [[nodiscard]] absl::Status resume_ledger();
    /// What the store executed at `topoheight`, with a verdict or without, is what the archive has.
    [[nodiscard]] absl::Status check_same_input(model::Topoheight topoheight,
                                                const core::BlockInput& input) const;
    [[nodiscard]] static core::BlockInput input_of(const ArchiveBlock& block,
                                                   const model::Hash& previous);
    /// The block of a verdict that the store holds is the archive's.
    [[nodiscard]] absl::Status check_same_block(model::Topoheight topoheight,
                                                const model::Hash& hash) const;
    [[nodiscard]] absl::Status check_same_run(const model::Verdict& verdict) const;
    [[nodiscard]] absl::Status run_blocks(const std::atomic<bool>& stop);
    [[nodiscard]] absl::Status push_blocks(const std::atomic<bool>& stop);
    /// A range that is done is no more than the file that it came from.
    void check_rest(const std::atomic<bool>& stop);
    [[nodiscard]] absl::Status push_block(const ArchiveBlock& recorded);
    [[nodiscard]] absl::Status push_admitted(const ArchiveBlock& recorded,
                                             protocol::AdmittedBlock block);
    [[nodiscard]] bool wants_first_runs() const noexcept override {
        return listener_.wants_first_runs();
    }
    [[nodiscard]] absl::Status found(const core::FirstRun& run) override {
        return listener_.found(run);
    }
    [[nodiscard]] absl::Status finished(const core::FinishedBlock& block) override;
    [[nodiscard]] absl::Status reject_block(const ArchiveBlock& recorded, const model::Hash& hash,
                                            const std::string& why);
    [[nodiscard]] absl::Status deliver(const core::LedgerRecord& record);
    [[nodiscard]] model::Topoheight first_wanted() const noexcept;
    void stop_if_asked(const model::Verdict& verdict);
    void count(const model::Verdict& verdict);
    void count_parallel(const core::FinishedBlock& block);

    ArchiveReader& reader_;
    const core::PipelineParts parts_;
    core::VerificationListener& listener_;
    ReplayOptions options_;
    /// Of the store, at the start.
    core::Cursor cursor_;
    /// Of the archive's blocks up to there, from its first on.
    std::vector<model::Hash> passed_;
    /// Of the archive's last block that was passed or pushed.
    model::Hash previous_;
    /// Only while blocks are run.
    std::unique_ptr<core::VerifyPipeline> pipeline_;
    ReplayResult result_;
    bool stopped_by_verdict_ = false;
};

}  // namespace parallax::replay
