#include "testbed/vectors/conformance.hpp"

#include "testbed/vectors/vector_chain.hpp"
#include "testbed/vectors/vector_json.hpp"
#include "testbed/vectors/vector_outcome.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "testbed/vectors/vector_store.hpp"
#include "testbed/vectors/vector_transaction.hpp"
#include "verifier/chains/tos/emission.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::testbed {
namespace {

using Rows = std::vector<std::pair<model::StateKey, model::StateValue>>;

/// One executor's turn: it is the control, all others are candidates.
struct Turn {
    core::BlockExecutor& control;
    std::vector<core::BlockExecutor*> candidates;
    core::LaneRunner& runner;
    VectorStore& store;
    model::TimestampMs now;
};

/// Why the executors themselves disagree or could not decide; empty if they agree.
std::string disagreement(const core::Verification& verification, bool has_candidates) {
    const model::Verdict& verdict = verification.verdict;
    if (!verification.control || verdict.kind == model::VerdictKind::kInconclusive) {
        const bool nothing_to_compare =
            !has_candidates && verdict.reason == model::InconclusiveReason::kNoCandidate;
        if (verification.control && nothing_to_compare) {
            return "";
        }
        std::string text = "inconclusive";
        if (verdict.reason) {
            text += fmt::format(": {}", model::inconclusive_reason_name(*verdict.reason));
        }
        for (const model::LaneReport& lane : verdict.lanes) {
            text += lane.detail.empty() ? "" : fmt::format(" ({})", lane.detail);
        }
        return text;
    }
    if (verdict.kind == model::VerdictKind::kMismatch) {
        return verdict.findings.empty() ? "mismatch" : verdict.findings.front().sentence;
    }
    return "";
}

/// Verifies a block on the store's state and commits it. `code` becomes what the control rejected
/// it with, if it did.
absl::Status run_block(const Turn& turn, const protocol::AdmittedBlock& block,
                       const protocol::Protocol& protocol, model::ErrorCode& code) {
    const auto view = turn.store.snapshot();
    core::Verification verification =
        core::verify_block(*view, block, protocol, turn.control, turn.candidates, {},
                           core::VerifyPolicy{}, turn.runner);
    const std::string why = disagreement(verification, !turn.candidates.empty());
    if (!why.empty()) {
        return absl::AbortedError(why);
    }
    code = verification.control->status == model::BlockStatus::kRejected
               ? verification.control->code
               : model::ErrorCode::kSuccess;
    return turn.store.commit(block.hash(), std::move(verification.control->delta));
}

/// The transactions as the server decodes them, or nothing: 0x100 (protocol notes, 4.1 H1).
std::optional<std::vector<tos::e1::Transaction>> decode_all(const VectorCase& vector) {
    std::vector<tos::e1::Transaction> transactions;
    for (const VectorTransaction& recorded : vector.transactions) {
        auto transaction = vector_transaction(recorded, tos::e1::Trailing::kRejected,
                                              VectorFallback::kIfUndecodable);
        if (!transaction.ok()) {
            return std::nullopt;
        }
        transactions.push_back(*std::move(transaction));
    }
    return transactions;
}

/// The miner has an account even if the pre-state does not list it, yet only a listed source may
/// send (4.1 H2; 7, step 2).
bool has_unlisted_miner(const std::vector<tos::e1::Transaction>& transactions,
                        const std::set<model::PublicKey>& listed) {
    return std::any_of(
        transactions.begin(), transactions.end(), [&](const tos::e1::Transaction& item) {
            return item.source == vector_miner_key() && !listed.contains(item.source);
        });
}

/// Kinds tx and block (4.1, 7).
absl::StatusOr<VectorOutcome> run_transactions(const Turn& turn, const VectorCase& vector) {
    const bool is_block = vector.kind == VectorKind::kBlock;
    const VectorState pre_state = vector.pre_state.value_or(VectorState{});
    std::set<model::PublicKey> addresses = exported_addresses(pre_state);
    VectorOutcome outcome;
    outcome.globals = pre_state.globals;
    if (auto status = turn.store.begin(transaction_rows(pre_state)); !status.ok()) {
        return status;
    }
    auto transactions = decode_all(vector);
    if (!transactions) {
        outcome.code = model::ErrorCode::kInvalidFormat;
    } else if (has_unlisted_miner(*transactions, addresses)) {
        outcome.code = model::ErrorCode::kAccountNotFound;
    } else {
        // Verified at block_height; applied at the next one for a block, at the same one (but not
        // at 0) for a single transaction (7).
        const std::uint64_t height = pre_state.globals.block_height;
        const model::Topoheight execution{is_block ? height + 1
                                                   : std::max<std::uint64_t>(height, 1)};
        const protocol::AdmittedBlock block = tos::e1::Profile::admit_list(
            *transactions, {{execution, std::nullopt}, model::Topoheight{height}});
        const VectorProtocol harness(is_block ? VectorProtocol::Kind::kBlock
                                              : VectorProtocol::Kind::kTransaction);
        if (auto status = run_block(turn, block, harness, outcome.code); !status.ok()) {
            return status;
        }
        if (outcome.code == model::ErrorCode::kSuccess) {
            outcome.globals.block_height = is_block ? execution.value() : height;
            outcome.globals.total_burned = add_burns(outcome.globals.total_burned, *transactions);
            add_destinations(*transactions, addresses);
        }
    }
    if (auto status = export_accounts(*turn.store.snapshot(), addresses, outcome); !status.ok()) {
        return status;
    }
    return outcome;
}

/// The state that a chain starts from: the first import deletes the versioned part of what was
/// loaded, which is balances and nonces (8.2), and the genesis block has emitted its reward (8.3).
Rows chain_rows(VectorState pre_state, bool any_imported) {
    if (any_imported) {
        for (VectorAccount& account : pre_state.accounts) {
            account.balance = model::Amount{0};
            account.nonce = model::Nonce{0};
        }
    }
    Rows rows = load_rows(pre_state);
    rows.emplace_back(model::counter_key(model::Counter::kEmittedSupply),
                      model::AmountRecord{tos::block_reward(model::Amount{0})});
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return rows;
}

/// Kind chain (8).
absl::StatusOr<VectorOutcome> run_chain(const Turn& turn, const VectorCase& vector) {
    const VectorState pre_state = vector.pre_state.value_or(VectorState{});
    VectorChain chain = import_chain(vector.chain_blocks, turn.now);
    VectorOutcome outcome;
    outcome.code = chain.code;
    outcome.globals = pre_state.globals;
    if (auto status = turn.store.begin(chain_rows(pre_state, chain.imported > 0)); !status.ok()) {
        return status;
    }
    const tos::e1::Profile profile = VectorProtocol::devnet_rules();
    for (tos::e1::Block& block : chain.ordered) {
        const auto admitted = profile.admit(std::move(block));
        if (!admitted.ok()) {
            return admitted.status();
        }
        model::ErrorCode rejected = model::ErrorCode::kSuccess;
        if (auto status = run_block(turn, *admitted, profile, rejected); !status.ok()) {
            return status;
        }
        if (rejected != model::ErrorCode::kSuccess) {
            outcome.code = model::ErrorCode::kUnknown;  // the import hides the cause (8.2, row 13)
            break;
        }
    }
    outcome.globals.block_height += chain.imported;
    outcome.globals.total_burned =
        add_burns(outcome.globals.total_burned, chain.imported_transactions);
    std::set<model::PublicKey> addresses = exported_addresses(pre_state);
    add_destinations(chain.imported_transactions, addresses);
    if (auto status = export_accounts(*turn.store.snapshot(), addresses, outcome); !status.ok()) {
        return status;
    }
    return outcome;
}

/// Kind tx_roundtrip: the decoded transaction encodes to the same bytes (2.3). No executor in it.
std::vector<std::string> run_roundtrip(const VectorCase& vector) {
    VectorOutcome outcome;
    if (vector.pre_state) {
        outcome.globals = vector.pre_state->globals;
    }
    for (const VectorTransaction& recorded : vector.transactions) {
        const auto wire = base::parse_hex(recorded.wire_hex.value_or(""));
        const auto transaction =
            wire ? tos::e1::decode_transaction(*wire, tos::e1::Trailing::kRejected)
                 : absl::StatusOr<tos::e1::Transaction>(absl::InvalidArgumentError("no hex"));
        if (!transaction.ok()) {
            outcome.code = model::ErrorCode::kInvalidFormat;
        } else if (tos::e1::encode_transaction(*transaction) != *wire) {
            return {"the decoded transaction encodes to other bytes"};
        }
    }
    return differences(vector.expected, outcome);
}

bool is_skipped(const VectorCase& vector) {
    if (!vector.problem.empty()) {
        return false;
    }
    return !vector.runnable || vector.kind == VectorKind::kOther ||
           (vector.kind == VectorKind::kChain && is_harness_artefact(vector.expected.code));
}

}  // namespace

