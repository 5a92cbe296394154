#include "verifier/core/comparison/compare.hpp"

#include "tests/core/rich_outcome.hpp"
#include "verifier/codec/render.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parallax::core {
namespace {

using test::change_record;
using test::rich_outcome;

const model::StateKey kKey = model::balance_key(model::PublicKey{}, model::kTosAsset);

model::BlockOutcome with_entry(std::optional<model::StateValue> before,
                               std::optional<model::StateValue> after) {
    model::BlockOutcome outcome;
    outcome.delta.entries.push_back({kKey, std::move(before), std::move(after)});
    return outcome;
}
model::StateValue amount(std::uint64_t value) {
    return model::AmountRecord{model::Amount{value}};
}

model::Difference only_difference(const model::BlockOutcome& control,
                                  const model::BlockOutcome& candidate) {
    const Comparison comparison = compare(control, candidate);
    EXPECT_EQ(comparison.differences.size(), 1U);
    return comparison.differences.empty() ? model::Difference{} : comparison.differences.front();
}

TEST(Compare, equal_outcomes_have_no_difference) {
    EXPECT_TRUE(compare(rich_outcome(), rich_outcome()).differences.empty());
    EXPECT_TRUE(compare(model::BlockOutcome{}, model::BlockOutcome{}).differences.empty());
}

TEST(Compare, names_the_sections_it_walked) {
    const std::vector<model::Section> sections = {
        model::Section::kBlockStatus, model::Section::kResults, model::Section::kOrphans,
        model::Section::kTotals, model::Section::kState};
    EXPECT_EQ(compare(model::BlockOutcome{}, model::BlockOutcome{}).compared, sections);
    EXPECT_EQ(
        std::vector<model::Section>(comparable_sections().begin(), comparable_sections().end()),
        sections);
}

TEST(Compare, does_not_compare_how_it_was_done) {
    model::BlockOutcome other = rich_outcome();
    other.access_log.emplace().accesses.emplace_back();
    other.notes.counters["batches"] = 3;
    EXPECT_TRUE(compare(rich_outcome(), other).differences.empty());
}

TEST(Compare, a_key_of_one_side_is_not_written_on_the_other) {
    const model::BlockOutcome written = with_entry(amount(100), amount(60));
    const model::Difference missing = only_difference(written, model::BlockOutcome{});
    EXPECT_EQ(missing.path, model::to_string(kKey));
    EXPECT_EQ(missing.key, kKey);
    EXPECT_EQ(missing.control, "{amount: 100} -> {amount: 60}");
    EXPECT_EQ(missing.candidate, "not written");
    EXPECT_EQ(missing.delta, "+40");
    const model::Difference extra = only_difference(model::BlockOutcome{}, written);
    EXPECT_EQ(extra.control, "not written");
    EXPECT_EQ(extra.candidate, "{amount: 100} -> {amount: 60}");
    EXPECT_EQ(extra.delta, "-40");
}

TEST(Compare, each_missing_key_of_a_rich_delta_is_one_difference) {
    const model::BlockOutcome original = rich_outcome();
    for (std::size_t i = 0; i < original.delta.entries.size(); ++i) {
        model::BlockOutcome shorter = original;
        shorter.delta.entries.erase(shorter.delta.entries.begin() + static_cast<std::ptrdiff_t>(i));
        const model::Difference missing = only_difference(original, shorter);
        EXPECT_EQ(missing.key, original.delta.entries[i].key);
        EXPECT_EQ(missing.candidate, "not written");
        EXPECT_EQ(only_difference(shorter, original).control, "not written");
    }
}

TEST(Compare, touched_but_equal_is_a_difference) {
    const model::Difference difference =
        only_difference(model::BlockOutcome{}, with_entry(amount(5), amount(5)));
    EXPECT_EQ(difference.candidate, "{amount: 5} -> {amount: 5}");
}

TEST(Compare, absent_differs_from_present_with_zero) {
    const model::Difference after =
        only_difference(with_entry(amount(5), std::nullopt), with_entry(amount(5), amount(0)));
    EXPECT_EQ(after.path, model::to_string(kKey) + ".after");
    EXPECT_EQ(after.control, "absent");
    EXPECT_EQ(after.candidate, "{amount: 0}");
    EXPECT_FALSE(after.delta);
    const model::Difference before =
        only_difference(with_entry(amount(0), amount(5)), with_entry(std::nullopt, amount(5)));
    EXPECT_EQ(before.path, model::to_string(kKey) + ".before");
    EXPECT_EQ(before.control, "{amount: 0}");
    EXPECT_EQ(before.candidate, "absent");
}

TEST(Compare, every_family_distinguishes_absent_from_its_default) {
    for (const model::FamilyRow& row : model::kFamilies) {
        model::BlockOutcome absent;
        absent.delta.entries.push_back({test::rich_key(row, 1), {}, {}});
        model::BlockOutcome zero = absent;
        zero.delta.entries[0].after = model::default_value(row.family);
        EXPECT_EQ(only_difference(absent, zero).control, "absent") << row.name;
        EXPECT_EQ(only_difference(zero, absent).candidate, "absent") << row.name;
    }
}

TEST(Compare, a_value_of_a_foreign_family_is_a_difference) {
    const model::BlockOutcome right = with_entry({}, amount(5));
    const model::BlockOutcome wrong = with_entry({}, model::ExecutedRecord{model::Topoheight{5}});
    EXPECT_EQ(only_difference(right, wrong).candidate, "{executed_at: 5}");
}

TEST(Compare, an_element_more_of_a_list_of_records_is_reported_field_by_field) {
    const model::BlockOutcome original = rich_outcome();
    for (std::size_t i = 0; i < original.delta.entries.size(); ++i) {
        if (original.delta.entries[i].key.family != model::Family::kEnergy) {
            continue;
        }
        model::BlockOutcome longer = original;
        change_record(*longer.delta.entries[i].after, [](auto& record) {
            if constexpr (requires { record.pending; }) {
                record.pending.push_back({7, model::Topoheight{9}});
            }
        });
        const std::string path =
            model::to_string(original.delta.entries[i].key) + ".after.pending[2].";
        const auto differences = compare(original, longer).differences;
        ASSERT_EQ(differences.size(), 2U);
        EXPECT_EQ(differences[0].path, path + "amount");
        EXPECT_EQ(differences[0].control, "absent");
        EXPECT_EQ(differences[0].candidate, "7");
        EXPECT_EQ(differences[1].path, path + "expires_at");
        const auto mirrored = compare(longer, original).differences;
        ASSERT_EQ(mirrored.size(), 2U);
        EXPECT_EQ(mirrored[1].control, "9");
        EXPECT_EQ(mirrored[1].candidate, "absent");
    }
}

TEST(Compare, a_missing_and_an_extra_result_are_absent_on_one_side) {
    const model::BlockOutcome original = rich_outcome();
    model::BlockOutcome shorter = original;
    shorter.results.pop_back();
    const model::Difference missing = only_difference(original, shorter);
    EXPECT_EQ(missing.path, "results[4]");
    EXPECT_EQ(missing.transaction, model::TxIndex{4});
    EXPECT_EQ(missing.candidate, "absent");
    EXPECT_NE(missing.control.find("status: not_reached"), std::string::npos) << missing.control;
    EXPECT_EQ(only_difference(shorter, original).control, "absent");
}

TEST(Compare, one_orphan_too_few_is_one_difference) {
    model::BlockOutcome original = rich_outcome();
    original.results[3].hash = original.orphans[1];
    model::BlockOutcome shorter = original;
    shorter.orphans.erase(shorter.orphans.begin() + 1);
    const model::Difference missing = only_difference(original, shorter);
    EXPECT_EQ(missing.path, "orphans[1]");
    EXPECT_EQ(missing.control, original.orphans[1].hex());
    EXPECT_EQ(missing.candidate, "absent");
    EXPECT_EQ(missing.transaction, model::TxIndex{3});
    EXPECT_EQ(only_difference(shorter, original).control, "absent");
}

TEST(Compare, a_repeated_orphan_is_a_difference) {
    const model::BlockOutcome original = rich_outcome();
    model::BlockOutcome repeated = original;
    repeated.orphans.push_back(repeated.orphans.back());
    EXPECT_EQ(only_difference(original, repeated).path, "orphans[4]");
}

TEST(Compare, unsorted_deltas_never_pass_for_equal) {
    const model::BlockOutcome original = rich_outcome();
    model::BlockOutcome swapped = original;
    std::swap(swapped.delta.entries[1], swapped.delta.entries[2]);
    EXPECT_FALSE(compare(original, swapped).differences.empty());
    model::BlockOutcome repeated = original;
    repeated.delta.entries.push_back(repeated.delta.entries.back());
    EXPECT_FALSE(compare(original, repeated).differences.empty());
}

TEST(Compare, differences_are_in_section_order) {
    model::BlockOutcome other = rich_outcome();
    other.delta.entries.pop_back();
    other.totals.fees = model::Amount{1};
    other.orphans.clear();
    other.results[2].fee = model::Amount{1};
    other.code = model::ErrorCode::kUnknown;
    const auto differences = compare(rich_outcome(), other).differences;
    ASSERT_EQ(differences.size(), 8U);
    EXPECT_TRUE(std::is_sorted(differences.begin(), differences.end(),
                               [](const model::Difference& a, const model::Difference& b) {
                                   return a.section < b.section;
                               }));
}

TEST(Compare, the_sign_reaches_over_the_whole_range) {
    const model::BlockOutcome low = with_entry({}, amount(0));
    const model::BlockOutcome high = with_entry({}, amount(0xFFFF'FFFF'FFFF'FFFF));
    EXPECT_EQ(only_difference(low, high).delta, "+18446744073709551615");
    EXPECT_EQ(only_difference(high, low).delta, "-18446744073709551615");
}

TEST(Render, cuts_long_bytes_and_keeps_their_identity) {
    base::Bytes a(65, 0xAB);
    base::Bytes b = a;
    b.back() = 0;
    EXPECT_NE(codec::render_bytes(a), codec::render_bytes(b));
    EXPECT_NE(codec::render_bytes(a).find("(65 bytes, blake3 "), std::string::npos);
    EXPECT_EQ(codec::render_bytes(base::Bytes(64, 1)), base::to_hex(base::Bytes(64, 1)));
    EXPECT_EQ(codec::render_bytes(base::Bytes{}), "empty");
}

TEST(Render, quotes_and_escapes_text) {
    EXPECT_EQ(codec::render_quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\x0a\"");
    EXPECT_NE(codec::render_quoted("absent"), codec::kAbsentText);
}

TEST(Render, names_enumerators_and_unknown_codes) {
    EXPECT_EQ(codec::render_enum(model::ErrorCode::kNonceTooLow), "NONCE_TOO_LOW (0x0110)");
    EXPECT_EQ(codec::render_enum(static_cast<model::ErrorCode>(0x1234)), "UNNAMED (0x1234)");
    EXPECT_EQ(codec::render_enum(model::TransactionStatus::kSkipped), "skipped");
    EXPECT_EQ(codec::render_enum(model::BlockStatus::kRejected), "rejected");
}

}  // namespace
}  // namespace parallax::core
