#include "node/chain/follower.hpp"

#include "verifier/chains/tos/emission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

namespace parallax::node {
namespace {

/// From here on each side block of a height is paid alike.
constexpr std::uint32_t kLastSideNumber = 3;
/// Hashes that are asked for at once on the way down to where two orders part.
constexpr std::uint64_t kOrderStep = 65;
/// Connections that end so often in a row are of one of the blocks that were asked for together;
/// so often again, with one block alone, they are of that block.
constexpr std::uint32_t kDropsOfMany = 3;
constexpr std::uint32_t kDropsOfOne = 6;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{10'000};
constexpr std::chrono::milliseconds kStopPoll{20};
constexpr std::chrono::seconds kPatienceWithNonsense{30};

bool may_pass(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
           absl::IsDataLoss(status) || absl::IsResourceExhausted(status);
}

/// Twice as long each time, and never the same for two clients that failed together.
std::chrono::milliseconds pause_after(std::uint32_t failures) {
    static thread_local std::minstd_rand random(std::random_device{}());
    const auto whole =
        std::min(kLongestPause, kFirstPause * (std::int64_t{1} << std::min(failures, 7U)));
    return whole / 2 + std::chrono::milliseconds(static_cast<std::int64_t>(
                           random() % static_cast<std::uint64_t>(whole.count() / 2 + 1)));
}

}  // namespace

std::optional<std::uint32_t> side_number_of(model::Amount reward, model::Amount base) {
    if (reward == base) {
        return std::nullopt;
    }
    for (std::uint32_t n = 0; n <= kLastSideNumber; ++n) {
        if (tos::side_block_reward(base, n) == reward) {
            return n;
        }
    }
    return std::nullopt;
}

ChainFollower::ChainFollower(NodeChain& chain, Doorbell* bell, Options options,
                             const std::atomic<bool>& stop)
    : chain_(chain), bell_(bell), options_(options), stop_(stop) {}

absl::StatusOr<OrderedBlock> ChainFollower::start_after(const std::vector<OrderedBlock>& known) {
    const auto info = chain_.info();
    if (!info.ok()) {
        return info.status();
    }
    for (const OrderedBlock& block : known) {
        if (info->top < block.topoheight) {
            continue;
        }
        const auto hash = chain_.order(block.topoheight, block.topoheight);
        if (!hash.ok()) {
            return hash.status();
        }
        if (hash->front() == block.hash) {
            known_.clear();
            known_.push_back({block, {}, false});
            fetched_.clear();
            if (auto status = remember_heights(); !status.ok()) {
                return status;
            }
            return block;
        }
    }
    return absl::NotFoundError(
        "the node's order has none of the blocks that are known here: it follows another chain, or "
        "its order changed too far below");
}

/// Heights of the blocks up to the first known one, without which it cannot be told what lies
/// beside what.
absl::Status ChainFollower::remember_heights() {
    const OrderedBlock start = known_.front().block;
    const model::Topoheight first{start.topoheight.value() -
                                  std::min(start.topoheight.value(), side_depth())};
    const auto hashes = chain_.order(first, start.topoheight);
    if (!hashes.ok()) {
        return hashes.status();
    }
    const auto heights = chain_.heights(first, start.topoheight);
    if (!heights.ok()) {
        return heights.status();
    }
    if (hashes->back() != start.hash) {
        return absl::UnavailableError("the order changed while it was read");
    }
    known_.clear();
    for (std::size_t i = 0; i < heights->size(); ++i) {
        known_.push_back(
            {{model::Topoheight{first.value() + i}, (*hashes)[i]}, (*heights)[i], false});
    }
    return absl::OkStatus();
}

absl::StatusOr<FollowedEvent> ChainFollower::next() {
    if (stop_) {
        return absl::CancelledError("stopped on request");
    }
    if (!notices_.empty()) {
        FollowedNotice notice{std::move(notices_.front())};
        notices_.pop_front();
        return FollowedEvent(std::move(notice));
    }
    auto event = step();
    if (!event.ok() && may_pass(event.status())) {
        return failed(event.status());
    }
    if (event.ok() && failures_ > 0) {
        failures_ = 0;
        notices_.emplace_back("the node answers again");
        if (auto status = chain_.check_genesis(); !status.ok() && !may_pass(status)) {
            return status;
        }
    }
    return event;
}

/// A node that is not there may come back after days; one that gives answers which are none will
/// give them again.
std::chrono::milliseconds ChainFollower::patience_with(const absl::Status& status) const {
    return absl::IsDataLoss(status) &&
                   (options_.patience.count() == 0 || kPatienceWithNonsense < options_.patience)
               ? kPatienceWithNonsense
               : options_.patience;
}

absl::StatusOr<FollowedEvent> ChainFollower::failed(const absl::Status& status) {
    const auto now = std::chrono::steady_clock::now();
    if (failures_ == 0) {
        failing_since_ = now;
    }
    const auto patience = patience_with(status);
    if (patience.count() > 0 && now - failing_since_ >= patience) {
        return status;
    }
    const auto pause = pause_after(failures_++);
    rest(pause);
    // Once for a row of failures: that they go on is seen by what does not come.
    if (failures_ == 1) {
        return FollowedEvent(
            FollowedNotice{fmt::format("{}; asking again", std::string(status.message()))});
    }
    return FollowedEvent(FollowedNothing{});
}

absl::StatusOr<FollowedEvent> ChainFollower::step() {
    if (!fetched_.empty()) {
        NodeBlock block = std::move(fetched_.front());
        fetched_.pop_front();
        return FollowedEvent(give(std::move(block)));
    }
    auto info = chain_.info();
    if (!info.ok()) {
        return info.status();
    }
    info_ = *std::move(info);
    auto rewind = find_rewind();
    if (!rewind.ok()) {
        return rewind.status();
    }
    if (*rewind) {
        return FollowedEvent(**std::move(rewind));
    }
    if (info_->pruned && tip().topoheight < *info_->pruned) {
        return absl::FailedPreconditionError(
            fmt::format("the node has pruned what is below block {}, and block {} is next",
                        info_->pruned->value(), tip().topoheight.value() + 1));
    }
    const model::Topoheight last = std::min(info_->top, options_.until.value_or(info_->top));
    if (tip().topoheight < last) {
        if (auto status = fetch(); !status.ok()) {
            return status;
        }
        if (!fetched_.empty()) {
            return step();
        }
        return FollowedEvent(FollowedNothing{});
    }
    rest(options_.poll);
    return FollowedEvent(FollowedNothing{});
}

std::uint64_t ChainFollower::side_depth() const {
    return side_block_depth(chain_.identity().dialect);
}

/// Where the node's order and what was given part, if they do.
absl::StatusOr<std::optional<FollowedRewind>> ChainFollower::find_rewind() {
    std::size_t above = known_.size();  // all known blocks from here on are gone
    while (above > 0) {
        const std::size_t begin = above > kOrderStep ? above - kOrderStep : 0;
        // Mostly the newest alone, which is still there.
        const std::size_t from = above == known_.size() ? above - 1 : begin;
        const model::Topoheight first = known_[from].block.topoheight;
        if (first <= info_->top) {
            const model::Topoheight last = std::min(known_[above - 1].block.topoheight, info_->top);
            const auto hashes = chain_.order(first, last);
            if (!hashes.ok()) {
                return hashes.status();
            }
            for (std::size_t i = hashes->size(); i > 0; --i) {
                if ((*hashes)[i - 1] == known_[from + i - 1].block.hash) {
                    const std::size_t kept = from + i;
                    if (kept == known_.size()) {
                        return std::optional<FollowedRewind>();
                    }
                    known_.resize(kept);
                    return std::optional(FollowedRewind{tip()});
                }
            }
        }
        above = from;
    }
    return absl::FailedPreconditionError(fmt::format(
        "the node's order changed below block {}, further than the {} blocks that can be taken "
        "back: begin anew, or allow more",
        known_.front().block.topoheight.value(), options_.window));
}

/// Reads the next blocks, and that they lie on the last one that was given.
absl::Status ChainFollower::fetch() {
    const model::Topoheight first = model::next(tip().topoheight);
    const model::Topoheight end = std::min(info_->top, options_.until.value_or(info_->top));
    std::uint64_t count = std::min<std::uint64_t>(batch_, end.value() - first.value() + 1);
    auto blocks = chain_.blocks(first, count);
    if (absl::IsResourceExhausted(blocks.status()) && batch_ > 1) {
        batch_ /= 2;  // large blocks: fewer of them at once
        return absl::OkStatus();
    }
    if (!blocks.ok() && chain_.was_dropped()) {
        blocks = after_drop(first, std::move(blocks));
    }
    if (!blocks.ok()) {
        return blocks.status();
    }
    count = std::min<std::uint64_t>(count, blocks->size());
    drops_ = 0;
    batch_ = std::min(kMaxBatch, batch_ + 1);
    const auto hashes =
        chain_.order(tip().topoheight, model::Topoheight{tip().topoheight.value() + count});
    if (!hashes.ok()) {
        return hashes.status();
    }
    if (hashes->front() != tip().hash) {
        return absl::OkStatus();  // the order changed meanwhile: nothing was read
    }
    for (std::size_t i = 0; i < blocks->size(); ++i) {
        if ((*blocks)[i].hash != (*hashes)[i + 1]) {
            break;
        }
        fetched_.push_back(std::move((*blocks)[i]));
    }
    return absl::OkStatus();
}

/// A node that answers everything else and ends the connection each time that it is asked for one
/// block cannot show that block's transactions: it is taken without them.
absl::StatusOr<std::vector<NodeBlock>> ChainFollower::after_drop(
    model::Topoheight first, absl::StatusOr<std::vector<NodeBlock>> dropped) {
    const bool was_alone = batch_ == 1;
    drops_ = was_alone || drops_ < kDropsOfMany ? drops_ + 1 : drops_;
    if (drops_ >= kDropsOfMany) {
        batch_ = 1;
    }
    if (!was_alone || drops_ < kDropsOfOne) {
        return dropped;
    }
    auto outline = chain_.outline(first);
    if (!outline.ok()) {
        return outline.status();
    }
    std::vector<NodeBlock> blocks;
    blocks.push_back(*std::move(outline));
    return blocks;
}

FollowedBlock ChainFollower::give(NodeBlock block) {
    FollowedBlock followed;
    followed.previous = tip().hash;
    followed.side_block = side_number(block);
    followed.top = info_ ? info_->top : block.topoheight;
    known_.push_back(
        {{block.topoheight, block.hash}, block.height, followed.side_block.has_value()});
    while (known_.size() > std::max<std::size_t>(options_.window, side_depth() + 1)) {
        known_.pop_front();
    }
    followed.block = std::move(block);
    return followed;
}

/// One of the blocks before it in the order, so many as the dialect says, has its height or a
/// greater one; the first block of the chain is not looked at.
bool ChainFollower::lies_beside(const NodeBlock& block) const {
    const std::size_t depth = std::min<std::size_t>(known_.size(), side_depth());
    return std::any_of(known_.rbegin(), known_.rbegin() + static_cast<std::ptrdiff_t>(depth),
                       [&](const Known& before) {
                           return before.block.topoheight.value() > 0 &&
                                  before.height >= block.height;
                       });
}

/// The node counts the side blocks of a height anew with each change of its order, so that its
/// count is seen in what it paid. Where that fits nothing, the rule decides, and what was paid will
/// show as a difference.
std::optional<std::uint32_t> ChainFollower::side_number(const NodeBlock& block) const {
    if (!lies_beside(block)) {
        return std::nullopt;
    }
    if (block.supply && block.reward && *block.reward <= *block.supply) {
        const model::Amount before{block.supply->value() - block.reward->value()};
        if (const auto number = side_number_of(*block.reward, tos::block_reward(before))) {
            return number;
        }
    }
    return static_cast<std::uint32_t>(std::ranges::count_if(
        known_, [&](const Known& before) { return before.side && before.height == block.height; }));
}

void ChainFollower::rest(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    if (bell_ != nullptr && failures_ == 0) {
        bell_->wait(time);
        return;
    }
    while (!stop_ && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(kStopPoll);
    }
}

}  // namespace parallax::node
