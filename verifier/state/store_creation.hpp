#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace parallax::state {

/// Lies in the folder of a store from before its first file until it has an identity.
inline constexpr std::string_view kCreationMark = "store-being-made";

/// True if the folder at `path`, which holds `files`, is a store whose making was cut short: the
/// mark is there and has begun, and nothing is beside it that a database does not make.
[[nodiscard]] bool is_half_made(const std::string& path, const std::vector<std::string>& files);

/// The making of a store, which a crash may end at any instant: whoever comes next finds the mark,
/// and makes it anew. Nothing was committed yet then, so nothing is lost. One maker at a time, over
/// all processes.
class StoreCreation {
  public:
    /// Makes the folder if it is missing, sets and locks the mark, and takes away what a creation
    /// that was cut short has left. Unavailable if somebody else is at it.
    [[nodiscard]] static absl::StatusOr<StoreCreation> begin(const std::string& path);
    /// Leaves the mark where it is unless `finish` was called.
    ~StoreCreation();
    StoreCreation(StoreCreation&& other) noexcept;
    StoreCreation(const StoreCreation&) = delete;
    StoreCreation& operator=(const StoreCreation&) = delete;
    StoreCreation& operator=(StoreCreation&&) = delete;

    /// The store is whole: takes the mark away, durably.
    [[nodiscard]] absl::Status finish();

  private:
    StoreCreation(std::string path, int descriptor)
        : path_(std::move(path)), descriptor_(descriptor) {}
    [[nodiscard]] absl::Status lock(bool existed) const;
    [[nodiscard]] absl::Status clear() const;
    [[nodiscard]] absl::Status failed(std::string_view doing) const;

    std::string path_;
    int descriptor_;
};

}  // namespace parallax::state
