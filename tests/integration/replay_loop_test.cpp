#include "replay/loop/replay_loop.hpp"

#include "replay/archive/archive_writer.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/canonical.hpp"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <span>
#include <vector>

namespace parallax::test {
namespace {

using ReplayLoopTest = ReplayFixture;

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// Adds one to the first balance that the block changes, at topoheight `at` only.
TamperingExecutor::Tamper one_balance_wrong(std::uint64_t at) {
    return [at](const protocol::AdmittedBlock& block, model::BlockOutcome& outcome) {
        if (block.placement().topoheight == model::Topoheight{at}) {
            for (model::DeltaEntry& entry : outcome.delta.entries) {
                if (entry.key.family == model::Family::kBalance && entry.after) {
                    const auto amount = std::get<model::AmountRecord>(*entry.after).amount;
                    entry.after = model::AmountRecord{model::Amount{amount.value() + 1}};
                    break;
                }
            }
        }
        return absl::OkStatus();
    };
}

TamperingExecutor::Tamper fails_at(std::uint64_t at) {
    return [at](const protocol::AdmittedBlock& block, model::BlockOutcome&) -> absl::Status {
        if (block.placement().topoheight == model::Topoheight{at}) {
            return absl::InternalError("broken on purpose");
        }
        return absl::OkStatus();
    };
}

/// Copies an archive with changes: to its header, to a row before it is written, to a block.
struct ArchiveChange {
    std::function<void(replay::ArchiveHeader&)> header = [](replay::ArchiveHeader&) {};
    std::function<void(model::DeltaEntry&)> row = [](model::DeltaEntry&) {};
    std::function<void(replay::ArchiveBlock&)> block = [](replay::ArchiveBlock&) {};
};

void change_archive(const std::string& from, const std::string& to, const ArchiveChange& change) {
    auto reader = replay::ArchiveReader::open(from);
    ASSERT_TRUE(reader.ok()) << reader.status();
    replay::ArchiveHeader header = (*reader)->header();
    change.header(header);
    auto writer = replay::ArchiveWriter::create(to, header);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (auto row = (*reader)->next_state_row(); *row; row = (*reader)->next_state_row()) {
        change.row(**row);
        ASSERT_TRUE((*writer)->write_state_row((*row)->key, *(*row)->after).ok());
    }
    for (auto block = (*reader)->next_block(); *block; block = (*reader)->next_block()) {
        change.block(**block);
        ASSERT_TRUE(
            (*writer)
                ->write_block((*block)->placement, (*block)->wire,
                              (*block)->outcome
                                  ? std::optional<std::span<const std::uint8_t>>(*(*block)->outcome)
                                  : std::nullopt)
                .ok());
    }
    ASSERT_TRUE((*writer)->finish().ok());
}

/// A store as an earlier version made it: it does not know with what it began.
class ForgetfulStore final : public core::ChainStore {
  public:
    std::unique_ptr<protocol::StateView> snapshot() const override { return store_.snapshot(); }
    absl::StatusOr<std::optional<core::Cursor>> cursor() const override { return store_.cursor(); }
    absl::Status load(
        const core::Cursor& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) override {
        return store_.load(base, next);
    }
    absl::Status commit(const core::BlockCommit& block) override { return store_.commit(block); }
    absl::Status rewind(model::Topoheight target, const std::optional<model::Hash>& hash) override {
        return store_.rewind(target, hash);
    }
    absl::StatusOr<std::optional<core::StoreBeginning>> beginning() const override {
        return std::optional<core::StoreBeginning>();
    }
    absl::StatusOr<std::optional<model::Topoheight>> undo_floor() const override {
        return store_.undo_floor();
    }
    absl::StatusOr<std::optional<model::Topoheight>> place_of(
        const model::Hash& block) const override {
        return store_.place_of(block);
    }
    absl::StatusOr<std::optional<base::Bytes>> read_input(
        model::Topoheight topoheight) const override {
        return store_.read_input(topoheight);
    }
    absl::Status read_ledger(
        model::Topoheight first, model::Topoheight last,
        const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit)
        const override {
        return store_.read_ledger(first, last, visit);
    }
    absl::Status scan(
        const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
        const override {
        return store_.scan(visit);
    }
    absl::Status checkpoint(const std::string& directory) override {
        return store_.checkpoint(directory);
    }

  private:
    state::MemoryStore store_;
};

TEST_F(ReplayLoopTest, is_green_when_every_block_is_equal) {
    const auto result = run(options());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 0) << result->incomplete;
    EXPECT_EQ(result->audit.matches(), kBlocks);
    EXPECT_EQ(result->first, model::Topoheight{1});
    EXPECT_EQ(result->last, model::Topoheight{kBlocks});
    EXPECT_EQ(result->transactions, kBlocks * 12U);
    EXPECT_GT(result->executed, 0U);
    ASSERT_EQ(sink_.records.size(), kBlocks);
    for (std::size_t i = 1; i < sink_.records.size(); ++i) {
        EXPECT_EQ(sink_.records[i].previous, core::ledger_hash(sink_.records[i - 1]));
    }
}

TEST_F(ReplayLoopTest, reports_both_sides_of_one_wrong_balance) {
    ASSERT_TRUE(run(options()).ok());
    const model::Hash expected = digest();
    start_over();
    TamperingExecutor wrong("wrong", one_balance_wrong(5));
    const auto result = run(archive_, options(), {&wrong});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 2);
    EXPECT_EQ(result->audit.mismatches(), 1U);
    EXPECT_EQ(result->audit.matches(), kBlocks - 1U);
    ASSERT_TRUE(result->first_mismatch.has_value());
    EXPECT_EQ(result->first_mismatch->topoheight, model::Topoheight{5});
    ASSERT_FALSE(result->first_mismatch->findings.empty());
    bool found = false;
    for (const model::Finding& finding : result->first_mismatch->findings) {
        EXPECT_EQ(finding.lane, "wrong");
        if (finding.first.section == model::Section::kState) {
            found = true;
            EXPECT_EQ(finding.first.delta, "+1");
            EXPECT_EQ(std::stoull(finding.first.control) + 1, std::stoull(finding.first.candidate));
        }
    }
    EXPECT_TRUE(found);
    EXPECT_EQ(digest(), expected) << "a candidate changed the state";
}

TEST_F(ReplayLoopTest, continues_after_a_failing_candidate_without_being_green) {
    TamperingExecutor broken("broken", fails_at(3));
    const auto result = run(archive_, options(), {&broken});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_NE(result->exit_code(), 0);
    EXPECT_EQ(result->audit.blocks(), kBlocks);
    EXPECT_EQ(result->audit.matches(), kBlocks - 1U);
}

TEST_F(ReplayLoopTest, stops_where_the_control_fails) {
    TamperingExecutor broken("sequential", fails_at(3));
    control_ = &broken;
    const auto result = run(options());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
    EXPECT_TRUE(has(result->incomplete, "control failed on block 3")) << result->incomplete;
    ASSERT_TRUE(result->first_inconclusive.has_value());
    EXPECT_EQ(result->first_inconclusive->reason, model::InconclusiveReason::kControlFailed);
    EXPECT_EQ((*store_->cursor())->topoheight, model::Topoheight{2});
}

TEST_F(ReplayLoopTest, resumes_after_the_last_committed_block) {
    ASSERT_TRUE(run(options()).ok());
    const model::Hash expected = digest();
    const auto all = sink_.records;
    start_over();
    auto part = options();
    part.to = model::Topoheight{5};
    const auto before = run(part);
    ASSERT_TRUE(before.ok()) << before.status();
    EXPECT_EQ(before->exit_code(), 0) << before->incomplete;
    EXPECT_EQ(before->audit.matches(), 5U);

    const auto rest = run(options());
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_EQ(rest->exit_code(), 0) << rest->incomplete;
    EXPECT_EQ(rest->resumed, 5U);
    EXPECT_EQ(rest->blocks_run, kBlocks - 5U);
    EXPECT_EQ(digest(), expected);
    EXPECT_EQ(sink_.records, all);
}

TEST_F(ReplayLoopTest, compares_the_first_block_after_it_was_continued) {
    auto part = options();
    part.to = model::Topoheight{5};
    ASSERT_TRUE(run(part).ok());
    TamperingExecutor wrong("sequential", one_balance_wrong(6));
    const auto rest = run(archive_, options(), {&wrong});
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_EQ(rest->resumed, 5U);
    EXPECT_EQ(rest->exit_code(), 2);
}

TEST_F(ReplayLoopTest, remembers_a_mismatch_of_an_earlier_run) {
    auto part = options();
    part.to = model::Topoheight{5};
    TamperingExecutor wrong("sequential", one_balance_wrong(4));
    const auto before = run(archive_, part, {&wrong});
    ASSERT_TRUE(before.ok()) << before.status();
    EXPECT_EQ(before->exit_code(), 2);
    const auto rest = run(options());
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_EQ(rest->exit_code(), 2);
}

TEST_F(ReplayLoopTest, refuses_to_continue_a_run_about_other_candidates) {
    auto part = options();
    part.to = model::Topoheight{5};
    ASSERT_TRUE(run(part).ok());
    TamperingExecutor other("other", fails_at(0));
    const auto result = run(archive_, options(), {&other});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(has(std::string(result.status().message()), "[sequential], not [other]"))
        << result.status();
}

TEST_F(ReplayLoopTest, refuses_to_continue_a_run_with_another_signature_policy) {
    auto part = options();
    part.to = model::Topoheight{5};
    ASSERT_TRUE(run(part).ok());
    auto other = options();
    other.pipeline.policy.signatures = model::SignaturePolicy::kPerLane;
    EXPECT_EQ(run(other).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ReplayLoopTest, refuses_the_database_of_another_chain) {
    ASSERT_TRUE(run(options()).ok());
    const auto result = run(write("other.pxa", 2), options(), {&candidate_});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(has(std::string(result.status().message()), "does not belong to this archive"))
        << result.status();
}

TEST_F(ReplayLoopTest, advances_to_the_start_of_a_range_without_verdicts) {
    ASSERT_TRUE(run(options()).ok());
    const model::Hash expected = digest();
    start_over();
    auto part = options();
    part.from = model::Topoheight{8};
    TamperingExecutor wrong("wrong", one_balance_wrong(5));
    const auto result = run(archive_, part, {&wrong});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 0) << "block 5 is not in the range";
    EXPECT_EQ(result->advanced, 7U);
    EXPECT_EQ(result->first, model::Topoheight{8});
    EXPECT_EQ(result->audit.matches(), kBlocks - 7U);
    EXPECT_EQ(digest(), expected);
    ASSERT_FALSE(sink_.records.empty());
    EXPECT_EQ(sink_.records.front().previous, model::Hash{});

    const auto again = run(options());
    EXPECT_EQ(again.status().code(), absl::StatusCode::kFailedPrecondition)
        << "blocks 1..7 have no verdict, so the whole archive cannot be answered for";
}

TEST_F(ReplayLoopTest, refuses_a_range_that_is_none) {
    auto reversed = options();
    reversed.from = model::Topoheight{5};
    reversed.to = model::Topoheight{4};
    EXPECT_EQ(run(reversed).status().code(), absl::StatusCode::kInvalidArgument);
    auto early = options();
    early.to = model::Topoheight{0};
    EXPECT_EQ(run(early).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReplayLoopTest, is_not_green_when_the_archive_ends_before_the_range) {
    auto beyond = options();
    beyond.to = model::Topoheight{kBlocks + 1};
    const auto result = run(beyond);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
    EXPECT_TRUE(has(result->incomplete, "ends at block 12")) << result->incomplete;

    start_over();
    auto nothing = options();
    nothing.from = model::Topoheight{kBlocks + 1};
    const auto empty = run(nothing);
    ASSERT_TRUE(empty.ok()) << empty.status();
    EXPECT_EQ(empty->exit_code(), 3);
    EXPECT_EQ(empty->audit.blocks(), 0U);
}

TEST_F(ReplayLoopTest, stops_on_request_and_says_that_the_range_is_incomplete) {
    stop_ = true;
    const auto result = run(options());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
    EXPECT_TRUE(has(result->incomplete, "stopped on request")) << result->incomplete;
}

TEST_F(ReplayLoopTest, reports_the_mismatch_of_the_block_in_which_it_was_stopped) {
    const auto tamper = one_balance_wrong(5);
    TamperingExecutor wrong(
        "wrong", [&](const protocol::AdmittedBlock& block, model::BlockOutcome& outcome) {
            stop_ = stop_ || block.placement().topoheight == model::Topoheight{5};
            return tamper(block, outcome);
        });
    const auto result = run(archive_, options(), {&wrong});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 2) << result->incomplete;
    EXPECT_TRUE(has(result->incomplete, "stopped on request")) << result->incomplete;
    EXPECT_EQ(result->audit.mismatches(), 1U);
}

TEST_F(ReplayLoopTest, stops_at_the_first_mismatch_when_asked) {
    auto fast = options();
    fast.fail_fast = true;
    TamperingExecutor wrong("wrong", one_balance_wrong(5));
    const auto result = run(archive_, fast, {&wrong});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 2);
    EXPECT_EQ(result->last, model::Topoheight{5});
}

