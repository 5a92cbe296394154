#pragma once

#include "verifier/model/difference_values.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_value.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace parallax::codec {

/// One printed leaf of a record. Two leaves of one type have equal texts exactly if their values
/// are equal: what is cut for length carries the hash of the whole.
struct RenderedField {
    /// Prefix, then dotted names and indices, as `after.pending[1].amount`.
    std::string path;
    std::string text;
    /// Names of fields alone, as `pending[].amount`: `model::Place::field`, and its indices.
    std::string field;
    std::vector<std::uint32_t> indices;
    model::Value value;

    /// The value of a numeric leaf, for signed differences.
    [[nodiscard]] std::optional<std::uint64_t> number() const {
        return value.kind == model::ValueKind::kNumber ? std::optional(value.number->low)
                                                       : std::nullopt;
    }
};

/// Bytes of an opaque value that are printed before it is cut.
inline constexpr std::size_t kMaxRenderedBytes = 64;
/// Fields that a one-line summary of a record names.
inline constexpr std::size_t kMaxSummaryFields = 8;

/// How a value that is not there is printed; no value prints like this.
inline constexpr std::string_view kAbsentText = "absent";
/// How a key that one side's delta does not have is printed.
inline constexpr std::string_view kNotWrittenText = "not written";

/// Hex, `empty` for none; beyond `kMaxRenderedBytes` cut, with length and BLAKE3 of the whole.
[[nodiscard]] std::string render_bytes(std::span<const std::uint8_t> bytes);
/// In quotes, with anything but printable ASCII escaped.
[[nodiscard]] std::string render_quoted(std::string_view text);
/// For a sentence: long hex without its middle, then, where `most` characters do not hold it, the
/// text without its own. Both ends stay: what differs is often the last word, as `-> absent`.
[[nodiscard]] std::string shortened_text(std::string_view text, std::size_t most);
/// `NONCE_TOO_LOW (0x0110)`.
[[nodiscard]] std::string render_enum(model::ErrorCode code);
[[nodiscard]] std::string render_enum(model::TransactionStatus status);
[[nodiscard]] std::string render_enum(model::BlockStatus status);
/// `{amount: 60}`, or `absent`; at most `kMaxSummaryFields` fields.
[[nodiscard]] std::string render_summary(const std::optional<model::StateValue>& value);
[[nodiscard]] std::string render_summary(const model::TransactionResult& result);
/// The same as values. A row is its summary, its hash and, where it holds one amount, its number.
[[nodiscard]] model::Value value_of(std::span<const std::uint8_t> bytes);
[[nodiscard]] model::Value value_of(model::ErrorCode code);
[[nodiscard]] model::Value value_of(model::TransactionStatus status);
[[nodiscard]] model::Value value_of(model::BlockStatus status);
[[nodiscard]] model::Value value_of(const std::optional<model::StateValue>& row);
[[nodiscard]] model::Value value_of(const model::TransactionResult& result);
/// Candidate minus control with its sign, as `-40`; `+0` if they are equal.
[[nodiscard]] std::string signed_difference(std::uint64_t control, std::uint64_t candidate);

namespace render_internal {
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsTaggedNumber = false;
template <class Tag, std::unsigned_integral T>
inline constexpr bool kIsTaggedNumber<base::TaggedNumber<Tag, T>> = true;
}  // namespace render_internal

/// A visitor for `visit_fields` that flattens a record into its leaves, in visit order. An absent
/// optional and a missing list element have no leaf. A type that it cannot print fails to compile.
class FieldRenderer {
  public:
    FieldRenderer(std::string prefix, std::vector<RenderedField>& fields)
        : at_{std::move(prefix), {}, {}}, fields_(fields) {}

    template <class T>
    void operator()(const char* name, const T& member) {
        const auto below = [&](const std::string& text) {
            return text.empty() ? std::string(name) : text + '.' + name;
        };
        add({below(at_.path), below(at_.field), at_.indices}, member);
    }

  private:
    /// Where a member stands, in the three ways of `RenderedField`.
    struct Position {
        std::string path;
        std::string field;
        std::vector<std::uint32_t> indices;
    };

    FieldRenderer(Position at, std::vector<RenderedField>& fields)
        : at_(std::move(at)), fields_(fields) {}

    template <class T>
    void add(const Position& at, const T& member) {
        using namespace render_internal;
        if constexpr (std::same_as<T, bool>) {
            const char* const text = member ? "true" : "false";
            leaf(at, text, model::name_value(text));
        } else if constexpr (std::unsigned_integral<T>) {
            leaf(at, std::to_string(member), model::number_value(member));
        } else if constexpr (std::is_enum_v<T>) {
            leaf(at, render_enum(member), value_of(member));
        } else if constexpr (std::same_as<T, base::Bytes>) {
            leaf(at, render_bytes(member), value_of(member));
        } else if constexpr (std::same_as<T, std::string>) {
            const std::string text = render_quoted(member);
            leaf(at, text, model::name_value(text));
        } else if constexpr (kIsTaggedNumber<T>) {
            leaf(at, std::to_string(member.value()), model::number_value(member.value()));
        } else if constexpr (kIsOptional<T>) {
            if (member) {
                add(at, *member);
            }
        } else if constexpr (kIsVector<T>) {
            for (std::size_t i = 0; i < member.size(); ++i) {
                Position element{at.path + '[' + std::to_string(i) + ']', at.field + "[]",
                                 at.indices};
                element.indices.push_back(static_cast<std::uint32_t>(i));
                add(element, member[i]);
            }
        } else if constexpr (model::Record<T>) {
            FieldRenderer nested(at, fields_);
            model::visit_fields(member, nested);
        } else {
            leaf(at, member.hex(), value_of(std::span<const std::uint8_t>(member.bytes())));
        }
    }
    void leaf(const Position& at, std::string text, model::Value value) {
        fields_.push_back({at.path, std::move(text), at.field, at.indices, std::move(value)});
    }

    Position at_;
    std::vector<RenderedField>& fields_;
};

/// The leaves of a record, each path behind `prefix`.
template <model::Record R>
[[nodiscard]] std::vector<RenderedField> render_fields(const R& record, std::string prefix) {
    std::vector<RenderedField> fields;
    FieldRenderer renderer(std::move(prefix), fields);
    model::visit_fields(record, renderer);
    return fields;
}
[[nodiscard]] std::vector<RenderedField> render_fields(const model::StateValue& value,
                                                       std::string prefix);

}  // namespace parallax::codec
