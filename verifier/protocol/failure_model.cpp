#include "verifier/protocol/failure_model.hpp"

namespace parallax::protocol {

std::string_view failure_model_name(FailureModel model) noexcept {
    switch (model) {
        case FailureModel::kRejectBlock:
            return "reject_block";
        case FailureModel::kOrphanAtomic:
            return "orphan_atomic";
        case FailureModel::kOrphanPartial:
            return "orphan_partial";
    }
    return "unknown";
}

std::optional<FailureModel> find_failure_model(std::string_view name) noexcept {
    for (const auto model :
         {FailureModel::kRejectBlock, FailureModel::kOrphanAtomic, FailureModel::kOrphanPartial}) {
        if (failure_model_name(model) == name) {
            return model;
        }
    }
    return std::nullopt;
}

}  // namespace parallax::protocol
