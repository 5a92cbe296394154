#include "app/feeder/feed_source.hpp"

#include "verifier/codec/canonical.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace parallax::app {
namespace {

absl::StatusOr<model::Hash> hash_of(const replay::ArchiveBlock& block,
                                    const protocol::Protocol& protocol) {
    const auto hash = protocol.block_hash(block.wire);
    if (!hash.ok()) {
        return absl::DataLossError(fmt::format("block {} of the archive does not decode: {}",
                                               block.placement.topoheight.value(),
                                               std::string(hash.status().message())));
    }
    return *hash;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FeedSource>> FeedSource::open(
    const std::string& path, const protocol::ProtocolSet& protocols) {
    std::unique_ptr<FeedSource> source(new FeedSource(path));
    if (auto status = source->restart(); !status.ok()) {
        return status;
    }
    if (path == "-" || !source->reader_->file_size()) {
        return absl::InvalidArgumentError(fmt::format(
            "{} can be read only once, and feeding begins where the sidecar stands: give a file",
            path == "-" ? "standard input" : path));
    }
    const replay::ArchiveHeader& header = source->header();
    auto protocol = protocols.find({header.network, header.profile, header.failure_model});
    if (!protocol.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("{} cannot be fed: {}", path, std::string(protocol.status().message())));
    }
    source->protocol_ = *std::move(protocol);
    return source;
}

absl::Status FeedSource::restart() {
    auto reader = replay::ArchiveReader::open(path_);
    if (!reader.ok()) {
        return reader.status();
    }
    reader_ = *std::move(reader);
    previous_ = reader_->header().base_hash;
    return absl::OkStatus();
}

absl::StatusOr<service::BlockId> FeedSource::go_to(const service::PositionAnswer& position) {
    // The sidecar's blocks by topoheight; those that the archive has too are common.
    std::map<model::Topoheight, model::Hash> theirs = {
        {position.tip.topoheight, position.tip.hash}};
    for (const service::BlockId& ancestor : position.ancestors) {
        theirs.emplace(ancestor.topoheight, ancestor.hash);
    }
    std::optional<service::BlockId> common;
    const auto note = [&](const service::BlockId& ours) {
        const auto found = theirs.find(ours.topoheight);
        if (found != theirs.end() && found->second == ours.hash) {
            common = ours;
        }
    };
    if (auto status = restart(); !status.ok()) {
        return status;
    }
    note(base());
    model::Topoheight at = header().base_topoheight;
    if (const auto lowest = theirs.upper_bound(at); lowest != theirs.end()) {
        if (auto status = reader_->skip_towards(lowest->first); !status.ok()) {
            return status;
        }
    }
    while (at < position.tip.topoheight) {
        const auto block = reader_->next_block();
        if (!block.ok()) {
            return block.status();
        }
        if (!*block) {
            break;  // its order is shorter: what the sidecar has above goes
        }
        at = (*block)->placement.topoheight;
        if (theirs.count(at) > 0) {
            const auto hash = hash_of(**block, *protocol_);
            if (!hash.ok()) {
                return hash.status();
            }
            previous_ = *hash;
            note({at, *hash});
        }
    }
    if (!common) {
        return absl::FailedPreconditionError(fmt::format(
            "no block that the sidecar can go back to is in the archive: it stands at block {} "
            "({}), and belongs to another chain, or to an order that changed too far below",
            position.tip.topoheight.value(), position.tip.hash.hex()));
    }
    if (*common != position.tip) {
        if (auto status = skip_to(*common); !status.ok()) {
            return status;
        }
    }
    return *common;
}

absl::Status FeedSource::skip_to(const service::BlockId& target) {
    if (auto status = restart(); !status.ok()) {
        return status;
    }
    if (auto status = reader_->skip_towards(target.topoheight); !status.ok()) {
        return status;
    }
    for (model::Topoheight at = header().base_topoheight; at < target.topoheight;) {
        const auto block = reader_->next_block();
        if (!block.ok()) {
            return block.status();
        }
        if (!*block) {
            return absl::DataLossError(
                fmt::format("the archive no longer has block {}", target.topoheight.value()));
        }
        at = (*block)->placement.topoheight;
    }
    previous_ = target.hash;
    return absl::OkStatus();
}

absl::StatusOr<std::optional<service::FeedBlock>> FeedSource::next() {
    auto recorded = reader_->next_block();
    if (!recorded.ok()) {
        return recorded.status();
    }
    if (!*recorded) {
        const std::atomic<bool> never{false};
        if (auto status = reader_->check_rest(never); !status.ok()) {
            return status;
        }
        return std::optional<service::FeedBlock>();
    }
    replay::ArchiveBlock& archived = **recorded;
    const auto hash = hash_of(archived, *protocol_);
    if (!hash.ok()) {
        return hash.status();
    }
    service::FeedBlock block{{archived.placement.topoheight, *hash},
                             previous_,
                             archived.placement.side_block,
                             std::move(archived.wire),
                             {},
                             archived.placement.bodies_shown};
    auto recorded_of_nodes = replay::recording_of(archived);
    if (!recorded_of_nodes.ok()) {
        return recorded_of_nodes.status();
    }
    block.recorded = *std::move(recorded_of_nodes);
    previous_ = *hash;
    return std::optional(std::move(block));
}

absl::StatusOr<SourceEvent> FeedSource::next_event() {
    auto block = next();
    if (!block.ok()) {
        return absl::Status(block.status().code(),
                            "the archive ends in damage: " + std::string(block.status().message()));
    }
    return *block ? SourceEvent(**std::move(block)) : SourceEvent(SourceEnd{});
}

}  // namespace parallax::app
