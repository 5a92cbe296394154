#include "replay/bundle/bundle.hpp"

#include "replay/bundle/bundle_view.hpp"
#include "tests/support/field_filler.hpp"
#include "tests/support/protocols.hpp"
#include "tests/support/random_state.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace parallax::replay {
namespace {

model::BlockOutcome random_outcome(test::RandomBytes& random) {
    model::BlockOutcome outcome;
    outcome.results.resize(1 + random.below(3));
    for (model::TransactionResult& result : outcome.results) {
        result.hash = model::Hash::from_array(random.array<32>());
        result.status = model::TransactionStatus::kFailed;
        result.code = model::ErrorCode::kNonceTooLow;
        result.fee = model::Amount{random.number()};
    }
    outcome.totals.fees = model::Amount{random.number()};
    outcome.delta.entries.push_back({model::ai_mining_key(), std::nullopt,
                                     test::random_value(model::Family::kAiMining, random)});
    model::Access access;
    access.key = model::ai_mining_key();
    access.key.detail[3] = 7;  // a row that no state can hold
    access.kind = model::AccessKind::kOutput;
    access.value = random.number();
    outcome.access_log = model::AccessLog{{access}};
    outcome.notes.text["why"] = "because";
    outcome.notes.counters["batches"] = random.number();
    return outcome;
}

Bundle sample(std::uint64_t seed) {
    test::RandomBytes random(seed);
    Bundle bundle;
    bundle.network = "devnet";
    bundle.build = "1.2.3";
    bundle.protocol = tos::e1::find_profile("devnet")->copy();
    bundle.configuration = {"batch", 4,         false, model::SignaturePolicy::kOnce,
                            60'000,  "a-fault", seed};
    bundle.placement = {model::Topoheight{random.number()}, 2U};
    bundle.verification = model::Topoheight{random.number()};
    bundle.block = random.bytes(100);
    bundle.signatures_checked = true;
    bundle.signed_transactions = {random.bytes(10), random.bytes(20)};
    for (const model::FamilyRow& row : model::kFamilies) {
        const model::StateKey key = test::random_key(row.family, 3, random);
        bundle.pre_state.push_back({key, test::random_value(row.family, random)});
    }
    bundle.pre_state[2].value.reset();
    bundle.control = random_outcome(random);
    bundle.candidate = random_outcome(random);
    bundle.recorded = random_outcome(random);
    bundle.schedule = core::Schedule{3, core::SchedulePolicy::kPct, seed, {0, 0, 2, 1, 0}};
    bundle.finding.lane = "batch";
    bundle.finding.sentence = "block 1: it differs.";
    bundle.finding.first.key = model::ai_mining_key();
    bundle.finding.first.transaction = model::TxIndex{1};
    bundle.finding.derived.resize(2);
    bundle.finding.derived_count = 7;
    bundle.finding.fingerprint = model::Hash::from_array(random.array<32>());
    bundle.shrunk_from = model::Hash::from_array(random.array<32>());
    return bundle;
}

TEST(Bundle, survives_its_encoding_whole) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Bundle bundle = sample(seed);
        const base::Bytes bytes = encode_bundle(bundle);
        const auto again = decode_bundle(bytes, test::protocols());
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_EQ(encode_bundle(*again), bytes);
        EXPECT_EQ(again->protocol->id(), bundle.protocol->id());
        EXPECT_EQ(again->configuration, bundle.configuration);
        EXPECT_EQ(again->placement, bundle.placement);
        EXPECT_EQ(again->verification, bundle.verification);
        EXPECT_EQ(again->block, bundle.block);
        EXPECT_EQ(again->signatures_checked, bundle.signatures_checked);
        EXPECT_EQ(again->signed_transactions, bundle.signed_transactions);
        EXPECT_EQ(again->pre_state, bundle.pre_state);
        EXPECT_EQ(again->schedule, bundle.schedule);
        EXPECT_EQ(again->finding, bundle.finding);
        EXPECT_EQ(again->shrunk_from, bundle.shrunk_from);
        EXPECT_EQ(again->control.access_log, bundle.control.access_log);
        EXPECT_EQ(again->candidate->notes.text, bundle.candidate->notes.text);
        EXPECT_EQ(again->recorded->notes.counters, bundle.recorded->notes.counters);
    }
}

