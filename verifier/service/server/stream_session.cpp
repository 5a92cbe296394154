#include "verifier/service/server/stream_session.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/service/messages/chain_conversion.hpp"
#include "verifier/service/messages/verdict_conversion.hpp"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <pthread.h>
#include <thread>
#include <utility>

namespace parallax::service {
namespace {

constexpr std::size_t kMaxFeederName = 100;
/// How often a thread that waits for answers looks whether its call has ended.
constexpr std::chrono::milliseconds kPatience{200};
/// How soon a feeder that came before the state of an archive is looked after again.
constexpr std::chrono::milliseconds kAskAgain{20};
/// How long an answer that is being written may take after the reading side has failed.
constexpr std::chrono::milliseconds kLastWords{1000};

grpc::Status invalid(const std::string& message) {
    return {grpc::StatusCode::INVALID_ARGUMENT, message};
}

}  // namespace

grpc::Status to_grpc(const absl::Status& status) {
    // Both libraries use the canonical codes.
    return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message())};
}

StreamSession::StreamSession(const ServiceParts& parts, grpc::ServerContext& context,
                             Stream& stream)
    : parts_(parts), context_(context), stream_(stream) {}

StreamSession::~StreamSession() {
    if (answers_) {
        answers_->close();
        parts_.loop.queue().forget(*answers_);
    }
    if (attached_) {
        parts_.log.info("feeder_detached", {{"feeder", feeder_name_}});
    }
}

grpc::Status StreamSession::run() {
    place_ = parts_.streams.enter([this] { context_.TryCancel(); });
    if (!place_) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED,
                fmt::format("limits.streams: {} streams are open",
                            parts_.configuration.limits.streams)};
    }
    stream_.SendInitialMetadata();  // tells the client that it has a place
    if (auto status = introduce(); !status.ok()) {
        return status;
    }
    if (auto status = wait_for_position(); !status.ok()) {
        return status;
    }
    std::promise<void> written;
    std::thread writer([&] {
        write_all();
        written.set_value();
    });
    pthread_setname_np(writer.native_handle(), "px-answers");
    grpc::Status status = read_all();
    if (status.ok() && !context_.IsCancelled()) {
        status = offer(FeedWork{StreamEndWork{}, answers_, {}});
    }
    if (!status.ok() || context_.IsCancelled()) {
        answers_->close();
        // A feeder that makes no sense may not read either.
        if (written.get_future().wait_for(kLastWords) != std::future_status::ready) {
            context_.TryCancel();
        }
    }
    writer.join();
    return status;
}

grpc::Status StreamSession::introduce() {
    v1::StreamBlocksRequest request;
    if (!stream_.Read(&request)) {
        return invalid("the stream has ended before hello");
    }
    if (!request.has_hello()) {
        return invalid("the first message must be hello");
    }
    auto feeder = check(request.hello());
    if (!feeder.ok()) {
        return to_grpc(feeder.status());
    }
    feeder_name_ = feeder->name;
    parts_.streams.introduce(*place_);
    AnswerQueue::Options options;
    options.max_answers = parts_.configuration.limits.unread_answers;
    options.max_bytes = parts_.configuration.limits.unread_answer_bytes;
    options.on_overflow = [this] { context_.TryCancel(); };
    answers_ = std::make_shared<AnswerQueue>(std::move(options));
    if (!parts_.streams.attach(*place_, *std::move(feeder), answers_)) {
        parts_.telemetry.count_refused(Telemetry::Refusal::kWrongFeeder);
        const auto other = parts_.streams.feeder();
        return {grpc::StatusCode::FAILED_PRECONDITION,
                fmt::format("another feeder is attached{}: one at a time",
                            other ? fmt::format(" ({})", log_value(other->name)) : "")};
    }
    return offer(FeedWork{AttachWork{}, answers_, {}});
}

