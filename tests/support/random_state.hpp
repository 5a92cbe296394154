#pragma once

#include "tests/support/random_bytes.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/model/families.hpp"

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace parallax::test {

/// A `visit_fields` visitor that fills every field of a record with random content.
class RandomFields {
  public:
    explicit RandomFields(RandomBytes& random) : random_(random) {}

    template <class T>
    void operator()(const char*, T& field) {
        fill(field);
    }
    template <model::Record T>
    void fill(T& record) {
        model::visit_fields(record, *this);
    }

  private:
    template <class T>
    requires std::is_unsigned_v<T>
    void fill(T& number) { number = static_cast<T>(random_.number()); }
    template <class Tag, std::size_t N>
    void fill(base::TaggedBytes<Tag, N>& bytes) {
        bytes.mutable_bytes() = random_.array<N>();
    }
    template <class Tag, class T>
    void fill(base::TaggedNumber<Tag, T>& number) {
        number = base::TaggedNumber<Tag, T>(static_cast<T>(random_.number()));
    }
    template <class T>
    void fill(std::optional<T>& field) {
        field.reset();
        if (random_.below(2) == 1) {
            fill(field.emplace());
        }
    }
    template <class T>
    void fill(std::vector<T>& items) {
        items.resize(random_.below(4));
        for (T& item : items) {
            fill(item);
        }
    }

    RandomBytes& random_;
};

/// A random value of the type that `family` holds.
[[nodiscard]] inline model::StateValue random_value(model::Family family, RandomBytes& random) {
    return std::visit(
        [&random](auto alternative) -> model::StateValue {
            RandomFields fields(random);
            if constexpr (requires { alternative.get(); }) {
                auto record = alternative.get();
                fields.fill(record);
                return decltype(alternative)(std::move(record));
            } else {
                fields.fill(alternative);
                return alternative;
            }
        },
        model::default_value(family));
}

/// A key of `family` out of `variety` owners and details, so that keys come again.
[[nodiscard]] inline model::StateKey random_key(model::Family family, std::uint64_t variety,
                                                RandomBytes& random) {
    const model::FamilyRow& row = model::family_row(family);
    model::StateKey key{family, {}, {}};
    // First and last byte, so that order and the whole length matter.
    if (row.owner == model::KeyPart::kCounter) {
        key.owner[0] = static_cast<std::uint8_t>(1 + random.below(4));
    } else if (row.owner != model::KeyPart::kNone) {
        key.owner[0] = static_cast<std::uint8_t>(0xff - random.below(variety));
        key.owner[31] = static_cast<std::uint8_t>(random.below(variety));
    }
    if (row.detail != model::KeyPart::kNone) {
        key.detail[31] = static_cast<std::uint8_t>(random.below(variety));
    }
    return key;
}

/// A chain of random blocks over every family, with the plain map that any store must agree with.
/// The same seed gives the same chain.
class RandomChain {
  public:
    explicit RandomChain(std::uint64_t seed) : random_(seed) {}

    /// The next block: inserts, updates, deletes, and entries that change nothing.
    [[nodiscard]] core::BlockCommit next_block(std::uint64_t max_entries) {
        constexpr std::uint64_t kVariety = 6;
        std::map<model::StateKey, model::DeltaEntry> entries;
        for (std::uint64_t i = random_.below(max_entries + 1); i > 0; --i) {
            const model::Family family =
                model::kFamilies[random_.below(model::kFamilies.size())].family;
            const model::StateKey key = random_key(family, kVariety, random_);
            const auto found = rows_.find(key);
            model::DeltaEntry entry{key, std::nullopt, std::nullopt};
            if (found != rows_.end()) {
                entry.before = found->second;
            }
            const std::uint64_t choice = random_.below(10);
            if (choice == 0) {
                entry.after = entry.before;
            } else if (choice > 2) {
                entry.after = random_value(family, random_);
            }
            entries.insert_or_assign(key, std::move(entry));
        }
        core::BlockCommit block;
        for (auto& [key, entry] : entries) {
            apply(entry);
            block.delta.entries.push_back(std::move(entry));
        }
        block.ledger_record = random_.bytes(random_.below(40));
        block.cursor = {model::Topoheight{height_++}, model::Hash::from_array(random_.array<32>()),
                        model::Hash::from_array(random_.array<32>())};
        return block;
    }

    [[nodiscard]] const std::map<model::StateKey, model::StateValue>& rows() const noexcept {
        return rows_;
    }
    [[nodiscard]] RandomBytes& random() noexcept { return random_; }

  private:
    void apply(const model::DeltaEntry& entry) {
        if (entry.after) {
            rows_.insert_or_assign(entry.key, *entry.after);
        } else {
            rows_.erase(entry.key);
        }
    }

    RandomBytes random_;
    std::uint64_t height_ = 0;
    std::map<model::StateKey, model::StateValue> rows_;
};

}  // namespace parallax::test