/// Programs of before wrote version 1: what it says is as it was, and its finding has no values.
TEST(Bundle, has_the_values_of_its_finding_behind_the_bytes_of_version_1) {
    Bundle bundle = sample(1);
    const base::Bytes before = encode_bundle(bundle);
    EXPECT_EQ(before[kBundleMagic.size() + 3], kBundleVersionTexts);
    bundle.finding.cause.kind = model::CauseKind::kWriteLost;
    bundle.finding.cause.family = model::Family::kName;
    bundle.finding.first.values.place = {model::PlaceKind::kRowAfter, "owner", {}, {}, {}};
    bundle.finding.derived[1].values.control = model::number_value(-3);
    const base::Bytes after = encode_bundle(bundle);
    EXPECT_EQ(after[kBundleMagic.size() + 3], kBundleVersion);
    EXPECT_TRUE(std::equal(before.begin() + kBundlePreambleSize, before.end() - kBundleDigestSize,
                           after.begin() + kBundlePreambleSize));
    const auto again = decode_bundle(after, test::protocols());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->finding, bundle.finding);
    EXPECT_EQ(encode_bundle(*again), after);
    bundle.finding.cause.field = "\x1b[31m";
    EXPECT_FALSE(decode_bundle(encode_bundle(bundle), test::protocols()).ok());
}

/// Its block would be run by rules that it was not found under.
TEST(Bundle, of_a_profile_without_rules_is_refused_by_name) {
    Bundle bundle = sample(1);
    tos::e1::Profile unknown = *tos::e1::find_profile("devnet");
    unknown.epoch = tos::e1::Epoch::kHead;
    bundle.protocol = unknown.copy();
    const auto again = decode_bundle(encode_bundle(bundle), test::protocols());
    ASSERT_FALSE(again.ok());
    EXPECT_NE(std::string(again.status().message()).find("'head'"), std::string::npos)
        << again.status();
}

TEST(Bundle, may_lack_what_is_optional) {
    Bundle bundle = sample(1);
    bundle.candidate.reset();
    bundle.recorded.reset();
    bundle.schedule.reset();
    bundle.shrunk_from.reset();
    bundle.pre_state.clear();
    bundle.signed_transactions.clear();
    const auto again = decode_bundle(encode_bundle(bundle), test::protocols());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_FALSE(again->candidate || again->recorded || again->schedule || again->shrunk_from);
}

/// A bundle whose schedule is `text`, under a digest that holds.
base::Bytes with_schedule_text(const std::string& text, std::uint32_t version = 1) {
    Bundle bundle = sample(1);
    bundle.schedule = core::Schedule{2, core::SchedulePolicy::kPct, 7, {}};
    base::Bytes bytes = encode_bundle(bundle);
    const std::string old = core::encode_schedule(*bundle.schedule);
    const auto at = std::search(bytes.begin(), bytes.end(), old.begin(), old.end());
    EXPECT_NE(at, bytes.end());
    const auto number = [](std::uint64_t value, int size) {
        base::Bytes big_endian;
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            big_endian.push_back(static_cast<std::uint8_t>(value >> shift));
        }
        return big_endian;
    };
    base::Bytes edited(bytes.begin() + kBundlePreambleSize, at - 8);
    for (const base::Bytes& part :
         {number(version, 4), number(text.size(), 4), base::Bytes(text.begin(), text.end()),
          base::Bytes(at + static_cast<std::ptrdiff_t>(old.size()),
                      bytes.end() - kBundleDigestSize)}) {
        edited.insert(edited.end(), part.begin(), part.end());
    }
    bytes.resize(12);
    for (const base::Bytes& part : {number(edited.size(), 8), edited}) {
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    const model::Hash digest = crypto::blake3(bytes);
    bytes.insert(bytes.end(), digest.bytes().begin(), digest.bytes().end());
    return bytes;
}

