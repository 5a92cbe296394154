#include "replay/archive/unfinished_files.hpp"

#include <climits>

#include <array>
#include <atomic>
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace parallax::replay {
namespace {

enum class Slot : unsigned char { kFree, kChanging, kUsed };

struct Entry {
    std::atomic<Slot> state{Slot::kFree};
    std::array<char, PATH_MAX> path{};
};
static_assert(std::atomic<Slot>::is_always_lock_free);

// A signal handler can reach nothing but a global.
std::array<Entry, kMostUnfinishedFiles> entries;

std::size_t take_slot(const std::string& path) {
    for (std::size_t i = 0; path.size() < PATH_MAX && i < entries.size(); ++i) {
        Slot expected = Slot::kFree;
        if (entries[i].state.compare_exchange_strong(expected, Slot::kChanging)) {
            path.copy(entries[i].path.data(), path.size());
            entries[i].path[path.size()] = '\0';
            entries[i].state.store(Slot::kUsed);
            return i;
        }
    }
    return entries.size();
}

}  // namespace

UnfinishedFile::UnfinishedFile(std::string path)
    : path_(std::move(path)), slot_(take_slot(path_)) {}

UnfinishedFile::~UnfinishedFile() {
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
    forget();
}

void UnfinishedFile::forget() noexcept {
    path_.clear();
    if (slot_ < entries.size()) {
        entries[slot_].state.store(Slot::kFree);
        slot_ = entries.size();
    }
}

void remove_unfinished_files() noexcept {
    const int error = errno;
    for (const Entry& entry : entries) {
        if (entry.state.load() == Slot::kUsed) {
            ::unlink(entry.path.data());
        }
    }
    errno = error;
}

}  // namespace parallax::replay