Conformance::Conformance(std::vector<core::BlockExecutor*> executors, core::LaneRunner& runner,
                         StoreFactory make_store, Options options)
    : executors_(std::move(executors)),
      runner_(runner),
      make_store_(std::move(make_store)),
      options_(options) {}

absl::StatusOr<ConformanceReport> Conformance::run_file(std::string_view json) const {
    const auto file = parse_json_vectors(json);
    if (!file.ok()) {
        return file.status();
    }
    VectorStore store(make_store_);
    ConformanceReport report;
    for (const VectorCase& vector : file->cases) {
        if (is_skipped(vector)) {
            ++report.skipped;
            continue;
        }
        auto failures = run_vector(vector, store);
        if (!failures.ok()) {
            return failures.status();
        }
        ++(failures->empty() ? report.passed : report.failed);
        report.failures.insert(report.failures.end(), failures->begin(), failures->end());
    }
    return report;
}

absl::StatusOr<std::vector<ConformanceFailure>> Conformance::run_vector(const VectorCase& vector,
                                                                        VectorStore& store) const {
    std::vector<ConformanceFailure> failures;
    const auto fail = [&](std::string_view executor, std::vector<std::string> found) {
        if (!found.empty()) {
            failures.push_back({vector.name, std::string(executor), std::move(found)});
        }
    };
    if (!vector.problem.empty()) {
        fail("", {vector.problem});
        return failures;
    }
    if (vector.kind == VectorKind::kRoundtrip) {
        fail("", run_roundtrip(vector));
        return failures;
    }
    for (core::BlockExecutor* executor : executors_) {
        Turn turn{*executor, executors_, runner_, store, options_.now};
        std::erase(turn.candidates, executor);
        const auto outcome = vector.kind == VectorKind::kChain ? run_chain(turn, vector)
                                                               : run_transactions(turn, vector);
        if (outcome.ok()) {
            fail(executor->name(), differences(vector.expected, *outcome));
        } else if (absl::IsAborted(outcome.status())) {
            fail(executor->name(), {std::string(outcome.status().message())});
        } else {
            return outcome.status();
        }
    }
    return failures;
}

}  // namespace parallax::testbed
