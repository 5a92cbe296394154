#pragma once

#include "tests/support/random_bytes.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace parallax::test {

/// Random records through their field lists. Enums get one of their first two values.
class FieldFiller {
  public:
    explicit FieldFiller(RandomBytes& random) : random_(random) {}

    template <class T>
    void operator()(const char*, T& value) {
        fill(value);
    }
    template <class T>
    [[nodiscard]] T record() {
        T value;
        fill(value);
        return value;
    }
    template <class T>
    [[nodiscard]] T tagged() {
        return T::from_array(random_.array<T::kSize>());
    }
    [[nodiscard]] StateValue value(Family family) {
        StateValue value = default_value(family);
        std::visit(
            [&](auto& alternative) {
                if constexpr (requires { alternative.get(); }) {
                    auto inner = alternative.get();
                    fill(inner);
                    alternative = Boxed(std::move(inner));
                } else {
                    fill(alternative);
                }
            },
            value);
        return value;
    }
    [[nodiscard]] StateKey key() {
        const FamilyRow& row = kFamilies[random_.below(kFamilies.size())];
        StateKey key{row.family, {}, {}};
        fill_part(row.owner, key.owner);
        fill_part(row.detail, key.detail);
        return key;
    }
    /// At most `size` entries.
    [[nodiscard]] Delta delta(std::size_t size) {
        std::map<StateKey, DeltaEntry> entries;
        for (std::size_t i = 0; i < size; ++i) {
            DeltaEntry entry{key(), std::nullopt, std::nullopt};
            if (coin()) {
                entry.before = value(entry.key.family);
            }
            if (coin()) {
                entry.after = value(entry.key.family);
            }
            entries.insert_or_assign(entry.key, entry);
        }
        Delta delta;
        for (auto& [key, entry] : entries) {
            delta.entries.push_back(entry);
        }
        return delta;
    }
    [[nodiscard]] BlockOutcome outcome() {
        BlockOutcome outcome = record<BlockOutcome>();
        outcome.access_log = record<AccessLog>();
        return outcome;
    }

  private:
    bool coin() { return random_.below(2) == 0; }
    void fill_part(KeyPart part, std::array<std::uint8_t, 32>& bytes) {
        switch (part) {
            case KeyPart::kNone:
                return;
            case KeyPart::kCounter:
                bytes[0] = static_cast<std::uint8_t>(1 + random_.below(4));
                return;
            case KeyPart::kAccount:
            case KeyPart::kAsset:
            case KeyPart::kHash:
                bytes = random_.array<32>();
                return;
        }
    }

    void fill(bool& value) { value = coin(); }
    template <std::unsigned_integral T>
    void fill(T& value) {
        value = static_cast<T>(random_.number());
    }
    template <class T>
    requires std::is_enum_v<T>
    void fill(T& value) { value = static_cast<T>(random_.below(2)); }
    void fill(Family& family) { family = kFamilies[random_.below(kFamilies.size())].family; }
    void fill(ErrorCode& code) { code = coin() ? ErrorCode::kNonceTooLow : ErrorCode::kUnknown; }
    template <class T>
    requires requires { T::kSize; }
    void fill(T& value) { value = tagged<T>(); }
    template <class T>
    requires requires { typename T::Rep; }
    void fill(T& value) { value = T{static_cast<typename T::Rep>(random_.number())}; }
    void fill(Bytes& value) { value = random_.bytes(random_.below(9)); }
    void fill(std::string& value) {
        const Bytes bytes = random_.bytes(random_.below(9));
        value.assign(bytes.begin(), bytes.end());
    }
    template <class T>
    void fill(std::optional<T>& value) {
        value.reset();
        if (coin()) {
            fill(value.emplace());
        }
    }
    template <class T>
    void fill(std::vector<T>& items) {
        items.clear();
        for (std::uint64_t count = 1 + random_.below(3); count > 0; --count) {
            fill(items.emplace_back());
        }
    }
    template <Record T>
    void fill(T& record) {
        visit_fields(record, *this);
    }
    void fill(StateKey& value) { value = key(); }
    void fill(Delta& value) { value = delta(6); }

    RandomBytes& random_;
};

}  // namespace parallax::test
