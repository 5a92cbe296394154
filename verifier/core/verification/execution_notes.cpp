#include "verifier/core/verification/execution_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace parallax::core {
namespace {

constexpr const char* kBatched = "batched_transactions";

std::string class_name(std::size_t index) {
    return index < BatchSizes::kBounds.size()
               ? fmt::format("batches_up_to_{}", BatchSizes::kBounds[index])
               : fmt::format("batches_above_{}", BatchSizes::kBounds.back());
}

std::uint64_t counter(const model::ExecutionNotes& notes, const std::string& name) {
    const auto it = notes.counters.find(name);
    return it == notes.counters.end() ? 0 : it->second;
}

}  // namespace

bool ran_in_parallel(const model::ExecutionNotes& notes, std::uint64_t transactions) {
    // A counter that is missing is one of another strategy.
    const auto below = [&](const char* name, std::uint64_t limit) {
        return !notes.counters.contains(name) || counter(notes, name) < limit;
    };
    return counter(notes, note::kWorkers) > 1 && below("ordered_lane", transactions) &&
           below("serial_reruns", transactions) &&
           (!notes.counters.contains(kBatched) ||
            counter(notes, note::kBatches) < counter(notes, kBatched));
}

void BatchSizes::add(std::uint64_t size) noexcept {
    const auto bound = std::ranges::lower_bound(kBounds, size);
    batches[static_cast<std::size_t>(bound - kBounds.begin())] += 1;
    transactions += size;
}

void BatchSizes::write(model::ExecutionNotes& notes) const {
    for (std::size_t i = 0; i < batches.size(); ++i) {
        if (batches[i] > 0) {
            notes.counters[class_name(i)] = batches[i];
        }
    }
    notes.counters[kBatched] = transactions;
}

BatchSizes BatchSizes::read(const model::ExecutionNotes& notes) {
    BatchSizes sizes;
    for (std::size_t i = 0; i < sizes.batches.size(); ++i) {
        sizes.batches[i] = counter(notes, class_name(i));
    }
    sizes.transactions = counter(notes, kBatched);
    return sizes;
}

}  // namespace parallax::core
