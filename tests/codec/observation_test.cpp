#include "verifier/codec/observation.hpp"

#include "tests/support/field_filler.hpp"
#include "tests/support/random_bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace parallax::codec {
namespace {

using ::testing::HasSubstr;

class ObservationsTest : public ::testing::Test {
  protected:
    model::Observation random_observation(std::string source) {
        model::Observation observation;
        observation.source = std::move(source);
        for (std::size_t i = random.number() % 6; i > 0; --i) {
            observation.executed.push_back(static_cast<model::ExecutedThere>(random.number() % 3));
        }
        observation.totals = filler.record<model::ObservedTotals>();
        std::map<model::StateKey, std::optional<model::StateValue>> rows;
        std::set<model::StateKey> unwritten;
        std::map<model::PublicKey, model::Nonce> nonces;
        for (std::size_t i = random.number() % 5; i > 0; --i) {
            const auto account = model::PublicKey::from_array(random.array<32>());
            rows[model::balance_key(account, model::kTosAsset)] =
                random.number() % 4 == 0 ? std::nullopt
                                         : std::optional(filler.value(model::Family::kBalance));
            rows[model::multisig_key(account)] = filler.value(model::Family::kMultisig);
            unwritten.insert(model::energy_key(account));
            nonces[account] = model::Nonce{random.number()};
        }
        for (auto& [key, value] : rows) {
            observation.rows.push_back({key, std::move(value)});
        }
        for (const auto& [account, nonce] : nonces) {
            observation.nonces.push_back({account, nonce});
        }
        observation.unwritten.assign(unwritten.begin(), unwritten.end());
        return observation;
    }
    static std::string error_of(const std::vector<model::Observation>& observations) {
        const auto decoded = decode_observations(encode_observations(observations));
        return decoded.ok() ? "" : std::string(decoded.status().message());
    }

    test::RandomBytes random;
    ::testing::ScopedTrace trace{__FILE__, __LINE__, random.seed_text()};
    test::FieldFiller filler{random};
};

TEST_F(ObservationsTest, are_kept_whole) {
    for (int round = 0; round < 200; ++round) {
        const std::vector<model::Observation> observations = {random_observation(""),
                                                              random_observation("parallel")};
        const base::Bytes bytes = encode_observations(observations);
        const auto decoded = decode_observations(bytes);
        ASSERT_TRUE(decoded.ok()) << decoded.status();
        EXPECT_EQ(*decoded, observations);
        EXPECT_EQ(encode_observations(*decoded), bytes);
    }
}

TEST_F(ObservationsTest, that_are_cut_or_too_long_are_refused) {
    base::Bytes bytes = encode_observations({random_observation("a"), random_observation("b")});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_observations(std::span(bytes).first(size)).ok()) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_observations(bytes).ok());
}

TEST_F(ObservationsTest, have_one_encoding) {
    EXPECT_THAT(error_of({}), HasSubstr("count"));
    EXPECT_THAT(error_of(std::vector<model::Observation>(kMaxObservations + 1)),
                HasSubstr("is 9, not 1 to 8"));
    EXPECT_THAT(error_of({random_observation("b"), random_observation("a")}),
                HasSubstr("out of order"));
    EXPECT_THAT(error_of({random_observation("a"), random_observation("a")}),
                HasSubstr("out of order"));
    for (const char* name : {"Node", "a b", "a\n", "123456789012345678901234567890123"}) {
        EXPECT_THAT(error_of({random_observation(name)}), HasSubstr("no name of a source")) << name;
    }
    model::Observation twice;
    twice.nonces = {{model::PublicKey{}, model::Nonce{1}}, {model::PublicKey{}, model::Nonce{1}}};
    EXPECT_THAT(error_of({twice}), HasSubstr("nonces"));
    twice = {};
    twice.unwritten = {model::energy_key(model::PublicKey{}),
                       model::energy_key(model::PublicKey{})};
    EXPECT_THAT(error_of({twice}), HasSubstr("unwritten"));
    twice = {};
    twice.rows = {{model::energy_key(model::PublicKey{}), std::nullopt},
                  {model::account_key(model::PublicKey{}), std::nullopt}};
    EXPECT_THAT(error_of({twice}), HasSubstr("rows"));
}

TEST_F(ObservationsTest, with_a_count_that_no_memory_could_hold_are_refused) {
    base::Bytes bytes = encode_observations({model::Observation{}});
    // Version, count, length of the source; then how many results, all of them 255.
    for (std::size_t i = 6; i < 10; ++i) {
        bytes[i] = 0xFF;
    }
    EXPECT_THAT(std::string(decode_observations(bytes).status().message()), HasSubstr("executed"));
}

}  // namespace
}  // namespace parallax::codec
