#include "replay/shrink.hpp"

#include "replay/bundle_draft.hpp"
#include "replay/shrinker.hpp"
#include "verifier/codec/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax {

absl::StatusOr<BundleSize> size_of(const Bundle& bundle) {
    const auto draft = BundleDraft::open(bundle);
    if (!draft.ok()) {
        return draft.status();
    }
    BundleSize size;
    size.transactions = draft->parts.size();
    size.rows = bundle.pre_state.size();
    size.present_rows = static_cast<std::size_t>(
        std::count_if(bundle.pre_state.begin(), bundle.pre_state.end(),
                      [](const RecordedRow& row) { return row.value.has_value(); }));
    size.threads = bundle.configuration.threads;
    return size;
}

absl::StatusOr<ShrinkResult> shrink(const Bundle& original, const BundleLaneFactory& lanes,
                                    const ShrinkOracle::Options& options) {
    const auto before = size_of(original);
    if (!before.ok()) {
        return before.status();
    }
    ShrinkOracle oracle(original.finding.fingerprint, lanes, options);
    if (auto status = oracle.measure(original); !status.ok()) {
        return status;
    }
    Shrinker shrinker(original, oracle);
    shrinker.run();
    if (!oracle.status().ok()) {
        return oracle.status();
    }
    ShrinkResult result;
    result.bundle = shrinker.bundle();
    result.bundle.shrunk_from = blake3(encode_bundle(original));
    result.before = *before;
    result.steps = shrinker.take_steps();
    result.after = result.steps.back().after;
    result.runs = oracle.runs();
    result.rate = oracle.rate();
    result.attempts = oracle.attempts();
    result.exhausted = oracle.exhausted();
    return result;
}

absl::Status check_shrunk(const ShrinkResult& result) {
    const BundleSize& before = result.before;
    const BundleSize& after = result.after;
    if (after.transactions < before.transactions || after.present_rows < before.present_rows ||
        after.rows < before.rows || after.threads < before.threads) {
        return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        fmt::format("nothing could be removed: still {} transactions, {} rows, {} threads",
                    after.transactions, after.rows, after.threads));
}

}  // namespace parallax
