#pragma once

#include "verifier/core/store/chain_store.hpp"

#include "absl/status/statusor.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace parallax::service {

/// Up to where a sidecar has answered: what store and journal must still hold at the next start.
struct Acknowledged {
    /// Nothing before there is a state.
    std::optional<core::Cursor> cursor;
    std::uint64_t journal_entries = 0;
    model::Hash journal_head;
    /// Of the machine's start at which this was written; zero if unknown.
    std::array<std::uint8_t, 16> boot{};
    friend bool operator==(const Acknowledged&, const Acknowledged&) = default;
};

/// The witness beside the database and the journal, which know nothing of each other's losses: the
/// last `Acknowledged`, in a small file of two places that are written in turn, so that a crash
/// never corrupts both. It is written before an answer goes out, and before blocks are taken back:
/// so what it says is never more than there is.
///
/// It waits for the disk only when told to: a crash of the machine may leave an older one, which is
/// true as well. For one thread.
class AcknowledgedFile {
  public:
    /// Opens or makes the file. DataLoss if there is something in it and no place is whole.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<AcknowledgedFile>> open(
        const std::string& path);
    ~AcknowledgedFile();
    AcknowledgedFile(const AcknowledgedFile&) = delete;
    AcknowledgedFile& operator=(const AcknowledgedFile&) = delete;

    /// What was written last; nothing in a new file.
    [[nodiscard]] const std::optional<Acknowledged>& last() const noexcept { return last_; }
    /// True if one of two places was not whole when the file was opened: `last` may be one too old.
    [[nodiscard]] bool has_damaged_place() const noexcept { return has_damaged_place_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// ResourceExhausted without room, Unavailable if the file was deleted meanwhile.
    [[nodiscard]] absl::Status write(const Acknowledged& acknowledged, bool sync);

  private:
    AcknowledgedFile(std::string path, int descriptor)
        : path_(std::move(path)), descriptor_(descriptor) {}
    [[nodiscard]] absl::Status read();

    const std::string path_;
    const int descriptor_;
    std::optional<Acknowledged> last_;
    bool has_damaged_place_ = false;
    /// Of the newest place.
    std::uint64_t sequence_ = 0;
};

/// Of the machine's running start; zero if it does not say.
[[nodiscard]] std::array<std::uint8_t, 16> boot_identity();

}  // namespace parallax::service
