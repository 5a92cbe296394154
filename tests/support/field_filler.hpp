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
    [[nodiscard]] model::StateValue value(model::Family family) {
        model::StateValue value = model::default_value(family);
        std::visit(
            [&](auto& alternative) {
                if constexpr (requires { alternative.get(); }) {
                    auto inner = alternative.get();
                    fill(inner);
                    alternative = base::Boxed(std::move(inner));
                } else {
                    fill(alternative);
                }
            },
            value);
        return value;
    }
    [[nodiscard]] model::StateKey key() {
        const model::FamilyRow& row = model::kFamilies[random_.below(model::kFamilies.size())];
        model::StateKey key{row.family, {}, {}};
        fill_part(row.owner, key.owner);
        fill_part(row.detail, key.detail);
        return key;
    }
    /// At most `size` entries.
    [[nodiscard]] model::Delta delta(std::size_t size) {
        std::map<model::StateKey, model::DeltaEntry> entries;
        for (std::size_t i = 0; i < size; ++i) {
            model::DeltaEntry entry{key(), std::nullopt, std::nullopt};
            if (coin()) {
                entry.before = value(entry.key.family);
            }
            if (coin()) {
                entry.after = value(entry.key.family);
            }
            entries.insert_or_assign(entry.key, entry);
        }
        model::Delta delta;
        for (auto& [key, entry] : entries) {
            delta.entries.push_back(entry);
        }
        return delta;
    }
    [[nodiscard]] model::BlockOutcome outcome() {
        model::BlockOutcome outcome = record<model::BlockOutcome>();
        outcome.access_log = record<model::AccessLog>();
        return outcome;
    }

  private:
    bool coin() { return random_.below(2) == 0; }
    void fill_part(model::KeyPart part, std::array<std::uint8_t, 32>& bytes) {
        switch (part) {
            case model::KeyPart::kNone:
                return;
            case model::KeyPart::kCounter:
                bytes[0] = static_cast<std::uint8_t>(1 + random_.below(4));
                return;
            case model::KeyPart::kAccount:
            case model::KeyPart::kAsset:
            case model::KeyPart::kHash:
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
    void fill(model::Family& family) {
        family = model::kFamilies[random_.below(model::kFamilies.size())].family;
    }
    void fill(model::ErrorCode& code) {
        code = coin() ? model::ErrorCode::kNonceTooLow : model::ErrorCode::kUnknown;
    }
    template <class T>
    requires requires { T::kSize; }
    void fill(T& value) { value = tagged<T>(); }
    template <class T>
    requires requires { typename T::Rep; }
    void fill(T& value) { value = T{static_cast<typename T::Rep>(random_.number())}; }
    void fill(base::Bytes& value) { value = random_.bytes(random_.below(9)); }
    void fill(std::string& value) {
        const base::Bytes bytes = random_.bytes(random_.below(9));
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
    template <model::Record T>
    void fill(T& record) {
        visit_fields(record, *this);  // by argument: whatever is included after this
    }
    void fill(model::StateKey& value) { value = key(); }
    void fill(model::Delta& value) { value = delta(6); }

    RandomBytes& random_;
};

}  // namespace parallax::test