TEST(Bundle, reads_a_schedule_as_strictly_as_its_file) {
    const std::string head = "parallax-schedule 1\nworkers 2\npolicy pct\nseed 7\ndecisions";
    EXPECT_TRUE(decode_bundle(with_schedule_text(head + " 0*3 1\n"), test::protocols()).ok());
    const auto refusal = [](const base::Bytes& bytes) {
        const auto decoded = decode_bundle(bytes, test::protocols());
        EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument) << decoded.status();
        return std::string(decoded.status().message());
    };
    const auto says = [&](const std::string& text, const std::string& what) {
        const std::string message = refusal(with_schedule_text(text));
        EXPECT_NE(message.find(what), std::string::npos) << message;
    };
    says("", "line 1");
    says(head + " 2\n", "worker 2 of 2");
    says(head + " 1*99999999999\n", "more than 4000000 decisions");
    says(head + " 0 0\n", "shortest");
    says(head + " 0*1\n", "shortest");
    says("parallax-schedule 1\nworkers 2\npolicy \x1b[2J\nseed 7\ndecisions\n",
         "unknown policy '?[2J'");
    EXPECT_NE(refusal(with_schedule_text(head + "\n", 2)).find("schedule_version"),
              std::string::npos);
    EXPECT_NE(
        refusal(with_schedule_text(std::string(core::kMaxScheduleBytes + 1, 'x'))).find("schedule"),
        std::string::npos);
}

TEST(Bundle, says_that_it_is_truncated_wherever_it_ends) {
    const base::Bytes bytes = encode_bundle(sample(1));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto result = decode_bundle(std::span(bytes).first(size), test::protocols());
        ASSERT_EQ(result.status().code(), absl::StatusCode::kDataLoss) << size;
        ASSERT_NE(std::string(result.status().message()).find("is truncated"), std::string::npos)
            << result.status();
    }
}

TEST(Bundle, refuses_any_flipped_bit) {
    const base::Bytes bytes = encode_bundle(sample(1));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const unsigned mask : {0x01U, 0x80U}) {
            base::Bytes damaged = bytes;
            damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ mask);
            ASSERT_FALSE(decode_bundle(damaged, test::protocols()).ok()) << "byte " << i;
        }
    }
    base::Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(decode_bundle(longer, test::protocols()).status().code(),
              absl::StatusCode::kDataLoss);
}

/// With a digest that holds: what a hostile writer can do.
base::Bytes resealed(base::Bytes bytes) {
    const std::size_t end = bytes.size() - kBundleDigestSize;
    const model::Hash digest = crypto::blake3(std::span(bytes).first(end));
    std::copy(digest.bytes().begin(), digest.bytes().end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(end));
    return bytes;
}

TEST(Bundle, takes_any_bytes_under_a_valid_digest_without_harm) {
    const base::Bytes bytes = encode_bundle(sample(1));
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size() - kBundleDigestSize; ++i) {
        for (const unsigned mask : {0x01U, 0x80U, 0xFFU}) {
            base::Bytes changed = bytes;
            changed[i] = static_cast<std::uint8_t>(changed[i] ^ mask);
            changed = resealed(std::move(changed));
            if (const auto result = decode_bundle(changed, test::protocols()); result.ok()) {
                // Notes are cleaned, so that the bytes may be others, once.
                const base::Bytes again = encode_bundle(*result);
                const auto second = decode_bundle(again, test::protocols());
                ASSERT_TRUE(second.ok()) << "byte " << i << ": " << second.status();
                ASSERT_TRUE(encode_bundle(*second) == again) << "byte " << i;
            } else {
                ++refused;
                ASSERT_FALSE(result.status().message().empty());
            }
        }
    }
    EXPECT_GT(refused, 100U);
}

