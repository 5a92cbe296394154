#pragma once

#include "verifier/codec/address.hpp"
#include "verifier/model/verdict.hpp"

#include <map>
#include <string>
#include <string_view>

namespace parallax {

/// One account as a report calls it.
struct AccountName {
    PublicKey key;
    /// `tst1q8x0..k3f9`: enough to tell accounts apart.
    std::string short_name;
    std::string address;
};

/// Short addresses for the accounts of a finding, and text with them.
class AccountNames {
  public:
    /// `network` as an archive has it; an unknown one is taken for one that is not mainnet.
    explicit AccountNames(std::string_view network);

    /// Adds the accounts that a finding names.
    void learn(const Finding& finding);
    [[nodiscard]] const AccountName& name(const PublicKey& key);
    /// `text` with each learnt account's shortened key, as `9c01ab22..`, replaced by its name.
    [[nodiscard]] std::string renamed(std::string_view text) const;
    /// In the order of their keys.
    [[nodiscard]] const std::map<PublicKey, AccountName>& all() const noexcept { return names_; }

    /// `balance of tst1q8x0..k3f9 (TOS)`.
    [[nodiscard]] std::string row_name(const StateKey& key);

  private:
    void learn(const Difference& difference);
    [[nodiscard]] std::string part_name(bool is_account, const std::array<std::uint8_t, 32>& bytes);

    const AddressPrefix prefix_;
    std::map<PublicKey, AccountName> names_;
};

}  // namespace parallax
