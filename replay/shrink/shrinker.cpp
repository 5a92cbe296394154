#include "replay/shrink/shrinker.hpp"

#include "replay/shrink/canonical_names.hpp"
#include "replay/shrink/shrink_cone.hpp"
#include "replay/shrink/shrink_list.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace parallax::replay {
namespace {

constexpr int kMaxRounds = 4;

std::vector<std::size_t> positions(std::size_t count) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

/// Status and code of each transaction: what "ends as before" means.
bool same_results(const model::BlockOutcome& a, const model::BlockOutcome& b) {
    return std::equal(a.results.begin(), a.results.end(), b.results.begin(), b.results.end(),
                      [](const model::TransactionResult& x, const model::TransactionResult& y) {
                          return x.status == y.status && x.code == y.code;
                      });
}

/// Rows that the run did not ask for are of no use to anybody.
std::vector<core::RecordedRow> rows_read(const Bundle& bundle, const BundleRun& run) {
    std::vector<core::RecordedRow> rows;
    for (const core::RecordedRow& row : bundle.pre_state) {
        const auto read = std::lower_bound(
            run.rows.begin(), run.rows.end(), row.key,
            [](const core::RecordedRow& a, const model::StateKey& key) { return a.key < key; });
        if (read != run.rows.end() && read->key == row.key) {
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace

Shrinker::Shrinker(Bundle bundle, ShrinkOracle& oracle)
    : current_(std::move(bundle)), oracle_(oracle) {}

void Shrinker::run() {
    step("signatures taken as checked", [&] { take_signatures_as_checked(); });
    step("cone of the first difference", [&] { cut_cone(); });
    // Lower numbers let further transactions go: what three payments made possible, one may.
    for (int round = 0; round < kMaxRounds; ++round) {
        const std::size_t before = draft().parts.size();
        step("transactions", [&] { drop_transactions(); });
        if (round > 0 && draft().parts.size() == before) {
            break;
        }
        if (!current_.signatures_checked) {
            // A transaction with a bad signature may have been what forbade it.
            step("signatures taken as checked", [&] { take_signatures_as_checked(); });
        }
        step("transfers", [&] { drop_transfers(); });
        step("threads", [&] { lower_threads(); });
        step("rows", [&] { drop_rows(); });
        step("nonces", [&] { lower_nonces(); });
        step("amounts", [&] { lower_amounts(); });
        step("balances", [&] { lower_rows(); });
    }
    step("place in the chain", [&] { move_to_the_start(); });
    step("names", [&] { name_canonically(); });
}

void Shrinker::step(const std::string& name, const std::function<void()>& work) {
    const std::uint64_t runs = oracle_.runs();
    const base::Bytes before = encode_bundle(current_);
    if (!oracle_.exhausted()) {
        work();
    }
    ShrinkStep done;
    done.name = name;
    done.runs = oracle_.runs() - runs;
    done.changed = encode_bundle(current_) != before;
    if (const auto size = size_of(current_); size.ok()) {
        done.after = *size;
    }
    steps_.push_back(std::move(done));
}

bool Shrinker::take(const Bundle& smaller, bool same) {
    auto run = oracle_.find_failure(smaller);
    if (!run || (same && !same_results(*run->verification.control, current_.control))) {
        return false;
    }
    adopt(smaller, *std::move(run));
    return true;
}

void Shrinker::adopt(Bundle smaller, BundleRun run) {
    smaller.pre_state = rows_read(smaller, run);
    smaller.control = *std::move(run.verification.control);
    smaller.candidate.reset();
    if (!run.verification.candidates.empty()) {
        smaller.candidate = std::move(run.verification.candidates.front());
    }
    smaller.finding = *std::move(run.finding);
    smaller.schedule = std::move(run.schedule);
    current_ = std::move(smaller);
}

void Shrinker::keep_fewest(std::size_t count,
                           const std::function<Bundle(const std::vector<std::size_t>& kept)>& cut) {
    std::optional<std::pair<Bundle, BundleRun>> best;
    (void)shrink_list(
        positions(count),
        [&](const std::vector<std::size_t>& kept) {
            Bundle smaller = cut(kept);
            auto run = oracle_.find_failure(smaller);
            if (run) {
                best.emplace(std::move(smaller), *std::move(run));
            }
            return run.has_value();
        },
        [&] { return oracle_.exhausted(); });
    if (best) {
        adopt(std::move(best->first), std::move(best->second));
    }
}

bool Shrinker::take(const Bundle& smaller) {
    return take(smaller, false);
}

bool Shrinker::take_same_results(const Bundle& smaller) {
    return take(smaller, true);
}

BundleDraft Shrinker::draft() const {
    auto opened = BundleDraft::open(current_);
    // Every bundle that was taken has been run, so its block can be decoded.
    return opened.ok() ? *std::move(opened) : BundleDraft{};
}

bool Shrinker::try_edit(const std::function<bool(BundleDraft&)>& edit) {
    BundleDraft edited = draft();
    return edit(edited) && take_same_results(edited.seal());
}

void Shrinker::take_signatures_as_checked() {
    if (current_.signatures_checked) {
        return;
    }
    Bundle checked = current_;
    checked.signatures_checked = true;
    (void)take_same_results(checked);  // where signatures matter they stay
}

void Shrinker::cut_cone() {
    const BundleDraft whole = draft();
    const std::vector<std::size_t> cone = cone_of(whole);
    if (cone.size() < whole.parts.size()) {
        (void)take(whole.with_only(cone, BundleDraft::Closure::kDropLater).seal());
    }
}

void Shrinker::drop_transactions() {
    const BundleDraft whole = draft();
    const auto closure = whole.bundle.signatures_checked ? BundleDraft::Closure::kRenumber
                                                         : BundleDraft::Closure::kDropLater;
    keep_fewest(whole.parts.size(), [&](const std::vector<std::size_t>& kept) {
        return whole.with_only(kept, closure).seal();
    });
}

void Shrinker::drop_transfers() {
    if (!current_.signatures_checked) {
        return;
    }
    const std::size_t count = draft().parts.size();
    for (std::size_t i = 0; i < count; ++i) {
        const BundleDraft whole = draft();
        if (whole.block->outputs(i) == 0) {
            continue;
        }
        keep_fewest(whole.block->outputs(i), [&](const std::vector<std::size_t>& kept) {
            BundleDraft fewer = whole;
            fewer.block->keep_outputs(i, kept);
            return fewer.seal();
        });
    }
}

void Shrinker::lower_threads() {
    for (const std::uint32_t threads : {2U, 1U}) {
        if (current_.configuration.threads > threads) {
            Bundle fewer = current_;
            fewer.configuration.threads = threads;
            if (!take_same_results(fewer)) {
                return;
            }
        }
    }
}

void Shrinker::drop_rows() {
    std::vector<model::StateKey> present;
    for (const core::RecordedRow& row : current_.pre_state) {
        if (row.value) {
            present.push_back(row.key);
        }
    }
    for (const model::StateKey& key : present) {
        (void)try_edit([&](BundleDraft& edited) {
            for (core::RecordedRow& row : edited.bundle.pre_state) {
                if (row.key == key) {
                    row.value.reset();
                    return true;
                }
            }
            return false;
        });
    }
}

void Shrinker::move_to_the_start() {
    const auto move = [](BundleDraft& edited) {
        edited.bundle.placement = {model::Topoheight{1}, std::nullopt};
        edited.bundle.verification = model::Topoheight{1};
        for (std::size_t i = 0; i < edited.parts.size(); ++i) {
            // No transaction refers to a block after its own.
            if (edited.bundle.signatures_checked) {
                edited.block->forget_reference(i);
            }
        }
        return true;
    };
    (void)try_edit(move);
    (void)try_edit([](BundleDraft& edited) {
        edited.block->make_header_plain();
        return true;
    });
}

void Shrinker::name_canonically() {
    if (!current_.signatures_checked) {
        return;
    }
    (void)take_same_results(with_canonical_accounts(draft()).seal());
    // Signed by the canonical keys, it may need no word of trust any more.
    Bundle checked_again = current_;
    checked_again.signatures_checked = false;
    (void)take_same_results(checked_again);
}

}  // namespace parallax::replay
