// How a replay begins on a database that has a state: what it holds must be the archive's.
#include "replay/loop/replay_loop.hpp"
#include "verifier/core/verification/block_input.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::replay {
namespace {

std::string message_of(const absl::Status& status) {
    return std::string(status.message());
}

absl::Status wrong_database(const std::string& why) {
    return absl::FailedPreconditionError(
        fmt::format("the database does not belong to this archive: {}; choose another --db", why));
}

}  // namespace

core::BlockInput ReplayLoop::input_of(const ArchiveBlock& block, const model::Hash& previous) {
    core::BlockInput input{previous, block.placement.side_block, crypto::blake3(block.wire),
                           std::nullopt};
    if (block.outcome) {
        input.recorded = crypto::blake3(*block.outcome);
    }
    return input;
}

absl::Status ReplayLoop::check_beginning() {
    for (auto row = reader_.next_state_row(); !row.ok() || *row; row = reader_.next_state_row()) {
        if (!row.ok()) {
            result_.incomplete =
                "the archive's state could not be read: " + message_of(row.status());
            return absl::OkStatus();
        }
    }
    const ArchiveHeader& header = reader_.header();
    auto loaded = parts_.store.beginning();
    if (!loaded.ok()) {
        return loaded.status();
    }
    if (!*loaded && cursor_.topoheight == header.base_topoheight) {
        // Nothing has changed since the load: what it took is still there.
        const auto digest = core::state_digest(parts_.store);
        if (!digest.ok()) {
            return digest.status();
        }
        *loaded = core::StoreBeginning{cursor_.topoheight, cursor_.block_hash, *digest};
    }
    if (!*loaded) {
        return wrong_database(
            "it does not say with what rows it began, as it was made by an earlier version");
    }
    if ((*loaded)->topoheight != header.base_topoheight ||
        (*loaded)->block_hash != header.base_hash) {
        return wrong_database(
            fmt::format("it began at block {} {}, the archive begins at block {} {}",
                        (*loaded)->topoheight.value(), (*loaded)->block_hash.hex(),
                        header.base_topoheight.value(), header.base_hash.hex()));
    }
    if ((*loaded)->digest != reader_.state_digest()) {
        return wrong_database(fmt::format(
            "it began with other rows: their digest is {}, that of the archive's rows is {}",
            (*loaded)->digest.hex(), reader_.state_digest().value_or(model::Hash{}).hex()));
    }
    return absl::OkStatus();
}

absl::Status ReplayLoop::skip_to_cursor() {
    model::Topoheight at = reader_.header().base_topoheight;
    while (at < cursor_.topoheight) {
        auto block = reader_.next_block();
        if (!block.ok()) {
            result_.incomplete =
                fmt::format("the archive could not be read up to block {}: {}",
                            cursor_.topoheight.value(), message_of(block.status()));
            return absl::OkStatus();
        }
        if (!*block) {
            return wrong_database(fmt::format("it stands at block {}, the archive ends at block {}",
                                              cursor_.topoheight.value(), at.value()));
        }
        at = (*block)->placement.topoheight;
        const auto hash = options_.pipeline.protocol->block_hash((*block)->wire);
        if (!hash.ok()) {
            return wrong_database(
                fmt::format("it has executed block {}, which does not decode here: {}", at.value(),
                            message_of(hash.status())));
        }
        const core::BlockInput input = input_of(**block, std::exchange(previous_, *hash));
        if (auto status = check_same_input(at, input); !status.ok()) {
            return status;
        }
        passed_.push_back(*hash);
    }
    return check_same_block(cursor_.topoheight, cursor_.block_hash);
}

absl::Status ReplayLoop::check_same_input(model::Topoheight topoheight,
                                          const core::BlockInput& input) const {
    const auto bytes = parts_.store.read_input(topoheight);
    if (!bytes.ok()) {
        return bytes.status();
    }
    if (!*bytes) {
        return wrong_database(
            fmt::format("it does not say what block {} was executed with, as it was made by an "
                        "earlier version",
                        topoheight.value()));
    }
    const auto known = core::decode_block_input(**bytes);
    if (!known.ok()) {
        return absl::DataLossError(fmt::format("what the database says of block {} is damaged: {}",
                                               topoheight.value(), message_of(known.status())));
    }
    return *known == input ? absl::OkStatus()
                           : wrong_database(fmt::format(
                                 "block {} is another in the database than in the "
                                 "archive: {} differs",
                                 topoheight.value(), core::differences_of(*known, input)));
}

absl::Status ReplayLoop::check_same_block(model::Topoheight topoheight,
                                          const model::Hash& hash) const {
    const ArchiveHeader& header = reader_.header();
    if (topoheight < header.base_topoheight ||
        topoheight.value() - header.base_topoheight.value() > passed_.size()) {
        return wrong_database(
            fmt::format("it has block {}, the archive has not", topoheight.value()));
    }
    const model::Hash& ours =
        topoheight == header.base_topoheight
            ? header.base_hash
            : passed_[topoheight.value() - header.base_topoheight.value() - 1];
    return ours == hash
               ? absl::OkStatus()
               : wrong_database(fmt::format("block {} is {} in the database and {} in the archive",
                                            topoheight.value(), hash.hex(), ours.hex()));
}

}  // namespace parallax::replay
