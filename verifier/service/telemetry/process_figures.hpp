#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace parallax::service {

/// What the system says of this process now, under the names that every Prometheus client uses:
/// resident and virtual memory, processor time, open files, threads, time of start. A figure that
/// cannot be read is left out, not zero. Safe from any thread.
[[nodiscard]] std::vector<prometheus::MetricFamily> process_figures();

}  // namespace parallax::service
