#include "app/node/recorder.hpp"

#include "verifier/codec/observation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace parallax::app {
namespace {

/// Blocks below the top that a change of the order may still reach: several may share a height, of
/// which 24 are not settled.
constexpr std::uint64_t kUnsettled = 100;
/// How much of a recording a kill may cost.
constexpr std::chrono::seconds kFlushInterval{1};

/// The file that an earlier recording finished, else the newest that it left unfinished.
std::optional<std::string> earlier_recording(const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) {
        return path;
    }
    const std::filesystem::path file(path);
    const std::string prefix = file.filename().string() + ".partial.";
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    std::optional<std::filesystem::directory_entry> newest;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().filename().string().starts_with(prefix) && entry.is_regular_file(error) &&
            (!newest || newest->last_write_time(error) < entry.last_write_time(error))) {
            newest = entry;
        }
    }
    return newest ? std::optional(newest->path().string()) : std::nullopt;
}

}  // namespace

Recorder::Recorder(NodeSession& node, NodeSession* parallel, RecorderOptions options,
                   const std::atomic<bool>& stop)
    : node_(node), parallel_(parallel), options_(std::move(options)), stop_(stop) {}

absl::StatusOr<Recording> Recorder::run() {
    const auto info = node_.chain().info();
    if (!info.ok()) {
        return info.status();
    }
    end_ = options_.to ? model::Topoheight{*options_.to} : info->top;
    if (end_.value() < options_.from) {
        return absl::InvalidArgumentError(fmt::format(
            "there is nothing to record: from block {} to block {}", options_.from, end_.value()));
    }
    const auto start = begin();
    if (!start.ok()) {
        return start.status();
    }
    written_ = *start;
    NodeSource::Options source_options;
    source_options.follower.until = end_;
    source_options.observe_within = std::numeric_limits<std::uint32_t>::max();
    source_options.follower.patience = options_.patience;
    source_options.notice = options_.notice;
    NodeSource source(node_, parallel_, source_options, stop_);
    const auto place = source.start_after({*start});
    if (!place.ok()) {
        return absl::Status(place.status().code(),
                            fmt::format("{} cannot be gone on with: {}", options_.path,
                                        std::string(place.status().message())));
    }
    if (auto status = follow(source); !status.ok()) {
        result_.incomplete = std::string(status.message());
    }
    if (auto status = write_up_to(end_); !status.ok()) {
        return status;
    }
    auto counts = writer_->finish();
    if (!counts.ok()) {
        return counts.status();
    }
    if (!leftover_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(leftover_, ignored);
    }
    result_.counts = *counts;
    result_.last = written_.topoheight;
    return std::move(result_);
}

absl::StatusOr<service::BlockId> Recorder::begin() {
    const auto earlier = earlier_recording(options_.path);
    if (!earlier) {
        return begin_anew();
    }
    auto start = go_on_from(*earlier);
    if (*earlier != options_.path) {
        leftover_ = *earlier;
        // It was killed before there was anything to keep.
        if (absl::IsDataLoss(start.status())) {
            writer_.reset();
            return begin_anew();
        }
    }
    return start;
}

absl::Status Recorder::create(const replay::ArchiveHeader& header) {
    auto writer =
        replay::ArchiveWriter::create(options_.path, header, replay::ArchiveWriter::Observed::kYes);
    if (!writer.ok()) {
        return writer.status();
    }
    writer_ = *std::move(writer);
    return absl::OkStatus();
}

