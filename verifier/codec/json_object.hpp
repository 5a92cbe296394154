#pragma once

#include "verifier/base/tagged_bytes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace parallax::codec {

/// Typed access to a JSON object that may be anything: nothing aborts, and the first wrong type is
/// written to `problem` with its path. A member that is absent or null counts as its default,
/// unless the function says required. Borrows the value and the problem.
class JsonObject {
  public:
    JsonObject(const nlohmann::json& value, std::string path, std::string& problem)
        : value_(value), path_(std::move(path)), problem_(problem) {
        if (!value_.is_object()) {
            fail("", "is not an object");
        }
    }

    /// A member that is not among `known` is a problem: what is spelt wrongly would otherwise count
    /// as absent.
    void allow_only(std::initializer_list<std::string_view> known) const;
    /// Null if the member is absent or null.
    [[nodiscard]] const nlohmann::json* find(const char* name) const;
    [[nodiscard]] std::optional<std::uint64_t> optional_number(const char* name) const;
    /// 0 by default; anything that does not fit in T is a problem.
    template <class T>
    [[nodiscard]] T number(const char* name) const {
        const std::uint64_t value = optional_number(name).value_or(0);
        if (value > std::numeric_limits<T>::max()) {
            fail(name, "is too large");
            return 0;
        }
        return static_cast<T>(value);
    }
    [[nodiscard]] bool boolean(const char* name, bool otherwise) const;
    [[nodiscard]] std::optional<std::string> optional_text(const char* name) const;
    /// Hex digits; an optional 0x is tolerated (10).
    [[nodiscard]] std::optional<base::Bytes> optional_hex(const char* name) const;
    /// Required.
    template <class T>
    [[nodiscard]] T tagged(const char* name) const {
        const auto value = T::from_hex(optional_text(name).value_or(""));
        if (!value) {
            fail(name, fmt::format("is not {} bytes of hex", T::kSize));
            return T{};
        }
        return *value;
    }
    /// Calls `f` with each item of a list of objects.
    template <class F>
    void each_object(const char* name, F&& f) const {
        each_value(name, [&](const nlohmann::json& item, std::string path) {
            f(JsonObject(item, std::move(path), problem_));
        });
    }
    /// Calls `f` with each item of a list and the item's path.
    template <class F>
    void each_value(const char* name, F&& f) const {
        const nlohmann::json* list = find(name);
        if (list == nullptr) {
            return;
        }
        if (!list->is_array()) {
            fail(name, "is not a list");
            return;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            f((*list)[i], fmt::format("{}.{}[{}]", path_, name, i));
        }
    }
    [[nodiscard]] JsonObject child(const nlohmann::json& value, const char* name) const {
        return {value, fmt::format("{}.{}", path_, name), problem_};
    }

    void fail(const char* name, std::string_view what) const;
    [[nodiscard]] bool ok() const { return problem_.empty(); }

  private:
    const nlohmann::json& value_;
    std::string path_;
    std::string& problem_;
};

}  // namespace parallax::codec
