#include "verifier/service/client/feed_client.hpp"

#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/service/client/client_channel.hpp"
#include "verifier/service/messages/chain_conversion.hpp"
#include "verifier/service/messages/verdict_conversion.hpp"

#include <utility>

namespace parallax::service {
namespace {

/// Rows of state in one message, and the bytes after which it goes out.
constexpr int kRowsPerMessage = 2'000;
constexpr std::size_t kBytesPerMessage = 1U << 20;

FeedVerdict read_verdict(const v1::LedgerRecord& record) {
    const v1::Verdict& message = record.verdict();
    FeedVerdict verdict;
    if (const auto id = read(message.block(), "block"); id.ok()) {
        verdict.block = *id;
    }
    verdict.kind = from_wire(message.kind()).value_or(model::VerdictKind::kInconclusive);
    verdict.reason = from_wire(message.reason());
    verdict.transactions = message.transactions();
    if (message.findings_size() > 0) {
        verdict.sentence = message.findings(0).sentence();
    }
    for (const v1::LaneReport& lane : message.lanes()) {
        if (verdict.detail.empty()) {
            verdict.detail = lane.detail();
        }
    }
    for (const v1::ObservedPart& part : message.observed()) {
        verdict.observed.push_back(read(part));
    }
    return verdict;
}

RefusalReason from_wire(v1::RefusalReason reason) {
    switch (reason) {
        case v1::REFUSAL_REASON_LIMIT:
            return RefusalReason::kLimit;
        case v1::REFUSAL_REASON_UNKNOWN_TARGET:
            return RefusalReason::kUnknownTarget;
        case v1::REFUSAL_REASON_BELOW_UNDO_WINDOW:
            return RefusalReason::kBelowUndoWindow;
        case v1::REFUSAL_REASON_CONTROL_FAILED:
            return RefusalReason::kControlFailed;
        case v1::REFUSAL_REASON_OTHER_INPUT:
            return RefusalReason::kOtherInput;
        default:  // protobuf's enumerations are open
            return RefusalReason::kInvalidBlock;
    }
}

absl::StatusOr<PositionAnswer> read_position(const v1::Needed& needed) {
    const auto tip = read(needed.tip(), "needed.tip");
    if (!tip.ok()) {
        return tip.status();
    }
    PositionAnswer position{*tip, {}, needed.rewound()};
    for (const v1::BlockId& message : needed.ancestors()) {
        const auto ancestor = read(message, "needed.ancestors");
        if (!ancestor.ok()) {
            return ancestor.status();
        }
        position.ancestors.push_back(*ancestor);
    }
    return position;
}

absl::StatusOr<FinishedAnswer> read_finished(const v1::Finished& finished) {
    const auto tip = read(finished.tip(), "finished.tip");
    if (!tip.ok()) {
        return tip.status();
    }
    const auto head = read_hash(finished.ledger_head(), "finished.ledger_head");
    if (!head.ok()) {
        return head.status();
    }
    const auto digest = read_hash(finished.state_digest(), "finished.state_digest");
    if (!digest.ok()) {
        return digest.status();
    }
    return FinishedAnswer{core::Cursor{tip->topoheight, tip->hash, *head}, *digest};
}

template <class T>
absl::StatusOr<FeedAnswer> as_answer(absl::StatusOr<T> answer) {
    return answer.ok() ? absl::StatusOr<FeedAnswer>(FeedAnswer(*std::move(answer)))
                       : absl::StatusOr<FeedAnswer>(answer.status());
}

absl::StatusOr<FeedAnswer> read_answer(const v1::StreamBlocksResponse& response) {
    switch (response.message_case()) {
        case v1::StreamBlocksResponse::kNeeded:
            return as_answer(read_position(response.needed()));
        case v1::StreamBlocksResponse::kVerdict: {
            FeedVerdict verdict = read_verdict(response.verdict().record());
            verdict.redelivered = response.verdict().redelivered();
            return FeedAnswer(std::move(verdict));
        }
        case v1::StreamBlocksResponse::kGap: {
            const auto received = read(response.gap().received(), "gap.received");
            const auto tip = read(response.gap().expected_previous(), "gap.expected_previous");
            if (!received.ok() || !tip.ok()) {
                return received.ok() ? tip.status() : received.status();
            }
            return FeedAnswer(GapAnswer{*received, *tip, response.gap().message()});
        }
        case v1::StreamBlocksResponse::kResourceExhausted: {
            const auto& exhausted = response.resource_exhausted();
            const auto block = read(exhausted.block(), "resource_exhausted.block");
            if (!block.ok()) {
                return block.status();
            }
            return FeedAnswer(
                ExhaustedAnswer{*block, exhausted.retry_after_ms(), exhausted.message()});
        }
        case v1::StreamBlocksResponse::kRefused: {
            const auto block = read(response.refused().block(), "refused.block");
            if (!block.ok()) {
                return block.status();
            }
            return FeedAnswer(RefusedAnswer{*block, from_wire(response.refused().reason()),
                                            response.refused().message()});
        }
        case v1::StreamBlocksResponse::kFinished:
            return as_answer(read_finished(response.finished()));
        case v1::StreamBlocksResponse::MESSAGE_NOT_SET:
            break;
    }
    return absl::InternalError("the sidecar sent an answer that this program does not know");
}

}  // namespace

/// The stub and the one stream.
class FeedClient::Connection {
  public:
    Connection(ClientOptions options, ClientChannel client)
        : options_(std::move(options)),
          client_(std::move(client)),
          stub_(v1::VerifierService::NewStub(client_.channel)) {}

