/// Fingerprints are made from values: rewording a sentence, a label or a printed value changes
/// none.

#include "verifier/core/diagnosis/fingerprint.hpp"

#include "reports/analysis/cause_text.hpp"
#include "tests/core/valid_block.hpp"
#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/core/oracles/invariants.hpp"
#include "verifier/core/oracles/serializability.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

namespace parallax::core {
namespace {

using namespace test;  // NOLINT: the sample block is this test's language

model::Cause read_too_early() {
    model::Cause cause;
    cause.kind = model::CauseKind::kReadTooEarly;
    cause.family = model::Family::kAccount;
    return cause;
}

model::Cause refused() {
    model::Cause cause;
    cause.kind = model::CauseKind::kRefused;
    cause.code = model::ErrorCode::kAccountNotFound;
    return cause;
}

Symptom wrong_nonce() {
    Symptom symptom;
    symptom.family = model::Family::kAccount;
    symptom.place = {model::PlaceKind::kRowAfter, "nonce", {}, {}, {}};
    symptom.direction = model::Direction::kLower;
    symptom.type = model::TransactionType::kTransfers;
    symptom.phase = model::Phase::kTransaction;
    return symptom;
}

std::string group_hex(const FindingGroup& group) {
    model::Hash fingerprint;
    set_group(group, fingerprint);
    return group_text(fingerprint);
}

/// What earlier runs recorded must be found again by later programs. A change here regroups every
/// finding of everybody who compares runs: it is a new version of the recipe, and CHANGELOG says
/// so.
TEST(Fingerprint, of_a_value_is_the_same_in_every_version_of_the_program) {
    EXPECT_EQ(fingerprint_of(Symptom{}).hex(),
              "49bd6cbccb497aa2ccd6fc07440d74eed18b8d86a6ab2c8a086759b9099fd77d");
    EXPECT_EQ(fingerprint_of(wrong_nonce()).hex(),
              "ba16d0e43a5bcd1490e7a3ebfd8293f2fe7901a307678984f91f7ca49336a300");
    EXPECT_EQ(group_hex({FindingSide::kCandidate, {}, read_too_early()}),
              "7f4237f75ca8352a7d3f24079a92ba7c");
    EXPECT_EQ(group_hex({FindingSide::kRecorded, {}, refused()}),
              "fec3d0e370f8aacc4489aa34ab552151");
    EXPECT_EQ(group_hex({FindingSide::kControl, model::FindingClass::kInvariantBroken, refused()}),
              "cf9243afaa0efc986fb65c9553e4c937");
}

TEST(Fingerprint, tells_every_field_of_a_symptom_apart) {
    std::vector<Symptom> all(1, wrong_nonce());
    const auto with = [&](auto change) {
        Symptom other = wrong_nonce();
        change(other);
        all.push_back(other);
    };
    with([](Symptom& s) { s.finding_class = model::FindingClass::kControlUnstable; });
    with([](Symptom& s) { s.side = FindingSide::kRecorded; });
    with([](Symptom& s) { s.section = model::Section::kResults; });
    with([](Symptom& s) { s.family = model::Family::kEnergy; });
    with([](Symptom& s) { s.place.kind = model::PlaceKind::kRowBefore; });
    with([](Symptom& s) { s.place.field = "registered_at"; });
    with([](Symptom& s) { s.place.access = model::AccessKind::kSpend; });
    with([](Symptom& s) { s.place.hazard = model::Hazard::kPhantom; });
    with([](Symptom& s) { s.direction = model::Direction::kHigher; });
    with([](Symptom& s) { s.read = ReadOrder::kStale; });
    with([](Symptom& s) { s.error = model::ErrorCode::kNonceTooLow; });
    with([](Symptom& s) { s.type = model::TransactionType::kBurn; });
    with([](Symptom& s) { s.writer_type = model::TransactionType::kBurn; });
    with([](Symptom& s) { s.phase = model::Phase::kEpilogue; });
    std::set<std::string> seen;
    for (const Symptom& symptom : all) {
        EXPECT_TRUE(seen.insert(fingerprint_of(symptom).hex()).second);
    }
    Symptom elsewhere = wrong_nonce();
    elsewhere.place.indices = {7};
    EXPECT_FALSE(seen.insert(fingerprint_of(elsewhere).hex()).second) << "an index is no symptom";
}

TEST(Fingerprint, groups_by_every_field_of_a_cause) {
    std::vector<model::Cause> all(1, read_too_early());
    const auto with = [&](auto change) {
        model::Cause other = read_too_early();
        change(other);
        all.push_back(other);
    };
    with([](model::Cause& c) { c.kind = model::CauseKind::kReadTooLate; });
    with([](model::Cause& c) { c.phase = model::Phase::kEpilogue; });
    with([](model::Cause& c) { c.family = model::Family::kBalance; });
    with([](model::Cause& c) { c.counter = model::Counter::kGasFee; });
    with([](model::Cause& c) { c.field = "nonce"; });
    with([](model::Cause& c) { c.direction = model::Direction::kLower; });
    with([](model::Cause& c) { c.check = model::Check::kForm; });
    with([](model::Cause& c) { c.code = model::ErrorCode::kNonceTooLow; });
    with([](model::Cause& c) { c.hazard = model::Hazard::kPhantom; });
    std::set<std::string> seen;
    for (const model::Cause& cause : all) {
        EXPECT_TRUE(seen.insert(group_hex({FindingSide::kCandidate, {}, cause})).second);
    }
}

/// Every text of a difference, as another author would word it.
void reword(std::vector<model::Difference>& differences) {
    for (model::Difference& difference : differences) {
        difference.path = "somewhere else";
        difference.control = "something";
        difference.candidate = "something else";
        difference.pre_state = "what was there";
        if (difference.delta) {
            difference.delta = "by some amount";
        }
    }
}

class Reworded : public ::testing::Test {
  protected:
    FindingSource source(model::FindingClass finding_class) const {
        return {block_, protocol_, finding_class, "batch", "the one side", "the other side"};
    }

