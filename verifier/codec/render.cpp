#include "verifier/codec/render.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::codec {
namespace {

std::string summarise(const std::vector<RenderedField>& fields) {
    const std::size_t shown = std::min(fields.size(), kMaxSummaryFields);
    std::string text = "{";
    for (std::size_t i = 0; i < shown; ++i) {
        text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", fields[i].path, fields[i].text);
    }
    if (shown < fields.size()) {
        text += fmt::format(", and {} more fields", fields.size() - shown);
    }
    return text + "}";
}

}  // namespace

std::string render_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) {
        return "empty";
    }
    if (bytes.size() <= kMaxRenderedBytes) {
        return base::to_hex(bytes);
    }
    return fmt::format("{}.. ({} bytes, blake3 {})", base::to_hex(bytes.first(kMaxRenderedBytes)),
                       bytes.size(), crypto::blake3(bytes).hex());
}

std::string render_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte > 0x7E) {
            quoted += fmt::format("\\x{:02x}", byte);
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::string shortened_text(std::string_view text, std::size_t most) {
    constexpr std::size_t kLongHex = 32;
    constexpr std::size_t kHead = 8;
    constexpr std::size_t kTail = 4;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string result;
    while (!text.empty()) {
        const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
        if (digits >= kLongHex) {
            result +=
                fmt::format("{}..{}", text.substr(0, kHead), text.substr(digits - kTail, kTail));
        } else {
            result += text.substr(0, std::max<std::size_t>(digits, 1));
        }
        text.remove_prefix(std::max<std::size_t>(digits, 1));
    }
    if (result.size() <= most) {
        return result;
    }
    const std::size_t half = most / 2;
    return fmt::format("{} .. {}", std::string_view(result).substr(0, half),
                       std::string_view(result).substr(result.size() - half));
}

std::string render_enum(model::ErrorCode code) {
    return fmt::format("{} (0x{:04X})", model::error_code_name(code),
                       static_cast<std::uint16_t>(code));
}

std::string render_enum(model::TransactionStatus status) {
    return std::string(model::transaction_status_name(status));
}

std::string render_enum(model::BlockStatus status) {
    switch (status) {
        case model::BlockStatus::kAccepted:
            return "accepted";
        case model::BlockStatus::kRejected:
            return "rejected";
    }
    return "unknown";
}

std::string render_summary(const std::optional<model::StateValue>& value) {
    return value ? summarise(render_fields(*value, "")) : std::string(kAbsentText);
}

std::string render_summary(const model::TransactionResult& result) {
    return summarise(render_fields(result, ""));
}

model::Value value_of(std::span<const std::uint8_t> bytes) {
    model::Value value = model::plain_value(model::ValueKind::kBytes);
    if (bytes.size() <= model::kMaxValueBytes) {
        value.bytes.assign(bytes.begin(), bytes.end());
    } else {
        const model::Hash hash = crypto::blake3(bytes);
        value.bytes.assign(hash.bytes().begin(), hash.bytes().end());
    }
    return value;
}

model::Value value_of(model::ErrorCode code) {
    return model::name_value(model::error_code_name(code));
}

model::Value value_of(model::TransactionStatus status) {
    return model::name_value(model::transaction_status_name(status));
}

model::Value value_of(model::BlockStatus status) {
    return model::name_value(render_enum(status));
}

model::Value value_of(const std::optional<model::StateValue>& row) {
    if (!row) {
        return model::plain_value(model::ValueKind::kAbsent);
    }
    model::Value value = model::plain_value(model::ValueKind::kRecord);
    value.text = render_summary(row);
    const model::Hash hash = crypto::blake3(encode_value(*row));
    value.bytes.assign(hash.bytes().begin(), hash.bytes().end());
    if (const auto* amount = std::get_if<model::AmountRecord>(&*row)) {
        value.number = model::Number::of(amount->amount.value());
    }
    return value;
}

model::Value value_of(const model::TransactionResult& result) {
    model::Value value = model::plain_value(model::ValueKind::kRecord);
    value.text = render_summary(result);
    return value;
}

std::string signed_difference(std::uint64_t control, std::uint64_t candidate) {
    return candidate >= control ? fmt::format("+{}", candidate - control)
                                : fmt::format("-{}", control - candidate);
}

std::vector<RenderedField> render_fields(const model::StateValue& value, std::string prefix) {
    return model::visit_record(
        value, [&](const auto& record) { return render_fields(record, std::move(prefix)); });
}

}  // namespace parallax::codec
