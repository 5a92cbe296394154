#include "verifier/core/oracles/serializability.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/codec/render.hpp"
#include "verifier/core/comparison/access_values.hpp"
#include "verifier/model/families.hpp"

#include "absl/container/flat_hash_map.h"
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace parallax::core {
namespace {

/// One versioned facet of a row: the value of a record, or the spendable side of an amount.
struct Facet {
    std::uint32_t writer = model::kPreState;
    std::uint64_t value = 0;
    /// `value` is known: it was written, or is the state before the block.
    bool known = false;
};

/// What the log has said about one row so far.
struct History {
    const model::DeltaEntry* final_entry = nullptr;
    Facet value;
    Facet spendable;
    std::uint64_t credits = 0;
    std::uint64_t outputs = 0;
    std::uint32_t last_adder = model::kPreState;
    bool value_written = false;
    bool amount_written = false;
};

std::string version_text(std::uint32_t writer) {
    if (writer == model::kPreState) {
        return "as before the block";
    }
    if (writer == model::kInitializeTransaction) {
        return "as the block's beginning left it";
    }
    return writer == model::kEpilogueTransaction ? "as the epilogue left it"
                                                 : fmt::format("as transaction {} left it", writer);
}

/// Walks one log and then the delta.
class Certifier {
  public:
    explicit Certifier(const model::BlockOutcome& outcome)
        : outcome_(outcome), log_(outcome.access_log->accesses) {
        const auto& entries = outcome.delta.entries;
        index_.reserve(entries.size() + entries.size() / 2);
        histories_.reserve(entries.size() + entries.size() / 2);
        for (const model::DeltaEntry& entry : entries) {
            History& added = histories_.emplace_back();
            added.final_entry = &entry;
            added.value.value = codec::value_digest(entry.before);
            added.value.known = true;
            added.spendable = added.value;
            index_.emplace(entry.key, static_cast<std::uint32_t>(histories_.size() - 1));
        }
    }

    std::vector<model::Difference> run() && {
        std::vector<bool> logged(outcome_.results.size());
        std::uint32_t previous = model::kInitializeTransaction;
        for (const model::Access& access : log_) {
            if (full()) {
                return std::move(found_);
            }
            const std::uint32_t transaction = access.transaction.value();
            if (transaction < logged.size()) {
                logged[transaction] = true;
            }
            if (!check_place(access, previous)) {
                continue;
            }
            previous = transaction;
            judge(access);
        }
        check_presence(logged);
        check_final_state();
        return std::move(found_);
    }

  private:
    static void set_hazard(Hazard hazard, model::Difference& difference) {
        difference.path = hazard_name(hazard);
        difference.values.place.kind = model::PlaceKind::kHazard;
        difference.values.place.hazard = hazard;
    }

    [[nodiscard]] bool full() const { return found_.size() >= kMaxHazards; }

    model::Difference& add(Hazard hazard, std::uint32_t transaction, const model::StateKey* key,
                           std::string should, std::string was) {
        model::Difference& difference = found_.emplace_back();
        difference.section = model::Section::kSerializability;
        if (model::is_transaction(transaction)) {
            difference.transaction = model::TxIndex{transaction};
        }
        if (key != nullptr) {
            difference.key = *key;
        }
        set_hazard(hazard, difference);
        difference.control = std::move(should);
        difference.candidate = std::move(was);
        return difference;
    }

    /// Values are only named where something is wrong.
    const AccessValues& values() {
        if (!values_) {
            values_.emplace().learn(outcome_);
        }
        return *values_;
    }
    std::string value_text(model::AccessKind kind, const model::StateKey& key,
                           std::uint64_t value) {
        return values().text(key.family, kind, value);
    }
    model::Value row_value(const model::StateKey& key, std::uint64_t value) {
        return values().value(key.family, model::AccessKind::kWrite, value);
    }
    static model::Value seen_value(std::uint32_t writer, std::optional<std::uint64_t> value) {
        model::Value seen = model::plain_value(model::ValueKind::kSeen);
        seen.writer = model::TxIndex{writer};
        if (value) {
            seen.number = model::Number::of(*value);
        }
        return seen;
    }

    // ---- Order ----

    bool check_place(const model::Access& access, std::uint32_t previous) {
        const std::uint32_t transaction = access.transaction.value();
        const bool exists = transaction < outcome_.results.size() ||
                            transaction == model::kEpilogueTransaction ||
                            transaction == model::kInitializeTransaction;
        if (!exists) {
            add(Hazard::kBrokenLog, transaction, &access.key,
                fmt::format("{} transactions", outcome_.results.size()),
                fmt::format("a line of transaction {}", transaction));
            return false;
        }
        if (model::block_order(transaction) < model::block_order(previous)) {
            add(previous == model::kEpilogueTransaction ? Hazard::kEpilogueBeforeDrain
                                                        : Hazard::kBrokenLog,
                transaction, &access.key, "lines in block order",
                previous == model::kEpilogueTransaction
                    ? "a line after the epilogue's"
                    : fmt::format("a line after transaction {}'s", previous));
            return false;
        }
        return true;
    }

    /// Executed transactions have lines, those that cannot have had effects have none.
    void check_presence(const std::vector<bool>& logged) {
        for (std::uint32_t i = 0; i < logged.size() && !full(); ++i) {
            const model::TransactionStatus status = outcome_.results[i].status;
            if (status == model::TransactionStatus::kExecuted && !logged[i]) {
                add(Hazard::kUnloggedWrite, i, nullptr, "the lines of an executed transaction",
                    "no line");
            }
            const bool idle = status == model::TransactionStatus::kSkipped ||
                              status == model::TransactionStatus::kUnsupported ||
                              status == model::TransactionStatus::kNotReached;
            if (idle && logged[i]) {
                add(Hazard::kBrokenLog, i, nullptr,
                    fmt::format("no line of a transaction that is {}",
                                model::transaction_status_name(status)),
                    "lines");
            }
        }
    }

    // ---- Reads and writes ----

    History& history(const model::StateKey& key) {
        // Lines of one key follow each other: read, then written.
        if (last_ != nullptr && *last_ == key) {
            return histories_[last_position_];
        }
        const auto [it, inserted] =
            index_.try_emplace(key, static_cast<std::uint32_t>(histories_.size()));
        if (inserted) {
            histories_.emplace_back();
        }
        last_ = &key;
        last_position_ = it->second;
        return histories_[last_position_];
    }

    void judge(const model::Access& access) {
        History& row = history(access.key);
        const std::uint32_t transaction = access.transaction.value();
        switch (access.kind) {
            case model::AccessKind::kRead:
                judge_read(access, row.value);
                return;
            case model::AccessKind::kReadSpendable:
                judge_read(access, row.spendable);
                return;
            case model::AccessKind::kWrite:
                row.value = {transaction, access.value, true};
                row.value_written = true;
                unwritten_ = unwritten_ || row.final_entry == nullptr;
                return;
            case model::AccessKind::kSpend:
                row.spendable = {transaction, access.value, true};
                return;
            case model::AccessKind::kCredit:
                row.credits += access.value;
                break;
            case model::AccessKind::kOutput:
                row.outputs += access.value;
                break;
        }
        row.last_adder = transaction;
        row.amount_written = true;
        unwritten_ = unwritten_ || row.final_entry == nullptr;
    }

    void judge_read(const model::Access& access, Facet& facet) {
        if (access.observed_writer == facet.writer) {
            if (!facet.known) {
                // Nobody writes the row: the first reader says what it held before the block.
                facet.value = access.value;
                facet.known = true;
            }
            if (access.value == facet.value) {
                return;
            }
        }
        const std::string should =
            facet.known ? fmt::format("{}: {}", version_text(facet.writer),
                                      value_text(access.kind, access.key, facet.value))
                        : version_text(facet.writer);
        const bool in_epilogue = access.transaction.value() == model::kEpilogueTransaction;
        model::Difference& added =
            add(in_epilogue ? Hazard::kEpilogueBeforeDrain : classify(access, facet),
                access.transaction.value(), &access.key, should,
                fmt::format("{}: {}", version_text(access.observed_writer),
                            value_text(access.kind, access.key, access.value)));
        added.values.control =
            seen_value(facet.writer, facet.known ? std::optional(facet.value) : std::nullopt);
        added.values.candidate = seen_value(access.observed_writer, access.value);
    }

    [[nodiscard]] Hazard classify(const model::Access& access, const Facet& facet) const {
        const std::uint32_t seen = access.observed_writer;
        const std::uint32_t reader = access.transaction.value();
        if (seen == facet.writer) {
            return Hazard::kDirtyRead;
        }
        if (seen == model::kEpilogueTransaction && reader != model::kEpilogueTransaction) {
            return Hazard::kEpilogueBeforeDrain;
        }
        if (seen != model::kPreState && model::block_order(seen) >= model::block_order(reader)) {
            return seen == reader ? Hazard::kDirtyRead : Hazard::kFutureRead;
        }
        if (seen != model::kPreState && !has_written(seen, access)) {
            return Hazard::kDirtyRead;
        }
        const bool is_value = access.kind == model::AccessKind::kRead;
        if (is_value && facet.known && (access.value == 0) != (facet.value == 0)) {
            return Hazard::kPhantom;
        }
        return seen == model::kPreState ? Hazard::kPreStateLeak : Hazard::kStaleRead;
    }

    /// Only asked about a read that is wrong already.
    [[nodiscard]] bool has_written(std::uint32_t writer, const model::Access& read) const {
        const model::AccessKind kind = read.kind == model::AccessKind::kRead
                                           ? model::AccessKind::kWrite
                                           : model::AccessKind::kSpend;
        return std::any_of(log_.begin(), log_.end(), [&](const model::Access& access) {
            return access.transaction.value() == writer && access.kind == kind &&
                   access.key == read.key;
        });
    }

    // ---- The final state ----

    void check_final_state() {
        const std::size_t count = outcome_.delta.entries.size();
        for (std::size_t i = 0; i < count && !full(); ++i) {
            check_row(histories_[i]);
        }
        // Rows that the log writes and the delta lacks, in log order.
        for (const model::Access& access : unwritten_ ? log_ : std::span<const model::Access>()) {
            if (full()) {
                return;
            }
            const bool effect = access.kind == model::AccessKind::kWrite ||
                                access.kind == model::AccessKind::kCredit ||
                                access.kind == model::AccessKind::kOutput;
            if (!effect) {
                continue;
            }
            History& row = history(access.key);
            if (row.final_entry == nullptr && (row.value_written || row.amount_written)) {
                row.value_written = row.amount_written = false;
                add_unwritten(access);
            }
        }
    }

    void add_unwritten(const model::Access& access) {
        model::Difference& added =
            add(Hazard::kLostUpdate, access.transaction.value(), &access.key,
                fmt::format("{} {}", model::access_kind_name(access.kind),
                            value_text(access.kind, access.key, access.value)),
                std::string(codec::kNotWrittenText));
        // A credit or an output is no value that the row must have.
        if (access.kind == model::AccessKind::kWrite) {
            added.values.control = row_value(access.key, access.value);
        }
        added.values.candidate = model::plain_value(model::ValueKind::kNotWritten);
    }

    void check_row(const History& row) {
        const model::DeltaEntry& entry = *row.final_entry;
        const std::uint64_t after = codec::value_digest(entry.after);
        if (!row.value_written && !row.amount_written) {
            add(Hazard::kUnloggedWrite, model::kPreState, &entry.key, "no logged effect",
                value_text(model::AccessKind::kWrite, entry.key, after))
                .values.candidate = row_value(entry.key, after);
            return;
        }
        if (row.value_written) {
            if (after != row.value.value) {
                add_lost(row, row.value.writer, row.value.value, after);
            }
            return;
        }
        const std::uint64_t demanded =
            codec::value_digest(entry.before) + row.credits - row.outputs;
        if (!entry.after || after != demanded) {
            add_lost(row, find_missing(entry.key, after - demanded).value_or(row.last_adder),
                     demanded, after);
        }
    }

    void add_lost(const History& row, std::uint32_t writer, std::uint64_t demanded,
                  std::uint64_t after) {
        const model::DeltaEntry& entry = *row.final_entry;
        model::Difference& difference =
            add(Hazard::kLostUpdate, writer, &entry.key,
                value_text(model::AccessKind::kWrite, entry.key, demanded),
                entry.after ? value_text(model::AccessKind::kWrite, entry.key, after) : "absent");
        difference.values.control = row_value(entry.key, demanded);
        difference.values.candidate = entry.after ? row_value(entry.key, after)
                                                  : model::plain_value(model::ValueKind::kAbsent);
        if (row.amount_written && entry.after) {
            difference.control = std::to_string(demanded);
            difference.candidate = std::to_string(after);
            difference.delta = codec::signed_difference(demanded, after);
            difference.values.control = model::number_value(demanded);
            difference.values.candidate = model::number_value(after);
            difference.values.delta = model::Number::of(static_cast<model::WideNumber>(after) -
                                                        static_cast<model::WideNumber>(demanded));
        }
    }

    /// The only transaction whose whole effect on the row explains the difference.
    [[nodiscard]] std::optional<std::uint32_t> find_missing(const model::StateKey& key,
                                                            std::uint64_t difference) const {
        std::optional<std::uint32_t> found;
        std::uint64_t effect = 0;
        for (std::size_t i = 0; i < log_.size(); ++i) {
            if (log_[i].key == key) {
                effect += log_[i].kind == model::AccessKind::kOutput ? log_[i].value : 0;
                effect -= log_[i].kind == model::AccessKind::kCredit ? log_[i].value : 0;
            }
            const bool last =
                i + 1 == log_.size() || log_[i + 1].transaction != log_[i].transaction;
            if (!last) {
                continue;
            }
            if (effect == difference && effect != 0) {
                if (found) {
                    return std::nullopt;
                }
                found = log_[i].transaction.value();
            }
            effect = 0;
        }
        return found;
    }

    const model::BlockOutcome& outcome_;
    const std::span<const model::Access> log_;
    absl::flat_hash_map<model::StateKey, std::uint32_t> index_;
    /// The delta's rows first, in its order, then rows that are only read.
    std::vector<History> histories_;
    /// Some logged effect is on a row that the delta lacks.
    bool unwritten_ = false;
    const model::StateKey* last_ = nullptr;
    std::uint32_t last_position_ = 0;
    std::vector<model::Difference> found_;
    std::optional<AccessValues> values_;
};

}  // namespace

bool can_check_serializability(const model::BlockOutcome& outcome) noexcept {
    return outcome.access_log.has_value() || outcome.status == model::BlockStatus::kRejected;
}

std::vector<model::Difference> check_serializability(const model::BlockOutcome& outcome) {
    if (!outcome.access_log || outcome.status == model::BlockStatus::kRejected) {
        return {};
    }
    return Certifier(outcome).run();
}

}  // namespace parallax::core
