#pragma once

#include "parallax/v1/verdict.pb.h"
#include "parallax/v1/verifier.pb.h"
#include "verifier/core/store/ledger.hpp"
#include "verifier/service/client/feeder.hpp"

#include <optional>

namespace parallax::service {

/// The model's verdicts and the messages of `verdict.proto`, and the answers of a stream. Our side
/// writes them; a client of ours reads kind, reason and what was observed back.

namespace wire = ::parallax::v1;

[[nodiscard]] wire::VerdictKind to_wire(model::VerdictKind kind);
[[nodiscard]] std::optional<model::VerdictKind> from_wire(wire::VerdictKind kind);
[[nodiscard]] wire::InconclusiveReason to_wire(
    const std::optional<model::InconclusiveReason>& reason);
[[nodiscard]] wire::FindingClass to_wire(model::FindingClass finding_class);
[[nodiscard]] std::optional<model::InconclusiveReason> from_wire(wire::InconclusiveReason reason);

void write(const model::Finding& finding, wire::Finding& message);
void write(const model::Verdict& verdict, wire::Verdict& message);
[[nodiscard]] model::ObservedPart read(const wire::ObservedPart& message);

/// Whether a record's message carries the bytes that are hashed.
enum class Canonical : bool { kLeftOut = false, kIncluded = true };
void write(const core::LedgerRecord& record, Canonical canonical, wire::LedgerRecord& message);

/// False for an answer that is no message: there is no state, or the stream is to end.
[[nodiscard]] bool write(const FeederAnswer& answer, wire::StreamBlocksResponse& message);

}  // namespace parallax::service
