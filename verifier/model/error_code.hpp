#pragma once

#include <cstdint>
#include <string_view>

namespace parallax::model {

/// The chain's result codes (protocol notes, 11.1). `kSuccess` is not an error. Which code a
/// transaction ends with is part of its result: codes are compared, not only success or failure.
enum class ErrorCode : std::uint16_t {
    kSuccess = 0x0000,
    kInvalidFormat = 0x0100,
    kInvalidVersion = 0x0101,
    kInvalidType = 0x0102,  // also a wrong chain id
    kInvalidSignature = 0x0103,
    kInvalidTimestamp = 0x0104,
    kInvalidAmount = 0x0105,
    kInvalidAddress = 0x0106,
    kInvalidPayload = 0x0107,
    kNonceTooLow = 0x0110,
    kNonceTooHigh = 0x0111,
    kNonceDuplicate = 0x0112,
    kUnauthorized = 0x0200,
    kKycRequired = 0x0201,
    kKycLevelTooLow = 0x0202,
    kNotOwner = 0x0203,
    kNotCommittee = 0x0204,
    kNotArbitrator = 0x0205,
    kMultisigThreshold = 0x0206,
    kInsufficientBalance = 0x0300,
    kInsufficientFee = 0x0301,
    kInsufficientEnergy = 0x0302,
    kInsufficientFrozen = 0x0303,
    kOverflow = 0x0304,
    kUnderflow = 0x0305,
    kAccountNotFound = 0x0400,
    kAccountExists = 0x0401,
    kEscrowNotFound = 0x0402,
    kEscrowWrongState = 0x0403,
    kDomainNotFound = 0x0404,
    kDomainExists = 0x0405,
    kDomainExpired = 0x0406,
    kDelegationNotFound = 0x0407,
    kDelegationExists = 0x0408,
    kSelfOperation = 0x0409,
    kContractNotFound = 0x0500,
    kContractRevert = 0x0501,
    kOutOfComputeUnits = 0x0502,
    kInvalidOpcode = 0x0503,
    kStackOverflow = 0x0504,
    kStackUnderflow = 0x0505,
    kMemoryLimit = 0x0506,
    kBlockNotFound = 0x0600,
    kInvalidParent = 0x0601,
    kInvalidDifficulty = 0x0602,
    kInvalidProofOfWork = 0x0603,
    kTimestampTooOld = 0x0604,
    kTimestampTooNew = 0x0605,
    kExpectedTips = 0x0606,
    kInvalidTipsCount = 0x0607,
    kInvalidTipsNotFound = 0x0608,
    kInvalidTipsDifficulty = 0x0609,
    kInvalidReachability = 0x060A,
    kMissingVrfData = 0x060B,
    kInvalidVrfData = 0x060C,
    kInvalidBlockVersion = 0x060D,
    kInvalidBlockHeight = 0x060E,
    kInternalError = 0xFF00,
    kNotImplemented = 0xFF01,
    kUnknown = 0xFFFF,
};

/// The table's name of a code, as `NONCE_TOO_LOW`; `UNNAMED` for a number outside the table.
[[nodiscard]] std::string_view error_code_name(ErrorCode code) noexcept;

}  // namespace parallax::model
