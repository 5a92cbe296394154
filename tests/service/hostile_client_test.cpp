// What a client can do to a sidecar: nothing but get an answer.
#include "app/protocols.hpp"
#include "tests/service/sidecar_fixture.hpp"

#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <thread>

namespace parallax::service {
namespace {

class HostileClient : public SidecarFixture {
  protected:
    /// The status that a stream ends with on which only `requests` were sent.
    grpc::Status end_of(const std::vector<v1::StreamBlocksRequest>& requests) {
        grpc::ClientContext context;
        const auto stream = verifier_->StreamBlocks(&context);
        for (const auto& request : requests) {
            stream->Write(request);
        }
        stream->WritesDone();
        v1::StreamBlocksResponse response;
        while (stream->Read(&response)) {
        }
        return stream->Finish();
    }
    /// It still does its work. A client can learn that its stream is over before the sidecar has
    /// freed the feeder's place (gRPC itself ends a stream with too large a message).
    void expect_alive(std::uint64_t next) {
        while (status().has_feeder()) {
            std::this_thread::yield();
        }
        grpc::ClientContext context;
        const auto stream = attach(context, next);
        EXPECT_TRUE(ask(*stream, block(next - 1)).has_verdict());
        detach(*stream);
    }
    /// Whether a feeder gets in, and its block verified. It may be sent away, with these words.
    bool feeds(std::uint64_t next) {
        grpc::ClientContext context;
        const auto stream = verifier_->StreamBlocks(&context);
        v1::StreamBlocksResponse response;
        if (!stream->Write(hello()) || !stream->Read(&response)) {
            const auto code = stream->Finish().error_code();
            EXPECT_TRUE(code == grpc::StatusCode::RESOURCE_EXHAUSTED ||
                        code == grpc::StatusCode::CANCELLED ||
                        code == grpc::StatusCode::FAILED_PRECONDITION)  // the try before
                << code;
            return false;
        }
        EXPECT_EQ(response.needed().next_topoheight(), next) << response.ShortDebugString();
        EXPECT_TRUE(ask(*stream, block(next - 1)).has_verdict());
        detach(*stream);
        return true;
    }
    /// Returns when the place of the feeder is free again.
    static void detach(Stream& stream) {
        stream.WritesDone();
        v1::StreamBlocksResponse response;
        EXPECT_FALSE(stream.Read(&response));
        EXPECT_TRUE(stream.Finish().ok());
    }
};

TEST_F(HostileClient, is_refused_out_of_order) {
    start_loaded();
    EXPECT_EQ(end_of({}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(end_of({block(0)}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(end_of({hello(), hello()}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(end_of({hello(), {}}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    auto other_chain = hello();
    other_chain.mutable_hello()->mutable_chain()->set_network("mainnet");
    EXPECT_EQ(end_of({other_chain}).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    auto long_name = hello();
    long_name.mutable_hello()->set_feeder(std::string(101, 'x'));
    EXPECT_EQ(end_of({long_name}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    expect_alive(1);
}

TEST_F(HostileClient, is_refused_with_blocks_that_are_none) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    const auto expect_invalid = [&](const v1::StreamBlocksRequest& request) {
        const auto response = ask(*stream, request);
        EXPECT_EQ(response.refused().reason(), v1::REFUSAL_REASON_INVALID_BLOCK)
            << response.ShortDebugString();
        EXPECT_FALSE(response.refused().message().empty());
    };
    auto truncated = block(0);
    truncated.mutable_block()->mutable_wire()->pop_back();
    expect_invalid(truncated);
    auto longer = block(0);
    longer.mutable_block()->mutable_wire()->push_back('\0');
    expect_invalid(longer);
    auto other_hash = block(0);
    other_hash.mutable_block()->mutable_id()->mutable_hash()->front() ^= 1;
    expect_invalid(other_hash);
    auto no_previous = block(0);
    no_previous.mutable_block()->clear_previous_hash();
    expect_invalid(no_previous);
    auto recorded = block(0);
    recorded.mutable_block()->mutable_recorded_outcome()->add_orphans("short");
    expect_invalid(recorded);
    std::mt19937 random(7);  // the seed
    for (int i = 0; i < 200; ++i) {
        auto garbage = block(0);
        auto& wire = *garbage.mutable_block()->mutable_wire();
        wire[random() % wire.size()] ^= static_cast<char>(1 + random() % 255);
        const auto response = ask(*stream, garbage);
        // A flipped bit outside of what is hashed is another block with the same hash: it follows.
        EXPECT_TRUE(response.has_refused() || response.has_verdict());
        if (response.has_verdict()) {
            ASSERT_TRUE(ask(*stream, rewind_to(base_)).needed().rewound());
        }
    }
    EXPECT_EQ(ask(*stream, block(0)).verdict().block().topoheight(), 1U);
}

TEST_F(HostileClient, meets_limits_of_bytes_and_transactions) {
    configuration_.limits.block_bytes = static_cast<std::uint32_t>(blocks_[0].wire.size());
    configuration_.limits.message_bytes = 1U << 20;
    start_loaded();
    {
        grpc::ClientContext context;
        const auto stream = attach(context, 1);
        auto large = block(0);
        large.mutable_block()->mutable_wire()->push_back('x');
        EXPECT_EQ(ask(*stream, large).refused().reason(), v1::REFUSAL_REASON_LIMIT);
        detach(*stream);
    }
    auto huge = block(0);
    huge.mutable_block()->set_wire(std::string(2U << 20, 'x'));
    EXPECT_EQ(end_of({hello(), huge}).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    expect_alive(1);
    stop();
    configuration_.limits.transactions = 2;
    configuration_.limits.block_bytes = 1'000'000;
    start();
    grpc::ClientContext context;
    const auto stream = attach(context, 2);
    EXPECT_EQ(ask(*stream, block(1)).refused().reason(), v1::REFUSAL_REASON_LIMIT);
}

TEST_F(HostileClient, cannot_keep_a_feeder_out_with_silent_streams) {
    configuration_.limits.streams = 3;
    start_loaded();
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<Stream>> silent;
    for (int i = 0; i < 3; ++i) {
        contexts.push_back(std::make_unique<grpc::ClientContext>());
        silent.push_back(verifier_->StreamBlocks(contexts.back().get()));
        v1::StreamBlocksResponse response;
        silent.back()->WaitForInitialMetadata();
    }
    expect_alive(1);
    for (auto& context : contexts) {
        context->TryCancel();
    }
    for (auto& stream : silent) {
        EXPECT_FALSE(stream->Finish().ok());
    }
}

TEST_F(HostileClient, cannot_fill_the_queue_with_what_is_no_block) {
    start_loaded();
    grpc::ClientContext pausing;
    v1::PauseResponse paused;
    ASSERT_TRUE(control_->Pause(&pausing, {}, &paused).ok());
    std::vector<v1::StreamBlocksRequest> requests = {hello()};
    requests.resize(200, rewind_to(base_));
    EXPECT_EQ(end_of(requests).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    grpc::ClientContext resuming;
    v1::ResumeResponse resumed;
    ASSERT_TRUE(control_->Resume(&resuming, {}, &resumed).ok());
    expect_alive(1);
}

TEST_F(HostileClient, meets_a_limit_of_bytes_that_wait) {
    configuration_.limits.queue_bytes = blocks_[0].wire.size();
    start_loaded();
    grpc::ClientContext pausing;
    v1::PauseResponse paused;
    ASSERT_TRUE(control_->Pause(&pausing, {}, &paused).ok());
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    ASSERT_TRUE(stream->Write(block(0)));
    auto response = ask(*stream, block(1));
    EXPECT_EQ(response.resource_exhausted().block().topoheight(), 2U);
    EXPECT_NE(response.ShortDebugString().find("limits.queue_bytes"), std::string::npos);
    grpc::ClientContext resuming;
    v1::ResumeResponse resumed;
    ASSERT_TRUE(control_->Resume(&resuming, {}, &resumed).ok());
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.verdict().block().topoheight(), 1U);
    EXPECT_EQ(ask(*stream, block(1)).verdict().block().topoheight(), 2U);
}

TEST_F(HostileClient, that_reads_no_answer_loses_its_stream_and_nothing_else) {
    configuration_.limits.unread_answers = 2000;
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    // Each is refused with an answer that nobody reads. gRPC itself takes some until its window is
    // full; then they stay in the sidecar.
    v1::StreamBlocksRequest nonsense;
    write(blocks_[0].id, *nonsense.mutable_block()->mutable_id());
    std::uint64_t most_unread = 0;
    int sent = 0;
    for (; sent < 1'000'000 && stream->Write(nonsense); ++sent) {
        if (sent % 200 == 0) {
            most_unread = std::max(most_unread, status().memory().unread_answer_bytes());
        }
    }
    ASSERT_LT(sent, 1'000'000) << "the sidecar took everything";
    EXPECT_GT(most_unread, 0U);
    v1::StreamBlocksResponse response;
    while (stream->Read(&response)) {
    }
    EXPECT_FALSE(stream->Finish().ok());
    EXPECT_EQ(status().memory().unread_answer_bytes(), 0U);
    expect_alive(1);
}

/// Calls of `path` over connections of their own, that say `words` at most, and read nothing.
class SilentCalls {
  public:
    SilentCalls(const std::string& address, const std::string& path,
                const std::optional<std::string>& words, int count)
        : path_(path) {
        for (int i = 0; i < count; ++i) {
            if (i % 8 == 0) {
                grpc::ChannelArguments arguments;
                arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
                channels_.push_back(grpc::CreateCustomChannel(
                    address, grpc::InsecureChannelCredentials(), arguments));
            }
            auto& context = *contexts_.emplace_back(std::make_unique<grpc::ClientContext>());
            const grpc::internal::RpcMethod method(path_.c_str(),
                                                   grpc::internal::RpcMethod::BIDI_STREAMING);
            calls_.emplace_back(Factory::Create(channels_.back().get(), method, &context));
            if (words) {
                const grpc::Slice slice(*words);
                calls_.back()->Write(grpc::ByteBuffer(&slice, 1));
            }
        }
    }
    ~SilentCalls() {
        for (std::size_t i = 0; i < calls_.size(); ++i) {
            contexts_[i]->TryCancel();
            grpc::ByteBuffer received;
            while (calls_[i]->Read(&received)) {
            }
            EXPECT_FALSE(calls_[i]->Finish().ok());
        }
    }
    SilentCalls(const SilentCalls&) = delete;
    SilentCalls& operator=(const SilentCalls&) = delete;

  private:
    using Call = grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;
    using Factory = grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>;
    const std::string path_;
    std::vector<std::shared_ptr<grpc::Channel>> channels_;
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts_;
    std::vector<std::unique_ptr<Call>> calls_;
};

/// Has a bundle of every block, larger than what a client takes unread.
class LargeBundles final : public core::BundleKeeper {
  public:
    absl::StatusOr<std::vector<std::string>> keep(const core::FirstRun&,
                                                  const core::LaneConditions&) override {
        return std::vector<std::string>();
    }
    absl::StatusOr<std::string> find(model::Topoheight, const model::Hash&) const override {
        return std::string(16U << 20, 'x');
    }
};

TEST_F(HostileClient, cannot_take_all_threads) {
    configuration_.limits.streams = 4;
    configuration_.limits.threads = 8;
    bundles_ = std::make_unique<LargeBundles>();
    start_loaded();
    v1::FetchBundleRequest fetch;
    write(blocks_[0].id, *fetch.mutable_block());
    std::uint64_t next = 1;
    for (const auto& [path, words] : std::map<std::string, std::optional<std::string>>{
             {"/parallax.v1.VerifierService/StreamBlocks", std::nullopt},
             {"/parallax.v1.VerifierService/LoadState", std::nullopt},
             {"/parallax.v1.VerifierService/FetchBundle", fetch.SerializeAsString()},
             {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", std::nullopt}}) {
        SCOPED_TRACE(path);
        const SilentCalls calls(sidecar_->address(), path, words, 40);
        // While the calls come in and those that give way go, there may be no thread or no place;
        // then there is one for good.
        while (!feeds(next)) {
            std::this_thread::yield();
        }
        ++next;
    }
}

TEST_F(HostileClient, that_vanishes_leaves_its_place) {
    start_loaded();
    for (std::uint64_t next = 1; next <= 3; ++next) {
        grpc::ClientContext context;
        const auto stream = attach(context, next);
        EXPECT_TRUE(ask(*stream, block(next - 1)).has_verdict());
        context.TryCancel();
        EXPECT_FALSE(stream->Finish().ok());
        // The sidecar learns of it a little later.
        while (status().has_feeder()) {
        }
    }
}

TEST_F(HostileClient, cannot_change_anything_without_the_token) {
    const std::string secret = "not-for-your-eyes-0123456789";
    const std::string token = (folder_ / "token").string();
    std::ofstream(token) << secret << "\n";
    std::filesystem::permissions(token, std::filesystem::perms::owner_read);
    configuration_.token_file = token;
    start();
    EXPECT_EQ(end_of({hello()}).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext update;
    v1::UpdateConfigurationResponse updated;
    EXPECT_EQ(control_->UpdateConfiguration(&update, {}, &updated).error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext wrong;
    wrong.AddMetadata("authorization", "Bearer " + secret + "x");
    v1::PauseResponse paused;
    EXPECT_EQ(control_->Pause(&wrong, {}, &paused).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext resume;
    v1::ResumeResponse resumed;
    EXPECT_EQ(control_->Resume(&resume, {}, &resumed).error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext load;
    v1::LoadStateResponse loaded;
    EXPECT_EQ(verifier_->LoadState(&load, &loaded)->Finish().error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(status().state(), v1::LOOP_STATE_WAITING_FOR_STATE);

    grpc::ClientContext right;
    right.AddMetadata("authorization", "Bearer " + secret);
    EXPECT_TRUE(control_->Pause(&right, {}, &paused).ok());
    EXPECT_FALSE(client_for_feeding(token)->attach().ok());  // no state yet, but let in
    std::fflush(log_file_);
    for (const char* call :
         {"StreamBlocks", "UpdateConfiguration", "Pause", "Resume", "LoadState"}) {
        EXPECT_NE(file("log").find("call=" + std::string(call) + " peer=127.0.0.1:"),
                  std::string::npos)
            << call;
    }
    EXPECT_NE(file("log").find("authentication_failed"), std::string::npos);
    EXPECT_NE(file("log").find("token=wrong"), std::string::npos);
    EXPECT_EQ(file("log").find(secret), std::string::npos);
    EXPECT_EQ(file("journal.jsonl").find(secret), std::string::npos);
}

TEST_F(HostileClient, is_refused_with_compressed_messages) {
    start_loaded();
    grpc::ClientContext context;
    context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    const auto stream = verifier_->StreamBlocks(&context);
    auto request = hello();
    request.mutable_hello()->set_feeder(std::string(40'000, 'x'));
    stream->Write(request);
    v1::StreamBlocksResponse response;
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
    expect_alive(1);
}

/// One LoadState call, message by message.
class Load {
  public:
    Load(v1::VerifierService::Stub& stub, std::uint64_t base)
        : call_(stub.LoadState(&context_, &loaded_)) {
        v1::LoadStateRequest request;
        auto& chain = *request.mutable_begin()->mutable_chain();
        chain.set_network("devnet");
        chain.set_profile("e1");
        chain.set_failure_model(v1::FAILURE_MODEL_ORPHAN_ATOMIC);
        request.mutable_begin()->mutable_base()->set_topoheight(base);
        request.mutable_begin()->mutable_base()->set_hash(std::string(32, 'h'));
        say(request);
    }
    void say(const v1::LoadStateRequest& request) { call_->Write(request); }
    void say_end() {
        v1::LoadStateRequest request;
        request.mutable_end()->set_rows(0);
        say(request);
    }
    /// The status, without our side's end.
    grpc::Status finish() { return call_->Finish(); }
    grpc::Status end_and_finish() {
        call_->WritesDone();
        return finish();
    }

  private:
    grpc::ClientContext context_;
    v1::LoadStateResponse loaded_;
    std::unique_ptr<grpc::ClientWriter<v1::LoadStateRequest>> call_;
};

TEST_F(HostileClient, that_loads_nothing_is_let_go) {
    // Long enough for the honest load on a busy machine, whose messages are not that far apart.
    configuration_.limits.load_idle_ms = 1'000;
    start();
    // Neither of them ever says more, and only one has said anything: a feeder is answered
    // nevertheless, and a second load gets its turn.
    grpc::ClientContext silent;
    v1::LoadStateResponse loaded;
    const auto nothing = verifier_->LoadState(&silent, &loaded);
    Load idle(*verifier_, 0);
    EXPECT_EQ(end_of({hello()}).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_FALSE(idle.finish().ok());
    EXPECT_FALSE(nothing->Finish().ok());
    const auto client = client_for_feeding();
    auto source = app::FeedSource::open(archive(), app::all_protocols());
    ASSERT_TRUE(source.ok());
    EXPECT_TRUE(client->upload_state(base_, [&] { return (*source)->next_state_row(); }).ok());
    expect_alive(1);
}

TEST_F(HostileClient, cannot_load_after_the_end_or_at_the_last_topoheight) {
    start();
    for (const bool begins_again : {true, false}) {
        Load load(*verifier_, 5);
        load.say_end();
        v1::LoadStateRequest more;
        if (begins_again) {
            more.mutable_begin();
        }
        load.say(more);
        const auto status = load.end_and_finish();
        EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
        EXPECT_NE(status.error_message().find("after end"), std::string::npos);
    }
    Load last(*verifier_, ~0ULL);
    last.say_end();
    const auto status = last.end_and_finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_NE(status.error_message().find("begin.base.topoheight"), std::string::npos);
    EXPECT_EQ(this->status().state(), v1::LOOP_STATE_WAITING_FOR_STATE);
}

TEST_F(HostileClient, gets_no_further_with_the_last_topoheight) {
    start_loaded();
    auto greeting = hello();
    write(blocks_[0].id, *greeting.mutable_hello()->mutable_last());
    greeting.mutable_hello()->mutable_last()->set_topoheight(~0ULL);
    EXPECT_EQ(end_of({greeting}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    auto far = block(0);
    far.mutable_block()->mutable_id()->set_topoheight(~0ULL);
    EXPECT_EQ(end_of({hello(), far}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    auto rewind = rewind_to(base_);
    rewind.mutable_rewind()->mutable_target()->set_topoheight(~0ULL);
    EXPECT_EQ(end_of({hello(), rewind}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    grpc::ClientContext context;
    v1::ListVerdictsRequest list;
    list.set_first(~0ULL);
    list.set_last(~0ULL);
    list.set_page_size(~0U);
    v1::ListVerdictsResponse listed;
    EXPECT_TRUE(verifier_->ListVerdicts(&context, list, &listed).ok());
    EXPECT_EQ(listed.records_size(), 0);
    expect_alive(1);
}

TEST_F(HostileClient, needs_a_certificate_where_one_is_asked_for) {
    const auto make = [&](const std::string& command) {
        ASSERT_EQ(
            std::system(("cd " + folder_.string() + " && " + command + " 2>/dev/null").c_str()), 0)
            << command;
    };
    make(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        " -subj /CN=ca -keyout ca.key -out ca.pem");
    for (const std::string name : {"server", "client"}) {
        make(
            "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
            " -keyout " +
            name + ".key -out " + name + ".csr");
        make("printf subjectAltName=DNS:localhost > san && openssl x509 -req -in " + name +
             ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out " + name +
             ".pem");
    }
    configuration_.listen = "localhost:0";
    configuration_.tls = {(folder_ / "server.pem").string(), (folder_ / "server.key").string(),
                          (folder_ / "ca.pem").string()};
    start();
    EXPECT_EQ(end_of({hello()}).error_code(), grpc::StatusCode::UNAVAILABLE);  // not encrypted
    ClientOptions options;
    options.target.address = sidecar_->address();
    options.network = "devnet";
    options.profile = "e1";
    options.target.tls_authority_file = (folder_ / "ca.pem").string();
    auto anonymous = FeedClient::create(options);
    ASSERT_TRUE(anonymous.ok());
    EXPECT_EQ((*anonymous)->attach().status().code(), absl::StatusCode::kUnavailable);
    options.target.tls_certificate_file = (folder_ / "client.pem").string();
    options.target.tls_key_file = (folder_ / "client.key").string();
    auto known = FeedClient::create(options);
    ASSERT_TRUE(known.ok());
    EXPECT_FALSE((*known)->attach().ok());
    EXPECT_TRUE((*known)->lacks_state());
}

}  // namespace
}  // namespace parallax::service