    void write_chain(v1::ChainIdentity& chain) const {
        chain.set_network(options_.network);
        chain.set_profile(options_.profile);
        chain.set_failure_model(to_wire(options_.failure_model));
    }

    absl::StatusOr<PositionAnswer> attach() {
        lacks_state_ = false;
        context_ = std::make_unique<grpc::ClientContext>();
        client_.authorize(*context_);
        stream_ = stub_->StreamBlocks(context_.get());
        v1::StreamBlocksRequest request;
        auto& hello = *request.mutable_hello();
        write_chain(*hello.mutable_chain());
        hello.set_feeder(options_.name);
        if (options_.first) {
            write(*options_.first, *hello.mutable_first());
        }
        if (options_.last) {
            write(*options_.last, *hello.mutable_last());
        }
        v1::StreamBlocksResponse response;
        if (!stream_->Write(request) || !stream_->Read(&response)) {
            auto status = finish();
            lacks_state_ = status.code() == absl::StatusCode::kFailedPrecondition &&
                           status.message().find("no state yet") != absl::string_view::npos;
            return status.ok() ? absl::InternalError("the sidecar did not answer hello") : status;
        }
        return read_position(response.needed());
    }

    absl::Status finish() {
        auto status = from_grpc(stream_->Finish());
        stream_.reset();
        return status;
    }