absl::StatusOr<FeederInfo> StreamSession::check(const v1::Hello& hello) const {
    const ServiceConfiguration& own = parts_.configuration;
    const auto& chain = hello.chain();
    if (chain.network() != own.network || chain.profile() != own.profile ||
        from_wire(chain.failure_model()) != own.failure_model) {
        return absl::FailedPreconditionError(
            fmt::format("hello.chain: this sidecar verifies {} of profile {} with {}", own.network,
                        own.profile, protocol::failure_model_name(own.failure_model)));
    }
    if (hello.feeder().size() > kMaxFeederName) {
        return absl::InvalidArgumentError(
            fmt::format("hello.feeder: more than {} characters", kMaxFeederName));
    }
    FeederInfo feeder;
    feeder.name = hello.feeder();
    for (const auto& [present, message, place] :
         {std::tuple{hello.has_first(), &hello.first(), &feeder.first},
          std::tuple{hello.has_last(), &hello.last(), &feeder.last}}) {
        if (!present) {
            continue;
        }
        const auto id = read(*message, "hello.first or hello.last");
        if (!id.ok()) {
            return id.status();
        }
        *place = *id;
    }
    return feeder;
}

grpc::Status StreamSession::wait_for_position() {
    for (;;) {
        const auto answer = answers_->take(kPatience);
        if (answer && std::holds_alternative<NoStateAnswer>(*answer)) {
            if (parts_.configuration.loads_archive && !context_.IsCancelled()) {
                // Asked before the daemon has put its load into the queue: ask again, behind it.
                (void)answers_->take(kAskAgain);  // nothing comes
                if (auto status = offer(FeedWork{AttachWork{}, answers_, {}}); !status.ok()) {
                    return status;
                }
                continue;
            }
            return {grpc::StatusCode::FAILED_PRECONDITION,
                    "there is no state yet: give the sidecar one with LoadState"};
        }
        if (answer) {
            attached_ = true;
            welcome_.emplace(parts_.door, context_.peer());
            const BlockId& tip = std::get<PositionAnswer>(*answer).tip;
            parts_.log.info("feeder_attached",
                            {{"feeder", feeder_name_},
                             {"peer", parts_.door.name_of(context_.peer())},
                             {"topoheight", std::to_string(tip.topoheight.value())}});
            return write_one(*answer) ? grpc::Status::OK : grpc::Status::CANCELLED;
        }
        if (context_.IsCancelled()) {
            return grpc::Status::CANCELLED;
        }
        if (parts_.telemetry.status().state == LoopState::kStopping) {
            return {grpc::StatusCode::UNAVAILABLE, "the sidecar is stopping"};
        }
    }
}

grpc::Status StreamSession::read_all() {
    v1::StreamBlocksRequest request;
    while (stream_.Read(&request)) {
        if (auto status = take(request); !status.ok()) {
            return status;
        }
    }
    return answers_->has_overflowed()
               ? grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                              "limits.unread_answers: the feeder does not read its answers")
               : grpc::Status::OK;
}

grpc::Status StreamSession::take(const v1::StreamBlocksRequest& request) {
    switch (request.message_case()) {
        case v1::StreamBlocksRequest::kBlock:
            return take_block(request.block());
        case v1::StreamBlocksRequest::kRewind: {
            const auto target = read(request.rewind().target(), "rewind.target");
            if (!target.ok()) {
                return to_grpc(target.status());
            }
            no_room_at_ = std::nullopt;
            return offer(FeedWork{RewindWork{*target}, answers_, {}});
        }
        case v1::StreamBlocksRequest::kEndOfHistory:
            return offer(FeedWork{HistoryEndWork{}, answers_, {}});
        case v1::StreamBlocksRequest::kHello:
            return invalid("hello comes once, first");
        case v1::StreamBlocksRequest::MESSAGE_NOT_SET:
            break;
    }
    return invalid("a message with nothing in it");
}

grpc::Status StreamSession::take_block(const v1::Block& message) {
    const auto id = read(message.id(), "block.id");
    if (!id.ok()) {
        return to_grpc(id.status());
    }
    parts_.streams.saw_block(*id);
    if (no_room_at_ && id->topoheight > *no_room_at_) {
        return grpc::Status::OK;  // it was sent before the feeder knew that there was no room
    }
    if (no_room_at_ == id->topoheight) {
        no_room_at_ = std::nullopt;  // it came, whatever becomes of it; an older one does not count
    }
    if (message.wire().size() > parts_.configuration.limits.block_bytes) {
        refuse(*id, RefusalReason::kLimit,
               fmt::format("{} bytes, limits.block_bytes is {}", message.wire().size(),
                           parts_.configuration.limits.block_bytes));
        return grpc::Status::OK;
    }
    auto work = admit_block(message, *id);
    if (!work.ok()) {
        refuse(*id,
               work.status().code() == absl::StatusCode::kResourceExhausted
                   ? RefusalReason::kLimit
                   : RefusalReason::kInvalidBlock,
               std::string(work.status().message()));
        return grpc::Status::OK;
    }
    offer_block(*id, *std::move(work));
    return grpc::Status::OK;
}

