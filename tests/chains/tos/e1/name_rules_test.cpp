#include "verifier/chains/tos/e1/name_rules.hpp"

#include "tests/chains/tos/e1/map_ledger.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include "gtest/gtest.h"

#include <array>

namespace parallax::tos::e1 {
namespace {

using test::account;

Transaction registration(std::string name, std::uint64_t fee = tos::e1::kNameRegistrationFee) {
    Transaction transaction;
    transaction.source = account(1);
    transaction.fee = model::Amount{fee};
    transaction.payload = RegisterNamePayload{std::move(name)};
    return transaction;
}

TEST(NameRules, accepts_letters_digits_and_single_separators) {
    for (const char* name : {"alice", "abc", "a1b", "a.b-c_d", "Alice", "ALICE9", "x0x", "tos2abc",
                             "admins", "user1", "hel-p", "a-tos1", "z123456"}) {
        EXPECT_TRUE(is_registrable_name(name)) << name;
    }
    EXPECT_TRUE(is_registrable_name(std::string(64, 'a')));
}

TEST(NameRules, rejects_names_of_bad_form) {
    for (const char* name : {"",
                             "ab",
                             "1alice",
                             ".alice",
                             "-alice",
                             "_alice",
                             "alice.",
                             "alice-",
                             "alice_",
                             "a..b",
                             "a.-b",
                             "a__b",
                             "alice@tos",
                             "al ice",
                             " alice",
                             "alice ",
                             "alice\t",
                             "\nalice",
                             "alic\xC3\xA9",
                             "\xC3\xA9lice",
                             "alice!",
                             "0xabc",
                             "123456",
                             "a/b",
                             "a\x7F"
                             "b",
                             "[abc",
                             "abc{",
                             "`abc"}) {
        EXPECT_FALSE(is_registrable_name(name)) << name;
    }
    EXPECT_FALSE(is_registrable_name(std::string(65, 'a')));
    EXPECT_FALSE(is_registrable_name(std::string("ab\0c", 4)));
}

TEST(NameRules, rejects_every_reserved_name_in_any_case) {
    constexpr std::array<const char*, 75> kReserved = {
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
    for (std::string name : kReserved) {
        EXPECT_FALSE(is_registrable_name(name)) << name;
        name.front() = static_cast<char>(name.front() - 'a' + 'A');
        EXPECT_FALSE(is_registrable_name(name)) << name;
    }
}

TEST(NameRules, rejects_address_prefixes_and_phishing_words_anywhere) {
    for (const char* name : {"tos1alice", "tst1alice", "TOS1alice", "myofficial", "verified-me",
                             "x.authentic.y", "support_desk", "helper", "un-help"}) {
        EXPECT_FALSE(is_registrable_name(name)) << name;
    }
}

TEST(NameRules, form_comes_before_fee_and_fee_before_registry) {
    test::MapLedger ledger;
    ledger.put(model::name_key(name_hash("alice")), model::NameRecord{account(9)});
    protocol::TransactionState state(ledger, 0);
    EXPECT_EQ(verify_name(state, registration("ab", 0)), model::ErrorCode::kInvalidPayload);
    EXPECT_EQ(verify_name(state, registration("alice", tos::e1::kNameRegistrationFee - 1)),
              model::ErrorCode::kInsufficientFee);
    EXPECT_EQ(verify_name(state, registration("alice")), model::ErrorCode::kDomainExists);
    EXPECT_EQ(verify_name(state, registration("ALICE")), model::ErrorCode::kDomainExists);
    EXPECT_EQ(verify_name(state, registration("alice2")), model::ErrorCode::kSuccess);
}

TEST(NameRules, an_account_has_one_name) {
    test::MapLedger ledger;
    protocol::TransactionState state(ledger, 0);
    apply_name(state, registration("Alice"));
    const model::Hash hash = name_hash("alice");
    ASSERT_NE(state.find<model::NameRecord>(model::name_key(hash)), nullptr);
    EXPECT_EQ(state.find<model::NameRecord>(model::name_key(hash))->owner, account(1));
    EXPECT_EQ(
        state.find<model::NameOfAccountRecord>(model::name_of_account_key(account(1)))->name_hash,
        hash);
    EXPECT_EQ(verify_name(state, registration("second")), model::ErrorCode::kDomainExists);
}

}  // namespace
}  // namespace parallax::tos::e1
