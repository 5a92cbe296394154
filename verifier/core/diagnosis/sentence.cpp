#include "verifier/core/diagnosis/sentence.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace parallax::core {
namespace {

/// Characters of one value inside a sentence; the difference itself has all of it.
constexpr std::size_t kMaxSentenceValue = 160;

std::string short_hex(std::span<const std::uint8_t> bytes) {
    return base::to_hex(bytes.first(4)) + "..";
}

std::string shortened(const std::string& text) {
    return codec::shortened_text(text, kMaxSentenceValue);
}

std::string asset_text(const std::array<std::uint8_t, 32>& bytes) {
    const model::AssetId asset = model::AssetId::from_array(bytes);
    if (asset == model::kTosAsset) {
        return "TOS";
    }
    return asset == model::kUnoAsset ? "UNO" : short_hex(bytes);
}

/// `balance of 9c01ab22.. (TOS)`, `account 9c01ab22..`, `counter burned_supply`.
std::string describe_key(const model::StateKey& key) {
    const model::FamilyRow& row = model::family_row(key.family);
    std::string text(row.name);
    std::replace(text.begin(), text.end(), '_', ' ');
    if (key.family == model::Family::kEnergy) {
        text += " resource";  // its first field is called energy too
    }
    switch (row.owner) {
        case model::KeyPart::kNone:
            return text;
        case model::KeyPart::kCounter:
            return fmt::format("{} {}", text,
                               model::counter_name(static_cast<model::Counter>(key.owner[0])));
        case model::KeyPart::kAsset:
            return fmt::format("{} of {}", text, asset_text(key.owner));
        case model::KeyPart::kAccount:
        case model::KeyPart::kHash:
            text += key.family == model::Family::kAccount ? " " : " of ";
            text += short_hex(key.owner);
            break;
    }
    switch (row.detail) {
        case model::KeyPart::kNone:
        case model::KeyPart::kCounter:
            return text;
        case model::KeyPart::kAsset:
            return fmt::format("{} ({})", text, asset_text(key.detail));
        case model::KeyPart::kAccount:
        case model::KeyPart::kHash:
            return fmt::format("{} ({})", text, short_hex(key.detail));
    }
    return text;
}

/// `nonce of account 9c01ab22..`, `spend of balance of 9c01ab22.. (TOS)`, `totals.fees`.
std::string describe(const model::Difference& difference) {
    if (!difference.key || difference.section != model::Section::kState) {
        return difference.path;
    }
    const model::Place& place = difference.values.place;
    const bool before = place.kind == model::PlaceKind::kRowBefore;
    const std::string field = place.access ? std::string(model::access_kind_name(*place.access))
                                           : model::field_text(place);
    const bool plain = field.empty() || field == "amount";
    return fmt::format("{}{}{}{}", plain ? "" : field, plain ? "" : " of ",
                       describe_key(*difference.key), before ? " before the block" : "");
}

/// `balance of .. is 40 lower in batch: control 100, batch 60`.
std::string describe_change(const model::Difference& difference, const FindingSource& source) {
    const std::string what = describe(difference);
    const std::string sides =
        fmt::format("{} {}, {} {}", source.control_name, shortened(difference.control),
                    source.candidate_name, shortened(difference.candidate));
    if (!difference.values.delta) {
        return fmt::format("{} differs: {}", what, sides);
    }
    const model::WideNumber delta =
        difference.values.delta ? difference.values.delta->wide() : model::WideNumber{0};
    return fmt::format("{} is {} {} in {}: {}", what, delta < 0 ? -delta : delta,
                       delta < 0 ? "lower" : "higher", source.candidate_name, sides);
}

std::string describe_transaction(model::TxIndex index, const protocol::AdmittedBlock& block) {
    if (index.value() >= block.transactions().size()) {
        return fmt::format("transaction {} (not in the block)", index.value());
    }
    const protocol::AdmittedTransaction& transaction = block.transactions()[index.value()];
    return fmt::format("transaction {} ({} {})", index.value(),
                       model::transaction_type_name(transaction.type),
                       short_hex(transaction.hash.bytes()));
}

/// `executed`, or `failed with NONCE_TOO_LOW (0x0110)`.
std::string describe_result(const model::TransactionResult& result) {
    if (result.code == model::ErrorCode::kSuccess) {
        return codec::render_enum(result.status);
    }
    return fmt::format("{} with {}", codec::render_enum(result.status),
                       codec::render_enum(result.code));
}

std::string describe_writer(std::uint32_t writer) {
    if (writer == model::kPreState) {
        return "as before the block";
    }
    if (writer == model::kInitializeTransaction) {
        return "as the block's beginning left it";
    }
    return writer == model::kEpilogueTransaction ? "as the epilogue left it"
                                                 : fmt::format("as transaction {} left it", writer);
}

/// What the two sides read of the key behind a result, where the logs tell.
std::string describe_reads(const FirstDifference& first, const FindingSource& source) {
    if (!first.difference.key) {
        return "";
    }
    const std::string key = describe_key(*first.difference.key);
    if (first.control_writer && first.candidate_writer &&
        *first.control_writer != *first.candidate_writer) {
        return fmt::format("; it read {} {} in {}, {} in {}", key,
                           describe_writer(*first.control_writer), source.control_name,
                           describe_writer(*first.candidate_writer), source.candidate_name);
    }
    return fmt::format("; the key behind it is {}", key);
}

std::string block_text(const protocol::AdmittedBlock& block) {
    return fmt::format("block {} ({})", block.placement().topoheight.value(),
                       short_hex(block.hash().bytes()));
}

std::string describe_first(const FirstDifference& first, const model::BlockOutcome& control,
                           const model::BlockOutcome& candidate, const FindingSource& source) {
    const model::Difference& difference = first.difference;
    std::string place;
    if (difference.transaction) {
        place = describe_transaction(*difference.transaction, source.block);
    } else if (first.in_epilogue) {
        place = "epilogue";
    }
    if (difference.section != model::Section::kResults) {
        return place.empty() ? describe_change(difference, source)
                             : fmt::format("{}: {}", place, describe_change(difference, source));
    }
    const std::size_t i = difference.transaction->value();
    std::string change = describe_change(difference, source);
    if (i < control.results.size() && i < candidate.results.size() &&
        (control.results[i].status != candidate.results[i].status ||
         control.results[i].code != candidate.results[i].code)) {
        change = fmt::format("{} in {}, {} in {}", describe_result(control.results[i]),
                             source.control_name, describe_result(candidate.results[i]),
                             source.candidate_name);
    }
    return fmt::format("{}: {}{}", place, change, describe_reads(first, source));
}

}  // namespace

