#pragma once

#include "replay/archive/unfinished_files.hpp"
#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parallax::replay {

/// A file that a user named, on its way to the disk.
///
/// A regular file is replaced whole or not at all: the bytes go to `NAME.partial.XXXXXX` beside it,
/// which gets the name in `finish`, after they are on the disk; before, it goes with this object or
/// with a signal that ends the program. A link is followed, and what it leads to is replaced. What
/// is no regular file (a device, a FIFO) is written through, and so are `-`, which is standard
/// output, and names of open files as `/dev/stdout`. One thread at a time.
class OutputFile {
  public:
    /// `what` it is, as `archive`: for errors, which also name `path`.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                                            std::string_view what);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// After an error nothing more is written, and every call answers it again.
    [[nodiscard]] absl::Status write(std::span<const std::uint8_t> bytes);
    /// Syncs, and gives the file its name.
    [[nodiscard]] absl::Status finish();
    [[nodiscard]] const absl::Status& status() const noexcept { return status_; }

  private:
    struct Place;
    OutputFile(int descriptor, std::string shown, std::string target);
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<OutputFile>> replace(
        const std::string& target, const std::string& shown);
    absl::Status fail(std::string_view doing);
    void close();
    absl::Status sync_folder();

    int descriptor_;
    /// What errors call it.
    const std::string shown_;
    /// The final name; empty for what is written through.
    const std::string target_;
    std::optional<UnfinishedFile> unfinished_;
    absl::Status status_;
};

/// All of a file at once.
[[nodiscard]] absl::Status write_output_file(const std::string& path, std::string_view what,
                                             std::span<const std::uint8_t> bytes);

/// True if `path` names what this program has as its standard output: text for people must then go
/// elsewhere.
[[nodiscard]] bool is_standard_output(const std::string& path);

}  // namespace parallax::replay