TEST_F(ReplayLoopTest, keeps_the_verdicts_before_a_truncation) {
    std::filesystem::resize_file(archive_, std::filesystem::file_size(archive_) - 200);
    const auto result = run(options());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
    EXPECT_GT(result->audit.matches(), 0U);
    EXPECT_LT(result->audit.matches(), kBlocks + 1U);
    EXPECT_TRUE(has(result->incomplete, "damage")) << result->incomplete;
}

TEST_F(ReplayLoopTest, finds_a_flipped_bit_anywhere_in_the_archive) {
    const auto size = std::filesystem::file_size(archive_);
    for (std::uintmax_t at = 0; at < size; at += size / 23 + 1) {
        SCOPED_TRACE(at);
        const std::string damaged = (folder_ / "damaged.pxa").string();
        std::filesystem::copy_file(archive_, damaged,
                                   std::filesystem::copy_options::overwrite_existing);
        {
            std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
            file.seekg(static_cast<std::streamoff>(at));
            const int byte = file.get();
            file.seekp(static_cast<std::streamoff>(at));
            file.put(static_cast<char>(byte ^ 0x10));
        }
        start_over();
        const auto result = run(damaged, options(), {&candidate_});
        EXPECT_TRUE(!result.ok() || result->exit_code() == 3);
    }
}

