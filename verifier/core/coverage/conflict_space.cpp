#include "verifier/core/coverage/conflict_space.hpp"

#include <algorithm>
#include <tuple>

namespace parallax::core {
namespace {

bool can_meet(const protocol::TypeUse& first, const protocol::TypeUse& second,
              model::Dependency hazard) {
    switch (hazard) {
        case model::Dependency::kReadAfterWrite:
            return first.writes && second.reads;
        case model::Dependency::kWriteAfterRead:
            return first.reads_only && second.writes;
        case model::Dependency::kWriteAfterWrite:
            return first.writes && second.writes;
        case model::Dependency::kCreditAfterCredit:
            return first.credits && second.credits;
    }
    return false;
}

}  // namespace

std::vector<model::ConflictCount> possible_shapes(std::span<const protocol::TypeUse> uses) {
    std::vector<model::ConflictCount> shapes;
    for (const protocol::TypeUse& first : uses) {
        for (const protocol::TypeUse& second : uses) {
            for (const model::Dependency hazard :
                 {model::Dependency::kReadAfterWrite, model::Dependency::kWriteAfterRead,
                  model::Dependency::kWriteAfterWrite, model::Dependency::kCreditAfterCredit}) {
                if (first.family == second.family && can_meet(first, second, hazard)) {
                    shapes.push_back({first.type, second.type, first.family, hazard, 0});
                }
            }
        }
    }
    const auto order = [](const model::ConflictCount& shape) {
        return std::tie(shape.first, shape.second, shape.family, shape.hazard);
    };
    std::sort(shapes.begin(), shapes.end(),
              [&](const model::ConflictCount& a, const model::ConflictCount& b) {
                  return order(a) < order(b);
              });
    return shapes;
}

}  // namespace parallax::core
