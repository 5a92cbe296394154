#pragma once

#include "verifier/core/recording_view.hpp"
#include "verifier/model/identifiers.hpp"

#include <array>
#include <cstdint>
#include <map>

namespace parallax {

/// Other names for accounts, put wherever the old ones stand in bytes, keys and values. Keys are
/// random enough never to be met by chance. A plain value.
class AccountRenaming {
  public:
    void add(const PublicKey& from, const PublicKey& to);
    /// The way back. Requires that no two accounts got one name.
    [[nodiscard]] AccountRenaming inverse() const;

    [[nodiscard]] bool empty() const noexcept { return names_.empty(); }
    [[nodiscard]] PublicKey of(const PublicKey& account) const;
    /// Encoded bytes with every name replaced.
    [[nodiscard]] Bytes in(Bytes bytes) const;
    [[nodiscard]] StateKey in(const StateKey& key) const;
    /// The value as it is where it cannot hold the other names.
    [[nodiscard]] StateValue in(Family family, const StateValue& value) const;
    [[nodiscard]] RecordedRow row(const RecordedRow& row) const;

  private:
    using Name = std::array<std::uint8_t, 32>;
    std::map<Name, Name> names_;
};

}  // namespace parallax
