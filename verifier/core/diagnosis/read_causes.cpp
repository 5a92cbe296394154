#include "verifier/core/diagnosis/read_causes.hpp"

#include <algorithm>
#include <array>

namespace parallax::core {
namespace {

/// More of an asset than this nobody can hold.
constexpr std::uint64_t kImpossibleAmount = std::uint64_t{1} << 62;

/// A read of the right version, and what it must have seen.
struct WrongValue {
    const model::Access& access;
    const RowVersion& right;
    /// By how much it is too high; wraps.
    std::uint64_t off = 0;
};

bool is_older(const RowVersion& right, std::uint64_t value) {
    return std::find(right.older.begin(), right.older.end(), value) != right.older.end();
}

bool is_spendable(const WrongValue& wrong) {
    return wrong.access.kind == model::AccessKind::kReadSpendable;
}
bool is_impossible(const WrongValue& wrong) {
    return is_spendable(wrong) && wrong.access.value >= kImpossibleAmount;
}
bool has_receipts(const WrongValue& wrong) {
    return is_spendable(wrong) && wrong.right.received != 0 &&
           wrong.access.value == *wrong.right.value + wrong.right.received;
}
bool is_older_amount(const WrongValue& wrong) {
    return is_spendable(wrong) && is_older(wrong.right, wrong.access.value);
}
/// The digest of an account is its registration plus a multiple of its nonce.
bool is_registration(const WrongValue& wrong) {
    constexpr std::uint64_t kNear = std::uint64_t{1} << 40;
    return !is_spendable(wrong) && wrong.access.key.family == model::Family::kAccount &&
           wrong.access.value != 0 && *wrong.right.value != 0 &&
           (wrong.off < kNear || 0 - wrong.off < kNear);
}
bool is_nothing(const WrongValue& wrong) {
    return !is_spendable(wrong) && wrong.access.value == 0;
}
bool is_any(const WrongValue& /*wrong*/) {
    return true;
}

model::Cause registration_differs(const WrongValue& wrong) {
    model::Cause cause = cause_of_row(model::CauseKind::kRowField, model::Family::kAccount);
    cause.field = "registered_at";
    cause.direction =
        wrong.off < 0 - wrong.off ? model::Direction::kHigher : model::Direction::kLower;
    return cause;
}
model::Cause funds_not_checked(const WrongValue& /*wrong*/) {
    return check_passed(model::Check::kFunds);
}
template <model::CauseKind kKind>
model::Cause of_row(const WrongValue& wrong) {
    return cause_of_row(kKind, wrong.access.key.family);
}

/// The first that fits.
struct ValueRule {
    bool (*fits)(const WrongValue&);
    model::Cause (*cause)(const WrongValue&);
};
constexpr std::array kValueRules = {
    ValueRule{is_impossible, funds_not_checked},
    ValueRule{has_receipts, of_row<model::CauseKind::kReadWithReceipts>},
    ValueRule{is_older_amount, of_row<model::CauseKind::kReadOlderValue>},
    ValueRule{is_registration, registration_differs},
    ValueRule{is_nothing, of_row<model::CauseKind::kReadNoValue>},
    ValueRule{is_any, of_row<model::CauseKind::kReadOtherValue>},
};

model::Cause wrong_value(const model::Access& access, const RowVersion& right) {
    const WrongValue wrong{access, right, access.value - *right.value};
    const auto* const rule = std::find_if(kValueRules.begin(), kValueRules.end(),
                                          [&](const ValueRule& each) { return each.fits(wrong); });
    return rule->cause(wrong);
}

/// The state before the block comes before every transaction; its number does not.
std::int64_t place_of(std::uint32_t writer) {
    return writer == model::kPreState ? -1 : static_cast<std::int64_t>(model::block_order(writer));
}

}  // namespace

MaybeCause wrong_read(const CauseCase& given, std::uint32_t i) {
    for (const model::Access* access : given.candidate_lines(i)) {
        if (!is_read(access->kind)) {
            continue;
        }
        const RowVersion right = given.version_of(*access, i);
        if (access->observed_writer != right.writer) {
            const bool early = place_of(access->observed_writer) < place_of(right.writer);
            return cause_of_row(
                early ? model::CauseKind::kReadTooEarly : model::CauseKind::kReadTooLate,
                access->key.family);
        }
        if (right.value && access->value != *right.value) {
            return wrong_value(*access, right);
        }
    }
    return std::nullopt;
}

MaybeCause wrong_spend(const CauseCase& given, std::uint32_t i) {
    for (const model::Access* spend : given.candidate_lines(i)) {
        if (spend->kind != model::AccessKind::kSpend) {
            continue;
        }
        const model::Access read{model::TxIndex{i}, model::AccessKind::kReadSpendable, spend->key};
        const RowVersion right = given.version_of(read, i);
        for (const model::Access* proper : given.control_lines(i)) {
            if (proper->kind != model::AccessKind::kSpend || proper->key != spend->key ||
                proper->value == spend->value || !right.value) {
                continue;
            }
            model::Access ground = read;
            ground.value = spend->value + (*right.value - proper->value);
            // Computed from a version that was overwritten: read too early, whatever the log says.
            return is_older(right, ground.value)
                       ? cause_of_row(model::CauseKind::kReadTooEarly, spend->key.family)
                       : wrong_value(ground, right);
        }
    }
    return std::nullopt;
}

}  // namespace parallax::core
