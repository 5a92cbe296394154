#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/core/store/bundle_keeper.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/verification/verify_pipeline.hpp"
#include "verifier/service/client/feeder.hpp"
#include "verifier/service/lanes/canary.hpp"
#include "verifier/service/lanes/service_lanes.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/ingest_queue.hpp"
#include "verifier/service/loop/journal.hpp"
#include "verifier/service/loop/recollection.hpp"
#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/telemetry/event_log.hpp"
#include "verifier/service/telemetry/telemetry.hpp"

#include "absl/status/statusor.h"

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace parallax::service {

/// What a live loop works with. All of it outlives the loop.
struct LoopParts {
    core::ChainStore& store;
    LaneFactory& lanes;
    AuditLog& journal;
    AcknowledgedFile& acknowledged;
    /// What journal and witness tell of the runs before.
    const Recollection& past;
    Telemetry& telemetry;
    EventLog& log;
    const base::Clock& clock;
    /// Null for none.
    core::BundleKeeper* bundles = nullptr;
    /// Null for none.
    CanaryFactory* canaries = nullptr;
};

struct LoopOptions {
    std::shared_ptr<const protocol::Protocol> protocol;
    core::VerifyPolicy policy;
    VerificationSettings settings;
    IngestQueue::Options queue;
    std::size_t blocks_in_flight = 4;
    /// Whether a commit waits for the disk: then not even a crash of the machine explains a loss.
    bool sync = false;
    /// Called once, on the loop's thread, if the loop ends by itself: it can no longer keep what it
    /// verifies (disk full, for one).
    std::function<void()> on_failure;
};

/// A queue of blocks in, durable verdicts out, on one thread of its own: the loop of the sidecar,
/// beside the replay loop the only caller of the verify pipeline. It alone writes the store and the
/// journal. A block is taken only on top of the very block that was taken before, by hash and
/// topoheight; a block that comes again gets the verdict that it has.
///
/// Calls come from any thread; those that change something wait until the loop's thread has done
/// it, between two blocks.
class VerifyLoop final : private core::VerificationListener {
  public:
    /// Reads where the store stands and makes the lanes. Nothing runs yet.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<VerifyLoop>> create(LoopParts parts,
                                                                            LoopOptions options);
    /// Stops and waits.
    ~VerifyLoop() override;
    VerifyLoop(const VerifyLoop&) = delete;
    VerifyLoop& operator=(const VerifyLoop&) = delete;

    void start();
    /// Finishes and commits the blocks in progress, drops what waits, and ends. Does not wait.
    void request_stop();
    /// Waits for the end: OK if it was asked for, else why the loop could not go on.
    [[nodiscard]] absl::Status wait();

    [[nodiscard]] IngestQueue& queue() noexcept { return queue_; }

    struct SettingsChange {
        VerificationSettings settings;
        std::vector<std::string> changed;
    };
    /// InvalidArgument names every problem of what `edit` makes of the settings.
    [[nodiscard]] absl::StatusOr<SettingsChange> change_settings(
        const std::function<void(VerificationSettings&)>& edit, const std::string& reason);
    [[nodiscard]] VerificationSettings settings() const;
    /// Whether it was so already.
    [[nodiscard]] absl::StatusOr<bool> set_paused(bool paused, const std::string& reason);

    struct LoadedState {
        std::uint64_t rows = 0;
        model::Hash digest;
    };
    /// FailedPrecondition if there is a state. `next` is called on the loop's thread, which waits
    /// for it. All or nothing.
    [[nodiscard]] absl::StatusOr<LoadedState> load_state(
        const BlockId& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next);

  private:
    VerifyLoop(LoopParts parts, LoopOptions options);

    [[nodiscard]] absl::Status open();
    /// True if the store has all that was acknowledged; false if a crash of the machine explains
    /// why not, which was said then. DataLoss otherwise.
    [[nodiscard]] absl::StatusOr<bool> check_acknowledged(
        const std::optional<core::Cursor>& cursor) const;
    /// What health must still know.
    [[nodiscard]] absl::Status recall(const std::optional<core::Cursor>& cursor);
    /// An entry at the last committed block, and the witness's word of it.
    [[nodiscard]] absl::Status write_journal(std::string_view event,
                                             const AuditLog::Details& details);
    [[nodiscard]] absl::Status acknowledge(const std::optional<core::Cursor>& cursor, bool sync);
    [[nodiscard]] absl::Status create_lanes(const VerificationSettings& settings);
    /// From where the store stands.
    [[nodiscard]] absl::Status restart_pipeline();
    void run();
    [[nodiscard]] absl::Status run_until_stopped();
    /// Commits what is in flight.
    [[nodiscard]] absl::Status settle();
    [[nodiscard]] absl::Status handle(FeedWork work);
    [[nodiscard]] absl::Status answer_position(FeederPort& feeder, bool rewound);
    [[nodiscard]] absl::Status take_block(BlockWork work, std::shared_ptr<FeederPort> feeder);
    [[nodiscard]] absl::Status answer_again(const BlockWork& work, FeederPort& feeder);
    void refuse_second_place(const BlockId& id, model::Topoheight place, FeederPort& feeder);
    void answer_other_input(const BlockId& id, const std::string& differences, FeederPort& feeder);
    [[nodiscard]] absl::Status rewind(const BlockId& target, FeederPort& feeder);
    /// Of the block at `topoheight`, at most the tip's; nothing if that is not known here.
    [[nodiscard]] absl::StatusOr<std::optional<model::Hash>> hash_at(
        model::Topoheight topoheight) const;
    [[nodiscard]] absl::Status record_taken_back(const BlockId& target, std::uint64_t& taken);
    [[nodiscard]] absl::Status take_back(const BlockId& target);
    [[nodiscard]] absl::Status finish_history(FeederPort& feeder);
    [[nodiscard]] absl::Status finished(const core::FinishedBlock& block) override;
    [[nodiscard]] absl::Status report_stuck(const BlockId& id, const model::Verdict& verdict,
                                            FeederPort& sender);
    [[nodiscard]] bool wants_first_runs() const noexcept override {
        return parts_.bundles != nullptr;
    }
    /// Keeps a bundle of what was found.
    [[nodiscard]] absl::Status found(const core::FirstRun& run) override;
    /// Runs a canary on a block that is done with, if one is due.
    [[nodiscard]] absl::Status try_canary(const core::FinishedBlock& block);

    [[nodiscard]] absl::StatusOr<SettingsChange> apply_settings(VerificationSettings settings,
                                                                const std::string& reason);
    [[nodiscard]] absl::StatusOr<bool> apply_pause(bool paused, const std::string& reason);
    [[nodiscard]] absl::StatusOr<LoadedState> apply_load(
        const BlockId& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next);
    /// Runs `task` on the loop's thread and waits; Unavailable if the loop ends first.
    [[nodiscard]] absl::Status on_loop(const std::function<absl::Status()>& task);

    /// What this program has.
    [[nodiscard]] KnownNames known_names() const;
    [[nodiscard]] absl::StatusOr<std::vector<BlockId>> ancestors() const;
    void answer_gap(const BlockId& received, FeederPort& feeder, const std::string& message);
    void publish_position();
    void publish_candidates();
    void set_running_state();

    const LoopParts parts_;
    const LoopOptions options_;

    // Thread-safe by themselves.
    IngestQueue queue_;

    // Of the loop's thread, once it runs.
    std::unique_ptr<ServiceLanes> lanes_;
    Canary canary_;
    /// Null while there is no state.
    std::unique_ptr<core::VerifyPipeline> pipeline_;
    /// The last block that was pushed; of the cursor if none is in flight.
    BlockId tip_;
    /// Who sent the blocks in flight, in order.
    std::deque<std::shared_ptr<FeederPort>> senders_;
    bool paused_ = false;
    std::string stuck_why_;
    const std::array<std::uint8_t, 16> boot_ = boot_identity();
    /// Why the loop cannot go on, where a task found out.
    absl::Status failure_;

    mutable base::Mutex mutex_;
    VerificationSettings settings_ VERIFIER_GUARDED_BY(mutex_);

    std::thread thread_;
    /// Written by the thread's end, read after joining.
    absl::Status end_;
};

}  // namespace parallax::service