TEST(Bundle, refuses_rows_out_of_order_and_texts_with_controls) {
    Bundle bundle = sample(1);
    std::swap(bundle.pre_state[0], bundle.pre_state[1]);
    auto result = decode_bundle(encode_bundle(bundle), test::protocols());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << result.status();
    bundle = sample(1);
    bundle.finding.sentence = "\x1b[31m";
    EXPECT_FALSE(decode_bundle(encode_bundle(bundle), test::protocols()).ok());
    bundle = sample(1);
    bundle.configuration.candidate = "a\nb";
    EXPECT_FALSE(decode_bundle(encode_bundle(bundle), test::protocols()).ok());
}

TEST(Bundle, names_its_file_in_every_error) {
    const std::string path = testing::TempDir() + "parallax-bundle-test.pxb";
    ASSERT_TRUE(write_bundle(sample(1), path).ok());
    EXPECT_TRUE(read_bundle(path, test::protocols()).ok());
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
    const auto cut = read_bundle(path, test::protocols());
    EXPECT_EQ(cut.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_NE(std::string(cut.status().message()).find(path), std::string::npos);
    std::ofstream(path) << "something else, which is long enough to be looked at as a bundle";
    EXPECT_EQ(read_bundle(path, test::protocols()).status().code(),
              absl::StatusCode::kInvalidArgument);
    std::filesystem::remove(path);
    EXPECT_EQ(read_bundle(path, test::protocols()).status().code(), absl::StatusCode::kNotFound);
    const auto nowhere = write_bundle(sample(1), path + "/none/x.pxb");
    EXPECT_NE(std::string(nowhere.message()).find("none/x.pxb"), std::string::npos) << nowhere;
}

TEST(BundleView, never_takes_an_unknown_row_for_an_absent_one) {
    const model::StateKey known = model::ai_mining_key();
    const model::StateKey absent = model::counter_key(model::Counter::kGasFee);
    const model::StateKey unknown = model::counter_key(model::Counter::kBurnedSupply);
    const std::vector<core::RecordedRow> rows = {
        {known, model::StateValue(base::Boxed(model::BytesRecord{{1, 2}}))},
        {absent, std::nullopt}};
    const BundleView view(rows);
    EXPECT_TRUE(view.get(known).value().has_value());
    EXPECT_FALSE(view.get(absent).value().has_value());
    EXPECT_FALSE(view.missing());
    EXPECT_EQ(view.get(unknown).status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(view.missing(), unknown);
    model::StateKey impossible = model::ai_mining_key();
    impossible.owner[0] = 1;
    EXPECT_FALSE(view.get(impossible).value().has_value()) << "no state holds such a row";
}

TEST(RecordingView, keeps_what_was_read_and_sees_answers_that_change) {
    class Changing final : public protocol::StateView {
      public:
        absl::StatusOr<std::optional<model::StateValue>> get(
            const model::StateKey& key) const override {
            if (key == model::ai_mining_key()) {
                return absl::UnavailableError("disk");
            }
            return model::AmountRecord{model::Amount{++reads_ / 3}};
        }

      private:
        mutable std::uint64_t reads_ = 2;
    };
    const Changing changing;
    const core::RecordingView view(changing);
    const model::StateKey key = model::counter_key(model::Counter::kGasFee);
    EXPECT_FALSE(view.get(model::ai_mining_key()).ok());
    EXPECT_TRUE(view.rows().empty());
    EXPECT_TRUE(view.get(key).ok());
    EXPECT_TRUE(view.get(key).ok());
    EXPECT_FALSE(view.unstable());
    EXPECT_EQ(view.rows(),
              (std::vector<core::RecordedRow>{{key, model::AmountRecord{model::Amount{1}}}}));
    std::vector<std::optional<model::StateValue>> values;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(view.get_many(std::array{key}, values).ok());
    }
    EXPECT_EQ(view.unstable(), key);
}

}  // namespace
}  // namespace parallax::replay
