#include "replay/twins/account_renaming.hpp"

#include "verifier/codec/canonical.hpp"

#include <algorithm>
#include <cstddef>

namespace parallax::replay {

void AccountRenaming::add(const model::PublicKey& from, const model::PublicKey& to) {
    names_.emplace(from.bytes(), to.bytes());
}

AccountRenaming AccountRenaming::inverse() const {
    AccountRenaming back;
    for (const auto& [from, to] : names_) {
        back.names_.emplace(to, from);
    }
    return back;
}

model::PublicKey AccountRenaming::of(const model::PublicKey& account) const {
    const auto found = names_.find(account.bytes());
    return found == names_.end() ? account : model::PublicKey::from_array(found->second);
}

base::Bytes AccountRenaming::in(base::Bytes bytes) const {
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

model::StateKey AccountRenaming::in(const model::StateKey& key) const {
    model::StateKey renamed = key;
    for (Name* part : {&renamed.owner, &renamed.detail}) {
        if (const auto found = names_.find(*part); found != names_.end()) {
            *part = found->second;
        }
    }
    return renamed;
}

model::StateValue AccountRenaming::in(model::Family family, const model::StateValue& value) const {
    auto renamed = codec::decode_value(family, in(codec::encode_value(value)));
    return renamed.ok() ? *std::move(renamed) : value;
}

core::RecordedRow AccountRenaming::row(const core::RecordedRow& row) const {
    core::RecordedRow renamed{in(row.key), std::nullopt};
    if (row.value) {
        renamed.value = in(row.key.family, *row.value);
    }
    return renamed;
}

}  // namespace parallax::replay
