#include "node/dialect/transaction_json.hpp"

#include "node/dialect/json_values.hpp"

namespace parallax::node {
namespace {

using codec::JsonObject;
using Json = nlohmann::json;

constexpr std::size_t kSignatureHalf = 32;

}  // namespace

std::uint32_t read_days(const JsonObject& json) {
    const Json* duration = json.find("duration");
    if (duration == nullptr) {
        json.fail("duration", "is missing");
        return 0;
    }
    return json.child(*duration, "duration").number<std::uint32_t>("days");
}

crypto::Signature read_signature(const JsonObject& json, const char* name) {
    const auto both = json.tagged<base::TaggedBytes<struct SignatureTag, 2 * kSignatureHalf>>(name);
    const std::span<const std::uint8_t, 2 * kSignatureHalf> bytes(both.bytes());
    return {model::Scalar::from_span(bytes.first<kSignatureHalf>()),
            model::Scalar::from_span(bytes.last<kSignatureHalf>())};
}

void add_destinations(const Json& data, std::vector<model::PublicKey>& accounts) {
    for (const auto& [kind, items] : data.items()) {
        for (const Json& item : items.is_array() ? items : Json::array()) {
            const auto destination = item.is_object() ? item.find("destination") : item.end();
            if (!item.is_object() || destination == item.end()) {
                continue;
            }
            if (const auto key = key_in(*destination)) {
                accounts.push_back(*key);
            }
        }
    }
}

}  // namespace parallax::node
