#pragma once

#include "verifier/core/verification/block_executor.hpp"
#include "verifier/protocol/protocol_set.hpp"

namespace parallax::executors::isolated {

/// The other side of `IsolatedExecutor`: executes the blocks that arrive at `socket` with
/// `executor`, under whichever of the `protocols` each of them names, one after the other, and
/// answers each with its outcome or with an error; an exception becomes an Internal error. State is
/// read through the socket: what the block's bytes tell is read ahead in one go, the rest when it
/// is asked for.
///
/// Returns the exit code of the process: 0 when the verifier closes the connection, 1 with a line
/// on the error stream if what arrives is no request. The whole process ends if the verifier dies,
/// even in the middle of a block: it takes SIGHUP for that.
[[nodiscard]] int serve_executor(int socket, core::BlockExecutor& executor,
                                 const protocol::ProtocolSet& protocols);

}  // namespace parallax::executors::isolated
