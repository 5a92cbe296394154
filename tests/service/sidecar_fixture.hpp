#pragma once

#include "app/feeder/feed_run.hpp"
#include "app/feeder/feed_source.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "app/sidecar/sidecar_lanes.hpp"
#include "app/terminal/progress_sink.hpp"
#include "parallax/v1/control.grpc.pb.h"
#include "parallax/v1/verifier.grpc.pb.h"
#include "replay/archive/archive_reader.hpp"
#include "testbed/workload/workload.hpp"
#include "verifier/service/messages/chain_conversion.hpp"
#include "verifier/service/server/sidecar.hpp"
#include "verifier/service/telemetry/monitor.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace parallax::service {

/// A whole sidecar in this process: real store, real executors, a real server on a free port, and
/// a small generated chain to feed it.
class SidecarFixture : public testing::Test {
  protected:
    static constexpr std::uint32_t kBlocks = 12;
    using Stream = grpc::ClientReaderWriter<v1::StreamBlocksRequest, v1::StreamBlocksResponse>;

    static void SetUpTestSuite() { generate_chain(kBlocks, 6); }
    static void generate_chain(std::uint32_t blocks, std::uint32_t transactions,
                               bool with_outcomes = false) {
        std::string pattern = testing::TempDir() + "parallax-chain-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        chain_folder() = pattern;
        testbed::WorkloadOptions options;
        options.accounts = 40;
        options.blocks = blocks;
        options.transactions_per_block = transactions;
        options.signing_threads = 1;
        ASSERT_TRUE(testbed::write_workload(options, archive(), with_outcomes).ok());
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(chain_folder()); }

    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-sidecar-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        configuration_.data_directory = pattern;
        configuration_.listen = "127.0.0.1:0";
        configuration_.isolate = false;
        log_file_ = std::fopen((folder_ / "log").c_str(), "w");
        log_ = std::make_unique<EventLog>(log_file_, LogLevel::kDebug);
        auto source = app::FeedSource::open(archive(), app::all_protocols());
        ASSERT_TRUE(source.ok());
        base_ = (*source)->base();
        while (true) {
            auto block = (*source)->next();
            ASSERT_TRUE(block.ok()) << block.status();
            if (!*block) {
                break;
            }
            blocks_.push_back(**std::move(block));
        }
        ASSERT_FALSE(blocks_.empty());
    }
    void TearDown() override {
        stop();
        std::fclose(log_file_);
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::shared_ptr<const protocol::Protocol> protocol() const {
        return *app::all_protocols().find(
            {configuration_.network, configuration_.profile, configuration_.failure_model});
    }
    void start() {
        auto store = state::RocksDbStore::create((folder_ / "state").string(),
                                                 configuration_.store_identity(), {});
        ASSERT_TRUE(store.ok()) << store.status();
        store_ = *std::move(store);
        lanes_ = create_lanes();
        telemetry_ = std::make_unique<Telemetry>(configuration_.verification.candidates);
        auto sidecar = Sidecar::start({*store_, *lanes_, *telemetry_, *log_, clock_, bundles_.get(),
                                       canaries_.get(), protocol()},
                                      configuration_, [] {});
        ASSERT_TRUE(sidecar.ok()) << sidecar.status();
        sidecar_ = *std::move(sidecar);
        connect();
    }
    [[nodiscard]] virtual std::unique_ptr<LaneFactory> create_lanes() {
        return std::make_unique<app::SidecarLanes>(
            *store_, clock_, app::SidecarLanes::Options{"devnet", configuration_.isolate});
    }
    void connect() { connect_to(sidecar_->address()); }
    void connect_to(const std::string& address) {
        channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
        verifier_ = v1::VerifierService::NewStub(channel_);
        control_ = v1::ControlService::NewStub(channel_);
    }
    void stop() {
        verifier_.reset();
        control_.reset();
        channel_.reset();
        sidecar_.reset();
        lanes_.reset();
        store_.reset();
    }
    /// With the state of the chain's start.
    void start_loaded() {
        start();
        const auto client = client_for_feeding();
        auto source = app::FeedSource::open(archive(), app::all_protocols());
        ASSERT_TRUE(source.ok());
        const auto loaded =
            client->upload_state(base_, [&] { return (*source)->next_state_row(); });
        ASSERT_TRUE(loaded.ok()) << loaded.status();
        EXPECT_GT(loaded->rows, 0U);
    }
    [[nodiscard]] std::unique_ptr<FeedClient> client_for_feeding(std::string token_file = "") {
        ClientOptions options;
        options.target.address = sidecar_->address();
        options.network = "devnet";
        options.profile = "e1";
        options.target.token_file = std::move(token_file);
        auto client = FeedClient::create(options);
        EXPECT_TRUE(client.ok()) << client.status();
        return *std::move(client);
    }
    [[nodiscard]] app::FeedResult feed(const app::FeedOptions& options) {
        const auto client = client_for_feeding();
        const auto source = app::FeedSource::open(archive(), app::all_protocols());
        const auto position = client->attach();
        EXPECT_TRUE(position.ok()) << position.status();
        const auto start = (*source)->go_to(*position);
        EXPECT_TRUE(start.ok()) << start.status();
        const std::atomic<bool> stop{false};
        app::FeedRun run(*client, **source, *start, options);
        return run.run(stop, *start != position->tip);
    }

    static v1::StreamBlocksRequest hello() {
        v1::StreamBlocksRequest request;
        auto& chain = *request.mutable_hello()->mutable_chain();
        chain.set_network("devnet");
        chain.set_profile("e1");
        chain.set_failure_model(v1::FAILURE_MODEL_ORPHAN_ATOMIC);
        request.mutable_hello()->set_feeder("test");
        return request;
    }
    /// Block `index` of the chain, from 0.
    [[nodiscard]] v1::StreamBlocksRequest block(std::size_t index) const {
        const FeedBlock& source = blocks_[index];
        v1::StreamBlocksRequest request;
        auto& message = *request.mutable_block();
        write(source.id, *message.mutable_id());
        message.set_previous_hash(as_text(source.previous.bytes()));
        if (source.side_block) {
            message.set_side_block(*source.side_block);
        }
        message.set_wire(as_text(source.wire));
        return request;
    }
    [[nodiscard]] v1::StreamBlocksRequest rewind_to(const BlockId& id) const {
        v1::StreamBlocksRequest request;
        write(id, *request.mutable_rewind()->mutable_target());
        return request;
    }
    /// Opens a stream, says hello, and expects to be told where to go on.
    std::unique_ptr<Stream> attach(grpc::ClientContext& context, std::uint64_t next) {
        auto stream = verifier_->StreamBlocks(&context);
        v1::StreamBlocksResponse response;
        EXPECT_TRUE(stream->Write(hello()));
        EXPECT_TRUE(stream->Read(&response));
        EXPECT_EQ(response.needed().next_topoheight(), next) << response.ShortDebugString();
        return stream;
    }
    static v1::StreamBlocksResponse ask(Stream& stream, const v1::StreamBlocksRequest& request) {
        v1::StreamBlocksResponse response;
        EXPECT_TRUE(stream.Write(request));
        EXPECT_TRUE(stream.Read(&response));
        return response;
    }
    [[nodiscard]] v1::GetStatusResponse status() const {
        grpc::ClientContext context;
        v1::GetStatusResponse response;
        const auto status = verifier_->GetStatus(&context, {}, &response);
        EXPECT_TRUE(status.ok()) << status.error_message();
        return response;
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        std::ifstream stream(folder_ / name);
        return std::string(std::istreambuf_iterator<char>(stream), {});
    }

    static std::filesystem::path& chain_folder() {
        static std::filesystem::path folder;
        return folder;
    }
    static std::string archive() { return (chain_folder() / "chain.pxa").string(); }

    std::filesystem::path folder_;
    ServiceConfiguration configuration_;
    std::FILE* log_file_ = nullptr;
    std::unique_ptr<EventLog> log_;
    app::SteadyClock clock_;
    BlockId base_;
    std::vector<FeedBlock> blocks_;
    std::unique_ptr<state::RocksDbStore> store_;
    std::unique_ptr<LaneFactory> lanes_;
    std::unique_ptr<Telemetry> telemetry_;
    /// Null unless a test gives one, before the start.
    std::unique_ptr<core::BundleKeeper> bundles_;
    std::unique_ptr<CanaryFactory> canaries_;
    std::unique_ptr<Sidecar> sidecar_;
    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<v1::VerifierService::Stub> verifier_;
    std::unique_ptr<v1::ControlService::Stub> control_;
};

}  // namespace parallax::service
