#include "replay/shrink/shrinker.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace parallax::replay {
namespace {

constexpr std::array<std::uint64_t, 12> kRoundAmounts = {
    1,         10,         100,         1'000,         10'000,         100'000,
    1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000, 100'000'000'000};

model::Amount* row_amount(BundleDraft& draft, const model::StateKey& key) {
    for (core::RecordedRow& row : draft.bundle.pre_state) {
        if (row.key == key && row.value &&
            std::holds_alternative<model::AmountRecord>(*row.value)) {
            return &std::get<model::AmountRecord>(*row.value).amount;
        }
    }
    return nullptr;
}

}  // namespace

/// Nonces start at 0: rows and transactions of one account together.
void Shrinker::lower_nonces() {
    const BundleDraft before = draft();
    for (const core::RecordedRow& row : before.bundle.pre_state) {
        if (!row.value || !std::holds_alternative<model::AccountRecord>(*row.value)) {
            continue;
        }
        (void)try_edit([&](BundleDraft& edited) {
            std::uint64_t base = 0;
            for (core::RecordedRow& found : edited.bundle.pre_state) {
                if (found.key == row.key && found.value) {
                    base = std::get<model::AccountRecord>(*found.value).nonce.value();
                    found.value = model::AccountRecord{};
                }
            }
            const model::PublicKey owner = model::PublicKey::from_array(row.key.owner);
            for (std::size_t i = 0; i < edited.parts.size(); ++i) {
                // What was signed stays, unless signatures count as checked.
                if (edited.parts[i].source == owner && edited.bundle.signatures_checked) {
                    const std::uint64_t nonce = edited.block->nonce(i).value();
                    edited.block->set_nonce(i, model::Nonce{nonce - std::min(nonce, base)});
                }
            }
            return true;
        });
    }
}

/// The first round number that will do.
void Shrinker::lower_amounts() {
    if (!current_.signatures_checked) {
        return;
    }
    const BundleDraft before = draft();
    for (std::size_t i = 0; i < before.parts.size(); ++i) {
        const std::vector<model::Amount> amounts = before.block->amounts(i);
        for (std::size_t j = 0; j < amounts.size(); ++j) {
            const std::uint64_t old = amounts[j].value();
            for (const std::uint64_t amount : kRoundAmounts) {
                if (amount >= old || try_edit([&](BundleDraft& edited) {
                        edited.block->set_amount(i, j, model::Amount{amount});
                        return true;
                    })) {
                    break;
                }
            }
        }
    }
}

/// The smallest number, by halving what is between one that will do and one that will not.
void Shrinker::lower_rows() {
    std::vector<model::StateKey> keys;
    for (const core::RecordedRow& row : current_.pre_state) {
        if (row.value && std::holds_alternative<model::AmountRecord>(*row.value)) {
            keys.push_back(row.key);
        }
    }
    for (const model::StateKey& key : keys) {
        const auto lower = [&](std::uint64_t amount) {
            return try_edit([&](BundleDraft& edited) {
                model::Amount* const at = row_amount(edited, key);
                if (at == nullptr) {
                    return false;
                }
                *at = model::Amount{amount};
                return true;
            });
        };
        BundleDraft before = draft();
        const model::Amount* const start = row_amount(before, key);
        if (start == nullptr || start->value() == 0 || lower(0)) {
            continue;
        }
        std::uint64_t bad = 0;
        std::uint64_t good = start->value();
        while (good - bad > 1 && !oracle_.exhausted()) {
            const std::uint64_t middle = bad + (good - bad) / 2;
            (lower(middle) ? good : bad) = middle;
        }
    }
}

}  // namespace parallax::replay