    const ClientOptions options_;
    const ClientChannel client_;
    const std::unique_ptr<v1::VerifierService::Stub> stub_;
    std::unique_ptr<grpc::ClientContext> context_;
    std::unique_ptr<grpc::ClientReaderWriter<v1::StreamBlocksRequest, v1::StreamBlocksResponse>>
        stream_;
    bool lacks_state_ = false;
};

absl::StatusOr<std::unique_ptr<FeedClient>> FeedClient::create(ClientOptions options) {
    auto client = create_client_channel(options.target);
    if (!client.ok()) {
        return client.status();
    }
    return std::unique_ptr<FeedClient>(
        new FeedClient(std::make_unique<Connection>(std::move(options), *std::move(client))));
}

FeedClient::FeedClient(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
FeedClient::~FeedClient() {
    if (connection_->stream_) {
        cancel();
        v1::StreamBlocksResponse response;
        while (connection_->stream_->Read(&response)) {
        }
        (void)connection_->finish();  // cancelled by us
    }
}

absl::StatusOr<FeedClient::Uploaded> FeedClient::upload_state(
    const BlockId& base,
    const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) {
    grpc::ClientContext context;
    connection_->client_.authorize(context);
    v1::LoadStateResponse response;
    const auto writer = connection_->stub_->LoadState(&context, &response);
    v1::LoadStateRequest request;
    connection_->write_chain(*request.mutable_begin()->mutable_chain());
    write(base, *request.mutable_begin()->mutable_base());
    bool open = writer->Write(request);
    request.Clear();
    std::uint64_t rows = 0;
    std::size_t bytes = 0;
    absl::Status source;
    while (open) {
        auto row = next();
        source = row.status();
        if (!row.ok() || !*row) {
            break;
        }
        auto& message = *request.mutable_rows()->add_rows();
        write((*row)->key, *(*row)->after, message);
        bytes += message.ByteSizeLong();
        ++rows;
        if (request.rows().rows_size() == kRowsPerMessage || bytes > kBytesPerMessage) {
            open = writer->Write(request);
            request.Clear();
            bytes = 0;
        }
    }
    if (!source.ok()) {
        context.TryCancel();
        (void)writer->Finish();  // cancelled by us; the source says why
        return source;
    }
    if (open && request.rows().rows_size() > 0) {
        open = writer->Write(request);
    }
    request.Clear();
    request.mutable_end()->set_rows(rows);
    if (open && writer->Write(request)) {
        writer->WritesDone();
    }
    if (auto status = from_grpc(writer->Finish()); !status.ok()) {
        return status;
    }
    const auto digest = read_hash(response.state_digest(), "state_digest");
    if (!digest.ok()) {
        return digest.status();
    }
    return Uploaded{response.rows(), *digest};
}

absl::StatusOr<PositionAnswer> FeedClient::attach() {
    return connection_->attach();
}

bool FeedClient::lacks_state() const noexcept {
    return connection_->lacks_state_;
}

bool FeedClient::send(const FeedBlock& block) {
    v1::StreamBlocksRequest request;
    auto& message = *request.mutable_block();
    write(block.id, *message.mutable_id());
    message.set_previous_hash(as_text(block.previous.bytes()));
    if (block.side_block) {
        message.set_side_block(*block.side_block);
    }
    message.set_wire(as_text(block.wire));
    message.set_bodies_not_shown(!block.bodies_shown);
    if (block.recorded.outcome) {
        write(*block.recorded.outcome, *message.mutable_recorded_outcome());
    }
    for (const model::Observation& observation : block.recorded.observations) {
        write(observation, *message.add_observations());
    }
    return connection_->stream_->Write(request);
}

bool FeedClient::rewind(const BlockId& target) {
    v1::StreamBlocksRequest request;
    write(target, *request.mutable_rewind()->mutable_target());
    return connection_->stream_->Write(request);
}

bool FeedClient::end_of_history() {
    v1::StreamBlocksRequest request;
    request.mutable_end_of_history();
    return connection_->stream_->Write(request);
}

void FeedClient::close_sending() {
    connection_->stream_->WritesDone();
}

absl::StatusOr<std::optional<FeedAnswer>> FeedClient::read() {
    v1::StreamBlocksResponse response;
    if (!connection_->stream_->Read(&response)) {
        return std::optional<FeedAnswer>();
    }
    auto answer = read_answer(response);
    if (!answer.ok()) {
        return answer.status();
    }
    return std::optional(*std::move(answer));
}

absl::Status FeedClient::finish() {
    return connection_->finish();
}

void FeedClient::cancel() {
    connection_->context_->TryCancel();
}

absl::Status FeedClient::list_verdicts(model::Topoheight first, model::Topoheight last,
                                       const std::function<void(const FeedVerdict&)>& visit) {
    v1::ListVerdictsRequest request;
    request.set_first(first.value());
    request.set_last(last.value());
    request.set_page_size(1'000);
    do {
        grpc::ClientContext context;
        v1::ListVerdictsResponse response;
        auto status = from_grpc(connection_->stub_->ListVerdicts(&context, request, &response));
        if (!status.ok()) {
            return status;
        }
        for (const v1::LedgerRecord& record : response.records()) {
            visit(read_verdict(record));
        }
        request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
}

}  // namespace parallax::service
