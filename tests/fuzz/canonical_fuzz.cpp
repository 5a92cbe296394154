#include "tests/fuzz/fuzz_target.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/core/ledger.hpp"
#include "verifier/core/serializability.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <utility>

namespace parallax::fuzz {
namespace {

/// The first byte of an input says what the rest claims to be: a family's value by its number, or
/// one of these.
enum class Kind : std::uint8_t { kKey = 0, kDelta = 100, kOutcome = 101, kRecord = 102 };

Bytes tagged(Kind kind, const Bytes& body) {
    Bytes input(1 + body.size());
    input[0] = static_cast<std::uint8_t>(kind);
    std::copy(body.begin(), body.end(), input.begin() + 1);
    return input;
}

template <class Decoded, class Encode>
bool encodes_again(const Decoded& decoded, std::span<const std::uint8_t> body, Encode encode) {
    if (!decoded.ok()) {
        return !decoded.status().message().empty();
    }
    const Bytes again = encode(*decoded);
    return std::equal(again.begin(), again.end(), body.begin(), body.end());
}

bool keeps_promise(std::uint8_t kind, std::span<const std::uint8_t> body) {
    switch (static_cast<Kind>(kind)) {
        case Kind::kKey:
            return encodes_again(decode_key(body), body, encode_key);
        case Kind::kDelta:
            return encodes_again(decode_delta(body), body, encode_delta);
        case Kind::kOutcome:
            if (const auto outcome = decode_outcome(body); outcome.ok()) {
                require(check_serializability(*outcome).size() <= kMaxHazards,
                        "the certificate takes any log");
            }
            return encodes_again(decode_outcome(body), body, encode_outcome);
        case Kind::kRecord:
            return encodes_again(decode_ledger_record(body), body, encode_ledger_record);
    }
    const FamilyRow* row = find_family(kind);
    return row == nullptr || encodes_again(decode_value(row->family, body), body, encode_value);
}

BlockOutcome sample_outcome() {
    BlockOutcome outcome;
    outcome.results.resize(2);
    outcome.orphans.resize(1);
    for (const FamilyRow& row : kFamilies) {
        StateKey key{row.family, {}, {}};
        if (row.family == Family::kCounter) {
            key = counter_key(Counter::kGasFee);
        }
        outcome.delta.entries.push_back({key, std::nullopt, default_value(row.family)});
    }
    outcome.access_log.emplace();
    outcome.access_log->accesses.resize(3);
    return outcome;
}

LedgerRecord sample_record() {
    LedgerRecord record;
    record.verdict.lanes.resize(1);
    record.verdict.lanes[0].compared = {Section::kResults, Section::kState};
    record.verdict.findings.resize(1);
    Finding& finding = record.verdict.findings[0];
    finding.lane = "batch";
    finding.first.key = ai_mining_key();
    finding.first.transaction = TxIndex{3};
    finding.derived.resize(2);
    finding.derived_count = 2;
    return record;
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    require(input.empty() || keeps_promise(input[0], input.subspan(1)),
            "what decodes encodes to the bytes it came from, and an error says what is wrong");
}

std::vector<Bytes> seeds() {
    const BlockOutcome outcome = sample_outcome();
    std::vector<Bytes> inputs = {tagged(Kind::kKey, encode_key(ai_mining_key())),
                                 tagged(Kind::kDelta, encode_delta(outcome.delta)),
                                 tagged(Kind::kOutcome, encode_outcome(outcome)),
                                 tagged(Kind::kRecord, encode_ledger_record(sample_record()))};
    require(decode_key({inputs[0].data() + 1, inputs[0].size() - 1}).ok(), "a seed key is valid");
    require(decode_delta({inputs[1].data() + 1, inputs[1].size() - 1}).ok(), "a delta is valid");
    require(decode_outcome({inputs[2].data() + 1, inputs[2].size() - 1}).ok(),
            "an outcome is valid");
    require(decode_ledger_record({inputs[3].data() + 1, inputs[3].size() - 1}).ok(),
            "a ledger record is valid");
    for (const FamilyRow& row : kFamilies) {
        const Bytes value = encode_value(default_value(row.family));
        require(decode_value(row.family, value).ok(), "a seed value is valid");
        inputs.push_back(tagged(static_cast<Kind>(row.family), value));
    }
    return inputs;
}

}  // namespace parallax::fuzz
