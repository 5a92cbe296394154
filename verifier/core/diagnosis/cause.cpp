#include "verifier/core/diagnosis/cause.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/core/diagnosis/error_checks.hpp"
#include "verifier/core/diagnosis/row_causes.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace parallax::core {
namespace {

/// More of an asset than this nobody can hold.
constexpr std::uint64_t kImpossibleAmount = std::uint64_t{1} << 62;
constexpr std::string_view kFundsNotChecked = "check of funds: lets in";
constexpr auto kDoneAgain = "transaction: done a second time";

bool is_read(model::AccessKind kind) {
    return kind == model::AccessKind::kRead || kind == model::AccessKind::kReadSpendable;
}

/// One side of one row as block order has it, up to some transaction.
struct Version {
    std::uint32_t writer = model::kPreState;
    std::optional<std::uint64_t> value;
    std::vector<std::uint64_t> older;
    std::uint64_t received = 0;
};

class CauseFinder {
  public:
    explicit CauseFinder(const CauseEvidence& evidence) : e_(evidence) {
        index(e_.control, control_);
        index(e_.candidate, candidate_);
        if (e_.control.access_log) {
            for (const model::Access& access : e_.control.access_log->accesses) {
                control_rows_[access.key].push_back(&access);
            }
        }
    }

    std::string find() const {
        if (std::string shape = misplaced(); !shape.empty()) {
            return shape;
        }
        const std::size_t count = e_.control.results.size();
        for (std::uint32_t i = 0; i < count; ++i) {
            if (std::string cause = at(i); !cause.empty()) {
                return cause;
            }
        }
        if (std::string cause = row_cause(e_, std::nullopt); !cause.empty()) {
            return cause;
        }
        if (std::string cause = read_cause(model::kEpilogueTransaction); !cause.empty()) {
            return "epilogue: " + cause;
        }
        return rest();
    }

  private:
    using Lines = std::map<std::uint32_t, std::vector<const model::Access*>>;

    static void index(const model::BlockOutcome& outcome, Lines& lines) {
        if (outcome.access_log) {
            for (const model::Access& access : outcome.access_log->accesses) {
                lines[access.transaction.value()].push_back(&access);
            }
        }
    }
    static const std::vector<const model::Access*>& lines_at(const Lines& lines, std::uint32_t at) {
        static const std::vector<const model::Access*> kNone;
        const auto found = lines.find(at);
        return found == lines.end() ? kNone : found->second;
    }

    // ---- What is in the wrong place ----

    std::string misplaced() const {
        if (e_.candidate.results.size() != e_.control.results.size()) {
            return "results: missing or extra";
        }
        if (results_moved()) {
            return "results: in another order";
        }
        const auto& rows = e_.candidate.delta.entries;
        const auto later = [](const model::DeltaEntry& a, const model::DeltaEntry& b) {
            return b.key <= a.key;
        };
        if (std::adjacent_find(rows.begin(), rows.end(), later) != rows.end()) {
            return "rows: in another order";
        }
        const auto& orphans = e_.candidate.orphans;
        if (orphans != e_.control.orphans &&
            std::is_permutation(orphans.begin(), orphans.end(), e_.control.orphans.begin(),
                                e_.control.orphans.end())) {
            return "orphans: in another order";
        }
        const bool equal = e_.differences.empty();
        const auto too_soon = [](const model::Difference& hazard) {
            return hazard.path == hazard_name(Hazard::kEpilogueBeforeDrain);
        };
        return equal && std::any_of(e_.hazards.begin(), e_.hazards.end(), too_soon)
                   ? "epilogue: before drain"
                   : "";
    }

    /// The same results, but not of the same transactions.
    bool results_moved() const {
        const auto content = [](const model::BlockOutcome& outcome) {
            std::vector<std::tuple<model::TransactionStatus, model::ErrorCode, model::Amount,
                                   model::Amount>>
                all;
            for (const model::TransactionResult& result : outcome.results) {
                all.emplace_back(result.status, result.code, result.fee, result.burned);
            }
            return all;
        };
        auto control = content(e_.control);
        auto candidate = content(e_.candidate);
        if (control == candidate || e_.candidate.status != e_.control.status ||
            e_.candidate.code != e_.control.code) {
            return false;
        }
        std::sort(control.begin(), control.end());
        std::sort(candidate.begin(), candidate.end());
        return control == candidate;
    }

