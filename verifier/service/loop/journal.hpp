#pragma once

#include "verifier/core/store/chain_store.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::service {

/// The ledger's side record: what happened beside the blocks, in a file of lines. Each change of
/// the configuration, pause, resume, state that was loaded, and each rewind with the verdicts that
/// it took out of the ledger. An entry is one line of JSON with sequence number, topoheight and
/// ledger head at that moment, and the hash of the entry before it: so the entries are a chain of
/// their own that is tied to the ledger's, and none can be taken out or changed unseen.
///
/// An entry is on the disk before what it tells takes effect. So the last one may tell of something
/// that a crash prevented; nothing happens without one. A sidecar that ends in order adds `stopped`
/// as its last entry: a journal that ends with anything else belongs to one that runs, or was
/// killed, or its end was cut off. For one thread.
class AuditLog {
  public:
    using Visitor = std::function<absl::Status(std::string_view line)>;
    /// Opens or makes the file at `path`, checks the whole chain, and gives each line to `visit`. A
    /// last line that a crash has torn is taken away. DataLoss names the first wrong line;
    /// PermissionDenied or Unavailable if the file cannot be used. Memory: one line.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<AuditLog>> open(
        const std::string& path,
        const Visitor& visit = [](std::string_view) { return absl::OkStatus(); });
    /// Gives every line of the file at `path` to `visit`, which sees only what is rightly chained
    /// to the line before. Changes nothing; a last line without its end is left out, and
    /// `*cut_off` says so. Errors as above, NotFound without a file, and what `visit` says.
    [[nodiscard]] static absl::Status read(const std::string& path, const Visitor& visit,
                                           bool* cut_off = nullptr);
    ~AuditLog();
    AuditLog(const AuditLog&) = delete;
    AuditLog& operator=(const AuditLog&) = delete;

    /// Adds an entry and waits for the disk. `details` are (name, JSON text). InvalidArgument for
    /// an entry of more than `kMaxLine` bytes, Unavailable if the file was deleted meanwhile. After
    /// an error the journal is as it was.
    static constexpr std::size_t kMaxLine = std::size_t{64} << 20;
    using Details = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] absl::Status append(std::string_view event, const core::Cursor& cursor,
                                      const Details& details);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
    [[nodiscard]] const model::Hash& head() const noexcept { return head_; }

  private:
    AuditLog(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
    [[nodiscard]] absl::Status read_chain(const Visitor& visit);
    /// Checks and visits the lines that end in `text`, and takes them out. The first `searched`
    /// bytes have no end of a line.
    [[nodiscard]] absl::Status take_lines(std::string& text, std::size_t searched,
                                          const Visitor& visit);
    /// What stands behind the last end of a line: torn by a crash, or damage.
    [[nodiscard]] absl::Status check_tail(std::string_view tail) const;
    [[nodiscard]] absl::Status check_line(std::string_view line);
    /// Behind the last entry, and waits for the disk. After an error anything may stand there.
    [[nodiscard]] absl::Status write(std::string_view line) const;

    const std::string path_;
    const int descriptor_;
    /// Set while nothing but the end of its line is missing at the last entry.
    bool lacks_newline_ = false;
    std::uint64_t entries_ = 0;
    /// Where the next entry begins.
    std::uint64_t size_ = 0;
    /// The last line has no end.
    bool cut_off_ = false;
    model::Hash head_;
};

/// The hash that ends a line; empty if it has none.
[[nodiscard]] std::string_view hash_of_line(std::string_view line);

/// `text` as a JSON string, quotes included; bad UTF-8 is replaced.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace parallax::service
