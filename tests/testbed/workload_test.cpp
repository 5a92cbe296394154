#include "testbed/workload/workload.hpp"

#include "replay/archive/archive_reader.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/protocol/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unistd.h>

namespace parallax::testbed {
namespace {

using testing::HasSubstr;

std::string temporary(const std::string& name) {
    return std::filesystem::path(testing::TempDir()) /
           ("parallax_workload_" + std::to_string(::getpid()) + name);
}

std::string load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

WorkloadOptions small_options() {
    WorkloadOptions options;
    options.accounts = 120;
    options.blocks = 12;
    options.transactions_per_block = 30;
    options.failing_percent = 20;
    options.side_block_percent = 25;
    return options;
}

/// Every action equally often, and many failures.
WorkloadOptions mixed_options() {
    WorkloadOptions options;
    options.accounts = 400;
    options.blocks = 60;
    options.transactions_per_block = 60;
    options.conflict_percent = 10;
    options.failing_percent = 30;
    options.weights.fill(1);
    return options;
}

base::Bytes archive_of(const WorkloadOptions& options, bool with_outcomes = false) {
    const std::string path = temporary(".pxa");
    const auto summary = write_workload(options, path, with_outcomes);
    EXPECT_TRUE(summary.ok()) << summary.status();
    const std::string bytes = load(path);
    std::filesystem::remove(path);
    return {bytes.begin(), bytes.end()};
}

TEST(Workload, equal_options_make_equal_archives) {
    WorkloadOptions options = small_options();
    options.signing_threads = 1;
    const base::Bytes first = archive_of(options);
    options.signing_threads = 4;
    EXPECT_EQ(archive_of(options), first);
    options.seed = 2;
    EXPECT_NE(archive_of(options), first);
}

TEST(Workload, every_transaction_ends_as_it_was_meant_to) {
    const std::string path = temporary("_meant.pxa");
    const auto summary = write_workload(mixed_options(), path, false);
    std::filesystem::remove(path);
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->transactions, 60U * 60U);
    EXPECT_EQ(summary->unexpected, 0U) << summary->first_unexpected.value_or("");
    EXPECT_GT(summary->executed, summary->transactions / 2);
    EXPECT_GT(summary->failed, summary->transactions / 5);
    EXPECT_GT(summary->skipped, 0U);
}

TEST(Workload, every_action_and_every_failure_kind_is_made) {
    const std::string path = temporary("_kinds.pxa");
    const auto summary = write_workload(mixed_options(), path, false);
    std::filesystem::remove(path);
    ASSERT_TRUE(summary.ok()) << summary.status();
    for (std::size_t i = 0; i < kWorkloadActions; ++i) {
        const std::string name(workload_action_name(static_cast<WorkloadAction>(i)));
        EXPECT_GT(summary->by_action.count(name), 0U) << name;
    }
    for (std::size_t i = 0; i < kFailureKinds; ++i) {
        const std::string name(failure_kind_name(static_cast<FailureKind>(i)));
        EXPECT_GT(summary->by_failure.count(name), 0U) << name;
    }
}

TEST(Workload, meant_and_actual_result_differ_nowhere) {
    const auto workload = Workload::create(mixed_options());
    ASSERT_TRUE(workload.ok()) << workload.status();
    for (int block = 0; block < 80; ++block) {
        const auto generated = (*workload)->next_block();
        ASSERT_TRUE(generated.ok()) << generated.status();
        ASSERT_EQ(generated->expectations.size(), generated->outcome.results.size());
        for (std::size_t i = 0; i < generated->expectations.size(); ++i) {
            const Expectation& meant = generated->expectations[i];
            const model::TransactionResult& result = generated->outcome.results[i];
            const std::string what =
                std::string(workload_action_name(meant.action)) + " / " +
                (meant.failure ? std::string(failure_kind_name(*meant.failure)) : "good");
            EXPECT_EQ(model::transaction_status_name(result.status),
                      model::transaction_status_name(meant.status))
                << what << " in block " << block;
            EXPECT_EQ(model::error_code_name(result.code), model::error_code_name(meant.code))
                << what << " in block " << block;
        }
    }
}

/// An owner's own signature is valid exactly where nothing says otherwise.
TEST(Workload, signatures_are_real) {
    const auto workload = Workload::create(mixed_options());
    ASSERT_TRUE(workload.ok());
    std::size_t valid = 0;
    std::size_t others = 0;
    for (int block = 0; block < 10; ++block) {
        const auto generated = (*workload)->next_block();
        ASSERT_TRUE(generated.ok());
        for (std::size_t i = 0; i < generated->expectations.size(); ++i) {
            const tos::e1::Transaction& transaction = generated->block.transactions[i];
            const bool own =
                crypto::verify_signature(transaction.source, tos::e1::signing_bytes(transaction),
                                         transaction.signature) == crypto::SignatureCheck::kValid;
            ++(own ? valid : others);
            if (generated->expectations[i].failure == FailureKind::kBadSignature) {
                EXPECT_FALSE(own);
            }
        }
    }
    // Corrupted ones, and those that an agent's controller or session key signed.
    EXPECT_GT(others, 0U);
    EXPECT_GT(valid, 20 * others);
}

TEST(Workload, archive_holds_decodable_blocks_with_chained_headers) {
    const std::string path = temporary("_chain.pxa");
    WorkloadOptions options = small_options();
    options.blocks = 40;
    const auto summary = write_workload(options, path, true);
    ASSERT_TRUE(summary.ok()) << summary.status();
    auto reader = replay::ArchiveReader::open(path);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->header().origin, describe(options));
    const auto profile = tos::e1::find_profile(options.network);
    std::set<model::Hash> known = {(*reader)->header().base_hash};
    model::TimestampMs last_timestamp;
    std::size_t side_blocks = 0;
    for (std::uint64_t topoheight = 1;; ++topoheight) {
        const auto recorded = (*reader)->next_block();
        ASSERT_TRUE(recorded.ok()) << recorded.status();
        if (!recorded->has_value()) {
            break;
        }
        const auto decoded = tos::e1::decode_block((*recorded)->wire, (*recorded)->placement);
        ASSERT_TRUE(decoded.ok()) << decoded.status();
        const tos::e1::Block* const block = &decoded->block;
        EXPECT_EQ(block->placement.topoheight, model::Topoheight{topoheight});
        for (const model::Hash& tip : block->header.tips) {
            EXPECT_EQ(known.count(tip), 1U);
        }
        EXPECT_GT(block->header.timestamp, last_timestamp);
        last_timestamp = block->header.timestamp;
        side_blocks += block->placement.side_block ? 1U : 0U;
        known.insert(block->hash);
        EXPECT_TRUE((*profile).admit(*decoded).ok());
        ASSERT_TRUE((*recorded)->outcome.has_value());
        const auto outcome = codec::decode_outcome(*(*recorded)->outcome);
        ASSERT_TRUE(outcome.ok()) << outcome.status();
        EXPECT_EQ(outcome->results.size(), block->transactions.size());
    }
    EXPECT_EQ(known.size(), 41U);
    EXPECT_GT(side_blocks, 2U);
    EXPECT_LT(side_blocks, 20U);
    std::filesystem::remove(path);
}

