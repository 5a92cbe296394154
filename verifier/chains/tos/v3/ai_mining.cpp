#include "verifier/chains/tos/v3/ai_mining.hpp"

#include "verifier/chains/tos/v3/ai_mining_record.hpp"
#include "verifier/crypto/hashing.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace parallax::tos::v3 {
namespace {

using model::ErrorCode;

constexpr std::size_t kMinText = 10;
constexpr std::uint64_t kMinRegistrationFee = 1'000'000'000;
constexpr std::uint64_t kLongestDeadline = 2'592'000;
constexpr std::uint16_t kFirstReputation = 500;
constexpr std::uint16_t kMostReputation = 1'000;
constexpr std::uint8_t kGoodPoints = 70;
constexpr std::uint64_t kScale = 10'000;
constexpr double kMostSybilRisk = 0.8;

/// What a difficulty asks for.
struct Difficulty {
    std::uint64_t least_reward;
    std::uint64_t most_reward;
    std::uint64_t score;
    std::uint16_t publish;
    std::uint16_t submit;
    std::uint16_t validate;
};
constexpr std::array<Difficulty, 4> kDifficulties = {{
    {5'000'000'000, 15'000'000'000, 1'000, 200, 100, 150},
    {15'000'000'000, 50'000'000'000, 3'000, 400, 300, 350},
    {50'000'000'000, 200'000'000'000, 5'000, 600, 500, 550},
    {200'000'000'000, 500'000'000'000, 7'000, 800, 700, 750},
}};

std::uint64_t since(std::uint64_t now, std::uint64_t then) {
    return now - std::min(now, then);
}

/// Each term is cut by itself. Counters are far below what would overflow 128 bits.
std::uint64_t score_at(const AiReputation& reputation, std::uint64_t time) {
    __extension__ using Wide = unsigned __int128;
    const auto part = [](Wide value, Wide whole) {
        return std::min<Wide>(value * kScale / whole, kScale);
    };
    const std::uint64_t days = since(time, reputation.created) / 86'400;
    Wide score = part(days, 30) * 3'000 / kScale +
                 part(reputation.transactions, 100) * 4'000 / kScale +
                 part(reputation.stake, 1'000'000) * 3'000 / kScale;
    if (reputation.total > 10) {
        const Wide accuracy = Wide{reputation.successful} * kScale / reputation.total;
        score += accuracy > 8'000 ? std::min<Wide>(accuracy - 8'000, 2'000) : 0;
    }
    score += days > 90 ? 1'000 : 0;
    return static_cast<std::uint64_t>(std::min<Wide>(score, kScale));
}

bool is_cooling_down(const AiReputation& reputation, std::uint64_t time) {
    const std::uint64_t score = reputation.score;
    const std::uint64_t wait = score >= 9'000   ? 300
                               : score >= 7'000 ? 900
                               : score >= 3'000 ? 1'800
                                                : 3'600;
    return reputation.transactions > 0 && since(time, reputation.last) < wait;
}

/// Additions in this order: they are of floating point.
double sybil_risk(const AiReputation& reputation, std::uint64_t time) {
    double risk = 0.0;
    const std::uint64_t hours = since(time, reputation.created) / 3'600;
    risk += hours < 24 ? 0.4 : hours < 168 ? 0.2 : 0.0;
    risk += reputation.transactions == 0 ? 0.3 : reputation.transactions < 5 ? 0.15 : 0.0;
    risk += reputation.stake == 0 ? 0.3 : reputation.stake < 10'000 ? 0.2 : 0.0;
    risk += reputation.score < 1'000 ? 0.5 : reputation.score < 3'000 ? 0.2 : 0.0;
    risk += is_cooling_down(reputation, time) ? 0.1 : 0.0;
    return risk;
}

void raise(AiMiner& miner, std::uint16_t by) {
    miner.reputation = static_cast<std::uint16_t>(
        std::min<std::uint32_t>(kMostReputation, std::uint32_t{miner.reputation} + by));
}
void judge(AiMiner& miner, std::uint8_t points) {
    if (points >= kGoodPoints) {
        raise(miner, 3);
    } else {
        miner.reputation -= std::min<std::uint16_t>(miner.reputation, 2);
    }
}

bool has_length(const std::string& text) {
    return text.size() >= kMinText;  // the most is beyond what the wire holds
}

std::optional<std::uint8_t> best_average(const AiTask& task) {
    std::optional<std::uint8_t> best;
    for (const AiAnswer& answer : task.answers) {
        best = std::max(best, answer.average);
    }
    return best;
}

/// A payload against the state; a code stands for every condition that is not met.
class Rules {
  public:
    Rules(AiMiningState& state, const model::PublicKey& source, const AiMoment& now)
        : state_(state), source_(source), now_(now) {}

    ErrorCode operator()(const AiRegisterMiner& registration) {
        if (source_ != registration.miner || registration.fee < kMinRegistrationFee ||
            state_.miners.contains(source_)) {
            return ErrorCode::kInvalidPayload;
        }
        auto [place, is_new] = state_.reputations.try_emplace(source_);
        AiReputation& reputation = place->second;
        if (is_new) {
            reputation.created = now_.blue_score;
        }
        reputation.stake = registration.fee;
        reputation.score = score_at(reputation, now_.blue_score);
        AiMiner miner;
        miner.fee = registration.fee;
        miner.registered_at = now_.blue_score;
        miner.reputation = kFirstReputation;
        state_.miners.emplace(source_, miner);
        ++state_.statistics.total_miners;
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const AiPublishTask& publish) {
        const Difficulty& difficulty = kDifficulties[publish.difficulty];
        AiMiner* const miner = find_miner();
        if (!has_length(publish.description) || miner == nullptr || publish.deadline <= now_.time ||
            publish.deadline > now_.time + kLongestDeadline ||
            publish.reward < difficulty.least_reward || publish.reward > difficulty.most_reward ||
            miner->reputation < difficulty.publish || !may_act(difficulty, std::nullopt) ||
            state_.tasks.contains(publish.task)) {
            return ErrorCode::kInvalidPayload;
        }
        AiTask task;
        task.publisher = source_;
        task.description = publish.description;
        task.reward = publish.reward;
        task.difficulty = publish.difficulty;
        task.deadline = publish.deadline;
        task.published_at = now_.blue_score;
        state_.tasks.emplace(publish.task, std::move(task));
        miner->tasks += 2;  // two places add one (quirk Q16)
        ++state_.statistics.total_tasks;
        ++state_.statistics.active_tasks;
        act();
        raise(*miner, 5);
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const AiSubmitAnswer& submit) {
        AiMiner* const miner = find_miner();
        AiTask* const task = find_task(submit.task);
        if (!has_length(submit.content) || miner == nullptr || task == nullptr ||
            task->status != AiTaskStatus::kActive || now_.time > task->deadline ||
            source_ == task->publisher || submit.stake < task->reward / 10 ||
            submit.stake > task->reward / 2) {
            return ErrorCode::kInvalidPayload;
        }
        const Difficulty& difficulty = kDifficulties[task->difficulty];
        if (miner->reputation < difficulty.submit || !may_act(difficulty, submit.stake) ||
            crypto::blake3({reinterpret_cast<const std::uint8_t*>(submit.content.data()),
                            submit.content.size()}) != submit.answer_hash ||
            std::ranges::find(task->answers, source_, &AiAnswer::submitter) !=
                task->answers.end()) {
            return ErrorCode::kInvalidPayload;
        }
        AiAnswer answer;
        answer.id = crypto::Blake3Hasher{}
                        .update(submit.task.bytes())
                        .update(source_.bytes())
                        .update(submit.answer_hash.bytes())
                        .update_u64(now_.blue_score)
                        .update_u64(now_.time)
                        .finish();
        answer.content = submit.content;
        answer.answer_hash = submit.answer_hash;
        answer.submitter = source_;
        answer.stake = submit.stake;
        answer.submitted_at = now_.blue_score;
        task->answers.push_back(std::move(answer));
        ++miner->answers;
        raise(*miner, 10);
        act();
        return ErrorCode::kSuccess;
    }
    ErrorCode operator()(const AiValidateAnswer& validate) {
        AiMiner* const miner = find_miner();
        AiTask* const task = find_task(validate.task);
        if (miner == nullptr || validate.score > 100 || task == nullptr ||
            task->status == AiTaskStatus::kCancelled) {
            return ErrorCode::kInvalidPayload;
        }
        const auto answer = std::ranges::find(task->answers, validate.answer, &AiAnswer::id);
        const Difficulty& difficulty = kDifficulties[task->difficulty];
        if (answer == task->answers.end() || source_ == answer->submitter ||
            source_ == task->publisher || miner->reputation < difficulty.validate ||
            !may_act(difficulty, std::nullopt) ||
            std::ranges::find(answer->scores, source_, &AiScore::validator) !=
                answer->scores.end()) {
            return ErrorCode::kInvalidPayload;
        }
        answer->scores.push_back({source_, validate.score, now_.blue_score});
        std::size_t sum = 0;
        for (const AiScore& score : answer->scores) {
            sum += score.points;
        }
        answer->average = static_cast<std::uint8_t>(sum / answer->scores.size());
        update_status(*task);
        ++miner->validations;
        raise(*miner, 3);
        act();
        count_validation(state_.reputations[source_], validate.score);
        return ErrorCode::kSuccess;
    }

    /// What follows every payload: tasks expire and complete, and what they earned is shared out.
    void settle() {
        AiStatistics& statistics = state_.statistics;
        for (auto& [id, task] : state_.tasks) {
            const bool was_active = task.status == AiTaskStatus::kActive;
            update_status(task);
            if (was_active && task.status != AiTaskStatus::kActive) {
                --statistics.active_tasks;
                if (task.status == AiTaskStatus::kCompleted) {
                    ++statistics.completed_tasks;
                    statistics.total_rewards += task.reward;
                }
            }
        }
        for (auto& [id, task] : state_.tasks) {
            if (task.status == AiTaskStatus::kCompleted && !task.processed) {
                reward(task);
                task.processed = true;
            }
        }
    }

  private:
    AiMiner* find_miner() {
        const auto place = state_.miners.find(source_);
        return place == state_.miners.end() ? nullptr : &place->second;
    }
    AiTask* find_task(const model::Hash& id) {
        const auto place = state_.tasks.find(id);
        return place == state_.tasks.end() ? nullptr : &place->second;
    }
    /// Cooldown with the score as stored; then a stake is stored and the score computed anew.
    bool may_act(const Difficulty& difficulty, std::optional<std::uint64_t> stake) {
        AiReputation& reputation = state_.reputations[source_];
        if (is_cooling_down(reputation, now_.time)) {
            return false;
        }
        reputation.stake = stake.value_or(reputation.stake);
        reputation.score = score_at(reputation, now_.time);
        return reputation.score >= difficulty.score &&
               sybil_risk(reputation, now_.time) < kMostSybilRisk;
    }
    void act() {
        AiReputation& reputation = state_.reputations[source_];
        ++reputation.transactions;
        reputation.last = now_.time;
    }
    void update_status(AiTask& task) const {
        if (task.status != AiTaskStatus::kActive) {
            return;
        }
        if (now_.time > task.deadline) {
            task.status = AiTaskStatus::kExpired;
        } else if (best_average(task).value_or(0) >= kGoodPoints) {
            task.status = AiTaskStatus::kCompleted;
        }
    }
    static void count_validation(AiReputation& reputation, std::uint8_t points) {
        ++reputation.total;
        reputation.successful += points >= kGoodPoints ? 1U : 0U;
    }
    void reward(const AiTask& task) {
        const AiAnswer* best = nullptr;
        for (const AiAnswer& answer : task.answers) {
            if (answer.average && (best == nullptr || *answer.average >= *best->average)) {
                best = &answer;  // among equals the last
            }
        }
        if (best == nullptr) {
            return;
        }
        const auto with_miner = [&](const model::PublicKey& key, const auto& change) {
            const auto place = state_.miners.find(key);
            if (place != state_.miners.end()) {
                change(place->second);
            }
        };
        with_miner(best->submitter, [](AiMiner& miner) { raise(miner, 10); });
        for (const AiScore& score : best->scores) {
            with_miner(score.validator, [&](AiMiner& miner) { judge(miner, score.points); });
        }
        with_miner(task.publisher, [](AiMiner& miner) { raise(miner, 5); });
        state_.reputations[best->submitter].rewards += task.reward;
        for (const AiScore& score : best->scores) {
            count_validation(state_.reputations[score.validator], score.points);
        }
    }

    AiMiningState& state_;
    const model::PublicKey& source_;
    const AiMoment& now_;
};

}  // namespace

ErrorCode apply_ai_mining(protocol::TransactionState& state, const model::PublicKey& source,
                          const AiMiningPayload& payload, const AiMoment& now) {
    AiMiningState mining;
    if (const auto* record = state.find<model::BytesRecord>(model::ai_mining_key())) {
        auto stored = decode_ai_mining(*record);
        if (!stored.ok()) {
            return ErrorCode::kInternalError;
        }
        mining = *std::move(stored);
    }
    Rules rules(mining, source, now);
    const ErrorCode code = std::visit(rules, payload);
    if (code != ErrorCode::kSuccess) {
        return code;
    }
    rules.settle();
    state.put(model::ai_mining_key(), base::Boxed<model::BytesRecord>(encode_ai_mining(mining)));
    return ErrorCode::kSuccess;
}

}  // namespace parallax::tos::v3
