#include "verifier/core/diagnosis/error_checks.hpp"

namespace parallax::core {

model::Check check_of(model::ErrorCode code) noexcept {
    switch (code) {
        case model::ErrorCode::kNonceTooLow:
        case model::ErrorCode::kNonceTooHigh:
        case model::ErrorCode::kNonceDuplicate:
            return model::Check::kNonce;
        case model::ErrorCode::kInsufficientBalance:
        case model::ErrorCode::kInsufficientEnergy:
        case model::ErrorCode::kInsufficientFrozen:
            return model::Check::kFunds;
        case model::ErrorCode::kOverflow:
        case model::ErrorCode::kUnderflow:
            return model::Check::kArithmetic;
        case model::ErrorCode::kInvalidSignature:
        case model::ErrorCode::kUnauthorized:
        case model::ErrorCode::kNotOwner:
        case model::ErrorCode::kMultisigThreshold:
        case model::ErrorCode::kAccountNotFound:
        case model::ErrorCode::kAccountExists:
        case model::ErrorCode::kDomainNotFound:
        case model::ErrorCode::kDomainExists:
        case model::ErrorCode::kDelegationNotFound:
        case model::ErrorCode::kDelegationExists:
        case model::ErrorCode::kContractNotFound:
            return model::Check::kAuthority;
        default:
            break;
    }
    const auto number = static_cast<std::uint16_t>(code);
    return number < 0x0600 ? model::Check::kForm : model::Check::kOther;
}

std::optional<model::Family> family_of(model::ErrorCode code) noexcept {
    switch (check_of(code)) {
        case model::Check::kNonce:
            return model::Family::kAccount;
        case model::Check::kFunds:
            return code == model::ErrorCode::kInsufficientBalance ? model::Family::kBalance
                                                                  : model::Family::kEnergy;
        case model::Check::kForm:
            return code == model::ErrorCode::kInvalidPayload
                       ? std::optional(model::Family::kMultisig)
                       : std::nullopt;
        case model::Check::kAuthority:
            return code == model::ErrorCode::kDomainExists ? std::optional(model::Family::kName)
                                                           : std::nullopt;
        case model::Check::kArithmetic:
        case model::Check::kOther:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace parallax::core
