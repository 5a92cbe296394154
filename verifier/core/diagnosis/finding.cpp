#include "verifier/core/diagnosis/finding.hpp"

#include "verifier/base/utf8.hpp"
#include "verifier/codec/render.hpp"
#include "verifier/core/comparison/first_difference.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/core/verification/verify_block.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::core {
namespace {

/// Characters of one value inside a sentence; the difference itself has all of it.
constexpr std::size_t kMaxSentenceValue = 160;

/// Of a fingerprint, in front.
constexpr std::size_t kGroupBytes = 16;

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

/// What a path says below its key, without the leading dot; the whole path if it has no key.
std::string_view below_key(const model::Difference& difference) {
    std::string_view path = difference.path;
    if (difference.key) {
        const std::string key = model::to_string(*difference.key);
        if (path.substr(0, key.size()) == key) {
            path.remove_prefix(key.size());
            return path.substr(0, 1) == "." ? path.substr(1) : path;
        }
    }
    return path;
}

bool cut_prefix(std::string_view& text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

/// `nonce of account 9c01ab22..`, `spend of balance of 9c01ab22.. (TOS)`, `totals.fees`.
std::string describe(const model::Difference& difference) {
    if (!difference.key || difference.section != model::Section::kState) {
        return difference.path;
    }
    std::string_view field = below_key(difference);
    const bool before = cut_prefix(field, "before");
    if (!before) {
        cut_prefix(field, "after");
    }
    cut_prefix(field, ".");
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
    if (!difference.delta) {
        return fmt::format("{} differs: {}", what, sides);
    }
    return fmt::format("{} is {} {} in {}: {}", what, difference.delta->substr(1),
                       difference.delta->front() == '-' ? "lower" : "higher", source.candidate_name,
                       sides);
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

void update_text(crypto::Blake3Hasher& hasher, std::string_view text) {
    hasher.update_u64(text.size());
    hasher.update({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// A path without what differs from block to block: what is in brackets, and keys.
std::string general_path(const model::Difference& difference) {
    std::string text;
    std::size_t depth = 0;
    for (const char c : below_key(difference)) {
        depth -= c == ']' ? 1 : 0;
        if (depth == 0) {
            text += c;
        }
        depth += c == '[' ? 1 : 0;
    }
    return text;
}

/// Which side a finding blames: what the lane is called says nothing about the cause.
std::string_view side_of(std::string_view lane) {
    return lane == kControlLane || lane == kRecordedLane ? lane : "candidate";
}

/// What differs, without where: `status` and `code` of a result are both how it ended.
std::string field_of(const model::Difference& first) {
    if (first.section != model::Section::kResults) {
        return general_path(first);
    }
    const std::size_t dot = first.path.rfind('.');
    const std::string field =
        dot == std::string::npos ? general_path(first) : first.path.substr(dot + 1);
    return field == "status" || field == "code" ? "ending" : field;
}

std::string_view type_at(std::optional<std::uint32_t> index, const protocol::AdmittedBlock& block) {
    const auto& transactions = block.transactions();
    return index && *index < transactions.size()
               ? model::transaction_type_name(transactions[*index].type)
               : "";
}

/// Whether the candidate's read was before or after the write that the control saw.
std::string_view hazard_of(const FirstDifference& first) {
    if (!first.control_writer || !first.candidate_writer ||
        *first.control_writer == *first.candidate_writer) {
        return "";
    }
    // The state before the block comes before every transaction; its number does not.
    const auto order = [](std::uint32_t writer) {
        return writer == model::kPreState ? std::int64_t{-1} : std::int64_t{writer};
    };
    return order(*first.candidate_writer) < order(*first.control_writer) ? "stale read"
                                                                         : "future read";
}

/// The error that only the candidate has, or else the one that only the control has: of two errors
/// for one transaction the candidate's tells the cause.
model::ErrorCode error_of(const FirstDifference& first, const model::BlockOutcome& control,
                          const model::BlockOutcome& candidate) {
    if (first.difference.section != model::Section::kResults || !first.difference.transaction) {
        return model::ErrorCode::kSuccess;
    }
    const auto code_in = [&](const model::BlockOutcome& outcome) {
        const std::size_t i = first.difference.transaction->value();
        return i < outcome.results.size() ? outcome.results[i].code : model::ErrorCode::kSuccess;
    };
    const model::ErrorCode code = code_in(candidate);
    return code != model::ErrorCode::kSuccess ? code : code_in(control);
}

/// The recipe: class, side, oracle, family, field, sign, hazard, error, type pair, phase. Never a
/// height, an index, an address, a hash or an amount.
model::Hash fingerprint_of(const FirstDifference& first, model::ErrorCode error,
                           const FindingSource& source) {
    const model::Difference& difference = first.difference;
    const bool in_block = difference.transaction.has_value();
    crypto::Blake3Hasher hasher;
    update_text(hasher, model::finding_class_name(source.finding_class));
    update_text(hasher, side_of(source.lane));
    update_text(hasher, model::section_name(difference.section));
    update_text(hasher, difference.key ? model::family_row(difference.key->family).name : "");
    update_text(hasher, field_of(difference));
    update_text(hasher, difference.delta ? difference.delta->substr(0, 1) : "");
    update_text(hasher, hazard_of(first));
    hasher.update_u64(static_cast<std::uint64_t>(error));
    update_text(hasher, in_block ? type_at(difference.transaction->value(), source.block) : "");
    update_text(hasher, type_at(first.control_writer, source.block));
    update_text(hasher, first.in_epilogue ? "epilogue" : in_block ? "transaction" : "block");
    return hasher.finish();
}

/// The same for a finding that one outcome shows by itself; null where there is none.
model::Hash fingerprint_of(const model::Difference& first, const model::BlockOutcome* outcome,
                           const FindingSource& source) {
    FirstDifference alone;
    alone.difference = first;
    model::ErrorCode error = model::ErrorCode::kSuccess;
    if (outcome != nullptr && first.transaction &&
        first.transaction->value() < outcome->results.size()) {
        error = outcome->results[first.transaction->value()].code;
    }
    return fingerprint_of(alone, error, source);
}

/// Folds all differences but the one at `taken` under the finding.
void fold(std::vector<model::Difference> differences, std::optional<std::size_t> taken,
          model::Finding& finding) {
    if (taken) {
        differences.erase(differences.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
    finding.derived_count = differences.size();
    if (differences.size() > model::kMaxDerived) {
        differences.resize(model::kMaxDerived);
    }
    finding.derived = std::move(differences);
}

}  // namespace

model::Finding make_finding(const model::BlockOutcome& control,
                            const model::BlockOutcome& candidate, Comparison comparison,
                            const FindingSource& source) {
    FirstDifference first = find_first_difference(control, candidate, comparison.differences,
                                                  source.block, source.protocol);
    model::Finding finding;
    finding.finding_class = source.finding_class;
    finding.lane = source.lane;
    finding.sentence = fmt::format("{}: {}.", block_text(source.block),
                                   describe_first(first, control, candidate, source));
    finding.fingerprint = fingerprint_of(first, error_of(first, control, candidate), source);
    fold(std::move(comparison.differences), first.position, finding);
    finding.first = std::move(first.difference);
    return finding;
}

model::Finding make_invariant_finding(const model::BlockOutcome& outcome,
                                      std::vector<model::Difference> broken,
                                      const FindingSource& source) {
    model::Finding finding;
    finding.finding_class = source.finding_class;
    finding.lane = source.lane;
    finding.first = broken.front();
    const std::string place =
        finding.first.transaction
            ? describe_transaction(*finding.first.transaction, source.block) + ": "
            : "";
    finding.sentence =
        fmt::format("{}: {}the outcome of {} breaks the law {}: it demands {}, the outcome has {}.",
                    block_text(source.block), place, source.lane, finding.first.path,
                    shortened(finding.first.control), shortened(finding.first.candidate));
    finding.fingerprint = fingerprint_of(finding.first, &outcome, source);
    fold(std::move(broken), 0, finding);
    return finding;
}

model::Finding make_serializability_finding(const model::BlockOutcome& outcome,
                                            std::vector<model::Difference> hazards,
                                            const FindingSource& source) {
    model::Finding finding;
    finding.finding_class = source.finding_class;
    finding.lane = source.lane;
    // Lost updates are found row by row: the lowest transaction is first in block order.
    const auto lowest =
        std::min_element(hazards.begin(), hazards.end(), [](const auto& a, const auto& b) {
            return a.transaction && (!b.transaction || *a.transaction < *b.transaction);
        });
    finding.first = *lowest;
    const bool of_result = finding.first.path == hazard_name(Hazard::kLostUpdate) ||
                           finding.first.path == hazard_name(Hazard::kUnloggedWrite);
    std::string hazard = finding.first.path;
    std::replace(hazard.begin(), hazard.end(), '_', ' ');
    const std::string place = finding.first.transaction
                                  ? describe_transaction(*finding.first.transaction, source.block)
                                  : "no transaction";
    finding.sentence = fmt::format(
        "{}: {} in {}: {}{}: {} {}, {} has {}.", block_text(source.block), hazard, source.lane,
        place, finding.first.key ? ", " + describe_key(*finding.first.key) : "",
        of_result ? "its own log demands" : "block order demands", shortened(finding.first.control),
        of_result ? "its result" : "the log", shortened(finding.first.candidate));
    finding.fingerprint = fingerprint_of(finding.first, &outcome, source);
    const auto position = static_cast<std::size_t>(lowest - hazards.begin());
    fold(std::move(hazards), position, finding);
    return finding;
}

model::Finding make_failure_finding(const absl::Status& status, const FindingSource& source) {
    model::Finding finding;
    finding.finding_class = source.finding_class;
    finding.lane = source.lane;
    finding.first.section = model::Section::kExecutor;
    // The code is part of the path, so that it is part of the fingerprint; the message is not.
    finding.first.path = fmt::format("executor.{}", absl::StatusCodeToString(status.code()));
    finding.first.control = "an outcome";
    finding.first.candidate = status_text(status);
    finding.sentence = fmt::format("{}: {} gave no outcome: {}.", block_text(source.block),
                                   source.candidate_name, shortened(finding.first.candidate));
    finding.fingerprint = fingerprint_of(finding.first, nullptr, source);
    return finding;
}

std::vector<const model::Finding*> leading_findings(const model::Verdict& verdict) {
    std::vector<const model::Finding*> leading;
    for (const model::Finding& finding : verdict.findings) {
        const bool is_known = std::any_of(
            leading.begin(), leading.end(),
            [&](const model::Finding* earlier) { return earlier->lane == finding.lane; });
        if (!is_known) {
            leading.push_back(&finding);
        }
    }
    return leading;
}

void put_into_group(std::string_view cause, model::Finding& finding) {
    if (cause.empty()) {
        return;
    }
    const std::string_view side = side_of(finding.lane);
    crypto::Blake3Hasher hasher;
    update_text(hasher, "parallax group");
    update_text(hasher, side);
    update_text(hasher,
                side == kControlLane ? model::finding_class_name(finding.finding_class) : "");
    update_text(hasher, cause);
    const model::Hash group = hasher.finish();
    std::copy_n(group.bytes().begin(), kGroupBytes, finding.fingerprint.mutable_bytes().begin());
}

model::Hash group_of(const model::Hash& fingerprint) {
    model::Hash group;
    std::copy_n(fingerprint.bytes().begin(), kGroupBytes, group.mutable_bytes().begin());
    return group;
}

std::string group_text(const model::Hash& fingerprint) {
    return base::to_hex(std::span(fingerprint.bytes()).first(kGroupBytes));
}

std::string status_text(const absl::Status& status) {
    // An exception's text is whatever an executor threw; a record holds UTF-8 only.
    return base::as_utf8(fmt::format("{}: {}", absl::StatusCodeToString(status.code()),
                                     std::string(status.message())));
}

}  // namespace parallax::core
