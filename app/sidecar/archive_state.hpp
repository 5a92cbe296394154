#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/service/loop/verify_loop.hpp"
#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/telemetry/event_log.hpp"

#include "absl/status/status.h"

#include <atomic>
#include <string>

namespace parallax::app {

/// Holds the archive at `path`, if one is named, against the state that the store began with, if
/// there is one. FailedPrecondition if it was another.
[[nodiscard]] absl::Status check_archive(const std::string& path,
                                         const service::ServiceConfiguration& configuration,
                                         const core::ChainStore& store,
                                         const std::atomic<bool>& stop, service::EventLog& log);

/// Gives the sidecar the state of an archive, if one is named and it has none. Nothing is kept of
/// one that is not whole. Cancelled if `stop` comes before the end; nothing is loaded then.
[[nodiscard]] absl::Status load_archive(const std::string& path,
                                        const service::ServiceConfiguration& configuration,
                                        const core::ChainStore& store,
                                        const std::atomic<bool>& stop, service::VerifyLoop& loop);

}  // namespace parallax::app