TEST_F(ReplayLoopTest, surfaces_a_sink_that_cannot_take_a_verdict) {
    sink_fails_at_ = 3;
    const auto result = run(options());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ReplayLoopTest, calls_a_block_that_does_not_decode_inconclusive) {
    const std::string path = (folder_ / "garbage.pxa").string();
    {
        replay::ArchiveHeader header;
        header.network = "devnet";
        header.profile = "e1";
        auto writer = replay::ArchiveWriter::create(path, header);
        ASSERT_TRUE(writer.ok()) << writer.status();
        const base::Bytes garbage(100, 0xEE);
        ASSERT_TRUE((*writer)->write_block({model::Topoheight{1}, std::nullopt}, garbage).ok());
        ASSERT_TRUE((*writer)->finish().ok());
    }
    const auto result = run(path, options(), {&candidate_});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
    ASSERT_EQ(sink_.records.size(), 1U);
    EXPECT_EQ(sink_.records[0].verdict.reason, model::InconclusiveReason::kInvalidBlock);
    EXPECT_FALSE(sink_.records[0].verdict.lanes.at(0).detail.empty());
    EXPECT_EQ((*store_->cursor())->topoheight, model::Topoheight{0});
}

/// An archive of blocks that `change` may alter before they are written; nothing else differs.
class ChangedArchive : public ReplayFixture {
  protected:
    using Change = std::function<void(std::vector<tos::e1::Block>& blocks)>;

