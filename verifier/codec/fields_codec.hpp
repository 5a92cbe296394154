#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/model/delta.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace parallax::codec {

/// The canonical encoder and decoder over `visit_fields`: see canonical.hpp for the rules. A type
/// that no overload knows does not compile.

/// Whether a number that was read is one of the enum's own.
[[nodiscard]] inline bool is_listed(model::ErrorCode code) noexcept {
    return model::error_code_name(code) != "UNNAMED";
}
[[nodiscard]] inline bool is_listed(model::BlockStatus status) noexcept {
    return status == model::BlockStatus::kAccepted || status == model::BlockStatus::kRejected;
}
[[nodiscard]] inline bool is_listed(model::TransactionStatus status) noexcept {
    return model::transaction_status_name(status) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::AccessKind kind) noexcept {
    return model::access_kind_name(kind) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::VerdictKind kind) noexcept {
    return model::verdict_kind_name(kind) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::InconclusiveReason reason) noexcept {
    return model::inconclusive_reason_name(reason) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Section section) noexcept {
    return model::section_name(section) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::FindingClass finding_class) noexcept {
    return model::finding_class_name(finding_class) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Dependency hazard) noexcept {
    return model::dependency_name(hazard) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Family family) noexcept {
    return family >= model::kFamilies.front().family && family <= model::kFamilies.back().family;
}
[[nodiscard]] inline bool is_listed(model::TransactionType type) noexcept {
    return model::transaction_type_name(type) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::SignaturePolicy policy) noexcept {
    return model::signature_policy_name(policy) != "unknown";
}

[[nodiscard]] inline bool is_listed(model::Counter counter) noexcept {
    return model::counter_name(counter) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::CauseKind kind) noexcept {
    return model::cause_kind_name(kind) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Direction direction) noexcept {
    return model::direction_name(direction) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Phase phase) noexcept {
    return model::phase_name(phase) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Check check) noexcept {
    return model::check_name(check) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::Hazard hazard) noexcept {
    return model::hazard_name(hazard) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::PlaceKind kind) noexcept {
    return model::place_kind_name(kind) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::ValueKind kind) noexcept {
    return model::value_kind_name(kind) != "unknown";
}
[[nodiscard]] inline bool is_listed(model::ControlRerun rerun) noexcept {
    return model::control_rerun_name(rerun) != "unknown";
}

template <class T>
concept TaggedBytesField = requires(const T& value) {
    T::kSize;
    value.bytes();
};
template <class T>
concept TaggedNumberField = requires(const T& value) {
    typename T::Rep;
    value.value();
};
template <class T>
concept EnumField = std::is_enum_v<T>;

/// Writes each field that it visits.
class FieldsEncoder {
  public:
    explicit FieldsEncoder(base::ByteWriter& writer) noexcept : writer_(writer) {}

    template <class T>
    void operator()(const char*, const T& value) {
        write(value);
    }

    void write(bool value) { writer_.boolean(value); }
    template <std::unsigned_integral T>
    void write(T value) {
        writer_.integer(value);
    }
    template <EnumField T>
    void write(T value) {
        writer_.integer(static_cast<std::underlying_type_t<T>>(value));
    }
    template <TaggedBytesField T>
    void write(const T& value) {
        writer_.tagged(value);
    }
    template <TaggedNumberField T>
    void write(const T& value) {
        writer_.number(value);
    }
    void write(const base::Bytes& value) {
        write_size(value.size());
        writer_.raw(value);
    }
    void write(const std::string& value) {
        write_size(value.size());
        for (const char character : value) {
            writer_.u8(static_cast<std::uint8_t>(character));
        }
    }
    template <class T>
    void write(const std::optional<T>& value) {
        writer_.boolean(value.has_value());
        if (value) {
            write(*value);
        }
    }
    template <class T>
    void write(const std::vector<T>& items) {
        write_size(items.size());
        for (const T& item : items) {
            write(item);
        }
    }
    template <model::Record T>
    void write(const T& record) {
        visit_fields(record, *this);  // by argument: modules have records of their own
    }
    void write(const model::StateKey& key) {
        writer_.u8(static_cast<std::uint8_t>(key.family));
        writer_.raw(key.owner);
        writer_.raw(key.detail);
    }
    /// Without its family: what precedes it says which one.
    void write(const model::StateValue& value) {
        model::visit_record(value, [&](const auto& record) { write(record); });
    }
    void write(const model::DeltaEntry& entry) {
        write(entry.key);
        write(entry.before);
        write(entry.after);
    }
    void write(const model::Delta& delta) { write(delta.entries); }