    // ---- One transaction ----

    std::string at(std::uint32_t i) const {
        const model::TransactionResult& left = e_.control.results[i];
        const model::TransactionResult& right = e_.candidate.results[i];
        const bool same_effects = effects_at(control_, i) == effects_at(candidate_, i);
        if (e_.candidate.access_log && e_.candidate.status == model::BlockStatus::kAccepted) {
            const bool idle = lines_at(candidate_, i).empty();
            const bool was_idle = lines_at(control_, i).empty();
            if (right.status == model::TransactionStatus::kExecuted &&
                ((idle && !was_idle) || (same_effects && left.status != right.status))) {
                return "transaction: executed and not done";
            }
            if (left.status == model::TransactionStatus::kSkipped && !idle) {
                return kDoneAgain;
            }
        }
        if (std::string cause = read_cause(i); !cause.empty()) {
            return cause;
        }
        if (!(left == right)) {
            return ending_cause(i, left, right);
        }
        return effect_cause(i, same_effects);
    }

    using Effect = std::tuple<model::StateKey, model::AccessKind, std::uint64_t>;
    static std::vector<Effect> effects_at(const Lines& lines, std::uint32_t i) {
        std::vector<Effect> all;
        for (const model::Access* access : lines_at(lines, i)) {
            if (!is_read(access->kind)) {
                all.emplace_back(access->key, access->kind, access->value);
            }
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    /// What an equal ending, after equal reads, left in another way.
    std::string effect_cause(std::uint32_t i, bool same_effects) const {
        std::set<model::StateKey> rows;
        for (const model::Difference& hazard : e_.hazards) {
            if (hazard.transaction == model::TxIndex{i} && hazard.key &&
                hazard.path == hazard_name(Hazard::kLostUpdate)) {
                rows.insert(*hazard.key);
            }
        }
        if (!same_effects && e_.control.access_log && e_.candidate.access_log) {
            if (std::string cause = spend_cause(i); !cause.empty()) {
                return cause;
            }
            const auto left = effects_at(control_, i);
            const auto right = effects_at(candidate_, i);
            std::vector<Effect> differing;
            std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(),
                                          std::back_inserter(differing));
            for (const Effect& effect : differing) {
                rows.insert(std::get<model::StateKey>(effect));
            }
        }
        if (rows.empty()) {
            return "";
        }
        if (e_.control.results[i].status == model::TransactionStatus::kFailed && nothing_left(i)) {
            return "transaction: a failed one's effects are missing";
        }
        if (std::string cause = lost_value(i); !cause.empty()) {
            return cause;
        }
        // Later transactions may show what was read in its place.
        for (std::uint32_t later = i; later < e_.control.results.size(); ++later) {
            if (std::string cause = spend_cause(later); !cause.empty()) {
                return cause;
            }
        }
        // Rows of later transactions that ended otherwise follow from this one.
        return e_.control.results == e_.candidate.results ? row_cause(e_, std::nullopt)
                                                          : row_cause(e_, rows);
    }

    /// A removal that is not in the final state: a later write may hide that it was one.
    std::string lost_value(std::uint32_t i) const {
        for (const model::Difference& hazard : e_.hazards) {
            if (hazard.transaction != model::TxIndex{i} || !hazard.key ||
                hazard.path != hazard_name(Hazard::kLostUpdate) ||
                hazard.key->family != model::Family::kMultisig) {
                continue;
            }
            for (const model::Access* access : lines_at(candidate_, i)) {
                if (access->key == *hazard.key && access->kind == model::AccessKind::kWrite &&
                    access->value == 0) {
                    const auto& rows = e_.candidate.delta.entries;
                    const bool written =
                        std::any_of(rows.begin(), rows.end(), [&](const model::DeltaEntry& row) {
                            return row.key == access->key && row.after != row.before;
                        });
                    return written ? "multisig: there and not removed" : "multisig: removal lost";
                }
            }
        }
        return "";
    }

    /// Whether no row that the control's transaction `i` changed is in the candidate's delta.
    bool nothing_left(std::uint32_t i) const {
        const auto effects = effects_at(control_, i);
        return !effects.empty() &&
               std::none_of(effects.begin(), effects.end(), [&](const Effect& effect) {
                   const auto& rows = e_.candidate.delta.entries;
                   return std::any_of(rows.begin(), rows.end(), [&](const model::DeltaEntry& row) {
                       return row.key == std::get<model::StateKey>(effect);
                   });
               });
    }

    /// A spendable amount that was written on the ground of another one than it read.
    std::string spend_cause(std::uint32_t i) const {
        for (const model::Access* spend : lines_at(candidate_, i)) {
            if (spend->kind != model::AccessKind::kSpend) {
                continue;
            }
            const model::Access read{model::TxIndex{i}, model::AccessKind::kReadSpendable,
                                     spend->key};
            const Version right = version_of(read, i);
            for (const model::Access* proper : lines_at(control_, i)) {
                if (proper->kind != model::AccessKind::kSpend || proper->key != spend->key ||
                    proper->value == spend->value || !right.value) {
                    continue;
                }
                model::Access ground = read;
                ground.value = spend->value + (*right.value - proper->value);
                // Computed from a version that was overwritten: read too early, whatever the log
                // says.
                return std::find(right.older.begin(), right.older.end(), ground.value) !=
                               right.older.end()
                           ? too_early(spend->key.family)
                           : wrong_value(ground, right);
            }
        }
        return "";
    }

    std::string ending_cause(std::uint32_t i, const model::TransactionResult& left,
                             const model::TransactionResult& right) const {
        const bool in = left.status == model::TransactionStatus::kExecuted;
        if (left.status == right.status && left.code == right.code) {
            const bool fee = left.fee != right.fee;
            const bool lower = fee ? right.fee < left.fee : right.burned < left.burned;
            return fmt::format("result: {} {}", fee ? "fee" : "burned", lower ? "lower" : "higher");
        }
        if (left.status == model::TransactionStatus::kSkipped) {
            return kDoneAgain;
        }
        if (!in && right.code == model::ErrorCode::kSuccess) {
            return accepted(left.code);
        }
        if (!in && right.status == model::TransactionStatus::kFailed &&
            check_of(left.code) != Check::kOther && check_of(right.code) != Check::kNonce &&
            passed(left.code, right.code)) {
            return accepted(left.code);
        }
        if (right.code == model::ErrorCode::kSuccess) {
            return "result: another ending";
        }
        return refused(i, right.code);
    }

    static std::string accepted(model::ErrorCode code) {
        return code == model::ErrorCode::kInsufficientBalance
                   ? std::string(kFundsNotChecked)
                   : fmt::format("check of {}: lets in", check_name(check_of(code)));
    }

    /// Whether a transaction that ends with `second` got past the check that `first` stands for:
    /// those of form come before those that look at the state.
    static bool passed(model::ErrorCode first, model::ErrorCode second) {
        const auto place = [](model::ErrorCode code) {
            const Check check = check_of(code);
            return check == Check::kOther || code == model::ErrorCode::kInvalidType
                       ? -1
                       : static_cast<int>(check);
        };
        return place(first) < place(second);
    }

    /// A refused transaction leaves no access, so what it read is concluded from its code.
    std::string refused(std::uint32_t i, model::ErrorCode code) const {
        const protocol::AdmittedTransaction& transaction = e_.block.transactions()[i];
        if (code == model::ErrorCode::kNonceTooLow && failed_before(i)) {
            return std::string(kFailedHasEffects);
        }
        const std::optional<model::Family> family = family_of(code);
        for (const model::Access* access : lines_at(control_, i)) {
            if (family && access->key.family == *family && is_read(access->kind) &&
                access->observed_writer < i && *family != model::Family::kBalance) {
                return too_early(*family);
            }
        }
        if (code == model::ErrorCode::kNonceTooHigh) {
            return too_early(model::Family::kAccount);
        }
        if (code == model::ErrorCode::kInsufficientBalance) {
            return text_of(model::Family::kBalance, "some other");
        }
        if (family == model::Family::kMultisig && transaction.cosigned) {
            return text_of(model::Family::kMultisig, "no");
        }
        return fmt::format("refused: {}", model::error_code_name(code));
    }

    bool failed_before(std::uint32_t i) const {
        const auto& transactions = e_.block.transactions();
        for (std::uint32_t j = 0; j < i; ++j) {
            if (e_.control.results[j].status == model::TransactionStatus::kFailed &&
                transactions[j].source == transactions[i].source) {
                return true;
            }
        }
        return false;
    }

    // ---- Reads ----

    static std::string too_early(model::Family family) {
        return fmt::format("{}: read too early", model::family_row(family).name);
    }
    static std::string text_of(model::Family family, std::string_view which) {
        return fmt::format("{}: read {} value", model::family_row(family).name, which);
    }

    /// What the candidate read at `i` against what block order demands.
    std::string read_cause(std::uint32_t i) const {
        for (const model::Access* access : lines_at(candidate_, i)) {
            if (!is_read(access->kind)) {
                continue;
            }
            const Version right = version_of(*access, i);
            if (access->observed_writer != right.writer) {
                const auto order = [](std::uint32_t writer) {
                    return writer == model::kPreState ? std::int64_t{-1} : std::int64_t{writer};
                };
                return order(access->observed_writer) < order(right.writer)
                           ? too_early(access->key.family)
                           : fmt::format("{}: read too late",
                                         model::family_row(access->key.family).name);
            }
            if (right.value && access->value != *right.value) {
                return wrong_value(*access, right);
            }
        }
        return "";
    }

    static std::string wrong_value(const model::Access& access, const Version& right) {
        const std::uint64_t value = access.value;
        const model::Family family = access.key.family;
        if (access.kind == model::AccessKind::kReadSpendable) {
            if (value >= kImpossibleAmount) {
                return std::string(kFundsNotChecked);
            }
            if (right.received != 0 && value == *right.value + right.received) {
                return text_of(family, "with receipts the");
            }
            if (std::find(right.older.begin(), right.older.end(), value) != right.older.end()) {
                return text_of(family, "an older");
            }
            return text_of(family, "some other");
        }
        const std::uint64_t off = value - *right.value;
        constexpr std::uint64_t kNear = std::uint64_t{1} << 40;
        if (family == model::Family::kAccount && value != 0 && *right.value != 0 &&
            (off < kNear || 0 - off < kNear)) {
            // The digest of an account is its registration plus a multiple of its nonce.
            return off < kNear ? "account: registered_at higher" : "account: registered_at lower";
        }
        return text_of(family, value == 0 ? "no" : "some other");
    }

    /// The version of a row that block order lets transaction `i` see, by the control's log.
    Version version_of(const model::Access& read, std::uint32_t i) const {
        const model::AccessKind writing = read.kind == model::AccessKind::kRead
                                              ? model::AccessKind::kWrite
                                              : model::AccessKind::kSpend;
        Version version;
        version.value = base_of(read);
        if (!e_.control.access_log) {
            version.writer = read.observed_writer;
            return version;
        }
        const auto row = control_rows_.find(read.key);
        if (row == control_rows_.end()) {
            return version;
        }
        for (const model::Access* access : row->second) {
            if (access->transaction.value() >= i) {
                break;
            }
            if (access->kind == writing) {
                if (version.value) {
                    version.older.push_back(*version.value);
                }
                version.writer = access->transaction.value();
                version.value = access->value;
            }
            version.received += access->kind == model::AccessKind::kCredit ? access->value : 0;
        }
        return version;
    }

    /// What the row held before the block.
    std::optional<std::uint64_t> base_of(const model::Access& read) const {
        const auto row = e_.view.get(read.key);
        return row.ok() ? std::optional<std::uint64_t>(codec::value_digest(*row)) : std::nullopt;
    }

    // ---- What is left ----

    std::string rest() const {
        for (const model::Difference& difference : e_.differences) {
            if (difference.section == model::Section::kBlockStatus) {
                return difference.path;
            }
        }
        for (const model::Difference& hazard : e_.hazards) {
            return fmt::format("log: {}", hazard.path);
        }
        for (const model::Difference& law : e_.broken) {
            return fmt::format("law: {}", law.path.substr(0, law.path.find('[')));
        }
        return "";
    }

    const CauseEvidence& e_;
    Lines control_;
    Lines candidate_;
    /// The control's log by row: each read is held against its row alone.
    std::map<model::StateKey, std::vector<const model::Access*>> control_rows_;
};

}  // namespace

std::string cause_of(const CauseEvidence& evidence) {
    return CauseFinder(evidence).find();
}

}  // namespace parallax::core
