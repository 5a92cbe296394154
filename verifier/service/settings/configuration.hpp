#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::service {

/// Sizes of blocks for which candidates are asked: the steps of a controlled rollout.
enum class Rollout : std::uint8_t { kUnder50 = 0, kUnder200 = 1, kAll = 2 };
[[nodiscard]] std::string_view rollout_name(Rollout rollout) noexcept;

/// When a candidate is no longer asked. Counted in blocks, so that no clock decides a verdict.
struct CircuitBreakerSettings {
    /// Failures in a row that open the circuit; 0 turns the breaker off.
    std::uint32_t failures = 5;
    /// Blocks that an open circuit skips before the candidate is on trial.
    std::uint32_t open_blocks = 100;
    /// Blocks without a failure on trial that close it; at least 1.
    std::uint32_t trial_blocks = 3;
    bool count_timeouts = true;
    /// Off: mismatches are what one looks for.
    bool count_mismatches = false;

    friend bool operator==(const CircuitBreakerSettings&, const CircuitBreakerSettings&) = default;
};

/// When a seeded fault is run to see whether the alarm is raised.
struct CanarySettings {
    /// Blocks from one canary to the next; 0 for none.
    std::uint32_t interval_blocks = 0;
    /// Names of the faults that take turns; `all` alone for every fault that there is.
    std::vector<std::string> faults = {"all"};
    /// Milliseconds within which the alarm must be raised.
    std::uint64_t alarm_within_ms = 10'000;

    friend bool operator==(const CanarySettings&, const CanarySettings&) = default;
};

/// How blocks are verified: all of this can be changed while the sidecar runs.
struct VerificationSettings {
    /// Whether candidates are asked at all.
    bool enabled = true;
    /// Option C: compare, and the control always wins. There is no other mode.
    bool test_mode = true;
    /// The fewest transactions of a block for which candidates are asked, by network; 0 where a
    /// network is not named.
    std::map<std::string, std::uint32_t> min_transactions;
    Rollout rollout = Rollout::kAll;
    /// Of each parallel executor.
    std::uint32_t max_threads = 1;
    /// Whether candidates are asked for blocks that deploy or invoke contracts.
    bool contracts = true;
    std::vector<std::string> candidates = {"batch"};
    /// Milliseconds that a candidate may take for a block; 0 for no limit.
    std::uint64_t block_time_limit_ms = 60'000;
    /// Milliseconds per transaction of a block; 0 for no limit. The smaller limit counts.
    std::uint64_t transaction_time_limit_ms = 0;
    CircuitBreakerSettings circuit_breaker;
    CanarySettings canary;

    friend bool operator==(const VerificationSettings&, const VerificationSettings&) = default;
};

/// What the sidecar takes from a client before it says no.
struct ServiceLimits {
    /// Bytes of one message.
    std::uint32_t message_bytes = 8U * 1024 * 1024;
    /// Bytes of one block on the wire.
    std::uint32_t block_bytes = 1'310'720;
    /// Transactions of one block.
    std::uint32_t transactions = 10'000;
    /// Streams that are open at once.
    std::uint32_t streams = 8;
    /// Blocks that wait to be verified.
    std::uint32_t queue_blocks = 256;
    /// Bytes of these on the wire.
    std::uint64_t queue_bytes = 64ULL * 1024 * 1024;
    /// Answers that a feeder has not read, and their bytes.
    std::uint32_t unread_answers = 4096;
    std::uint64_t unread_answer_bytes = 32ULL * 1024 * 1024;
    /// Threads that serve calls.
    std::uint32_t threads = 32;
    /// Connections that are open at once.
    std::uint32_t connections = 64;
    /// How long a load may say nothing, in milliseconds.
    std::uint32_t load_idle_ms = 10'000;
    /// What a feeder is told to wait when there is no room, in milliseconds.
    std::uint32_t retry_after_ms = 200;
};

/// Files of a TLS server; empty paths for none.
struct TlsSettings {
    std::string certificate;
    std::string key;
    /// Certificate authority of the clients: with it a client must show a certificate of it.
    std::string client_authority;

    [[nodiscard]] bool enabled() const noexcept { return !certificate.empty(); }
};

/// When grpc.health.v1 says NOT_SERVING.
struct HealthSettings {
    /// A block has been at work for so many seconds.
    std::uint32_t stuck_seconds = 120;
    /// So many blocks in a row were not compared; 0 for never.
    std::uint32_t inconclusive_blocks = 10;
};

/// Of the bundles that are kept in the data directory.
struct BundleSettings {
    /// How many; 0 for none.
    std::uint32_t count = 20;
    /// Bytes of all of them.
    std::uint64_t bytes = 64ULL * 1024 * 1024;
};

/// Everything that the sidecar is started with. `parallaxd` alone fills it, from a file and flags.
struct ServiceConfiguration {
    std::string network = "devnet";
    std::string profile = "e1";
    protocol::FailureModel failure_model = protocol::FailureModel::kOrphanAtomic;
    /// Holds the state database, the journal and the bundles.
    std::string data_directory;
    /// `host:port`; port 0 takes a free one.
    std::string listen = "127.0.0.1:9470";
    TlsSettings tls;
    /// File whose first line is the bearer token; empty for none.
    std::string token_file;
    /// `host:port` where Prometheus reads figures, without any password; empty for nowhere. Port 0
    /// takes a free one.
    std::string metrics_listen;
    /// Allows an address beyond this machine without TLS.
    bool allow_insecure = false;
    model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane;
    /// A state comes from a file right after the start: feeders wait for it.
    bool loads_archive = false;
    /// How many blocks a rewind can take back.
    std::uint32_t undo_window = 64;
    /// Whether each commit waits for the disk.
    bool sync = false;
    /// Whether each candidate runs in a process of its own.
    bool isolate = true;
    ServiceLimits limits;
    HealthSettings health;
    BundleSettings bundles;
    VerificationSettings verification;

    [[nodiscard]] core::StoreIdentity store_identity() const;
};

/// What this program has, by name.
struct KnownNames {
    /// What a candidate can be.
    std::vector<std::string> executors;
    /// What a canary can run.
    std::vector<std::string> faults;
    /// Epochs whose rules there are.
    std::vector<std::string> profiles;
};

/// Every problem, each with what is wrong, where, and what to do; empty if there is none.
[[nodiscard]] std::vector<std::string> find_problems(const VerificationSettings& settings,
                                                     const KnownNames& known);
[[nodiscard]] std::vector<std::string> find_problems(const ServiceConfiguration& configuration,
                                                     const KnownNames& known);

/// Overwrites the members that `text`, a JSON object, names; docs/SIDECAR.md lists them. Adds every
/// problem of the text to `problems`: unknown members, wrong types, numbers out of range.
void read_configuration(std::string_view text, ServiceConfiguration& configuration,
                        std::vector<std::string>& problems);

/// The settings as one line of JSON, members in a fixed order: for log, journal and comparison.
[[nodiscard]] std::string to_json(const VerificationSettings& settings);

/// Names of the members in which two settings differ, in the order of declaration.
[[nodiscard]] std::vector<std::string> changed_members(const VerificationSettings& before,
                                                       const VerificationSettings& after);

/// True for `host:port` with a number for the port.
[[nodiscard]] bool has_port(std::string_view listen) noexcept;

/// True for an address of this machine only, as `127.0.0.1:0`, `[::1]:9470`, `localhost:1`, or a
/// `unix:` path.
[[nodiscard]] bool is_loopback(std::string_view listen) noexcept;

}  // namespace parallax::service
