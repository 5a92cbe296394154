#include "verifier/codec/canonical.hpp"

#include "verifier/codec/fields_codec.hpp"
#include "verifier/codec/finding_values.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::codec {
namespace {

/// First byte of an outcome and of a verdict: changes with any change of their fields.
constexpr std::uint8_t kOutcomeVersion = 1;
constexpr std::uint8_t kVerdictVersion = 2;
/// A verdict that names what no invariant judged: version 2 with that list, never empty, behind it.
constexpr std::uint8_t kVerdictVersionUnjudged = 3;
/// A verdict whose findings have values: version 2, the list `unjudged`, and the values.
constexpr std::uint8_t kVerdictVersionValues = 4;
/// A verdict on a block of which a node was observed: version 4 with the list `observed`, never
/// empty, behind it.
constexpr std::uint8_t kVerdictVersionObserved = 5;

bool is_counter_part(std::span<const std::uint8_t, 32> part) {
    const auto rest = part.subspan<1>();
    return model::counter_name(static_cast<model::Counter>(part[0])) != "unknown" &&
           std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; });
}

/// A part that the family does not use is zero, so that one key has one encoding.
bool is_possible_part(model::KeyPart part, std::span<const std::uint8_t, 32> bytes) {
    switch (part) {
        case model::KeyPart::kNone:
            return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
        case model::KeyPart::kCounter:
            return is_counter_part(bytes);
        case model::KeyPart::kAccount:
        case model::KeyPart::kAsset:
        case model::KeyPart::kHash:
            return true;
    }
    return false;
}

template <std::size_t I = 0>
void read_alternative(FieldsDecoder& decoder, const char* name, std::size_t index,
                      model::StateValue& value) {
    if constexpr (I < std::variant_size_v<model::StateValue>) {
        if (index != I) {
            read_alternative<I + 1>(decoder, name, index, value);
            return;
        }
        using Alternative = std::variant_alternative_t<I, model::StateValue>;
        if constexpr (requires(const Alternative& boxed) { boxed.get(); }) {
            std::remove_cvref_t<decltype(std::declval<Alternative>().get())> record;
            decoder.read(name, record);
            value.emplace<I>(std::move(record));
        } else {
            Alternative record;
            decoder.read(name, record);
            value.emplace<I>(record);
        }
    }
}

template <class T>
base::Bytes encode(const T& value) {
    base::ByteWriter writer;
    FieldsEncoder(writer).write(value);
    return std::move(writer).take();
}
template <class T>
absl::StatusOr<T> decode(std::span<const std::uint8_t> bytes, const char* root) {
    base::ByteReader reader(bytes, root);
    T value;
    FieldsDecoder(reader).read("", value);
    if (!reader.finish()) {
        return reader.status();
    }
    return value;
}

template <class T>
base::Bytes encode_versioned(std::uint8_t version, const T& value) {
    base::ByteWriter writer;
    writer.u8(version);
    FieldsEncoder(writer).write(value);
    return std::move(writer).take();
}
template <class T>
absl::StatusOr<T> decode_versioned(std::span<const std::uint8_t> bytes, const char* root,
                                   std::uint8_t version) {
    base::ByteReader reader(bytes, root);
    const std::uint8_t found = reader.u8("version");
    if (reader.ok() && found != version) {
        reader.fail("version", fmt::format("is {}, only {} is known", found, version));
    }
    T value;
    FieldsDecoder(reader).read("", value);
    if (!reader.finish()) {
        return reader.status();
    }
    return value;
}

}  // namespace

void FieldsDecoder::read(const char* name, model::StateKey& key) {
    const std::uint8_t number = reader_.u8(name);
    const model::FamilyRow* row = model::find_family(number);
    if (row == nullptr) {
        reader_.fail(name, fmt::format("has the unknown family {}", number));
        return;
    }
    key.family = row->family;
    const auto owner = reader_.view(key.owner.size(), name);
    const auto detail = reader_.view(key.detail.size(), name);
    std::ranges::copy(owner, key.owner.begin());
    std::ranges::copy(detail, key.detail.begin());
    if (reader_.ok() &&
        (!is_possible_part(row->owner, key.owner) || !is_possible_part(row->detail, key.detail))) {
        reader_.fail(name, fmt::format("is not a key of family {}", row->name));
    }
}

void FieldsDecoder::read_value(const char* name, model::Family family, model::StateValue& value) {
    read_alternative(*this, name, model::family_row(family).value_index, value);
}

void FieldsDecoder::read_optional_value(const char* name, model::Family family,
                                        std::optional<model::StateValue>& value) {
    value.reset();
    if (reader_.boolean(name)) {
        read_value(name, family, value.emplace());
    }
}

void FieldsDecoder::read(const char*, model::DeltaEntry& entry) {
    read("key", entry.key);
    read_optional_value("before", entry.key.family, entry.before);
    read_optional_value("after", entry.key.family, entry.after);
}

