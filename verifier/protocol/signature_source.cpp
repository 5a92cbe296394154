#include "verifier/protocol/signature_source.hpp"

#include <utility>

namespace parallax::protocol {

SignatureSource::SignatureSource(const AdmittedBlock& block, model::SignaturePolicy policy)
    : block_(&block), policy_(policy) {}

SignatureSource SignatureSource::per_lane(const AdmittedBlock& block) {
    return {block, model::SignaturePolicy::kPerLane};
}

SignatureSource SignatureSource::once(const AdmittedBlock& block,
                                      std::vector<crypto::SignatureCheck> checks) {
    SignatureSource source{block, model::SignaturePolicy::kOnce};
    source.checks_ = std::move(checks);
    return source;
}

SignatureSource SignatureSource::off(const AdmittedBlock& block) {
    return {block, model::SignaturePolicy::kOff};
}

crypto::SignatureCheck SignatureSource::under_source(model::TxIndex index) const {
    switch (policy_) {
        case model::SignaturePolicy::kOff:
            return crypto::SignatureCheck::kValid;
        case model::SignaturePolicy::kOnce:
            if (index.value() < checks_.size()) {
                return checks_[index.value()];
            }
            break;
        case model::SignaturePolicy::kPerLane:
            break;
    }
    return block_->body().check_signature(index);
}

}  // namespace parallax::protocol
