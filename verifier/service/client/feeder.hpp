#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace parallax::service {

/// What identifies a block of the executed order: a reorganisation can put another block at the
/// same topoheight, and the same block at another.
struct BlockId {
    model::Topoheight topoheight;
    model::Hash hash;
    friend bool operator==(const BlockId&, const BlockId&) = default;
};

/// Where the sidecar stands, and the blocks below it that it can go back to, newest first.
struct PositionAnswer {
    BlockId tip;
    std::vector<BlockId> ancestors;
    bool rewound = false;
};
/// There is no state yet.
struct NoStateAnswer {};
/// A block is durable.
struct VerdictAnswer {
    core::LedgerRecord record;
    bool redelivered = false;
};
/// A block did not follow `tip`.
struct GapAnswer {
    BlockId received;
    BlockId tip;
    std::string message;
};
struct ExhaustedAnswer {
    BlockId block;
    std::uint32_t retry_after_ms = 0;
    std::string message;
};
enum class RefusalReason : std::uint8_t {
    kInvalidBlock = 0,
    kLimit = 1,
    kUnknownTarget = 2,
    kBelowUndoWindow = 3,
    kControlFailed = 4,
    kOtherInput = 5,
};
struct RefusedAnswer {
    BlockId block;
    RefusalReason reason = RefusalReason::kInvalidBlock;
    std::string message;
};
/// Everything that was sent is durable.
struct FinishedAnswer {
    core::Cursor cursor;
    model::Hash state_digest;
};
/// Nothing comes after this: the feeder's stream had ended, and all of it was answered.
struct EndAnswer {};

using FeederAnswer = std::variant<PositionAnswer, NoStateAnswer, VerdictAnswer, GapAnswer,
                                  ExhaustedAnswer, RefusedAnswer, FinishedAnswer, EndAnswer>;

/// Where answers for one feeder go. From any thread; never waits, whatever the feeder does.
class FeederPort {
  public:
    virtual ~FeederPort() = default;
    virtual void answer(FeederAnswer answer) = 0;
};

}  // namespace parallax::service
