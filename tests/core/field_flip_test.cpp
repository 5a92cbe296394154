// The heart of trust in a verdict: for every field of everything that is compared, a change of that
// field alone gives exactly that difference, and both printed sides are right.

#include "tests/core/leaf_flipper.hpp"
#include "tests/core/rich_outcome.hpp"
#include "verifier/core/comparison/compare.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace parallax::core {
namespace {

using test::change_record;
using test::FlippedLeaf;
using test::LeafFlipper;
using test::rich_outcome;

struct Expected {
    model::Section section;
    std::string prefix;
    std::optional<model::StateKey> key;
    std::optional<model::TxIndex> transaction;
};

void expect_only(const Comparison& comparison, const Expected& expected, const std::string& path,
                 const std::string& control, const std::string& candidate,
                 const std::optional<std::string>& delta) {
    ASSERT_EQ(comparison.differences.size(), 1U) << path;
    const model::Difference& difference = comparison.differences.front();
    EXPECT_EQ(difference.path, path);
    EXPECT_EQ(difference.section, expected.section) << path;
    EXPECT_EQ(difference.key, expected.key) << path;
    EXPECT_EQ(difference.transaction, expected.transaction) << path;
    EXPECT_EQ(difference.control, control) << path;
    EXPECT_EQ(difference.candidate, candidate) << path;
    EXPECT_EQ(difference.delta, delta) << path;
    EXPECT_NE(difference.control, difference.candidate) << path;
}

std::optional<std::string> delta_text(const FlippedLeaf& leaf, bool mirrored) {
    if (!leaf.is_number) {
        return std::nullopt;
    }
    const bool up = (leaf.flipped_number > leaf.original_number) != mirrored;
    const std::uint64_t size = leaf.flipped_number > leaf.original_number
                                   ? leaf.flipped_number - leaf.original_number
                                   : leaf.original_number - leaf.flipped_number;
    return fmt::format("{}{}", up ? '+' : '-', size);
}

void expect_flip(const model::BlockOutcome& original, const model::BlockOutcome& flipped,
                 const FlippedLeaf& leaf, const Expected& expected) {
    const std::string path =
        leaf.path.empty() ? expected.prefix : expected.prefix + "." + leaf.path;
    expect_only(compare(original, flipped), expected, path, leaf.original, leaf.flipped,
                delta_text(leaf, false));
    expect_only(compare(flipped, original), expected, path, leaf.flipped, leaf.original,
                delta_text(leaf, true));
}

/// Flips leaf after leaf of one record of the outcome, found by `select`; returns how many it has.
template <class Select>
std::size_t flip_every_leaf(const Expected& expected, Select select) {
    const model::BlockOutcome original = rich_outcome();
    for (std::size_t target = 0;; ++target) {
        model::BlockOutcome flipped = original;
        LeafFlipper flipper(target);
        select(flipped, flipper);
        if (!flipper.flipped()) {
            return target;
        }
        expect_flip(original, flipped, *flipper.flipped(), expected);
        if (::testing::Test::HasFatalFailure()) {
            return target;
        }
    }
}

TEST(FieldFlip, every_field_of_every_family_before_and_after) {
    const model::BlockOutcome original = rich_outcome();
    std::size_t total = 0;
    for (std::size_t i = 0; i < original.delta.entries.size(); ++i) {
        const model::StateKey key = original.delta.entries[i].key;
        SCOPED_TRACE(model::to_string(key));
        for (const bool before : {true, false}) {
            const Expected expected{model::Section::kState,
                                    model::to_string(key) + (before ? ".before" : ".after"), key,
                                    std::nullopt};
            const std::size_t leaves = flip_every_leaf(expected, [&](auto& outcome, auto& flip) {
                model::DeltaEntry& entry = outcome.delta.entries[i];
                change_record(before ? *entry.before : *entry.after,
                              [&](auto& record) { model::visit_fields(record, flip); });
            });
            EXPECT_GE(leaves, 1U);
            total += leaves;
        }
    }
    // A flipper that finds nothing to flip would prove nothing.
    EXPECT_GE(total, 300U);
}

TEST(FieldFlip, every_family_has_an_entry) {
    for (const model::FamilyRow& row : model::kFamilies) {
        const auto& entries = rich_outcome().delta.entries;
        EXPECT_TRUE(std::any_of(
            entries.begin(), entries.end(),
            [&](const model::DeltaEntry& entry) { return entry.key.family == row.family; }))
            << row.name;
    }
}

TEST(FieldFlip, every_field_of_every_result) {
    for (std::uint32_t i = 0; i < rich_outcome().results.size(); ++i) {
        const Expected expected{model::Section::kResults, "results[" + std::to_string(i) + "]",
                                std::nullopt, model::TxIndex{i}};
        EXPECT_EQ(flip_every_leaf(expected,
                                  [&](auto& outcome, auto& flip) {
                                      model::visit_fields(outcome.results[i], flip);
                                  }),
                  5U);
    }
}

TEST(FieldFlip, every_field_of_the_totals) {
    const Expected expected{model::Section::kTotals, "totals", std::nullopt, std::nullopt};
    EXPECT_EQ(
        flip_every_leaf(
            expected, [](auto& outcome, auto& flip) { model::visit_fields(outcome.totals, flip); }),
        6U);
}

TEST(FieldFlip, block_status_and_code) {
    const model::BlockOutcome original = rich_outcome();
    const Expected expected{model::Section::kBlockStatus, "block", std::nullopt, std::nullopt};
    model::BlockOutcome flipped = original;
    flipped.status = model::BlockStatus::kRejected;
    expect_flip(original, flipped, {"status", "accepted", "rejected"}, expected);
    flipped = original;
    flipped.code = model::ErrorCode::kNonceTooLow;
    expect_flip(original, flipped, {"code", "SUCCESS (0x0000)", "NONCE_TOO_LOW (0x0110)"},
                expected);
}

TEST(FieldFlip, every_orphan_in_and_out_of_order) {
    const model::BlockOutcome original = rich_outcome();
    for (std::size_t i = 0; i < original.orphans.size(); ++i) {
        // 1 stays between the neighbours, 0x80 breaks the ascending order.
        for (const std::uint8_t bit : {std::uint8_t{1}, std::uint8_t{0x80}}) {
            model::BlockOutcome flipped = original;
            flipped.orphans[i].mutable_bytes()[bit == 1 ? 31 : 0] ^= bit;
            const Expected expected{model::Section::kOrphans, "orphans[" + std::to_string(i) + "]",
                                    std::nullopt, std::nullopt};
            expect_flip(original, flipped,
                        {"", original.orphans[i].hex(), flipped.orphans[i].hex()}, expected);
        }
    }
}

}  // namespace
}  // namespace parallax::core