/// How many transactions of a block name an account that another one of the block names too.
double conflict_share(const WorkloadOptions& options) {
    const auto workload = Workload::create(options);
    EXPECT_TRUE(workload.ok());
    std::size_t conflicting = 0;
    std::size_t all = 0;
    for (int i = 0; i < 5; ++i) {
        const auto generated = (*workload)->next_block();
        EXPECT_TRUE(generated.ok());
        std::map<model::PublicKey, int> uses;
        const auto accounts = [](const tos::e1::Transaction& transaction) {
            std::set<model::PublicKey> named = {transaction.source};
            for (const tos::e1::Transfer& t :
                 std::get<tos::e1::TransfersPayload>(transaction.payload).transfers) {
                named.insert(t.destination);
            }
            return named;
        };
        for (const tos::e1::Transaction& transaction : generated->block.transactions) {
            for (const model::PublicKey& account : accounts(transaction)) {
                ++uses[account];
            }
        }
        for (const tos::e1::Transaction& transaction : generated->block.transactions) {
            const auto named = accounts(transaction);
            const bool shared =
                std::any_of(named.begin(), named.end(),
                            [&](const model::PublicKey& account) { return uses[account] > 1; });
            conflicting += shared ? 1U : 0U;
            ++all;
        }
    }
    return static_cast<double>(conflicting) / static_cast<double>(all);
}