absl::StatusOr<BlockWork> StreamSession::admit_block(const v1::Block& message,
                                                     const BlockId& id) const {
    const auto previous = read_hash(message.previous_hash(), "block.previous_hash");
    if (!previous.ok()) {
        return previous.status();
    }
    model::BlockPlacement placement{id.topoheight, std::nullopt};
    if (message.has_side_block()) {
        placement.side_block = message.side_block();
    }
    placement.bodies_shown = !message.bodies_not_shown();
    auto admitted = parts_.protocol.admit(as_bytes(message.wire()), placement);
    if (!admitted.ok()) {
        return admitted.status();
    }
    if (admitted->hash() != id.hash) {
        return absl::InvalidArgumentError(fmt::format("block.id.hash is {}, the block's own is {}",
                                                      id.hash.hex(), admitted->hash().hex()));
    }
    const ServiceLimits& limits = parts_.configuration.limits;
    if (admitted->transactions().size() > limits.transactions) {
        return absl::ResourceExhaustedError(
            fmt::format("{} transactions, limits.transactions is {}",
                        admitted->transactions().size(), limits.transactions));
    }
    BlockWork work{
        *std::move(admitted),
        {*previous, placement.side_block, crypto::blake3(as_bytes(message.wire())), std::nullopt},
        {},
        message.wire().size()};
    if (message.has_recorded_outcome()) {
        auto recorded = read(message.recorded_outcome());
        if (!recorded.ok()) {
            return recorded.status();
        }
        work.input.recorded = crypto::blake3(codec::encode_outcome(*recorded));
        work.recorded.outcome = *std::move(recorded);
        work.bytes += message.recorded_outcome().ByteSizeLong();
    }
    auto observations = read_observations(message);
    if (!observations.ok()) {
        return observations.status();
    }
    work.recorded.observations = *std::move(observations);
    for (const v1::Observation& observation : message.observations()) {
        work.bytes += observation.ByteSizeLong();
    }
    return work;
}

void StreamSession::refuse(const BlockId& id, RefusalReason reason, const std::string& message) {
    parts_.telemetry.count_refused(reason == RefusalReason::kLimit
                                       ? Telemetry::Refusal::kTooLarge
                                       : Telemetry::Refusal::kMalformed);
    parts_.log.warning("block_refused", {{"topoheight", std::to_string(id.topoheight.value())},
                                         {"hash", id.hash.hex()},
                                         {"why", message}});
    // Behind the verdicts of what came before; of more than may wait the rest is answered at once.
    RefusedAnswer refused{id, reason, message};
    if (!parts_.loop.queue().offer(FeedWork{refused, answers_, {}}).ok()) {
        answers_->answer(std::move(refused));
    }
}

void StreamSession::offer_block(const BlockId& id, BlockWork work) {
    auto status =
        parts_.loop.queue().offer(FeedWork{std::move(work), answers_, parts_.clock.now()});
    if (status.ok()) {
        return;
    }
    parts_.telemetry.count_refused(Telemetry::Refusal::kQueueFull);
    no_room_at_ = id.topoheight;
    answers_->answer(ExhaustedAnswer{id, parts_.configuration.limits.retry_after_ms,
                                     std::string(status.message())});
}

grpc::Status StreamSession::offer(FeedWork work) {
    return to_grpc(parts_.loop.queue().offer(std::move(work)));
}

void StreamSession::write_all() {
    for (;;) {
        const auto answer = answers_->take(kPatience);
        if (answer) {
            if (std::holds_alternative<EndAnswer>(*answer) || !write_one(*answer)) {
                return;
            }
            continue;
        }
        if (answers_->is_closed() || context_.IsCancelled()) {
            return;
        }
        if (parts_.telemetry.status().state == LoopState::kStopping) {
            context_.TryCancel();  // the reading side waits for the feeder
            return;
        }
    }
}

bool StreamSession::write_one(const FeederAnswer& answer) {
    if (const auto* position = std::get_if<PositionAnswer>(&answer);
        position != nullptr && position->rewound) {
        parts_.streams.went_back_to(position->tip);
    }
    v1::StreamBlocksResponse response;
    return !write(answer, response) || stream_.Write(response);
}

}  // namespace parallax::service