    std::string changed(const std::string& name, const Change& change) {
        auto reader = replay::ArchiveReader::open(archive_);
        EXPECT_TRUE(reader.ok());
        const std::string path = (folder_ / name).string();
        auto writer = replay::ArchiveWriter::create(path, (*reader)->header());
        EXPECT_TRUE(writer.ok()) << writer.status();
        for (auto row = (*reader)->next_state_row(); *row; row = (*reader)->next_state_row()) {
            EXPECT_TRUE((*writer)->write_state_row((*row)->key, *(*row)->after).ok());
        }
        std::vector<tos::e1::Block> blocks;
        for (auto block = (*reader)->next_block(); *block; block = (*reader)->next_block()) {
            blocks.push_back(tos::e1::decode_block((*block)->wire, (*block)->placement)->block);
        }
        change(blocks);
        for (const tos::e1::Block& block : blocks) {
            EXPECT_TRUE(
                (*writer)
                    ->write_block(block.placement, tos::e1::encode_block(block), std::nullopt)
                    .ok());
        }
        EXPECT_TRUE((*writer)->finish().ok());
        return path;
    }
    /// Block 6 is the first that is not executed, and `words` say why.
    void expect_stop_at_6(const absl::StatusOr<replay::ReplayResult>& result,
                          const std::string& words) {
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_EQ(result->exit_code(), 3);
        EXPECT_NE(result->incomplete.find(words), std::string::npos) << result->incomplete;
        ASSERT_FALSE(sink_.records.empty());
        const model::Verdict& last = sink_.records.back().verdict;
        EXPECT_EQ(last.topoheight, model::Topoheight{6});
        EXPECT_EQ(last.kind, model::VerdictKind::kInconclusive);
        EXPECT_EQ(last.reason, model::InconclusiveReason::kInvalidBlock);
        EXPECT_NE(last.lanes.at(0).detail.find(words), std::string::npos);
        EXPECT_EQ((*store_->cursor())->topoheight, model::Topoheight{5});
    }
};

