#include "replay/account_renaming.hpp"

#include "verifier/codec/canonical.hpp"

#include <algorithm>
#include <cstddef>

namespace parallax {

void AccountRenaming::add(const PublicKey& from, const PublicKey& to) {
    names_.emplace(from.bytes(), to.bytes());
}

AccountRenaming AccountRenaming::inverse() const {
    AccountRenaming back;
    for (const auto& [from, to] : names_) {
        back.names_.emplace(to, from);
    }
    return back;
}

PublicKey AccountRenaming::of(const PublicKey& account) const {
    const auto found = names_.find(account.bytes());
    return found == names_.end() ? account : PublicKey::from_array(found->second);
}

Bytes AccountRenaming::in(Bytes bytes) const {
    Name window{};
    for (std::size_t at = 0; at + window.size() <= bytes.size();) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        std::copy_n(begin, window.size(), window.begin());
        const auto found = names_.find(window);
        if (found == names_.end()) {
            ++at;
            continue;
        }
        std::copy(found->second.begin(), found->second.end(), begin);
        at += window.size();
    }
    return bytes;
}

StateKey AccountRenaming::in(const StateKey& key) const {
    StateKey renamed = key;
    for (Name* part : {&renamed.owner, &renamed.detail}) {
        if (const auto found = names_.find(*part); found != names_.end()) {
            *part = found->second;
        }
    }
    return renamed;
}

StateValue AccountRenaming::in(Family family, const StateValue& value) const {
    auto renamed = decode_value(family, in(encode_value(value)));
    return renamed.ok() ? *std::move(renamed) : value;
}

RecordedRow AccountRenaming::row(const RecordedRow& row) const {
    RecordedRow renamed{in(row.key), std::nullopt};
    if (row.value) {
        renamed.value = in(row.key.family, *row.value);
    }
    return renamed;
}

}  // namespace parallax
