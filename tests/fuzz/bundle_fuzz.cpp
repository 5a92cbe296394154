#include "replay/bundle/bundle.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/protocols.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>

namespace parallax::fuzz {
namespace {

replay::Bundle sample() {
    replay::Bundle bundle;
    bundle.network = "devnet";
    bundle.build = "1";
    bundle.protocol = tos::e1::find_profile("devnet")->copy();
    bundle.configuration.candidate = "batch";
    for (const model::FamilyRow& row : model::kFamilies) {
        model::StateKey key{row.family, {}, {}};
        if (row.family == model::Family::kCounter) {
            key = model::counter_key(model::Counter::kGasFee);
        }
        bundle.pre_state.push_back({key, model::default_value(row.family)});
    }
    bundle.control.results.resize(2);
    bundle.control.access_log.emplace();
    bundle.control.access_log->accesses.resize(2);
    bundle.control.notes.counters["n"] = 1;
    bundle.candidate = bundle.control;
    bundle.schedule = core::Schedule{2, core::SchedulePolicy::kPct, 7, {0, 1, 1, 0}};
    bundle.signed_transactions.resize(2);
    bundle.finding.lane = "batch";
    bundle.finding.derived.resize(1);
    return bundle;
}

/// The digest keeps a fuzzer out of the body: it is made to hold.
base::Bytes sealed(std::span<const std::uint8_t> body) {
    base::Bytes bytes = replay::encode_bundle(replay::Bundle{});
    bytes.resize(12);
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{body.size()} >> shift));
    }
    bytes.insert(bytes.end(), body.begin(), body.end());
    const model::Hash digest = crypto::blake3(bytes);
    bytes.insert(bytes.end(), digest.bytes().begin(), digest.bytes().end());
    return bytes;
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    const auto raw = replay::decode_bundle(input, test::protocols());
    require(raw.ok() || !raw.status().message().empty(), "an error says what is wrong");
    const base::Bytes bytes = sealed(input);
    if (const auto bundle = replay::decode_bundle(bytes, test::protocols()); bundle.ok()) {
        // Notes are cleaned, so that the bytes may be others, once.
        const base::Bytes again = replay::encode_bundle(*bundle);
        const auto second = replay::decode_bundle(again, test::protocols());
        require(second.ok() && replay::encode_bundle(*second) == again,
                "what was read is written as read");
        (void)replay::admit_bundle(*bundle);  // any answer will do, as long as there is one
    }
}

std::vector<base::Bytes> seeds() {
    std::vector<base::Bytes> inputs;
    replay::Bundle empty;
    empty.protocol = sample().protocol;  // a bundle of no known rules is refused
    for (const replay::Bundle& bundle : {sample(), empty}) {
        const base::Bytes bytes = replay::encode_bundle(bundle);
        require(replay::decode_bundle(bytes, test::protocols()).ok(), "a seed is valid");
        inputs.push_back(bytes);
        inputs.emplace_back(bytes.begin() + replay::kBundlePreambleSize,
                            bytes.end() - static_cast<std::ptrdiff_t>(replay::kBundleDigestSize));
    }
    return inputs;
}

}  // namespace parallax::fuzz