/// Executed twice it would pay its reward twice.
TEST_F(ChangedArchive, a_block_at_a_second_place_is_inconclusive_by_name) {
    for (const std::size_t first : {1U, 5U}) {
        const std::string path = changed("twice.pxa", [&](std::vector<tos::e1::Block>& blocks) {
            const model::BlockPlacement place = blocks[5].placement;
            blocks[5] = blocks[first - 1];
            blocks[5].placement = place;
        });
        start_over();
        auto short_run = options();
        short_run.to = model::Topoheight{5};
        // The first place was executed by this run, or by one before it.
        if (first == 1) {
            ASSERT_TRUE(run(path, short_run, {&candidate_}).ok());
        }
        expect_stop_at_6(run(path, options(), {&candidate_}),
                         "it is in the order already, at topoheight " + std::to_string(first));
    }
}

TEST_F(ChangedArchive, a_header_version_without_rules_is_inconclusive_by_name) {
    const std::string path = changed("version.pxa", [](std::vector<tos::e1::Block>& blocks) {
        blocks[5].header.version = 9;
        blocks[5].hash = tos::e1::block_hash(blocks[5].header);
    });
    expect_stop_at_6(run(path, options(), {&candidate_}), "version 9");
}

TEST_F(ReplayLoopTest, is_never_green_on_an_archive_without_blocks) {
    const std::string path = (folder_ / "empty.pxa").string();
    {
        replay::ArchiveHeader header;
        header.network = "devnet";
        header.profile = "e1";
        auto writer = replay::ArchiveWriter::create(path, header);
        ASSERT_TRUE(writer.ok()) << writer.status();
        ASSERT_TRUE((*writer)->finish().ok());
    }
    const auto result = run(path, options(), {&candidate_});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
}

TEST_F(ReplayLoopTest, compares_with_what_the_archive_recorded) {
    const std::string recorded = write("recorded.pxa", 1, true);
    auto verified = options();
    verified.pipeline.policy.signatures =
        model::SignaturePolicy::kPerLane;  // as they were when recorded
    const auto equal = run(recorded, verified, {&candidate_});
    ASSERT_TRUE(equal.ok()) << equal.status();
    EXPECT_EQ(equal->exit_code(), 0) << equal->incomplete;

    const std::string wrong = (folder_ / "wrong.pxa").string();
    {
        auto reader = replay::ArchiveReader::open(recorded);
        ASSERT_TRUE(reader.ok());
        auto writer = replay::ArchiveWriter::create(wrong, (*reader)->header());
        ASSERT_TRUE(writer.ok()) << writer.status();
        for (auto row = (*reader)->next_state_row(); *row; row = (*reader)->next_state_row()) {
            ASSERT_TRUE((*writer)->write_state_row((*row)->key, *(*row)->after).ok());
        }
        for (auto block = (*reader)->next_block(); *block; block = (*reader)->next_block()) {
            auto outcome = codec::decode_outcome(*(*block)->outcome);
            ASSERT_TRUE(outcome.ok()) << outcome.status();
            if ((*block)->placement.topoheight == model::Topoheight{6}) {
                outcome->totals.fees = model::Amount{outcome->totals.fees.value() + 7};
            }
            ASSERT_TRUE((*writer)
                            ->write_block((*block)->placement, (*block)->wire,
                                          codec::encode_outcome(*outcome))
                            .ok());
        }
        ASSERT_TRUE((*writer)->finish().ok());
    }
    start_over();
    const auto result = run(wrong, verified, {&candidate_});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 2);
    EXPECT_EQ(result->audit.mismatches(), 1U);
    ASSERT_TRUE(result->first_mismatch.has_value());
    EXPECT_EQ(result->first_mismatch->topoheight, model::Topoheight{6});
    EXPECT_EQ(result->first_mismatch->findings.at(0).finding_class,
              model::FindingClass::kRecordedDivergence);
}

