#include "verifier/service/client/operator_text.hpp"

#include "parallax/v1/control.pb.h"
#include "parallax/v1/verifier.pb.h"
#include "verifier/core/verification/execution_notes.hpp"
#include "verifier/service/messages/control_conversion.hpp"
#include "verifier/service/messages/message_json.hpp"
#include "verifier/service/settings/settings_table.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace parallax::service {
namespace {

using Counts = google::protobuf::RepeatedPtrField<v1::NamedCount>;

std::string plain(const std::string& text) {
    std::string result;
    for (const char letter : text) {
        result += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return result;
}

std::string line(std::string_view label, const std::string& value) {
    return fmt::format("  {:<13} {}\n", label, value);
}

template <class Enum>
std::string name(const google::protobuf::EnumDescriptor* type, Enum value) {
    return enum_name(*type, static_cast<int>(value));
}

std::string block_name(const v1::BlockId& block) {
    std::string hash;
    for (const char byte : block.hash().substr(0, 4)) {
        hash += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return fmt::format("{} ({}..)", block.topoheight(), hash);
}

std::string bytes(std::uint64_t count) {
    constexpr std::uint64_t kKibi = 1024;
    if (count < 10 * kKibi) {
        return fmt::format("{} B", count);
    }
    if (count < 10 * kKibi * kKibi) {
        return fmt::format("{} KiB", count / kKibi);
    }
    return fmt::format("{} MiB", count / kKibi / kKibi);
}

std::string duration(std::uint64_t seconds) {
    if (seconds < 120) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 7200) {
        return fmt::format("{} min", seconds / 60);
    }
    return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

/// `circuit_open 2, timed_out 1`, or `none`.
std::string counts_text(const Counts& counts) {
    std::string text;
    for (const v1::NamedCount& count : counts) {
        if (count.count() > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", plain(count.name()),
                                count.count());
        }
    }
    return text.empty() ? "none" : text;
}

std::string verdicts_text(const v1::VerdictCounts& verdicts, const Counts& reasons) {
    std::string text = fmt::format("{} match, {} mismatch, {} inconclusive", verdicts.match(),
                                   verdicts.mismatch(), verdicts.inconclusive());
    return verdicts.inconclusive() > 0 ? text + fmt::format(" ({})", counts_text(reasons)) : text;
}

std::optional<std::uint64_t> find(const Counts& counters, std::string_view wanted) {
    for (const v1::NamedCount& counter : counters) {
        if (counter.name() == wanted) {
            return counter.count();
        }
    }
    return std::nullopt;
}

/// What a lane counted about itself, in percent; empty where it counts nothing of the kind.
std::string rates_text(const Counts& counters, std::uint64_t transactions) {
    std::string text;
    const auto hits = find(counters, core::note::kCacheHits);
    const auto misses = find(counters, core::note::kCacheMisses);
    if (hits && misses && *hits + *misses > 0) {
        text += fmt::format(", {:.1f} % cache hits", 100.0 * static_cast<double>(*hits) /
                                                         static_cast<double>(*hits + *misses));
    }
    const auto conflicts = find(counters, core::note::kConflicts);
    if (conflicts && transactions > 0) {
        text += fmt::format(", {:.1f} % conflicts", 100.0 * static_cast<double>(*conflicts) /
                                                        static_cast<double>(transactions));
    }
    return text;
}

std::string lanes_text(const v1::GetStatisticsResponse& statistics) {
    std::string text;
    for (int i = 0; i < statistics.lanes_size(); ++i) {
        const v1::LaneStatistics& lane = statistics.lanes(i);
        std::string value = fmt::format("{}: {} blocks", plain(lane.executor()), lane.blocks());
        if (lane.blocks() > 0) {
            value +=
                fmt::format(", {:.3f} ms a block", static_cast<double>(lane.nanoseconds()) / 1e6 /
                                                       static_cast<double>(lane.blocks()));
        }
        if (i > 0 && lane.speedup() > 0) {
            value += fmt::format(", speed-up {:.2f}x", lane.speedup());
        }
        text += line(i == 0 ? "control" : "candidate",
                     value + rates_text(lane.counters(), lane.transactions()));
    }
    return text;
}

std::string memory_text(const v1::MemoryStatus& memory) {
    return line("memory", fmt::format("{} resident, at most {}", bytes(memory.resident_bytes()),
                                      bytes(memory.peak_resident_bytes()))) +
           line("", fmt::format("{} in blocks that wait, {} in answers that nobody has read",
                                bytes(memory.queued_bytes()), bytes(memory.unread_answer_bytes())));
}

std::string candidates_text(const v1::GetStatusResponse& status) {
    std::string text;
    for (const v1::CandidateStatus& candidate : status.candidates()) {
        text +=
            line("candidate", fmt::format("{}: circuit {}, {} failures in a row, opened {} times",
                                          plain(candidate.executor()),
                                          name(v1::CircuitState_descriptor(), candidate.circuit()),
                                          candidate.failures(), candidate.opened()));
    }
    return text;
}

std::string canary_result_text(const v1::CanaryReport& canary) {
    std::string text = fmt::format(
        "{} {} on {}", plain(canary.fault()), name(v1::CanaryResult_descriptor(), canary.result()),
        canary.ground() == v1::CANARY_GROUND_LIVE ? "the live block" : "its minimal chain");
    for (int i = 0; i < canary.found_by_size(); ++i) {
        text += fmt::format("{}{}", i == 0 ? ", by " : " and ",
                            name(v1::FindingClass_descriptor(), canary.found_by(i)));
    }
    return text;
}

std::string canary_text(const v1::GetStatusResponse& status) {
    const v1::CanaryConfiguration& canary = status.configuration().canary();
    std::string text = canary.interval_blocks() == 0
                           ? "off"
                           : fmt::format("every {} blocks, alarm within {} ms",
                                         canary.interval_blocks(), canary.alarm_within_ms());
    text =
        line("canary", text + fmt::format("; {} detected, {} silent", status.canaries().detected(),
                                          status.canaries().silent()));
    if (status.has_last_canary()) {
        const v1::CanaryReport& last = status.last_canary();
        text += line("", fmt::format("last at block {}: {}, in {:.3f} ms",
                                     last.block().topoheight(), canary_result_text(last),
                                     static_cast<double>(last.nanoseconds()) / 1e6));
        if (last.result() != v1::CANARY_RESULT_DETECTED) {
            text += line("", plain(last.detail()));
        }
    }
    return text;
}

std::string stream_text(const v1::GetStatusResponse& status) {
    std::string text;
    if (status.has_feeder()) {
        text += line("feeder",
                     plain(status.feeder().name()) +
                         (status.feeder().has_last()
                              ? fmt::format(", last block {}", block_name(status.feeder().last()))
                              : std::string()));
    } else {
        text += line("feeder", "nobody");
    }
    text += line("lag",
                 fmt::format("{} blocks, {} ms", status.lag_blocks(), status.lag_milliseconds()));
    const v1::QueueStatus& queue = status.queue();
    text +=
        line("queue", fmt::format("{} of {} blocks, {} of {}", queue.blocks(), queue.max_blocks(),
                                  bytes(queue.bytes()), bytes(queue.max_bytes())));
    text += line("stream",
                 fmt::format("{} rewinds ({} blocks), {} gaps, {} refused, {} without "
                             "room, {} delivered again",
                             status.rewinds(), status.rewound_blocks(), status.gaps(),
                             status.refused(), status.resource_exhausted(), status.redelivered()));
    return text;
}

std::string block_line(const v1::BlockStatistics& block) {
    std::string text =
        fmt::format("  block {}: {} txs, {}", block.block().topoheight(), block.transactions(),
                    name(v1::VerdictKind_descriptor(), block.kind()));
    if (block.kind() == v1::VERDICT_KIND_INCONCLUSIVE) {
        text += fmt::format(" ({})", name(v1::InconclusiveReason_descriptor(), block.reason()));
    }
    for (int i = 1; i < block.lanes_size(); ++i) {
        const v1::BlockLaneStatistics& lane = block.lanes(i);
        text += fmt::format(", {}", plain(lane.executor()));
        if (lane.nanoseconds() == 0) {
            text += " not asked";
            continue;
        }
        text += fmt::format(" {:.2f}x speed-up", static_cast<double>(block.lanes(0).nanoseconds()) /
                                                     static_cast<double>(lane.nanoseconds()));
        text += rates_text(lane.counters(), block.transactions());
    }
    if (block.has_canary()) {
        text += ", canary " + canary_result_text(block.canary());
    }
    return text + "\n";
}

}  // namespace

std::string status_text(const v1::GetStatusResponse& status,
                        const v1::GetStatisticsResponse& recent, const std::string& address,
                        bool memory) {
    std::string text =
        fmt::format("parallax parallel-status: {}\n", status.serving() ? "SERVING" : "NOT SERVING");
    if (!status.serving()) {
        text += line("why", plain(status.not_serving_reason()));
    }
    text += line("sidecar", fmt::format("{}, version {}, up {}", address, plain(status.version()),
                                        duration(status.uptime_seconds())));
    text += line("chain", fmt::format("{}, profile {}", plain(status.chain().network()),
                                      plain(status.chain().profile())));
    text += line("state", name(v1::LoopState_descriptor(), status.state()) +
                              (status.detail().empty() ? "" : ": " + plain(status.detail())));
    text += line("enabled",
                 fmt::format("{}, rollout {}", status.configuration().enabled(),
                             name(v1::Rollout_descriptor(), status.configuration().rollout())));
    text += line("threads", fmt::format("{} at most", status.configuration().max_threads()));
    text += line("tip", status.has_tip() ? block_name(status.tip()) : "none: it has no state yet");
    text += line("verdicts", verdicts_text(status.verdicts(), status.inconclusive()));
    text += line("findings", counts_text(status.findings()));
    text += stream_text(status);
    text += candidates_text(status);
    text += canary_text(status);
    if (recent.has_first() && recent.has_last()) {
        text += line("recent", fmt::format("blocks {}..{}", recent.first().topoheight(),
                                           recent.last().topoheight()));
        text += lanes_text(recent);
    }
    if (memory) {
        text += memory_text(status.memory());
    }
    return text;
}

std::string statistics_text(const v1::GetStatisticsResponse& statistics,
                            const StatisticsView& view) {
    if (!statistics.has_first() || !statistics.has_last()) {
        return "parallax parallel-stats: no block yet since the sidecar was started\n";
    }
    std::string text = fmt::format("parallax parallel-stats: blocks {}..{}\n",
                                   statistics.first().topoheight(), statistics.last().topoheight());
    text += line("verdicts", verdicts_text(statistics.verdicts(), statistics.inconclusive()));
    text +=
        line("transactions", fmt::format("{}: {} executed, {} failed", statistics.transactions(),
                                         statistics.executed(), statistics.failed()));
    text += lanes_text(statistics);
    text += line("canaries", fmt::format("{} detected, {} silent", statistics.canaries().detected(),
                                         statistics.canaries().silent()));
    if (view.errors) {
        text += line("errors", counts_text(statistics.errors()));
        text += line("inconclusive", counts_text(statistics.inconclusive()));
        text += line("findings", counts_text(statistics.findings()));
    }
    if (view.memory) {
        text += memory_text(statistics.memory());
    }
    for (const v1::BlockStatistics& block : statistics.blocks()) {
        const bool is_silent = block.canary().result() == v1::CANARY_RESULT_SILENT;
        if (!view.errors || block.kind() != v1::VERDICT_KIND_MATCH || is_silent) {
            text += block_line(block);
        }
    }
    return text;
}

std::string configuration_text(const v1::Configuration& configuration) {
    ServiceConfiguration settings;
    settings.verification = read(configuration, "");
    std::string text = "parallax parallel-config:\n";
    for (const Setting& setting : all_settings()) {
        if (!setting.line.label.empty()) {
            text += line(setting.line.label, plain(line_text(setting, settings)));
        }
    }
    return text;
}

}  // namespace parallax::service
