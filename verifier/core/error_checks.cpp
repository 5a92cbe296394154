#include "verifier/core/error_checks.hpp"

namespace parallax {

Check check_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kNonceTooLow:
        case ErrorCode::kNonceTooHigh:
        case ErrorCode::kNonceDuplicate:
            return Check::kNonce;
        case ErrorCode::kInsufficientBalance:
        case ErrorCode::kInsufficientEnergy:
        case ErrorCode::kInsufficientFrozen:
            return Check::kFunds;
        case ErrorCode::kOverflow:
        case ErrorCode::kUnderflow:
            return Check::kArithmetic;
        case ErrorCode::kInvalidSignature:
        case ErrorCode::kUnauthorized:
        case ErrorCode::kNotOwner:
        case ErrorCode::kMultisigThreshold:
        case ErrorCode::kAccountNotFound:
        case ErrorCode::kAccountExists:
        case ErrorCode::kDomainNotFound:
        case ErrorCode::kDomainExists:
        case ErrorCode::kDelegationNotFound:
        case ErrorCode::kDelegationExists:
        case ErrorCode::kContractNotFound:
            return Check::kAuthority;
        default:
            break;
    }
    const auto number = static_cast<std::uint16_t>(code);
    return number < 0x0600 ? Check::kForm : Check::kOther;
}

std::string_view check_name(Check check) noexcept {
    switch (check) {
        case Check::kForm:
            return "form";
        case Check::kAuthority:
            return "authority";
        case Check::kNonce:
            return "nonce";
        case Check::kFunds:
            return "funds";
        case Check::kArithmetic:
            return "arithmetic";
        case Check::kOther:
            return "other";
    }
    return "other";
}

std::optional<Family> family_of(ErrorCode code) noexcept {
    switch (check_of(code)) {
        case Check::kNonce:
            return Family::kAccount;
        case Check::kFunds:
            return code == ErrorCode::kInsufficientBalance ? Family::kBalance : Family::kEnergy;
        case Check::kForm:
            return code == ErrorCode::kInvalidPayload ? std::optional(Family::kMultisig)
                                                      : std::nullopt;
        case Check::kAuthority:
            return code == ErrorCode::kDomainExists ? std::optional(Family::kName) : std::nullopt;
        case Check::kArithmetic:
        case Check::kOther:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace parallax