/// The state that the first block of the archive lies on, and that block's id.
absl::StatusOr<ChainState> Recorder::state_before_first(service::BlockId& base) {
    auto state = state_after_first_block(node_.chain(), node_.protocol());
    if (!state.ok()) {
        return state;
    }
    base = {model::Topoheight{0}, node_.identity().genesis};
    if (options_.from <= 1) {
        return state;
    }
    NodeSource::Options before;
    before.follower.until = model::Topoheight{options_.from - 1};
    before.follower.patience = options_.patience;
    before.observe = node::Observe::kNothing;
    before.notice = options_.notice;
    NodeSource source(node_, nullptr, before, stop_);
    if (const auto place = source.start_after({base}); !place.ok()) {
        return place.status();
    }
    for (;;) {
        auto event = source.next_event();
        if (!event.ok()) {
            return event.status();
        }
        if (const auto* block = std::get_if<service::FeedBlock>(&*event)) {
            if (auto status = state->advance(
                    block->wire, {block->id.topoheight, block->side_block, block->bodies_shown});
                !status.ok()) {
                return status;
            }
            base = block->id;
        } else if (std::holds_alternative<SourceRewind>(*event)) {
            return absl::FailedPreconditionError(
                "the order changed among the blocks before the first: begin lower, or later");
        } else if (std::holds_alternative<SourceEnd>(*event)) {
            return stop_ ? absl::StatusOr<ChainState>(absl::CancelledError("stopped on request"))
                         : state;
        }
    }
}

absl::StatusOr<service::BlockId> Recorder::begin_anew() {
    service::BlockId base;
    const auto state = state_before_first(base);
    if (!state.ok()) {
        return state.status();
    }
    replay::ArchiveHeader header;
    header.network = node_.identity().network;
    header.profile = node_.identity().profile;
    header.failure_model = node_.protocol()->failures();
    header.base_topoheight = base.topoheight;
    header.base_hash = base.hash;
    header.origin = fmt::format("parallax record: {}, version {}, first block {}", node_.address(),
                                node_.identity().version, node_.identity().genesis.hex());
    if (auto status = create(header); !status.ok()) {
        return status;
    }
    for (const auto& [key, value] : state->rows()) {
        if (auto status = writer_->write_state_row(key, value); !status.ok()) {
            return status;
        }
    }
    return base;
}

absl::StatusOr<service::BlockId> Recorder::go_on_from(const std::string& earlier) {
    const auto reader = replay::ArchiveReader::open(earlier);
    if (!reader.ok()) {
        return reader.status();
    }
    const replay::ArchiveHeader& header = (*reader)->header();
    if (header.network != node_.identity().network || header.profile != node_.identity().profile ||
        header.base_topoheight.value() + 1 != options_.from) {
        return absl::FailedPreconditionError(
            fmt::format("{} is of {}, profile {}, from block {} on; asked for is {}, profile {}, "
                        "from block {}: "
                        "name another file, or move this one away",
                        earlier, header.network, header.profile, header.base_topoheight.value() + 1,
                        node_.identity().network, node_.identity().profile, options_.from));
    }
    if (auto status = create(header); !status.ok()) {
        return status;
    }
    for (auto row = (*reader)->next_state_row(); !row.ok() || *row;
         row = (*reader)->next_state_row()) {
        if (!row.ok()) {
            return row.status();
        }
        if (auto status = writer_->write_state_row((*row)->key, *(*row)->after); !status.ok()) {
            return status;
        }
    }
    service::BlockId last{header.base_topoheight, header.base_hash};
    if (auto status = copy_blocks(**reader, last); !status.ok()) {
        return status;
    }
    if (options_.notice) {
        options_.notice(fmt::format("{}: {} blocks are there already, up to block {}", earlier,
                                    result_.taken_over, last.topoheight.value()));
    }
    return last;
}

/// The node's order at the places of these blocks, as far as it reaches.
absl::StatusOr<std::vector<model::Hash>> Recorder::order_of(
    const std::deque<replay::ArchiveBlock>& blocks) {
    if (blocks.empty()) {
        return std::vector<model::Hash>();
    }
    const auto info = node_.chain().info();
    if (!info.ok()) {
        return info.status();
    }
    const model::Topoheight first = blocks.front().placement.topoheight;
    const model::Topoheight last = std::min(blocks.back().placement.topoheight, info->top);
    return last < first ? std::vector<model::Hash>() : node_.chain().order(first, last);
}