std::string divergence_sentence(const FirstDifference& first, const model::BlockOutcome& control,
                                const model::BlockOutcome& candidate, const FindingSource& source) {
    return fmt::format("{}: {}.", block_text(source.block),
                       describe_first(first, control, candidate, source));
}

std::string invariant_sentence(const model::Difference& broken, const FindingSource& source) {
    const std::string place =
        broken.transaction ? describe_transaction(*broken.transaction, source.block) + ": " : "";
    return fmt::format(
        "{}: {}the outcome of {} breaks the law {}: it demands {}, the outcome has {}.",
        block_text(source.block), place, source.lane, broken.path, shortened(broken.control),
        shortened(broken.candidate));
}

std::string hazard_sentence(const model::Difference& found, const FindingSource& source) {
    const std::optional<model::Hazard> hazard = found.values.place.hazard;
    const bool of_result =
        hazard == model::Hazard::kLostUpdate || hazard == model::Hazard::kUnloggedWrite;
    std::string name(hazard ? model::hazard_name(*hazard) : "");
    std::replace(name.begin(), name.end(), '_', ' ');
    const std::string place = found.transaction
                                  ? describe_transaction(*found.transaction, source.block)
                                  : "no transaction";
    return fmt::format("{}: {} in {}: {}{}: {} {}, {} has {}.", block_text(source.block), name,
                       source.lane, place, found.key ? ", " + describe_key(*found.key) : "",
                       of_result ? "its own log demands" : "block order demands",
                       shortened(found.control), of_result ? "its result" : "the log",
                       shortened(found.candidate));
}

std::string failure_sentence(const model::Difference& failure, const FindingSource& source) {
    return fmt::format("{}: {} gave no outcome: {}.", block_text(source.block),
                       source.candidate_name, shortened(failure.candidate));
}

}  // namespace parallax::core
