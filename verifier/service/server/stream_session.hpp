#pragma once

#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/base/clock.hpp"
#include "verifier/core/store/bundle_keeper.hpp"
#include "verifier/service/door/front_door.hpp"
#include "verifier/service/loop/verify_loop.hpp"
#include "verifier/service/server/answer_queue.hpp"
#include "verifier/service/server/log_sieve.hpp"
#include "verifier/service/server/stream_registry.hpp"
#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/telemetry/event_log.hpp"
#include "verifier/service/telemetry/monitor.hpp"

#include <memory>
#include <optional>
#include <string>

namespace parallax::service {

/// What every call works with. All of it outlives the server.
struct ServiceParts {
    VerifyLoop& loop;
    core::ChainStore& store;
    Telemetry& telemetry;
    StreamRegistry& streams;
    EventLog& log;
    const base::Clock& clock;
    const ServiceConfiguration& configuration;
    const protocol::Protocol& protocol;
    /// Null for none.
    const core::BundleKeeper* bundles;
    FrontDoor& door;
    /// For lines about calls without the token.
    LogSieve& strangers;
};

/// One StreamBlocks call: reads on the call's thread, writes on one of its own, so that neither
/// side waits for the other. It converts, puts into the loop's queue, and hands answers on; a block
/// that is nonsense does not get further than here. Lives as long as the call.
class StreamSession {
  public:
    using Stream = grpc::ServerReaderWriter<v1::StreamBlocksResponse, v1::StreamBlocksRequest>;
    StreamSession(const ServiceParts& parts, grpc::ServerContext& context, Stream& stream);
    ~StreamSession();
    StreamSession(const StreamSession&) = delete;
    StreamSession& operator=(const StreamSession&) = delete;

    [[nodiscard]] grpc::Status run();

  private:
    [[nodiscard]] grpc::Status introduce();
    [[nodiscard]] absl::StatusOr<FeederInfo> check(const v1::Hello& hello) const;
    [[nodiscard]] grpc::Status wait_for_position();
    /// Until the feeder ends its side, or says what makes no sense.
    [[nodiscard]] grpc::Status read_all();
    [[nodiscard]] grpc::Status take(const v1::StreamBlocksRequest& request);
    [[nodiscard]] grpc::Status take_block(const v1::Block& message);
    [[nodiscard]] absl::StatusOr<BlockWork> admit_block(const v1::Block& message,
                                                        const BlockId& id) const;
    void refuse(const BlockId& id, RefusalReason reason, const std::string& message);
    void offer_block(const BlockId& id, BlockWork work);
    [[nodiscard]] grpc::Status offer(FeedWork work);
    void write_all();
    [[nodiscard]] bool write_one(const FeederAnswer& answer);

    const ServiceParts& parts_;
    grpc::ServerContext& context_;
    Stream& stream_;
    std::unique_ptr<StreamRegistry::Place> place_;
    std::optional<FrontDoor::Welcome> welcome_;
    /// Shared with the work that waits in the queue, which may outlive the call.
    std::shared_ptr<AnswerQueue> answers_;
    std::string feeder_name_;
    bool attached_ = false;
    /// The block for which there was no room; what comes above it is dropped. Where the stream
    /// stands is for the loop to say, which alone knows what was taken and what was refused.
    std::optional<model::Topoheight> no_room_at_;
};

/// An environment's status as a call's.
[[nodiscard]] grpc::Status to_grpc(const absl::Status& status);

}  // namespace parallax::service
