#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/model/observation.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/service/client/feeder.hpp"
#include "verifier/service/client/sidecar_target.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace parallax::service {

/// Which sidecar a client feeds, with which chain.
struct ClientOptions {
    SidecarTarget target;
    /// What to be called in the sidecar's log.
    std::string name = "parallax feed";
    /// The chain that is fed.
    std::string network;
    std::string profile;
    protocol::FailureModel failure_model = protocol::FailureModel::kOrphanAtomic;
    /// The first and last block that there are to feed.
    std::optional<BlockId> first;
    std::optional<BlockId> last;
};

/// A block as a feeder sends it.
struct FeedBlock {
    BlockId id;
    model::Hash previous;
    std::optional<std::uint32_t> side_block;
    base::Bytes wire;
    model::Recording recorded;
    /// False: `wire` is the header alone.
    bool bodies_shown = true;
};

/// What a feeder needs to know of a verdict.
struct FeedVerdict {
    BlockId block;
    model::VerdictKind kind = model::VerdictKind::kInconclusive;
    std::optional<model::InconclusiveReason> reason;
    std::uint32_t transactions = 0;
    /// Of the first finding, if there is one.
    std::string sentence;
    /// Of an inconclusive one, what the first lane that is says of it.
    std::string detail;
    std::vector<model::ObservedPart> observed;
    bool redelivered = false;
};

/// What comes back on a stream.
using FeedAnswer = std::variant<PositionAnswer, FeedVerdict, GapAnswer, ExhaustedAnswer,
                                RefusedAnswer, FinishedAnswer>;

/// The client side of a sidecar, for feeders of ours. One thread may send while another reads; each
/// does so one call at a time.
class FeedClient {
  public:
    /// Reads the files of `options`. Connects with the first call.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<FeedClient>> create(ClientOptions options);
    ~FeedClient();
    FeedClient(const FeedClient&) = delete;
    FeedClient& operator=(const FeedClient&) = delete;

    /// Gives the sidecar its first state.
    struct Uploaded {
        std::uint64_t rows = 0;
        model::Hash digest;
    };
    [[nodiscard]] absl::StatusOr<Uploaded> upload_state(
        const BlockId& base,
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next);

    /// Opens the stream and says hello. Unavailable if nobody is there; FailedPrecondition if the
    /// sidecar has no state (`has_state` is false then), serves another chain, or has a feeder.
    [[nodiscard]] absl::StatusOr<PositionAnswer> attach();
    /// Whether the last `attach` failed for want of a state.
    [[nodiscard]] bool lacks_state() const noexcept;

    /// False if the stream is broken: `finish` says why.
    [[nodiscard]] bool send(const FeedBlock& block);
    [[nodiscard]] bool rewind(const BlockId& target);
    [[nodiscard]] bool end_of_history();
    /// Nothing more will be sent.
    void close_sending();
    /// The next answer; nothing when the stream has ended.
    [[nodiscard]] absl::StatusOr<std::optional<FeedAnswer>> read();
    /// Why the stream has ended. After `read` gave nothing.
    [[nodiscard]] absl::Status finish();
    /// Ends the stream at once, from any thread.
    void cancel();

    /// Hands every verdict of the ledger in [first, last] to `visit`, ascending.
    [[nodiscard]] absl::Status list_verdicts(model::Topoheight first, model::Topoheight last,
                                             const std::function<void(const FeedVerdict&)>& visit);

  private:
    class Connection;
    explicit FeedClient(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace parallax::service