TEST(Workload, conflict_share_is_what_was_asked_for) {
    WorkloadOptions options;
    options.accounts = 2000;
    options.transactions_per_block = 200;
    options.failing_percent = 0;
    options.returning_sender_percent = 0;
    options.weights.fill(0);
    options.weights[0] = 1;
    for (const HotSide side : {HotSide::kReceiver, HotSide::kSender, HotSide::kBoth}) {
        options.hot_side = side;
        for (const std::uint32_t percent : {0U, 25U, 50U, 100U}) {
            options.conflict_percent = percent;
            EXPECT_NEAR(conflict_share(options), percent / 100.0, 0.05)
                << hot_side_name(side) << " " << percent;
        }
    }
    options.hot_side = HotSide::kNone;
    EXPECT_EQ(conflict_share(options), 0.0);
}

TEST(Workload, senders_return_as_often_as_asked_for) {
    WorkloadOptions options;
    options.accounts = 2000;
    options.transactions_per_block = 200;
    options.failing_percent = 0;
    options.conflict_percent = 0;
    options.weights.fill(0);
    options.weights[0] = 1;
    for (const std::uint32_t percent : {0U, 40U}) {
        options.returning_sender_percent = percent;
        const auto workload = Workload::create(options);
        ASSERT_TRUE(workload.ok());
        const auto generated = (*workload)->next_block();
        ASSERT_TRUE(generated.ok());
        std::set<model::PublicKey> senders;
        for (const tos::e1::Transaction& transaction : generated->block.transactions) {
            senders.insert(transaction.source);
        }
        EXPECT_NEAR(200.0 - static_cast<double>(senders.size()), 2.0 * percent, 0.5 * percent);
    }
}

TEST(Workload, runs_on_every_network_and_at_the_edges_of_its_options) {
    for (const char* network : {"mainnet", "testnet", "stagenet", "devnet"}) {
        WorkloadOptions options = small_options();
        options.network = network;
        const std::string path = temporary(network);
        const auto summary = write_workload(options, path, false);
        std::filesystem::remove(path);
        ASSERT_TRUE(summary.ok()) << summary.status();
        EXPECT_EQ(summary->unexpected, 0U) << network;
    }
    WorkloadOptions few = small_options();
    few.accounts = 16;
    few.hot_accounts = 4;
    few.hot_side = HotSide::kBoth;
    few.conflict_percent = 100;
    WorkloadOptions many = small_options();
    many.blocks = 2;
    many.min_outputs = 500;
    many.max_outputs = 500;
    WorkloadOptions nothing = small_options();
    nothing.transactions_per_block = 0;
    WorkloadOptions plain = small_options();
    plain.assets = 0;
    plain.failing_percent = 100;
    for (const WorkloadOptions& options : {few, many, nothing, plain}) {
        const std::string path = temporary("edge");
        const auto summary = write_workload(options, path, false);
        std::filesystem::remove(path);
        ASSERT_TRUE(summary.ok()) << summary.status();
        EXPECT_EQ(summary->unexpected, 0U) << describe(options);
    }
}

/// Options of every kind, small enough to be made by the dozen.
WorkloadOptions drawn_options(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t bound) {
        return static_cast<std::uint32_t>(random() % bound);
    };
    WorkloadOptions options;
    options.seed = random();
    options.network = std::array{"mainnet", "testnet", "stagenet", "devnet"}[below(4)];
    options.accounts = 16 + below(40);
    options.blocks = 3 + below(4);
    options.transactions_per_block = below(120);
    options.conflict_percent = std::array{0U, 20U, 100U}[below(3)];
    options.hot_side = static_cast<HotSide>(below(4));
    options.hot_accounts = 1 + below(4);
    options.returning_sender_percent = below(101);
    options.failing_percent = std::array{0U, 30U, 100U}[below(3)];
    options.side_block_percent = below(91);
    options.new_account_percent = below(30);
    options.assets = below(4);
    options.max_outputs = 1 + below(5);
    options.signing_threads = 1;
    if (below(2) == 0) {
        options.weights.fill(0);
        options.weights[below(kWorkloadActions)] = 1;
    }
    return options;
}

