#pragma once

/// The one description of a record's fields.
///
/// A record type T has a free function `visit_fields(T-or-const-T&, visitor)` beside it, which
/// calls `visitor("name", member)` for each member in wire order. Everything that must know the
/// fields goes through it: the canonical encoder and decoder (codec), the comparator and the
/// reports (core, reports), and the field-flip test. Each `visit_fields` starts with a structured
/// binding over *all* members, so that adding a member without visiting it fails to compile.
///
/// A visitor must accept: unsigned integers, bool, enum class, TaggedBytes, TaggedNumber, Bytes,
/// std::string, std::optional of any of these or of a record, std::vector likewise, and records.

#include <concepts>
#include <type_traits>

namespace parallax::model {

/// Satisfied by `T` and `const T`: lets one `visit_fields` serve readers and writers.
template <class Self, class T>
concept SameRecord = std::same_as<std::remove_const_t<Self>, T>;

namespace fields_internal {
struct AnyVisitor {
    template <class T>
    void operator()(const char*, T&) const {}
};
}  // namespace fields_internal

/// A type described by `visit_fields`.
template <class T>
concept Record = requires(T& record, fields_internal::AnyVisitor& visitor) {
    visit_fields(record, visitor);
};

}  // namespace parallax::model