    const tos::e1::Profile protocol_ = chain_profile();
    protocol::AdmittedBlock block_ = valid_block();
    model::BlockOutcome control_ = valid_outcome(block_);
    model::BlockOutcome candidate_ = control_;
    const model::StateKey bob_ = model::balance_key(kBob, model::kTosAsset);
};

TEST_F(Reworded, differences_keep_their_fingerprint) {
    const auto same = [&](const char* what) {
        Comparison plain = compare(control_, candidate_);
        ASSERT_FALSE(plain.differences.empty()) << what;
        Comparison reworded = plain;
        reword(reworded.differences);
        FindingSource other = source(model::FindingClass::kDivergence);
        other.control_name = "control";
        const model::Finding one =
            make_finding(control_, candidate_, plain, source(model::FindingClass::kDivergence));
        const model::Finding two = make_finding(control_, candidate_, reworded, other);
        EXPECT_NE(one.sentence, two.sentence) << what;
        EXPECT_EQ(one.fingerprint, two.fingerprint) << what;
        candidate_ = control_;
    };
    candidate_.results[0].fee = model::Amount{6};
    same("a fee");
    candidate_.results[1].status = model::TransactionStatus::kFailed;
    candidate_.results[1].code = model::ErrorCode::kNonceTooHigh;
    same("an ending");
    candidate_.totals.fees = model::Amount{9};
    same("a total");
    set_entry(candidate_, bob_, amount(10), amount(9));
    same("a row");
    candidate_.status = model::BlockStatus::kRejected;
    same("the block");
}

TEST_F(Reworded, broken_invariants_and_hazards_keep_theirs) {
    set_entry(candidate_, bob_, amount(10), amount(9));
    const std::vector<model::Difference> broken =
        check_invariants(block_, protocol_, candidate_, nullptr);
    ASSERT_FALSE(broken.empty());
    std::vector<model::Difference> reworded = broken;
    reword(reworded);
    const FindingSource law = source(model::FindingClass::kInvariantBroken);
    EXPECT_EQ(make_invariant_finding(candidate_, broken, law).fingerprint,
              make_invariant_finding(candidate_, reworded, law).fingerprint);

    const std::vector<model::Difference> hazards = check_serializability(candidate_);
    ASSERT_FALSE(hazards.empty());
    reworded = hazards;
    reword(reworded);
    const FindingSource order = source(model::FindingClass::kNotSerializable);
    EXPECT_EQ(make_serializability_finding(candidate_, hazards, order).fingerprint,
              make_serializability_finding(candidate_, reworded, order).fingerprint);
}

}  // namespace
}  // namespace parallax::core
