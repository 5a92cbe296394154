#include "verifier/core/diagnosis/fingerprint.hpp"

#include "verifier/codec/fields_codec.hpp"
#include "verifier/crypto/hashing.hpp"

#include <algorithm>
#include <span>

namespace parallax::core {
namespace {

/// Of a fingerprint, in front.
constexpr std::size_t kGroupBytes = 16;

/// In front of the bytes that are hashed: what they are. New numbers where their meaning changes.
enum class Recipe : std::uint8_t { kSymptom = 1, kGroup = 2 };

template <class T>
model::Hash hash_of(Recipe recipe, const T& value) {
    base::ByteWriter writer;
    codec::FieldsEncoder encoder(writer);
    encoder.write(recipe);
    encoder.write(value);
    return crypto::blake3(std::move(writer).take());
}

}  // namespace

model::Hash fingerprint_of(Symptom symptom) {
    symptom.place.indices.clear();
    if (symptom.place.kind == model::PlaceKind::kResult && symptom.place.field == "code") {
        symptom.place.field = "status";
    }
    return hash_of(Recipe::kSymptom, symptom);
}

void set_group(const FindingGroup& group, model::Hash& fingerprint) {
    const model::Hash hash = hash_of(Recipe::kGroup, group);
    std::copy_n(hash.bytes().begin(), kGroupBytes, fingerprint.mutable_bytes().begin());
}

model::Hash group_of(const model::Hash& fingerprint) {
    model::Hash group;
    std::copy_n(fingerprint.bytes().begin(), kGroupBytes, group.mutable_bytes().begin());
    return group;
}

std::string group_text(const model::Hash& fingerprint) {
    return base::to_hex(std::span(fingerprint.bytes()).first(kGroupBytes));
}

}  // namespace parallax::core
