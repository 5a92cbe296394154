#pragma once

#include "testbed/faults/detection.hpp"
#include "testbed/faults/group_purity.hpp"
#include "verifier/base/clock.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::testbed {

struct FaultRow {
    const Fault* fault = nullptr;
    Detection minimal;
    /// On the stream, by mode; only if measured.
    std::array<Detection, kDetectionModes> stream;
    /// Found on its minimal chain by every oracle that must find it, the first divergence named.
    bool caught = false;
    bool named_right = false;
};

struct SelftestReport {
    std::vector<FaultRow> rows;
    std::uint64_t clean_blocks = 0;
    std::uint64_t clean_runs = 0;
    /// What sound executors were blamed for; empty if for nothing.
    std::vector<std::string> false_alarms;
    /// Only if measured.
    GroupPurity purity;

    [[nodiscard]] bool passed() const;
};

/// Tries every fault of the catalogue on its minimal chain and, if `measure` is set, on a stream in
/// which `stream` and all minimal chains alternate in an order drawn by the seed; and every sound
/// executor on all of them. `progress` learns what is next. `sound` makes an executor by name.
class Selftest {
  public:
    using MakeSound =
        std::function<std::unique_ptr<core::BlockExecutor>(executors::runtime::WorkerPool&)>;
    Selftest(const SelftestOptions& options, const base::Clock& clock, std::vector<MakeSound> sound,
             std::vector<SelftestBlock> stream);

    [[nodiscard]] SelftestReport run(const std::function<void(std::string_view)>& progress);
    /// Only groups what each fault shows.
    [[nodiscard]] GroupPurity group(const std::function<void(std::string_view)>& progress) const;

  private:
    SelftestOptions options_;
    const base::Clock& clock_;
    std::vector<MakeSound> sound_;
    std::vector<SelftestBlock> stream_;
};

}  // namespace parallax::testbed
