#include "tests/fuzz/fuzz_target.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <utility>

namespace parallax::fuzz {
namespace {

/// The first byte of an input says what the rest claims to be: a family's value by its number, or
/// one of these.
enum class Kind : std::uint8_t { kKey = 0, kDelta = 100, kOutcome = 101, kRecord = 102 };

base::Bytes tagged(Kind kind, const base::Bytes& body) {
    base::Bytes input(1 + body.size());
    input[0] = static_cast<std::uint8_t>(kind);
    std::copy(body.begin(), body.end(), input.begin() + 1);
    return input;
}

template <class Decoded, class Encode>
bool encodes_again(const Decoded& decoded, std::span<const std::uint8_t> body, Encode encode) {
    if (!decoded.ok()) {
        return !decoded.status().message().empty();
    }
    const base::Bytes again = encode(*decoded);
    return std::equal(again.begin(), again.end(), body.begin(), body.end());
}

bool keeps_promise(std::uint8_t kind, std::span<const std::uint8_t> body) {
    switch (static_cast<Kind>(kind)) {
        case Kind::kKey:
            return encodes_again(codec::decode_key(body), body, codec::encode_key);
        case Kind::kDelta:
            return encodes_again(codec::decode_delta(body), body, codec::encode_delta);
        case Kind::kOutcome:
            if (const auto outcome = codec::decode_outcome(body); outcome.ok()) {
                require(core::check_serializability(*outcome).size() <= core::kMaxHazards,
                        "the certificate takes any log");
            }
            return encodes_again(codec::decode_outcome(body), body, codec::encode_outcome);
        case Kind::kRecord:
            return encodes_again(core::decode_ledger_record(body), body,
                                 core::encode_ledger_record);
    }
    const model::FamilyRow* row = model::find_family(kind);
    return row == nullptr ||
           encodes_again(codec::decode_value(row->family, body), body, codec::encode_value);
}

model::BlockOutcome sample_outcome() {
    model::BlockOutcome outcome;
    outcome.results.resize(2);
    outcome.orphans.resize(1);
    for (const model::FamilyRow& row : model::kFamilies) {
        model::StateKey key{row.family, {}, {}};
        if (row.family == model::Family::kCounter) {
            key = model::counter_key(model::Counter::kGasFee);
        }
        outcome.delta.entries.push_back({key, std::nullopt, model::default_value(row.family)});
    }
    outcome.access_log.emplace();
    outcome.access_log->accesses.resize(3);
    return outcome;
}

core::LedgerRecord sample_record() {
    core::LedgerRecord record;
    record.verdict.lanes.resize(1);
    record.verdict.lanes[0].compared = {model::Section::kResults, model::Section::kState};
    record.verdict.findings.resize(1);
    model::Finding& finding = record.verdict.findings[0];
    finding.lane = "batch";
    finding.first.key = model::ai_mining_key();
    finding.first.transaction = model::TxIndex{3};
    finding.derived.resize(2);
    finding.derived_count = 2;
    return record;
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    require(input.empty() || keeps_promise(input[0], input.subspan(1)),
            "what decodes encodes to the bytes it came from, and an error says what is wrong");
}

std::vector<base::Bytes> seeds() {
    const model::BlockOutcome outcome = sample_outcome();
    std::vector<base::Bytes> inputs = {
        tagged(Kind::kKey, codec::encode_key(model::ai_mining_key())),
        tagged(Kind::kDelta, codec::encode_delta(outcome.delta)),
        tagged(Kind::kOutcome, codec::encode_outcome(outcome)),
        tagged(Kind::kRecord, core::encode_ledger_record(sample_record()))};
    require(codec::decode_key({inputs[0].data() + 1, inputs[0].size() - 1}).ok(),
            "a seed key is valid");
    require(codec::decode_delta({inputs[1].data() + 1, inputs[1].size() - 1}).ok(),
            "a delta is valid");
    require(codec::decode_outcome({inputs[2].data() + 1, inputs[2].size() - 1}).ok(),
            "an outcome is valid");
    require(core::decode_ledger_record({inputs[3].data() + 1, inputs[3].size() - 1}).ok(),
            "a ledger record is valid");
    for (const model::FamilyRow& row : model::kFamilies) {
        const base::Bytes value = codec::encode_value(model::default_value(row.family));
        require(codec::decode_value(row.family, value).ok(), "a seed value is valid");
        inputs.push_back(tagged(static_cast<Kind>(row.family), value));
    }
    return inputs;
}

}  // namespace parallax::fuzz
