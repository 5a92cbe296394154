#pragma once

#include "node/rpc/node_address.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace parallax::node {

/// Says when something happened at a node, and nothing else: its events come in any order, and some
/// never (node notes, 1), so whoever hears the bell reads the chain. A thread of its own listens
/// over WebSocket and comes back by itself when the connection is lost; until then waiting simply
/// ends when its time is up.
class Doorbell {
  public:
    Doorbell(NodeAddress address, std::string authority_file);
    /// Stops listening at once.
    ~Doorbell();
    Doorbell(const Doorbell&) = delete;
    Doorbell& operator=(const Doorbell&) = delete;

    /// Until something has happened since the last call, or the time is up. True if it rang.
    bool wait(std::chrono::milliseconds patience);
    /// Whether it is listening now.
    [[nodiscard]] bool listening() const;

  private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace parallax::node
