#include "verifier/chains/tos/v3/ai_mining_record.hpp"

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"

#include <utility>

namespace parallax::tos::v3 {
namespace {

constexpr std::size_t kMinScore = 32 + 1 + 8;
constexpr std::size_t kMinAnswer = 32 + 1 + 32 + 32 + 8 + 4 + 1 + 8;
constexpr std::size_t kMinTask = 32 + 32 + 1 + 8 + 1 + 8 + 1 + 8 + 4 + 1;
constexpr std::size_t kMinerSize = 32 + 8 + 8 + 4 + 4 + 4 + 2;
constexpr std::size_t kReputationSize = 32 + 8 * 8;

void write_text(base::ByteWriter& writer, const std::string& text) {
    writer.u8(static_cast<std::uint8_t>(text.size()));
    writer.raw({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
std::string read_text(base::ByteReader& reader, const char* field) {
    const auto text = reader.view(reader.u8(field), field);
    return {text.begin(), text.end()};
}

std::size_t read_count(base::ByteReader& reader, std::size_t item_size, const char* field) {
    const std::uint32_t count = reader.u32(field);
    return reader.check_count(count, 0, count, item_size, field) ? count : 0;
}

void write_answer(base::ByteWriter& writer, const AiAnswer& answer) {
    writer.tagged(answer.id);
    write_text(writer, answer.content);
    writer.tagged(answer.answer_hash);
    writer.tagged(answer.submitter);
    writer.u64(answer.stake);
    writer.u32(static_cast<std::uint32_t>(answer.scores.size()));
    for (const AiScore& score : answer.scores) {
        writer.tagged(score.validator);
        writer.u8(score.points);
        writer.u64(score.at);
    }
    writer.boolean(answer.average.has_value());
    if (answer.average) {
        writer.u8(*answer.average);
    }
    writer.u64(answer.submitted_at);
}
AiAnswer read_answer(base::ByteReader& reader) {
    AiAnswer answer;
    answer.id = reader.tagged<model::Hash>("id");
    answer.content = read_text(reader, "content");
    answer.answer_hash = reader.tagged<model::Hash>("answer_hash");
    answer.submitter = reader.tagged<model::PublicKey>("submitter");
    answer.stake = reader.u64("stake");
    const std::size_t count = read_count(reader, kMinScore, "scores");
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const auto validator = reader.tagged<model::PublicKey>("validator");
        const std::uint8_t points = reader.u8("points");
        answer.scores.push_back({validator, points, reader.u64("at")});
    }
    if (reader.boolean("has_average")) {
        answer.average = reader.u8("average");
    }
    answer.submitted_at = reader.u64("submitted_at");
    return answer;
}

void write_task(base::ByteWriter& writer, const AiTask& task) {
    writer.tagged(task.publisher);
    write_text(writer, task.description);
    writer.u64(task.reward);
    writer.u8(task.difficulty);
    writer.u64(task.deadline);
    writer.u8(static_cast<std::uint8_t>(task.status));
    writer.u64(task.published_at);
    writer.u32(static_cast<std::uint32_t>(task.answers.size()));
    for (const AiAnswer& answer : task.answers) {
        write_answer(writer, answer);
    }
    writer.boolean(task.processed);
}
AiTask read_task(base::ByteReader& reader) {
    AiTask task;
    task.publisher = reader.tagged<model::PublicKey>("publisher");
    task.description = read_text(reader, "description");
    task.reward = reader.u64("reward");
    task.difficulty = reader.u8("difficulty");
    task.deadline = reader.u64("deadline");
    const std::uint8_t status = reader.u8("status");
    if (status > static_cast<std::uint8_t>(AiTaskStatus::kCancelled) || task.difficulty > 3) {
        reader.fail("status", "or difficulty is not a listed value");
    }
    task.status = static_cast<AiTaskStatus>(status);
    task.published_at = reader.u64("published_at");
    const std::size_t count = read_count(reader, kMinAnswer, "answers");
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        task.answers.push_back(read_answer(reader));
    }
    task.processed = reader.boolean("processed");
    return task;
}

void write_miner(base::ByteWriter& writer, const AiMiner& miner) {
    writer.u64(miner.fee);
    writer.u64(miner.registered_at);
    writer.u32(miner.tasks);
    writer.u32(miner.answers);
    writer.u32(miner.validations);
    writer.u16(miner.reputation);
}
AiMiner read_miner(base::ByteReader& reader) {
    AiMiner miner;
    miner.fee = reader.u64("fee");
    miner.registered_at = reader.u64("registered_at");
    miner.tasks = reader.u32("tasks");
    miner.answers = reader.u32("answers");
    miner.validations = reader.u32("validations");
    miner.reputation = reader.u16("reputation");
    return miner;
}

/// The numbers of a reputation, in wire order.
template <class Reputation, class Visit>
void each_number(Reputation& reputation, Visit visit) {
    visit(reputation.created);
    visit(reputation.transactions);
    visit(reputation.stake);
    visit(reputation.last);
    visit(reputation.score);
    visit(reputation.rewards);
    visit(reputation.successful);
    visit(reputation.total);
}
template <class Statistics, class Visit>
void each_statistic(Statistics& statistics, Visit visit) {
    visit(statistics.total_tasks);
    visit(statistics.active_tasks);
    visit(statistics.completed_tasks);
    visit(statistics.total_miners);
    visit(statistics.total_rewards);
    visit(statistics.total_staked);
}

/// One encoding only: keys ascending and distinct.
template <class Key, class Value, class Read>
void read_map(base::ByteReader& reader, std::size_t item_size, const char* field,
              std::map<Key, Value>& items, Read read) {
    const std::size_t count = read_count(reader, item_size, field);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const auto key = reader.tagged<Key>(field);
        if (!items.empty() && !(items.rbegin()->first < key)) {
            reader.fail(field, "has keys out of order");
            return;
        }
        items.emplace_hint(items.end(), key, read(reader));
    }
}

AiReputation read_reputation(base::ByteReader& reader) {
    AiReputation reputation;
    each_number(reputation, [&](std::uint64_t& number) { number = reader.u64("reputation"); });
    return reputation;
}

}  // namespace

model::BytesRecord encode_ai_mining(const AiMiningState& state) {
    base::ByteWriter writer;
    writer.u32(static_cast<std::uint32_t>(state.tasks.size()));
    for (const auto& [id, task] : state.tasks) {
        writer.tagged(id);
        write_task(writer, task);
    }
    writer.u32(static_cast<std::uint32_t>(state.miners.size()));
    for (const auto& [key, miner] : state.miners) {
        writer.tagged(key);
        write_miner(writer, miner);
    }
    writer.u32(static_cast<std::uint32_t>(state.reputations.size()));
    for (const auto& [key, reputation] : state.reputations) {
        writer.tagged(key);
        each_number(reputation, [&](std::uint64_t number) { writer.u64(number); });
    }
    each_statistic(state.statistics, [&](std::uint64_t number) { writer.u64(number); });
    return {std::move(writer).take()};
}

absl::StatusOr<AiMiningState> decode_ai_mining(const model::BytesRecord& record) {
    base::ByteReader reader(record.bytes, "ai_mining");
    AiMiningState state;
    read_map(reader, kMinTask, "tasks", state.tasks, read_task);
    read_map(reader, kMinerSize, "miners", state.miners, read_miner);
    read_map(reader, kReputationSize, "reputations", state.reputations, read_reputation);
    each_statistic(state.statistics,
                   [&](std::uint64_t& number) { number = reader.u64("statistics"); });
    if (!reader.finish()) {
        return reader.status();
    }
    return state;
}

}  // namespace parallax::tos::v3
