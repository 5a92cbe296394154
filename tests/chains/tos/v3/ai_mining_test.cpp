#include "tests/chains/tos/v3/v3_chain.hpp"
#include "verifier/chains/tos/v3/ai_mining_record.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gtest/gtest.h>

namespace parallax::tos::v3 {
namespace {

constexpr std::string_view kAnswer = "there are seven of them";

model::Hash hash_of(std::string_view text) {
    return crypto::blake3({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// A publisher 2, a submitter 3 and validators 4 and 5, registered, and a task that the publisher
/// may publish.
class AiMiningV3 : public testing::Test {
  protected:
    AiMiningV3() {
        chain_.grow_to(10);
        for (std::uint8_t number = 2; number <= 5; ++number) {
            chain_.fund(number, model::kCoin);
        }
        task_ = hash_of("task");
    }
    model::ErrorCode send(std::uint8_t sender, const AiMiningPayload& payload) {
        time_ += 10'000;
        chain_.set_time(time_);
        return chain_
            .add({Chain::transaction(sender, chain_.nonce(sender), payload, chain_.top(), 10'000)})
            .results[0]
            .code;
    }
    model::ErrorCode enroll(std::uint8_t sender) {
        return send(sender, AiRegisterMiner{Chain::account(sender), 1'000'000'000});
    }
    AiPublishTask publication() const {
        return {task_, 6'000'000'000, 0, time_ + 2'000'000, "count the vowels"};
    }
    AiSubmitAnswer answer() const {
        return {task_, std::string(kAnswer), hash_of(kAnswer), 1'000'000'000};
    }
    AiMiningState state() const {
        const auto* row = chain_.find<base::Boxed<model::BytesRecord>>(model::ai_mining_key());
        return row == nullptr ? AiMiningState{} : *decode_ai_mining(row->get());
    }

    Chain chain_;
    std::uint64_t time_ = 1'700'000'000'000;
    model::Hash task_;
};

TEST_F(AiMiningV3, goes_from_registration_to_completion) {
    for (std::uint8_t number = 2; number <= 5; ++number) {
        EXPECT_EQ(enroll(number), model::ErrorCode::kSuccess);
    }
    EXPECT_EQ(state().reputations.at(Chain::account(2)).score, 3'000U);
    EXPECT_EQ(send(2, publication()), model::ErrorCode::kSuccess);
    EXPECT_EQ(state().miners.at(Chain::account(2)).tasks, 2U) << "quirk Q16";
    EXPECT_EQ(send(3, answer()), model::ErrorCode::kSuccess);
    const AiAnswer submitted = state().tasks.at(task_).answers.front();
    EXPECT_EQ(submitted.id, crypto::Blake3Hasher{}
                                .update(task_.bytes())
                                .update(Chain::account(3).bytes())
                                .update(hash_of(kAnswer).bytes())
                                .update_u64(chain_.top())
                                .update_u64(time_)
                                .finish());
    EXPECT_EQ(send(4, AiValidateAnswer{task_, submitted.id, 90}), model::ErrorCode::kSuccess);
    const AiMiningState done = state();
    EXPECT_EQ(done.tasks.at(task_).status, AiTaskStatus::kCompleted);
    EXPECT_TRUE(done.tasks.at(task_).processed);
    EXPECT_EQ(done.statistics.active_tasks, 1U) << "quirk Q16: never counted";
    EXPECT_EQ(done.statistics.completed_tasks, 0U);
    EXPECT_EQ(done.miners.at(Chain::account(3)).reputation, 500 + 10 + 10);
    EXPECT_EQ(done.miners.at(Chain::account(2)).reputation, 500 + 5 + 5);
    EXPECT_EQ(done.miners.at(Chain::account(4)).reputation, 500 + 3 + 3);
    EXPECT_EQ(done.reputations.at(Chain::account(4)).total, 2U) << "recorded twice";
    EXPECT_EQ(done.reputations.at(Chain::account(3)).rewards, 6'000'000'000U);
    // A second opinion on a completed task is taken.
    EXPECT_EQ(send(5, AiValidateAnswer{task_, submitted.id, 80}), model::ErrorCode::kSuccess);
    EXPECT_EQ(state().tasks.at(task_).answers.front().average, 85);
}

TEST_F(AiMiningV3, refuses_and_then_changes_nothing_of_it) {
    EXPECT_EQ(send(2, publication()), model::ErrorCode::kInvalidPayload) << "not registered";
    EXPECT_EQ(send(2, AiRegisterMiner{Chain::account(2), 999'999'999}),
              model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(send(2, AiRegisterMiner{Chain::account(3), 1'000'000'000}),
              model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(enroll(2), model::ErrorCode::kSuccess);
    EXPECT_EQ(enroll(2), model::ErrorCode::kInvalidPayload) << "twice";
    AiPublishTask short_text = publication();
    short_text.description = "too short";
    EXPECT_EQ(send(2, short_text), model::ErrorCode::kInvalidPayload);
    AiPublishTask cheap = publication();
    cheap.reward = 4'999'999'999;
    EXPECT_EQ(send(2, cheap), model::ErrorCode::kInvalidPayload);
    AiPublishTask late = publication();
    late.deadline = time_ + 10'000 + 2'592'001;
    EXPECT_EQ(send(2, late), model::ErrorCode::kInvalidPayload);
    EXPECT_TRUE(state().tasks.empty());
    EXPECT_EQ(send(2, publication()), model::ErrorCode::kSuccess);
    EXPECT_EQ(send(2, publication()), model::ErrorCode::kInvalidPayload) << "the same task again";
    EXPECT_EQ(send(2, answer()), model::ErrorCode::kInvalidPayload) << "to one's own task";
    EXPECT_EQ(send(3, answer()), model::ErrorCode::kInvalidPayload) << "not registered";
    EXPECT_EQ(enroll(3), model::ErrorCode::kSuccess);
    AiSubmitAnswer other = answer();
    other.content += ".";
    EXPECT_EQ(send(3, other), model::ErrorCode::kInvalidPayload) << "another text than its hash";
    AiSubmitAnswer greedy = answer();
    greedy.stake = 3'000'000'001;
    EXPECT_EQ(send(3, greedy), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(send(3, answer()), model::ErrorCode::kSuccess);
    EXPECT_EQ(send(3, answer()), model::ErrorCode::kInvalidPayload) << "a second answer";
}

TEST_F(AiMiningV3, a_task_expires_with_the_next_payload_of_anybody) {
    EXPECT_EQ(enroll(2), model::ErrorCode::kSuccess);
    EXPECT_EQ(send(2, publication()), model::ErrorCode::kSuccess);
    time_ += 3'000'000;
    EXPECT_EQ(enroll(3), model::ErrorCode::kSuccess);
    EXPECT_EQ(state().tasks.at(task_).status, AiTaskStatus::kExpired);
    EXPECT_EQ(state().statistics.active_tasks, 0U);
    EXPECT_EQ(send(3, answer()), model::ErrorCode::kInvalidPayload);
}

TEST_F(AiMiningV3, acts_of_one_block_cool_down) {
    EXPECT_EQ(enroll(2), model::ErrorCode::kSuccess);
    AiPublishTask second = publication();
    second.task = hash_of("second");
    chain_.set_time(time_ + 10'000);
    const auto outcome =
        chain_.add({Chain::transaction(2, 1, AiMiningPayload{publication()}, chain_.top(), 10'000),
                    Chain::transaction(2, 2, AiMiningPayload{second}, chain_.top(), 10'000)});
    EXPECT_EQ(outcome.results[0].code, model::ErrorCode::kSuccess);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kInvalidPayload);
}

TEST(AiMiningRecordV3, refuses_what_is_not_its_one_encoding) {
    AiMiningState state;
    state.miners[Chain::account(2)] = {};
    state.miners[Chain::account(3)] = {};
    model::BytesRecord record = encode_ai_mining(state);
    EXPECT_TRUE(decode_ai_mining(record).ok());
    // Two miners of 62 bytes behind two counts: the keys in the other order.
    std::swap_ranges(record.bytes.begin() + 8, record.bytes.begin() + 40,
                     record.bytes.begin() + 8 + 62);
    EXPECT_FALSE(decode_ai_mining(record).ok());
    record = encode_ai_mining(state);
    record.bytes[0] = 0xFF;
    EXPECT_FALSE(decode_ai_mining(record).ok()) << "a count beyond the bytes";
    record = encode_ai_mining(state);
    record.bytes.push_back(0);
    EXPECT_FALSE(decode_ai_mining(record).ok());
}

}  // namespace
}  // namespace parallax::tos::v3
