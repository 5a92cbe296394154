#include "verifier/core/store/pending_state.hpp"

#include "tests/support/chain.hpp"
#include "tests/support/memory_view.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parallax::test {
namespace {

model::StateKey balance(std::uint32_t n) {
    return model::balance_key(account(n), model::kTosAsset);
}
model::StateValue amount(std::uint64_t value) {
    return model::AmountRecord{model::Amount{value}};
}

std::shared_ptr<const core::PendingRows> rows(std::vector<model::DeltaEntry> entries) {
    std::sort(entries.begin(), entries.end(),
              [](const model::DeltaEntry& a, const model::DeltaEntry& b) { return a.key < b.key; });
    return std::make_shared<core::PendingRows>(model::Delta{std::move(entries)});
}

/// Accounts 0 to 4 hold 10, 11, 12, 13 and 14. The first block writes 1, takes 2 away and makes 5;
/// the second writes 1 again and brings 2 back.
class PendingViewTest : public testing::Test {
  protected:
    PendingViewTest() {
        auto base = std::make_unique<MemoryView>();
        for (std::uint32_t n = 0; n < 5; ++n) {
            base->set(balance(n), amount(10 + n));
        }
        view_ = std::make_unique<core::PendingView>(
            std::move(base), std::vector{rows({{balance(1), amount(11), amount(21)},
                                               {balance(2), amount(12), std::nullopt},
                                               {balance(3), amount(13), std::nullopt},
                                               {balance(5), std::nullopt, amount(25)}}),
                                         rows({{balance(1), amount(21), amount(31)},
                                               {balance(2), std::nullopt, amount(32)}})});
    }
    [[nodiscard]] std::optional<model::StateValue> get(std::uint32_t n) const {
        const auto value = view_->get(balance(n));
        EXPECT_TRUE(value.ok());
        return *value;
    }

    const std::vector<std::optional<model::StateValue>> expected_ = {
        amount(10), amount(31), amount(32), std::nullopt, amount(14), amount(25), std::nullopt};
    std::unique_ptr<core::PendingView> view_;
};

TEST_F(PendingViewTest, the_newest_block_that_wrote_a_row_decides) {
    for (std::uint32_t n = 0; n < expected_.size(); ++n) {
        EXPECT_EQ(get(n), expected_[n]) << "account " << n;
    }
}

TEST_F(PendingViewTest, many_rows_are_what_each_is) {
    std::vector<std::pair<model::StateKey, std::uint32_t>> wanted;
    for (std::uint32_t n = 0; n < expected_.size(); ++n) {
        wanted.emplace_back(balance(n), n);
    }
    std::sort(wanted.begin(), wanted.end());
    std::vector<model::StateKey> keys;
    for (const auto& [key, n] : wanted) {
        keys.push_back(key);
    }
    std::vector<std::optional<model::StateValue>> values;
    ASSERT_TRUE(view_->get_many(keys, values).ok());
    ASSERT_EQ(values.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        EXPECT_EQ(values[i], expected_[wanted[i].second]) << "account " << wanted[i].second;
    }
}

/// A store that can no longer be read.
class BrokenView final : public protocol::StateView {
  public:
    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey&) const override {
        return absl::DataLossError("unreadable");
    }
};

TEST(PendingView, a_row_below_that_cannot_be_read_is_an_error_and_not_absent) {
    const core::PendingView view(std::make_unique<BrokenView>(),
                                 {rows({{balance(1), std::nullopt, amount(1)}})});
    EXPECT_TRUE(view.get(balance(1)).ok());
    EXPECT_EQ(view.get(balance(2)).status().code(), absl::StatusCode::kDataLoss);
    std::vector<model::StateKey> keys = {balance(1), balance(2)};
    std::sort(keys.begin(), keys.end());
    std::vector<std::optional<model::StateValue>> values;
    EXPECT_EQ(view.get_many(keys, values).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace parallax::test
