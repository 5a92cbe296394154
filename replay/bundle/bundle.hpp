#pragma once

#include "verifier/core/schedule/schedule.hpp"
#include "verifier/core/verification/recording_view.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include "absl/status/statusor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parallax::replay {

/// The bundle format `.pxb`, version 2; docs/BUNDLE.md describes it byte by byte. A bundle is one
/// block in which a lane differed, with everything that is needed to run it again anywhere: the
/// state that was read, what each side made of it, and how it was run.

inline constexpr std::array<std::uint8_t, 8> kBundleMagic = {0x89, 'P',  'X',  'B',
                                                             '\r', '\n', 0x1A, '\n'};
inline constexpr std::uint32_t kBundleVersion = 2;
/// Of bundles whose finding has texts alone: no cause and no values. They are read.
inline constexpr std::uint32_t kBundleVersionTexts = 1;
/// Magic, version and length in front of the body; a BLAKE3 of all of it behind.
inline constexpr std::size_t kBundlePreambleSize = 8 + 4 + 8;
inline constexpr std::size_t kBundleDigestSize = 32;
/// The most bytes of a body: checked before memory is taken.
inline constexpr std::size_t kMaxBundleBody = 256UL * 1024 * 1024;
/// The most bytes of a text field.
inline constexpr std::size_t kMaxBundleText = 4096;
/// Of the schedule inside: the text of a schedule file, with its limits.
inline constexpr std::uint32_t kBundleScheduleVersion = 1;

/// How the block was run: what a reproduction sets up again.
struct BundleConfiguration {
    /// Name of the candidate; empty where the finding needs none (control, recorded outcome).
    std::string candidate;
    std::uint32_t threads = 1;
    /// In a process of its own.
    bool isolated = true;
    model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane;
    /// 0 is no limit.
    std::uint64_t time_limit_ms = 0;
    /// Name of a fault that was seeded on purpose; empty for none.
    std::string fault;
    std::uint64_t seed = 0;
    friend bool operator==(const BundleConfiguration&, const BundleConfiguration&) = default;
};

/// A plain value. What it says of run 1 (outcomes, finding, rows) is never replaced by a later run.
struct Bundle {
    std::string network;
    /// The rules that the block was run under.
    std::shared_ptr<const protocol::Protocol> protocol;
    /// Version of the program that wrote it.
    std::string build;
    BundleConfiguration configuration;

    model::BlockPlacement placement;
    /// What verification uses as "now".
    model::Topoheight verification;
    /// Its wire.
    base::Bytes block;
    /// Signatures were checked before and are taken as valid. Needed once shrinking changed what
    /// was signed.
    bool signatures_checked = false;
    /// Wire bytes of each transaction as it was signed, where shrinking changed some; else empty.
    std::vector<base::Bytes> signed_transactions;

    /// Every row that a lane read, absent ones included; keys ascending and distinct.
    std::vector<core::RecordedRow> pre_state;

    model::BlockOutcome control;
    /// Nothing if the candidate gave none or one without canonical form, or there is no candidate.
    std::optional<model::BlockOutcome> candidate;
    /// What the node itself recorded, if known.
    std::optional<model::BlockOutcome> recorded;
    /// Under which the candidate showed the finding; nothing if the machine decided.
    std::optional<core::Schedule> schedule;

    /// The expected result: to reproduce is to meet this finding's fingerprint again.
    model::Finding finding;
    /// BLAKE3 of the bundle that this one was shrunk from.
    std::optional<model::Hash> shrunk_from;
};

[[nodiscard]] base::Bytes encode_bundle(const Bundle& bundle);

/// Strict. InvalidArgument: no bundle, another version, rules that are not
/// among `protocols`, or a field that cannot be. DataLoss: the
/// file ends too early ("is truncated"), or its digest does not hold ("is damaged").
[[nodiscard]] absl::StatusOr<Bundle> decode_bundle(std::span<const std::uint8_t> bytes,
                                                   const protocol::ProtocolSet& protocols);

/// `decode_bundle` of a file; errors name it. NotFound or PermissionDenied if it cannot be opened.
[[nodiscard]] absl::StatusOr<Bundle> read_bundle(const std::string& path,
                                                 const protocol::ProtocolSet& protocols);

/// As an `OutputFile`: a regular file whole or not at all, and on the disk when it returns.
/// InvalidArgument if it is beyond the format's limits.
[[nodiscard]] absl::Status write_bundle(const Bundle& bundle, const std::string& path);

/// The block, ready to run. InvalidArgument says what is wrong with it.
[[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit_bundle(const Bundle& bundle);

/// The signatures policy of a run: off where they were checked before.
[[nodiscard]] model::SignaturePolicy signatures_of(const Bundle& bundle) noexcept;

}  // namespace parallax::replay
