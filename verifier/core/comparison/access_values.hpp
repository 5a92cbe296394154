#pragma once

#include "verifier/model/difference_values.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace parallax::core {

/// Says for people what the numbers in an access log stand for. Amounts are there as they are; of
/// other values the log has a digest only, so a value can be named that is known from elsewhere: a
/// row before the block, or what an outcome leaves. An account's can be worked out as soon as its
/// registration is known. A plain value; holds no reference.
class AccessValues {
  public:
    void learn(const std::optional<model::StateValue>& value);
    /// Every value in its delta, before and after.
    void learn(const model::BlockOutcome& outcome);

    [[nodiscard]] model::Value value(const model::Access& access) const;
    [[nodiscard]] model::Value value(model::Family family, model::AccessKind kind,
                                     std::uint64_t number) const;
    /// `nonce 5`, `40`, `absent`, `{threshold: 2}`; a digest if nothing is known of it.
    [[nodiscard]] std::string text(const model::Access& access) const;
    [[nodiscard]] std::string text(model::Family family, model::AccessKind kind,
                                   std::uint64_t number) const;

  private:
    std::map<std::uint64_t, model::Value> known_;
    std::set<std::uint64_t> registrations_{0};
};

}  // namespace parallax::core