TEST_F(ReplayLoopTest, is_never_green_on_an_archive_that_is_damaged_behind_the_range) {
    const auto size = std::filesystem::file_size(archive_);
    const std::string damaged = (folder_ / "damaged.pxa").string();
    const std::string file = (folder_ / "blocks.pxa").string();
    for (const std::uint64_t to : {std::uint64_t{2}, std::uint64_t{kBlocks}}) {
        auto part = options();
        part.to = model::Topoheight{to};
        start_over();
        ASSERT_EQ(run(part)->exit_code(), 0) << to;
        // The second round finds all verdicts in the store.
        for (const bool resumed : {false, true}) {
            for (std::uintmax_t end = size - 1; end > size / 2; end -= size / 13 + 1) {
                SCOPED_TRACE(fmt::format("to {}, resumed {}, cut at {}", to, resumed, end));
                std::filesystem::copy_file(file, damaged,
                                           std::filesystem::copy_options::overwrite_existing);
                std::filesystem::resize_file(damaged, end);
                if (!resumed) {
                    start_over();
                }
                const auto result = run(damaged, part, {&candidate_});
                ASSERT_TRUE(result.ok()) << result.status();
                EXPECT_EQ(result->exit_code(), 3) << result->incomplete;
                EXPECT_TRUE(has(result->incomplete, "truncated")) << result->incomplete;
                if (!resumed) {
                    start_over();
                    ASSERT_EQ(run(part)->exit_code(), 0);
                }
            }
        }
    }
}

TEST_F(ReplayLoopTest, keeps_no_state_of_an_archive_whose_rows_are_not_all_there) {
    const std::string fewer = (folder_ / "fewer.pxa").string();
    // Every record is sound: one row is missing, and only counts and hashes tell.
    std::ifstream file(archive_, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const auto size_at = [&](std::size_t at) {
        std::size_t size = 0;
        for (std::size_t i = 1; i < replay::kRecordPrefixSize; ++i) {
            size = (size << 8) | static_cast<std::uint8_t>(bytes[at + i]);
        }
        return replay::kRecordPrefixSize + size + replay::kRecordChecksumSize;
    };
    const std::size_t row = replay::kArchivePreambleSize + size_at(replay::kArchivePreambleSize);
    bytes.erase(row, size_at(row));
    std::ofstream(fewer, std::ios::binary) << bytes;
    auto kept = options();
    kept.keeps_state = true;
    const auto result = run(fewer, kept, {&candidate_});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->exit_code(), 3);
    EXPECT_TRUE(has(result->incomplete, "no block was reached")) << result->incomplete;
    EXPECT_FALSE(store_->cursor()->has_value());
}

TEST_F(ReplayLoopTest, refuses_a_database_that_began_with_other_rows) {
    auto part = options();
    part.to = model::Topoheight{5};
    ASSERT_EQ(run(part)->exit_code(), 0);
    // The blocks are the same, an account that they do not name has a coin more.
    const std::string other = (folder_ / "richer.pxa").string();
    bool changed = false;
    change_archive(archive_, other, {.row = [&](model::DeltaEntry& row) {
                       if (auto* amount = std::get_if<model::AmountRecord>(&*row.after);
                           amount != nullptr && !changed) {
                           amount->amount = model::Amount{amount->amount.value() + 1};
                           changed = true;
                       }
                   }});
    const auto result = run(other, options(), {&candidate_});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(has(std::string(result.status().message()), "it began with other rows"))
        << result.status();
    EXPECT_EQ(run(options())->exit_code(), 0);
}

