#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/service/door/connection_end.hpp"
#include "verifier/service/lanes/canary_report.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Collectable;
}

namespace parallax::service {

/// How one candidate ran one block.
struct LaneSample {
    /// The lane's name, as `batch`.
    std::string_view candidate;
    /// Time of the lane alone; 0 if unknown. A lane in a process of its own includes the way there.
    std::chrono::nanoseconds duration{0};
    /// Null if the lane failed or was not run.
    const model::BlockOutcome* outcome = nullptr;
};

/// What a loop knows of one block, once it is committed. References and views are used during the
/// call only.
struct BlockSample {
    const model::Verdict& verdict;
    std::chrono::nanoseconds control_duration{0};
    std::chrono::nanoseconds commit_duration{0};
    std::vector<LaneSample> lanes;
};

/// The figures of a running verifier, as Prometheus reads them. `tos_parallel_*` are about the
/// candidates (label `candidate`) and have the names that the chain's own plans give them;
/// `parallax_*` are about the verifier; `process_*` are read from the system at each scrape.
/// Counters count from the start of the process. Every method may be called from any thread; none
/// blocks for longer than an addition.
class ServiceMetrics {
  public:
    /// A candidate's circuit breaker; the numbers are the metric's values.
    enum class Circuit : std::uint8_t { kClosed = 0, kOpen = 1, kHalfOpen = 2 };

    /// Why a block that was offered was not taken.
    enum class Refusal : std::uint8_t {
        /// It does not follow the last one.
        kDoesNotFollow = 0,
        /// It does not decode, or its structure is wrong.
        kMalformed = 1,
        /// A limit on sizes or counts.
        kTooLarge = 2,
        kQueueFull = 3,
        /// A second feeder, or a feeder of another chain.
        kWrongFeeder = 4,
    };

    /// Why a call was refused or ended.
    enum class CallRefusal : std::uint8_t {
        /// Without the token, or with another.
        kUnauthenticated = 0,
        /// A message above `limits.message_bytes`, or a first one above what strangers may send.
        kMessageTooLarge = 1,
        /// Its client read nothing, or said nothing, and others wanted its place.
        kCrowdedOut = 2,
        /// A load whose client has said nothing for `limits.load_idle_ms`.
        kIdle = 3,
    };

    /// Series of these candidates exist from the start, at zero; others appear when first named.
    explicit ServiceMetrics(const std::vector<std::string>& candidates);
    ~ServiceMetrics();

    /// A block has its verdict and is committed; its topoheight becomes the ledger's and state's.
    void block_committed(const BlockSample& sample);
    /// Where ledger and state stand, when no block says it: at start, after a rewind or a load.
    void set_positions(model::Topoheight ledger, model::Topoheight state);

    /// How far the state is behind the newest block that the feeder has announced.
    void set_lag(std::uint64_t blocks, std::chrono::milliseconds behind);
    /// Blocks that wait for the loop, and their wire bytes.
    void set_queue(std::uint64_t blocks, std::uint64_t bytes);

    /// A reorganisation took `blocks` blocks back.
    void rewound(std::uint64_t blocks);
    /// A reorganisation went below the undo window: the state could not follow.
    void rewind_failed();
    /// Blocks are missing between the last one and what was offered.
    void gap_found();
    void block_refused(Refusal reason);
    void call_refused(CallRefusal reason);
    /// Connections of clients that are open.
    void set_connections(std::size_t open);
    void connection_ended(ConnectionEnd why);

    /// A canary has run; nothing above counts it.
    void canary_ended(const CanaryReport& report);
    /// 0 for none.
    /// What a run before has left.
    void set_canary_silent(bool silent);
    void set_canary_interval(std::uint64_t blocks);

    void set_circuit(std::string_view candidate, Circuit state);
    void set_paused(bool paused);

    /// Everything above, for an exposer. It keeps working as long as this object lives; what is
    /// handed out shares ownership of the figures.
    [[nodiscard]] std::shared_ptr<prometheus::Collectable> collectable() const;

  private:
    struct Families;
    const std::shared_ptr<Families> families_;
};

[[nodiscard]] std::string_view refusal_name(ServiceMetrics::Refusal reason) noexcept;
[[nodiscard]] std::string_view call_refusal_name(ServiceMetrics::CallRefusal reason) noexcept;

}  // namespace parallax::service
