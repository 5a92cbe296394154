#include "verifier/core/comparison/access_values.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

namespace parallax::core {
namespace {

/// Nonces above this are none: a digest that seems to have one is of something else.
constexpr std::uint64_t kMostLikelyNonce = std::uint64_t{1} << 32;

/// Inverse of an odd number modulo 2^64, by Newton: each step doubles the bits that are right.
constexpr std::uint64_t inverse(std::uint64_t odd) {
    std::uint64_t result = odd;
    for (int i = 0; i < 6; ++i) {
        result *= 2 - odd * result;
    }
    return result;
}

/// An account's digest is linear in its nonce (`value_digest`).
std::optional<std::uint64_t> nonce_of(std::uint64_t digest, std::uint64_t registration) {
    const auto digest_with = [&](std::uint64_t nonce) {
        return codec::value_digest(
            model::AccountRecord{model::Nonce{nonce}, model::Topoheight{registration}});
    };
    const std::uint64_t step = digest_with(1) - digest_with(0);
    const std::uint64_t nonce = (digest - digest_with(0)) * inverse(step);
    return nonce < kMostLikelyNonce ? std::optional(nonce) : std::nullopt;
}

}  // namespace

void AccessValues::learn(const std::optional<model::StateValue>& value) {
    if (!value) {
        return;
    }
    if (const auto* account = std::get_if<model::AccountRecord>(&*value)) {
        registrations_.insert(account->registered_at.value());
        return;
    }
    known_.emplace(codec::value_digest(value), codec::value_of(value));
}

void AccessValues::learn(const model::BlockOutcome& outcome) {
    for (const model::DeltaEntry& entry : outcome.delta.entries) {
        learn(entry.before);
        learn(entry.after);
    }
}

model::Value AccessValues::value(const model::Access& access) const {
    return value(access.key.family, access.kind, access.value);
}

model::Value AccessValues::value(model::Family family, model::AccessKind kind,
                                 std::uint64_t number) const {
    if (kind != model::AccessKind::kRead && kind != model::AccessKind::kWrite) {
        return model::number_value(number);
    }
    if (number == 0) {
        return model::plain_value(model::ValueKind::kAbsent);
    }
    const bool plain =
        model::family_row(family).value_index == model::kValueIndex<model::AmountRecord>;
    if (plain || family == model::Family::kExecutedTransaction) {
        return model::number_value(number);
    }
    if (family == model::Family::kAccount) {
        for (const std::uint64_t registration : registrations_) {
            if (const auto nonce = nonce_of(number, registration)) {
                model::Value account = model::plain_value(model::ValueKind::kRecord);
                account.text = fmt::format("nonce {}", *nonce);
                return account;
            }
        }
    }
    if (const auto known = known_.find(number); known != known_.end()) {
        return known->second;
    }
    // A digest of eight bytes.
    model::Value digest = model::plain_value(model::ValueKind::kBytes);
    for (int shift = 56; shift >= 0; shift -= 8) {
        digest.bytes.push_back(static_cast<std::uint8_t>(number >> shift));
    }
    digest.text = "digest " + base::to_hex(digest.bytes);
    return digest;
}

std::string AccessValues::text(const model::Access& access) const {
    return text(access.key.family, access.kind, access.value);
}

std::string AccessValues::text(model::Family family, model::AccessKind kind,
                               std::uint64_t number) const {
    const model::Value shown = value(family, kind, number);
    switch (shown.kind) {
        case model::ValueKind::kNumber:
            return std::to_string(number);
        case model::ValueKind::kBytes:
        case model::ValueKind::kRecord:
            return shown.text;
        case model::ValueKind::kAbsent:
        case model::ValueKind::kNone:
        case model::ValueKind::kNotWritten:
        case model::ValueKind::kName:
        case model::ValueKind::kSeen:
            break;
    }
    return std::string(codec::kAbsentText);
}

}  // namespace parallax::core
