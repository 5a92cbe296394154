#include "app/node/node_session.hpp"

#include "app/protocols.hpp"
#include "verifier/service/loop/small_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <utility>

namespace parallax::app {
namespace {

absl::StatusOr<node::NodeAddress> address_of(const NodeOptions& options) {
    auto address = node::parse_node_address(options.url);
    if (!address.ok() || options.credentials_file.empty()) {
        return address;
    }
    const auto text = service::read_small_file(options.credentials_file, "--node-credentials");
    if (!text.ok()) {
        return text.status();
    }
    address->credentials = text->substr(0, text->find_first_of("\r\n"));
    return address;
}

}  // namespace

void add_node_options(CLI::App& command, NodeOptions& options) {
    const std::string group = "The node";
    command.add_option("--node", options.url, "Where the node's JSON-RPC is")
        ->capture_default_str()
        ->group(group);
    command
        .add_option("--node-ca", options.authority_file,
                    "PEM file of the authority of its certificate, where the system does not know "
                    "it")
        ->group(group);
    command
        .add_option("--node-credentials", options.credentials_file,
                    "File whose first line is user:secret, for basic authentication")
        ->group(group);
    command
        .add_option("--node-rate", options.posts_per_second,
                    "HTTP requests that it gets in a second; 0 is no limit")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1e6))
        ->group(group);
    command
        .add_option("--patience", options.patience_s,
                    "Seconds that it may fail to answer before it is given up; 0 is for ever")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000))
        ->group(group);
}

absl::StatusOr<std::unique_ptr<NodeSession>> NodeSession::open(const NodeOptions& options,
                                                               std::chrono::seconds patience,
                                                               const std::atomic<bool>& stop) {
    auto address = address_of(options);
    if (!address.ok()) {
        return address.status();
    }
    std::unique_ptr<NodeSession> session(new NodeSession);
    session->address_ = *address;
    session->authority_file_ = options.authority_file;
    session->client_ = std::make_unique<node::NodeClient>(
        node::NodeClient::Options{
            *std::move(address), {}, options.authority_file, options.posts_per_second},
        stop);
    auto chain = ask_patiently(
        patience, stop, [&] { return node::NodeChain::open(*session->client_, options.wanted); });
    if (!chain.ok()) {
        return chain.status();
    }
    session->chain_.emplace(*std::move(chain));
    const node::NodeIdentity& identity = session->identity();
    auto protocol = all_protocols().find(
        {identity.network, identity.profile, protocol::FailureModel::kOrphanAtomic});
    if (!protocol.ok()) {
        return protocol.status();
    }
    session->protocol_ = *std::move(protocol);
    return session;
}

node::Doorbell& NodeSession::bell() {
    if (bell_ == nullptr) {
        bell_ = std::make_unique<node::Doorbell>(address_, authority_file_);
    }
    return *bell_;
}

}  // namespace parallax::app
