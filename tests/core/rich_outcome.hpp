#pragma once

#include "tests/core/leaf_flipper.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"

#include <string>
#include <type_traits>
#include <vector>

namespace parallax::test {

/// Gives every member of the records it visits its own value: no zeros, two elements in each list,
/// every optional present, opaque bytes longer than what is printed.
class Filler {
  public:
    explicit Filler(std::uint64_t seed) : next_(seed) {}

    template <class T>
    void operator()(const char* /*name*/, T& member) {
        if constexpr (std::is_same_v<T, base::Bytes>) {
            member.assign(80, byte());
        } else if constexpr (std::is_same_v<T, std::uint8_t>) {
            member = byte();
        } else if constexpr (std::unsigned_integral<T>) {
            member = static_cast<T>(number());
        } else if constexpr (IsTaggedNumber<T>::value) {
            member = T{static_cast<typename T::Rep>(number())};
        } else if constexpr (IsOptional<T>::value) {
            (*this)("", member.emplace());
        } else if constexpr (IsVector<T>::value) {
            member.resize(2);
            (*this)("", member[0]);
            (*this)("", member[1]);
        } else if constexpr (model::Record<T>) {
            model::visit_fields(member, *this);
        } else if constexpr (!std::is_enum_v<T>) {
            member.mutable_bytes().fill(byte());
        }
    }

  private:
    std::uint64_t number() { return 1000 * ++next_; }
    std::uint8_t byte() { return static_cast<std::uint8_t>(1 + ++next_ % 250); }
    std::uint64_t next_;
};

/// `f` on the record inside `value`, which it may change.
template <class F>
void change_record(model::StateValue& value, F&& f) {
    std::visit(
        [&](auto& alternative) {
            if constexpr (requires { alternative.get(); }) {
                auto record = alternative.get();
                f(record);
                alternative = std::remove_reference_t<decltype(alternative)>(std::move(record));
            } else {
                f(alternative);
            }
        },
        value);
}

inline model::StateValue rich_value(model::Family family, std::uint64_t seed) {
    model::StateValue value = model::default_value(family);
    Filler filler(seed);
    change_record(value, [&](auto& record) { model::visit_fields(record, filler); });
    return value;
}

inline model::StateKey rich_key(const model::FamilyRow& row, std::uint8_t seed) {
    model::StateKey key{row.family, {}, {}};
    if (row.owner == model::KeyPart::kCounter) {
        key.owner[0] = seed;
    } else if (row.owner != model::KeyPart::kNone) {
        key.owner.fill(static_cast<std::uint8_t>(0x10 + seed));
    }
    if (row.detail != model::KeyPart::kNone) {
        key.detail.fill(static_cast<std::uint8_t>(0x20 + seed));
    }
    return key;
}

/// An outcome with something in every member: all families, changed from one rich value to
/// another, and results of every status.
inline model::BlockOutcome rich_outcome() {
    model::BlockOutcome outcome;
    Filler filler(5);
    for (std::uint8_t i = 0; i < 5; ++i) {
        model::TransactionResult& result = outcome.results.emplace_back();
        model::visit_fields(result, filler);
        result.status = static_cast<model::TransactionStatus>(i);
        result.code = i == 1 ? model::ErrorCode::kNonceTooLow : model::ErrorCode::kSuccess;
    }
    for (std::uint8_t i = 1; i <= 4; ++i) {
        outcome.orphans.emplace_back().mutable_bytes().fill(static_cast<std::uint8_t>(40 * i));
    }
    model::visit_fields(outcome.totals, filler);
    std::uint64_t seed = 100;
    for (const model::FamilyRow& row : model::kFamilies) {
        for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}}) {
            if (row.owner == model::KeyPart::kNone && key == 2) {
                continue;
            }
            seed += 50;
            outcome.delta.entries.push_back({rich_key(row, key), rich_value(row.family, seed),
                                             rich_value(row.family, seed + 25)});
        }
    }
    return outcome;
}

}  // namespace parallax::test
