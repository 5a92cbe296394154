#pragma once

#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace parallax::protocol {

/// A row read as numbers. Absent is not the same as zero.
struct NumbersRow {
    bool present = false;
    /// Nonce of an account, amount of a one-number row, topoheight of an executed transaction; of
    /// any other family 0: such a row tells its presence only.
    std::uint64_t first = 0;
    /// Topoheight at which an account was registered.
    std::uint64_t second = 0;
    friend bool operator==(const NumbersRow&, const NumbersRow&) = default;
};
/// A row's value as numbers. DataLoss if the value is not one of the key's family.
[[nodiscard]] absl::Status to_numbers(const model::StateKey& key, const model::StateValue& value,
                                      NumbersRow& row);

/// What one read costs, roughly: about 100 ns, or microseconds.
enum class ReadCost : std::uint8_t { kMemory, kStorage };

/// The state at one instant, read-only by construction. Implementations own or pin what they read
/// from; every method may be called from any thread at once, and the answers never change.
class StateView {
  public:
    virtual ~StateView() = default;

    /// The row at `key`, or nothing if there is none. An error means that the answer is unknown
    /// (I/O, corruption): never to be taken for an absent row.
    [[nodiscard]] virtual absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const = 0;

    /// As `get`, for many keys at once; `keys` ascending and distinct, `values` resized to match.
    [[nodiscard]] virtual absl::Status get_many(
        std::span<const model::StateKey> keys,
        std::vector<std::optional<model::StateValue>>& values) const;

    /// As `get_many`, without a value for each row: for executors that keep state as arrays of
    /// numbers. `rows` is as long as `keys`; every element is written.
    [[nodiscard]] virtual absl::Status get_numbers(std::span<const model::StateKey> keys,
                                                   std::span<NumbersRow> rows) const;

    /// Whether it can pay to read from several threads. A hint: no answer depends on it.
    [[nodiscard]] virtual ReadCost read_cost() const noexcept { return ReadCost::kMemory; }
};

}  // namespace parallax::protocol
