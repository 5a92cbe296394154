#include "verifier/protocol/protocol.hpp"

#include <algorithm>

namespace parallax::protocol {
namespace {

void sort_unique(std::vector<model::StateKey>& keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

absl::StatusOr<std::optional<BlockRejection>> Protocol::check_block(
    const StateView& /*view*/, const RuleContext& /*context*/,
    const std::atomic<bool>& /*cancelled*/) const {
    return std::nullopt;
}

void Protocol::initialize(TransactionState& /*state*/, const RuleContext& /*context*/,
                          model::BlockTotals& /*totals*/) const {}

bool Protocol::passes_without_state(model::TxIndex /*index*/,
                                    const RuleContext& /*context*/) const {
    return false;
}

std::optional<model::StateKey> Protocol::row_of_code(const AdmittedBlock& /*block*/,
                                                     model::TxIndex /*index*/,
                                                     model::ErrorCode /*code*/) const {
    return std::nullopt;
}

std::vector<model::StateKey> transaction_rows(const Protocol& protocol,
                                              const AdmittedBlock& block) {
    std::vector<model::StateKey> keys;
    Accesses accesses;
    for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
        accesses.clear();
        // Without a state there is no read that could fail.
        static_cast<void>(protocol.accesses(block, model::TxIndex{i}, nullptr, accesses));
        keys.insert(keys.end(), accesses.written.begin(), accesses.written.end());
        keys.insert(keys.end(), accesses.read.begin(), accesses.read.end());
    }
    sort_unique(keys);
    return keys;
}

std::vector<model::StateKey> foreseeable_rows(const Protocol& protocol,
                                              const AdmittedBlock& block) {
    std::vector<model::StateKey> keys = transaction_rows(protocol, block);
    const std::vector<model::StateKey> own = protocol.block_rows(block);
    keys.insert(keys.end(), own.begin(), own.end());
    sort_unique(keys);
    return keys;
}

}  // namespace parallax::protocol
