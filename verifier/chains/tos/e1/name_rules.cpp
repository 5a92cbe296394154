#include "verifier/chains/tos/e1/name_rules.hpp"

#include "verifier/chains/tos/e1/constants.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace parallax::tos::e1 {

namespace {

/// Appendix B of the protocol notes.
constexpr std::array<std::string_view, 75> kReservedNames = {
    "admin",     "administrator", "system",     "root",      "null",       "undefined",
    "tos",       "tosnetwork",    "test",       "example",   "localhost",  "postmaster",
    "webmaster", "hostmaster",    "abuse",      "support",   "info",       "contact",
    "validator", "node",          "daemon",     "rpc",       "api",        "wallet",
    "bridge",    "oracle",        "governance", "treasury",  "foundation", "network",
    "mainnet",   "testnet",       "devnet",     "stagenet",  "block",      "transaction",
    "tx",        "hash",          "address",    "security",  "cert",       "ssl",
    "tls",       "www",           "ftp",        "mail",      "smtp",       "imap",
    "pop",       "dns",           "ntp",        "ssh",       "telnet",     "ldap",
    "official",  "verified",      "authentic",  "real",      "true",       "team",
    "staff",     "mod",           "moderator",  "developer", "dev",        "anonymous",
    "unknown",   "nobody",        "anyone",     "everyone",  "all",        "none",
    "default",   "guest",         "user"};
constexpr std::array<std::string_view, 5> kPhishingWords = {"official", "verified", "authentic",
                                                            "support", "help"};
constexpr std::array<std::string_view, 2> kAddressPrefixes = {"tos1", "tst1"};

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_separator(char c) {
    return c == '.' || c == '-' || c == '_';
}

std::string lower_case(std::string_view name) {
    std::string lowered(name);
    for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return lowered;
}

/// Checks 1 and 2: white space and what is not ASCII fall to the character set.
bool has_valid_form(std::string_view name) {
    if (name.size() < kMinNameLength || name.size() > kMaxNameLength || !is_letter(name.front()) ||
        is_separator(name.back())) {
        return false;
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (!is_letter(name[i]) && !is_digit(name[i]) && !is_separator(name[i])) {
            return false;
        }
        if (i > 0 && is_separator(name[i]) && is_separator(name[i - 1])) {
            return false;
        }
    }
    return true;
}

/// Check 3. The node's further tests, for the prefix 0x and for digits alone, cannot succeed: a
/// name of valid form starts with a letter.
bool is_misleading(std::string_view name) {
    return std::find(kReservedNames.begin(), kReservedNames.end(), name) != kReservedNames.end() ||
           std::any_of(kAddressPrefixes.begin(), kAddressPrefixes.end(),
                       [name](std::string_view prefix) { return name.starts_with(prefix); }) ||
           std::any_of(kPhishingWords.begin(), kPhishingWords.end(), [name](std::string_view word) {
               return name.find(word) != std::string_view::npos;
           });
}

}  // namespace

bool is_registrable_name(std::string_view name) {
    const std::string lowered = lower_case(name);
    return has_valid_form(lowered) && !is_misleading(lowered);
}

model::ErrorCode verify_name(protocol::TransactionState& state, const Transaction& transaction) {
    const auto* payload = std::get_if<RegisterNamePayload>(&transaction.payload);
    if (payload == nullptr) {
        return model::ErrorCode::kInternalError;
    }
    if (!is_registrable_name(payload->name)) {
        return model::ErrorCode::kInvalidPayload;
    }
    if (transaction.fee < model::Amount{kNameRegistrationFee}) {
        return model::ErrorCode::kInsufficientFee;
    }
    const bool taken = state.exists(model::name_key(name_hash(payload->name))) ||
                       state.exists(model::name_of_account_key(transaction.source));
    return taken ? model::ErrorCode::kDomainExists : model::ErrorCode::kSuccess;
}

void apply_name(protocol::TransactionState& state, const Transaction& transaction) {
    if (const auto* payload = std::get_if<RegisterNamePayload>(&transaction.payload)) {
        const model::Hash hash = name_hash(payload->name);
        state.put(model::name_key(hash), model::NameRecord{transaction.source});
        state.put(model::name_of_account_key(transaction.source), model::NameOfAccountRecord{hash});
    }
}

}  // namespace parallax::tos::e1