  private:
    void write_size(std::size_t size) { writer_.u32(static_cast<std::uint32_t>(size)); }

    base::ByteWriter& writer_;
};

/// The encoding of a default value: no list or byte string has an element and no optional a value,
/// so nothing of this type is shorter.
template <class T>
[[nodiscard]] std::size_t minimal_encoded_size() {
    static const std::size_t size = [] {
        base::ByteWriter writer;
        FieldsEncoder(writer).write(T{});
        return writer.size();
    }();
    return size;
}

/// Reads each field that it visits. Failures are in the reader.
class FieldsDecoder {
  public:
    explicit FieldsDecoder(base::ByteReader& reader) noexcept : reader_(reader) {}

    template <class T>
    void operator()(const char* name, T& value) {
        read(name, value);
    }

    void read(const char* name, bool& value) { value = reader_.boolean(name); }
    template <std::unsigned_integral T>
    void read(const char* name, T& value) {
        value = reader_.integer<T>(name);
    }
    template <EnumField T>
    void read(const char* name, T& value) {
        const auto read_value = static_cast<T>(reader_.integer<std::underlying_type_t<T>>(name));
        if (is_listed(read_value)) {
            value = read_value;
        } else {
            reader_.fail(name, "is not a listed value");
        }
    }
    template <TaggedBytesField T>
    void read(const char* name, T& value) {
        value = reader_.tagged<T>(name);
    }
    template <TaggedNumberField T>
    void read(const char* name, T& value) {
        value = reader_.number<T>(name);
    }
    void read(const char* name, base::Bytes& value) {
        value = reader_.bytes(reader_.u32(name), name);
    }
    void read(const char* name, std::string& value) {
        const auto text = reader_.view(reader_.u32(name), name);
        value.assign(text.begin(), text.end());
    }
    template <class T>
    void read(const char* name, std::optional<T>& value) {
        value.reset();
        if (reader_.boolean(name)) {
            read(name, value.emplace());
        }
    }
    template <class T>
    void read(const char* name, std::vector<T>& items) {
        items.clear();
        const std::uint32_t count = reader_.u32(name);
        if (!reader_.check_count(count, 0, count, minimal_encoded_size<T>(), name)) {
            return;
        }
        items.reserve(count);
        for (std::size_t i = 0; i < count && reader_.ok(); ++i) {
            const base::ByteReader::Scope scope(reader_, name, i);
            read("", items.emplace_back());
        }
    }
    template <model::Record T>
    void read(const char* name, T& record) {
        if (*name == '\0') {
            model::visit_fields(record, *this);
            return;
        }
        const base::ByteReader::Scope scope(reader_, name);
        model::visit_fields(record, *this);
    }
    void read(const char* name, model::StateKey& key);
    void read(const char* name, model::DeltaEntry& entry);
    /// A list with ascending, distinct keys.
    void read(const char* name, model::Delta& delta);
    /// A value of `family`.
    void read_value(const char* name, model::Family family, model::StateValue& value);

  private:
    void read_optional_value(const char* name, model::Family family,
                             std::optional<model::StateValue>& value);

    base::ByteReader& reader_;
};

}  // namespace parallax::codec
