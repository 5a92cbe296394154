#pragma once

#include "tests/chains/tiny/tiny_protocol.hpp"
#include "tests/support/memory_view.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace parallax::tiny {

/// A funded state and random blocks on it, the same for equal seeds. A block is made on the state
/// that those before it have left, by the control.
class TinyChain {
  public:
    explicit TinyChain(std::uint64_t seed);

    struct Step {
        test::MemoryView before;
        protocol::AdmittedBlock block;
        model::BlockOutcome outcome;
    };
    /// The next block, of about so many transactions.
    [[nodiscard]] Step next(std::uint32_t transactions);
    [[nodiscard]] const test::MemoryView& state() const { return state_; }
    [[nodiscard]] const TinyProtocol& protocol() const { return protocol_; }

    /// Writes an archive of `blocks` blocks from here on.
    void write(const std::string& path, std::uint32_t blocks, std::uint32_t transactions);

  private:
    [[nodiscard]] Transaction transaction();

    const TinyProtocol protocol_;
    std::mt19937_64 random_;
    test::MemoryView state_;
    std::vector<std::uint32_t> nonces_;
    std::uint32_t height_ = 0;
};

}  // namespace parallax::tiny