TEST(Workload, every_archive_can_be_read_and_says_what_it_could_not_make) {
    const char* const chosen = std::getenv("PARALLAX_SEED");
    const std::uint64_t first = chosen != nullptr ? std::stoull(chosen) : 1;
    const std::string path = temporary("_drawn.pxa");
    std::uint64_t fewer = 0;
    for (std::uint64_t seed = first; seed < first + 60; ++seed) {
        const WorkloadOptions options = drawn_options(seed);
        SCOPED_TRACE("PARALLAX_SEED=" + std::to_string(seed) + " " + describe(options));
        const auto summary = write_workload(options, path, false);
        ASSERT_TRUE(summary.ok()) << summary.status();
        const auto reader = replay::ArchiveReader::open(path);
        ASSERT_TRUE(reader.ok()) << reader.status();
        std::uint64_t transactions = 0;
        for (;;) {
            const auto recorded = (*reader)->next_block();
            ASSERT_TRUE(recorded.ok()) << recorded.status();
            if (!recorded->has_value()) {
                break;
            }
            auto block = tos::e1::decode_block((*recorded)->wire, (*recorded)->placement);
            ASSERT_TRUE(block.ok()) << block.status();
            transactions += block->block.transactions.size();
            EXPECT_TRUE((*tos::e1::find_profile(options.network)).admit(*std::move(block)).ok());
        }
        EXPECT_EQ(summary->asked, std::uint64_t{options.blocks} * options.transactions_per_block);
        EXPECT_EQ(summary->transactions, transactions);
        EXPECT_EQ(summary->transactions<summary->asked,
                                        summary->closed_by_size + summary->without_sender> 0);
        fewer += summary->transactions < summary->asked ? 1U : 0U;
    }
    std::filesystem::remove(path);
    EXPECT_GT(fewer, 0U) << "no options were drawn that ask for too much";
}

TEST(Workload, block_is_closed_before_it_exceeds_the_chain_s_size) {
    WorkloadOptions options;
    options.accounts = 2000;
    options.blocks = 1;
    options.transactions_per_block = 200;
    options.min_outputs = 400;
    options.max_outputs = 500;
    options.weights.fill(0);
    options.weights[0] = 1;
    options.conflict_percent = 0;
    const auto workload = Workload::create(options);
    ASSERT_TRUE(workload.ok());
    const auto generated = (*workload)->next_block();
    ASSERT_TRUE(generated.ok()) << generated.status();
    EXPECT_LT(generated->block.transactions.size(), 200U);
    EXPECT_EQ(generated->shortfall, Shortfall::kBlockSize);
    EXPECT_LE(tos::e1::encode_block(generated->block).size(), tos::e1::kMaxBlockSize);
    EXPECT_GT(tos::e1::encode_block(generated->block).size(), tos::e1::kMaxBlockSize / 2);
}

TEST(Workload, every_wrong_option_is_named_at_once) {
    WorkloadOptions options;
    options.network = "moonnet";
    options.accounts = 3;
    options.failing_percent = 101;
    options.min_outputs = 9;
    options.max_outputs = 8;
    options.weights.fill(0);
    const auto workload = Workload::create(options);
    ASSERT_EQ(workload.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(workload.status().message());
    EXPECT_THAT(message, HasSubstr("moonnet"));
    EXPECT_THAT(message, HasSubstr("accounts is 3"));
    EXPECT_THAT(message, HasSubstr("failing percent is 101"));
    EXPECT_THAT(message, HasSubstr("most outputs is 8"));
    EXPECT_THAT(message, HasSubstr("sum of the weights is 0"));
}

TEST(Workload, names_are_distinct_and_found_again) {
    for (std::size_t i = 0; i < kWorkloadActions; ++i) {
        const auto action = static_cast<WorkloadAction>(i);
        EXPECT_EQ(find_workload_action(workload_action_name(action)), action);
    }
    std::set<std::string_view> kinds;
    for (std::size_t i = 0; i < kFailureKinds; ++i) {
        kinds.insert(failure_kind_name(static_cast<FailureKind>(i)));
    }
    EXPECT_EQ(kinds.size(), kFailureKinds);
    EXPECT_EQ(find_workload_action("teleport"), std::nullopt);
    EXPECT_EQ(find_hot_side("receiver"), HotSide::kReceiver);
    EXPECT_EQ(find_hot_side("left"), std::nullopt);
}

}  // namespace
}  // namespace parallax::testbed
