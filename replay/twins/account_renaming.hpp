#pragma once

#include "verifier/core/verification/recording_view.hpp"
#include "verifier/model/identifiers.hpp"

#include <array>
#include <cstdint>
#include <map>

namespace parallax::replay {

/// Other names for accounts, put wherever the old ones stand in bytes, keys and values. Keys are
/// random enough never to be met by chance. A plain value.
class AccountRenaming {
  public:
    void add(const model::PublicKey& from, const model::PublicKey& to);
    /// The way back. Requires that no two accounts got one name.
    [[nodiscard]] AccountRenaming inverse() const;

    [[nodiscard]] bool empty() const noexcept { return names_.empty(); }
    [[nodiscard]] model::PublicKey of(const model::PublicKey& account) const;
    /// Encoded bytes with every name replaced.
    [[nodiscard]] base::Bytes in(base::Bytes bytes) const;
    [[nodiscard]] model::StateKey in(const model::StateKey& key) const;
    /// The value as it is where it cannot hold the other names.
    [[nodiscard]] model::StateValue in(model::Family family, const model::StateValue& value) const;
    [[nodiscard]] core::RecordedRow row(const core::RecordedRow& row) const;

  private:
    using Name = std::array<std::uint8_t, 32>;
    std::map<Name, Name> names_;
};

}  // namespace parallax::replay