void FieldsDecoder::read(const char* name, model::Delta& delta) {
    read(*name == '\0' ? "entries" : name, delta.entries);
    const auto ascending = [](const model::DeltaEntry& a, const model::DeltaEntry& b) {
        return a.key < b.key;
    };
    for (std::size_t i = 1; i < delta.entries.size() && reader_.ok(); ++i) {
        if (!ascending(delta.entries[i - 1], delta.entries[i])) {
            reader_.fail(name, fmt::format("has entry {} out of order", i));
        }
    }
}

base::Bytes encode_value(const model::StateValue& value) {
    return encode(value);
}

absl::StatusOr<model::StateValue> decode_value(model::Family family,
                                               std::span<const std::uint8_t> bytes) {
    base::ByteReader reader(bytes, "value");
    model::StateValue value;
    FieldsDecoder(reader).read_value("", family, value);
    if (!reader.finish()) {
        return reader.status();
    }
    return value;
}

base::Bytes encode_key(const model::StateKey& key) {
    return encode(key);
}

absl::StatusOr<model::StateKey> decode_key(std::span<const std::uint8_t> bytes) {
    return decode<model::StateKey>(bytes, "key");
}

base::Bytes encode_delta(const model::Delta& delta) {
    return encode(delta);
}

absl::StatusOr<model::Delta> decode_delta(std::span<const std::uint8_t> bytes) {
    return decode<model::Delta>(bytes, "delta");
}

base::Bytes encode_outcome(const model::BlockOutcome& outcome) {
    return encode_versioned(kOutcomeVersion, outcome);
}

absl::StatusOr<model::BlockOutcome> decode_outcome(std::span<const std::uint8_t> bytes) {
    return decode_versioned<model::BlockOutcome>(bytes, "outcome", kOutcomeVersion);
}

base::Bytes encode_verdict(const model::Verdict& verdict) {
    base::ByteWriter writer;
    const bool values = has_values(verdict);
    const bool unjudged = !verdict.unjudged.empty();
    const bool observed = !verdict.observed.empty();
    writer.u8(observed   ? kVerdictVersionObserved
              : values   ? kVerdictVersionValues
              : unjudged ? kVerdictVersionUnjudged
                         : kVerdictVersion);
    FieldsEncoder encoder(writer);
    encoder.write(verdict);
    if (observed || values || unjudged) {
        encoder.write(verdict.unjudged);
    }
    if (observed || values) {
        write_values(encoder, verdict);
    }
    if (observed) {
        encoder.write(verdict.observed);
    }
    return std::move(writer).take();
}

absl::StatusOr<model::Verdict> decode_verdict(std::span<const std::uint8_t> bytes) {
    base::ByteReader reader(bytes, "verdict");
    const std::uint8_t version = reader.u8("version");
    if (reader.ok() && (version < kVerdictVersion || version > kVerdictVersionObserved)) {
        reader.fail("version", fmt::format("is {}, only {} to {} are known", version,
                                           kVerdictVersion, kVerdictVersionObserved));
    }
    model::Verdict verdict;
    FieldsDecoder decoder(reader);
    decoder.read("", verdict);
    if (version >= kVerdictVersionUnjudged) {
        decoder.read("unjudged", verdict.unjudged);
    }
    if (reader.ok() && version == kVerdictVersionUnjudged && verdict.unjudged.empty()) {
        reader.fail("unjudged", "is empty: such a verdict has version 2");
    }
    if (version >= kVerdictVersionValues) {
        read_values(decoder, reader, verdict);
        if (reader.ok() && version == kVerdictVersionValues && !has_values(verdict)) {
            reader.fail("findings", "have no values: such a verdict has version 2 or 3");
        }
    }
    if (version == kVerdictVersionObserved) {
        decoder.read("observed", verdict.observed);
        if (reader.ok() && verdict.observed.empty()) {
            reader.fail("observed", "is empty: such a verdict has a version before 5");
        }
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return verdict;
}

std::uint64_t value_digest(const std::optional<model::StateValue>& value) {
    if (!value) {
        return 0;
    }
    if (const auto* amount = std::get_if<model::AmountRecord>(&*value)) {
        return amount->amount.value();
    }
    if (const auto* executed = std::get_if<model::ExecutedRecord>(&*value)) {
        return executed->executed_at.value();
    }
    if (const auto* account = std::get_if<model::AccountRecord>(&*value)) {
        // Read and written by every transaction: two numbers that are small against the odd
        // factor stay apart, and nothing is hashed.
        return account->nonce.value() * 0x9E3779B97F4A7C15U + account->registered_at.value() + 1;
    }
    const model::Hash hash = crypto::blake3(encode_value(*value));
    std::uint64_t digest = 0;
    for (std::size_t i = 0; i < sizeof digest; ++i) {
        digest = (digest << 8) | hash.bytes()[i];
    }
    return digest;
}

}  // namespace parallax::codec
