#pragma once

#include <cstddef>
#include <string>

namespace parallax::replay {

/// A file under a temporary name, which goes when this object goes or when a signal ends the
/// program, unless it was given its final name. Safe from any thread.
class UnfinishedFile {
  public:
    /// `path` is about to be made. Past `kMostUnfinishedFiles` at once, and past the system's own
    /// limit on names, a signal leaves the file behind.
    explicit UnfinishedFile(std::string path);
    ~UnfinishedFile();
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// It has its final name, or never was: nothing is to be removed.
    void forget() noexcept;

  private:
    std::string path_;
    /// Its place in the table that a signal handler reads.
    std::size_t slot_;
};

inline constexpr std::size_t kMostUnfinishedFiles = 16;

/// Removes every unfinished file of this process. Calls nothing but what a signal handler may.
void remove_unfinished_files() noexcept;

}  // namespace parallax::replay
