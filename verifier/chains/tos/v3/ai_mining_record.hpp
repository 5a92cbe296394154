#pragma once

#include "verifier/model/identifiers.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parallax::tos::v3 {

/// The one global state of AI mining (docs/protocol/v3.md, AI mining). Its row has one encoding:
/// maps ascending by key, where a node's order is arbitrary.

enum class AiTaskStatus : std::uint8_t {
    kActive = 0,
    kExpired = 1,
    kCompleted = 2,
    kCancelled = 3
};

struct AiScore {
    model::PublicKey validator;
    std::uint8_t points = 0;
    std::uint64_t at = 0;
};
struct AiAnswer {
    model::Hash id;
    std::string content;
    model::Hash answer_hash;
    model::PublicKey submitter;
    std::uint64_t stake = 0;
    std::vector<AiScore> scores;
    std::optional<std::uint8_t> average;
    std::uint64_t submitted_at = 0;
};
struct AiTask {
    model::PublicKey publisher;
    std::string description;
    std::uint64_t reward = 0;
    std::uint8_t difficulty = 0;
    std::uint64_t deadline = 0;
    AiTaskStatus status = AiTaskStatus::kActive;
    std::uint64_t published_at = 0;
    std::vector<AiAnswer> answers;
    bool processed = false;
};
struct AiMiner {
    std::uint64_t fee = 0;
    std::uint64_t registered_at = 0;
    std::uint32_t tasks = 0;
    std::uint32_t answers = 0;
    std::uint32_t validations = 0;
    std::uint16_t reputation = 0;
};
struct AiReputation {
    std::uint64_t created = 0;
    std::uint64_t transactions = 0;
    std::uint64_t stake = 0;
    std::uint64_t last = 0;
    std::uint64_t score = 0;
    std::uint64_t rewards = 0;
    std::uint64_t successful = 0;
    std::uint64_t total = 0;
};
struct AiStatistics {
    std::uint64_t total_tasks = 0;
    std::uint64_t active_tasks = 0;
    std::uint64_t completed_tasks = 0;
    std::uint64_t total_miners = 0;
    std::uint64_t total_rewards = 0;
    std::uint64_t total_staked = 0;
};
struct AiMiningState {
    std::map<model::Hash, AiTask> tasks;
    std::map<model::PublicKey, AiMiner> miners;
    std::map<model::PublicKey, AiReputation> reputations;
    AiStatistics statistics;
};

[[nodiscard]] model::BytesRecord encode_ai_mining(const AiMiningState& state);
/// InvalidArgument names the field; every count is held against the bytes that are left.
[[nodiscard]] absl::StatusOr<AiMiningState> decode_ai_mining(const model::BytesRecord& record);

}  // namespace parallax::tos::v3
