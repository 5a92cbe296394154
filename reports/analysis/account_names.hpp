#pragma once

#include "verifier/crypto/address.hpp"
#include "verifier/model/verdict.hpp"

#include <map>
#include <string>
#include <string_view>

namespace parallax::reports {

/// One account as a report calls it.
struct AccountName {
    model::PublicKey key;
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
    void learn(const model::Finding& finding);
    [[nodiscard]] const AccountName& name(const model::PublicKey& key);
    /// `text` with each learnt account's shortened key, as `9c01ab22..`, replaced by its name.
    [[nodiscard]] std::string renamed(std::string_view text) const;
    /// In the order of their keys.
    [[nodiscard]] const std::map<model::PublicKey, AccountName>& all() const noexcept {
        return names_;
    }

    /// `balance of tst1q8x0..k3f9 (TOS)`.
    [[nodiscard]] std::string row_name(const model::StateKey& key);

  private:
    void learn(const model::Difference& difference);
    [[nodiscard]] std::string part_name(bool is_account, const std::array<std::uint8_t, 32>& bytes);

    const crypto::AddressPrefix prefix_;
    std::map<model::PublicKey, AccountName> names_;
};

}  // namespace parallax::reports