/// As many as can be read: a recording that was killed ends in the middle of a record. Those that
/// the order may have changed since are read again.
absl::Status Recorder::copy_blocks(replay::ArchiveReader& reader, service::BlockId& last) {
    std::deque<replay::ArchiveBlock> newest;
    const auto copy = [&](const replay::ArchiveBlock& block) {
        const auto hash = node_.protocol()->block_hash(block.wire);
        if (!hash.ok()) {
            return hash.status();
        }
        last = {block.placement.topoheight, *hash};
        ++result_.taken_over;
        return writer_->write_block(block.placement, block.wire, block.outcome, block.observations);
    };
    for (;;) {
        auto block = reader.next_block();
        if (absl::IsDataLoss(block.status())) {
            break;
        }
        if (!block.ok()) {
            return block.status();
        }
        if (!*block) {
            break;
        }
        if (end_ < (*block)->placement.topoheight) {
            // Going on would put the shorter recording in its place.
            return absl::FailedPreconditionError(
                fmt::format("{} holds blocks beyond block {}, the last one asked for: name another "
                            "file, a later block, or move this one away",
                            options_.path, end_.value()));
        }
        newest.push_back(**std::move(block));
        if (newest.size() > kUnsettled) {
            if (auto status = copy(newest.front()); !status.ok()) {
                return status;
            }
            newest.pop_front();
        }
    }
    // Of the rest, those that the node's order still has; where it does not say, they are read
    // again.
    const auto order = order_of(newest);
    for (std::size_t i = 0; i < newest.size(); ++i) {
        const auto hash = node_.protocol()->block_hash(newest[i].wire);
        if (!hash.ok() || !order.ok() || i >= order->size() || (*order)[i] != *hash) {
            break;
        }
        if (auto status = copy(newest[i]); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

absl::Status Recorder::follow(NodeSource& source) {
    for (;;) {
        auto event = source.next_event();
        if (!event.ok()) {
            return event.status();
        }
        if (auto* block = std::get_if<service::FeedBlock>(&*event)) {
            if (auto status = hold(std::move(*block), source.top()); !status.ok()) {
                return status;
            }
        } else if (const auto* rewind = std::get_if<SourceRewind>(&*event)) {
            if (auto status = take_back(rewind->to); !status.ok()) {
                return status;
            }
        } else if (std::holds_alternative<SourceEnd>(*event)) {
            return stop_ ? absl::CancelledError("stopped on request; run it again to go on")
                         : absl::OkStatus();
        }
    }
}

absl::Status Recorder::hold(service::FeedBlock block, std::optional<model::Topoheight> top) {
    const std::uint64_t newest = top.value_or(block.id.topoheight).value();
    held_.push_back(std::move(block));
    const std::uint64_t settled = newest - std::min(newest, kUnsettled);
    if (auto status = write_up_to(model::Topoheight{settled}); !status.ok()) {
        return status;
    }
    if (options_.progress) {
        options_.progress(result_.taken_over + result_.counts.blocks + held_.size());
    }
    return absl::OkStatus();
}

absl::Status Recorder::take_back(const service::BlockId& to) {
    ++result_.rewinds;
    if (to.topoheight < written_.topoheight) {
        return absl::FailedPreconditionError(fmt::format(
            "the order changed above block {}, and the blocks up to {} were written: record anew",
            to.topoheight.value(), written_.topoheight.value()));
    }
    while (!held_.empty() && to.topoheight < held_.back().id.topoheight) {
        held_.pop_back();
    }
    return absl::OkStatus();
}

absl::Status Recorder::write_up_to(model::Topoheight last) {
    while (!held_.empty() && held_.front().id.topoheight <= last) {
        if (auto status = write(held_.front()); !status.ok()) {
            return status;
        }
        held_.pop_front();
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - flushed_ < kFlushInterval) {
        return absl::OkStatus();
    }
    flushed_ = now;
    return writer_->flush();
}

absl::Status Recorder::write(const service::FeedBlock& block) {
    std::optional<base::Bytes> observations;
    if (!block.recorded.observations.empty()) {
        observations = codec::encode_observations(block.recorded.observations);
    }
    if (auto status =
            writer_->write_block({block.id.topoheight, block.side_block, block.bodies_shown},
                                 block.wire, std::nullopt, observations);
        !status.ok()) {
        return status;
    }
    written_ = block.id;
    ++result_.counts.blocks;
    result_.side_blocks += block.side_block ? 1U : 0U;
    return absl::OkStatus();
}

}  // namespace parallax::app
