#include "verifier/core/diagnosis/ending_causes.hpp"

#include "verifier/core/diagnosis/error_checks.hpp"

#include <array>

namespace parallax::core {
namespace {

/// One transaction that ended in two ways.
struct Ending {
    const CauseCase& given;
    std::uint32_t i = 0;
    const model::TransactionResult& left;
    const model::TransactionResult& right;

    [[nodiscard]] bool must_execute() const {
        return left.status == model::TransactionStatus::kExecuted;
    }
    [[nodiscard]] bool succeeds() const { return right.code == model::ErrorCode::kSuccess; }
};

model::Cause let_in(model::ErrorCode code) {
    return check_passed(check_of(code));
}

MaybeCause another_amount(const Ending& ending) {
    if (ending.left.status != ending.right.status || ending.left.code != ending.right.code) {
        return std::nullopt;
    }
    const bool fee = ending.left.fee != ending.right.fee;
    const bool lower =
        fee ? ending.right.fee < ending.left.fee : ending.right.burned < ending.left.burned;
    model::Cause cause = cause_of_kind(model::CauseKind::kResultField);
    cause.field = fee ? "fee" : "burned";
    cause.direction = lower ? model::Direction::kLower : model::Direction::kHigher;
    return cause;
}

MaybeCause done_though_skipped(const Ending& ending) {
    return ending.left.status == model::TransactionStatus::kSkipped
               ? MaybeCause(cause_of_kind(model::CauseKind::kDoneAgain))
               : std::nullopt;
}

MaybeCause accepted(const Ending& ending) {
    return !ending.must_execute() && ending.succeeds() ? MaybeCause(let_in(ending.left.code))
                                                       : std::nullopt;
}

/// Whether a transaction that ends with `second` got past the check that `first` stands for: those
/// of form come before those that look at the state.
bool passed(model::ErrorCode first, model::ErrorCode second) {
    const auto place = [](model::ErrorCode code) {
        const model::Check check = check_of(code);
        return check == model::Check::kOther || code == model::ErrorCode::kInvalidType
                   ? -1
                   : static_cast<int>(check);
    };
    return place(first) < place(second);
}

MaybeCause refused_later(const Ending& ending) {
    const bool later = !ending.must_execute() &&
                       ending.right.status == model::TransactionStatus::kFailed &&
                       check_of(ending.left.code) != model::Check::kOther &&
                       check_of(ending.right.code) != model::Check::kNonce &&
                       passed(ending.left.code, ending.right.code);
    return later ? MaybeCause(let_in(ending.left.code)) : std::nullopt;
}

MaybeCause another_success(const Ending& ending) {
    return ending.succeeds() ? MaybeCause(cause_of_kind(model::CauseKind::kOtherEnding))
                             : std::nullopt;
}

// A refused transaction leaves no access, so what it read is concluded from its code.

MaybeCause after_a_failed_one(const Ending& ending) {
    if (ending.right.code != model::ErrorCode::kNonceTooLow) {
        return std::nullopt;
    }
    const auto& transactions = ending.given.evidence().block.transactions();
    for (std::uint32_t j = 0; j < ending.i; ++j) {
        if (ending.given.control().results[j].status == model::TransactionStatus::kFailed &&
            transactions[j].source == transactions[ending.i].source) {
            return cause_of_kind(model::CauseKind::kFailedHasEffects);
        }
    }
    return std::nullopt;
}

MaybeCause without_an_earlier_write(const Ending& ending) {
    const std::optional<model::Family> family = family_of(ending.right.code);
    if (!family || *family == model::Family::kBalance) {
        return std::nullopt;
    }
    for (const model::Access* access : ending.given.control_lines(ending.i)) {
        if (access->key.family == *family && is_read(access->kind) &&
            access->observed_writer != model::kPreState &&
            model::block_order(access->observed_writer) < model::block_order(ending.i)) {
            return cause_of_row(model::CauseKind::kReadTooEarly, *family);
        }
    }
    return std::nullopt;
}

MaybeCause nonce_too_high(const Ending& ending) {
    return ending.right.code == model::ErrorCode::kNonceTooHigh
               ? MaybeCause(cause_of_row(model::CauseKind::kReadTooEarly, model::Family::kAccount))
               : std::nullopt;
}

MaybeCause too_poor(const Ending& ending) {
    return ending.right.code == model::ErrorCode::kInsufficientBalance
               ? MaybeCause(
                     cause_of_row(model::CauseKind::kReadOtherValue, model::Family::kBalance))
               : std::nullopt;
}

MaybeCause not_cosigned(const Ending& ending) {
    const bool cosigned = ending.given.evidence().block.transactions()[ending.i].cosigned;
    return family_of(ending.right.code) == model::Family::kMultisig && cosigned
               ? MaybeCause(cause_of_row(model::CauseKind::kReadNoValue, model::Family::kMultisig))
               : std::nullopt;
}

MaybeCause refused(const Ending& ending) {
    model::Cause cause = cause_of_kind(model::CauseKind::kRefused);
    cause.code = ending.right.code;
    return cause;
}

/// The first that says something.
using EndingRule = MaybeCause (*)(const Ending&);
constexpr std::array<EndingRule, 11> kEndingRules = {
    another_amount,
    done_though_skipped,
    accepted,
    refused_later,
    another_success,
    after_a_failed_one,
    without_an_earlier_write,
    nonce_too_high,
    too_poor,
    not_cosigned,
    refused,
};

}  // namespace

MaybeCause other_ending(const CauseCase& given, std::uint32_t i) {
    const Ending ending{given, i, given.control().results[i], given.candidate().results[i]};
    if (ending.left == ending.right) {
        return std::nullopt;
    }
    for (const EndingRule rule : kEndingRules) {
        if (MaybeCause cause = rule(ending)) {
            return cause;
        }
    }
    return std::nullopt;
}

}  // namespace parallax::core