TEST_F(ReplayLoopTest, refuses_a_database_that_began_at_another_block) {
    auto part = options();
    part.to = model::Topoheight{5};
    ASSERT_EQ(run(part)->exit_code(), 0);
    const std::string other = (folder_ / "base.pxa").string();
    change_archive(archive_, other, {.header = [](replay::ArchiveHeader& header) {
                       header.base_hash = model::Hash{};
                   }});
    const auto result = run(other, options(), {&candidate_});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(has(std::string(result.status().message()), "it began at block 0"))
        << result.status();
}

TEST_F(ReplayLoopTest, refuses_an_archive_whose_blocks_differ_below_where_the_database_stands) {
    auto part = options();
    part.to = model::Topoheight{5};
    ASSERT_EQ(run(part)->exit_code(), 0);
    // A block of another workload in the place of block 3; block 5, the last one, is the same.
    std::vector<base::Bytes> others;
    change_archive(write("seed2.pxa", 2), (folder_ / "unused.pxa").string(),
                   {.block = [&](replay::ArchiveBlock& block) { others.push_back(block.wire); }});
    const std::string other = (folder_ / "below.pxa").string();
    change_archive(archive_, other, {.block = [&](replay::ArchiveBlock& block) {
                       if (block.placement.topoheight == model::Topoheight{3}) {
                           block.wire = others[2];
                       }
                   }});
    const auto result = run(other, options(), {&candidate_});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(has(std::string(result.status().message()), "block 3 is")) << result.status();
}

/// The database has executed five blocks of an archive; in another the fourth is the same block,
/// and what was recorded beside it is not.
TEST_F(ReplayLoopTest, refuses_an_archive_that_says_something_else_of_a_block_that_was_executed) {
    for (const bool advanced : {false, true}) {
        SCOPED_TRACE(advanced);
        start_over();
        auto part = options();
        part.to = model::Topoheight{5};
        auto all = options();
        if (advanced) {
            // Block 4 has no verdict.
            part.from = model::Topoheight{5};
            all.from = model::Topoheight{5};
        }
        ASSERT_EQ(run(part)->exit_code(), 0);
        const auto expect_refused = [&](const std::string& what,
                                        const std::function<void(replay::ArchiveBlock&)>& change) {
            const std::string other = (folder_ / "other.pxa").string();
            change_archive(archive_, other, {.block = [&](replay::ArchiveBlock& block) {
                               if (block.placement.topoheight == model::Topoheight{4}) {
                                   change(block);
                               }
                           }});
            const auto result = run(other, all, {&candidate_});
            EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
            EXPECT_TRUE(has(std::string(result.status().message()), "block 4 is another"))
                << result.status();
            EXPECT_TRUE(has(std::string(result.status().message()), what)) << result.status();
        };
        expect_refused("its side number",
                       [](replay::ArchiveBlock& block) { block.placement.side_block = 3; });
        expect_refused("its recorded outcome", [](replay::ArchiveBlock& block) {
            block.outcome = codec::encode_outcome({});
        });
        std::vector<base::Bytes> others;
        change_archive(
            write("seed2.pxa", 2), (folder_ / "unused.pxa").string(),
            {.block = [&](replay::ArchiveBlock& block) { others.push_back(block.wire); }});
        expect_refused("its bytes", [&](replay::ArchiveBlock& block) { block.wire = others[3]; });
        EXPECT_EQ(run(all)->exit_code(), 0);
    }
}

TEST_F(ReplayLoopTest,
       continues_a_database_that_forgot_its_beginning_only_where_it_still_is_there) {
    store_ = std::make_unique<ForgetfulStore>();
    auto part = options();
    part.to = model::Topoheight{1};
    TamperingExecutor broken("sequential", fails_at(1));
    control_ = &broken;
    ASSERT_TRUE(run(part).ok());
    control_ = &sequential_;
    ASSERT_EQ((*store_->cursor())->topoheight, model::Topoheight{0});
    part.to = model::Topoheight{5};
    EXPECT_EQ(run(part)->exit_code(), 0);
    const auto result = run(options());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(has(std::string(result.status().message()), "does not say with what rows it began"))
        << result.status();
}

}  // namespace
}  // namespace parallax::test
