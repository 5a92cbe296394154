#include "verifier/service/loop/acknowledged_file.hpp"

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/service/loop/kept_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace parallax::service {
namespace {

/// Number of the format, in the first bytes of each place.
constexpr std::uint64_t kMagic = 0x5058'4143'4b00'0001;
/// On pages of their own, so that writing one leaves the other alone.
constexpr std::uint64_t kPlaceDistance = 4096;
constexpr std::size_t kPlaces = 2;
constexpr std::size_t kContentSize = 8 + 8 + 1 + 8 + 32 + 32 + 8 + 32 + 16;
constexpr std::size_t kPlaceSize = kContentSize + model::Hash::kSize;

struct Place {
    std::uint64_t sequence = 0;
    Acknowledged acknowledged;
};

base::Bytes encode(const Place& place) {
    const Acknowledged& said = place.acknowledged;
    const core::Cursor cursor = said.cursor.value_or(core::Cursor{});
    base::ByteWriter writer(kPlaceSize);
    writer.u64(kMagic);
    writer.u64(place.sequence);
    writer.boolean(said.cursor.has_value());
    writer.number(cursor.topoheight);
    writer.tagged(cursor.block_hash);
    writer.tagged(cursor.ledger_head);
    writer.u64(said.journal_entries);
    writer.tagged(said.journal_head);
    writer.raw(said.boot);
    base::Bytes bytes = std::move(writer).take();
    const model::Hash hash = crypto::blake3(bytes);
    bytes.insert(bytes.end(), hash.bytes().begin(), hash.bytes().end());
    return bytes;
}

/// Nothing if the bytes are not those of a place.
std::optional<Place> decode(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != kPlaceSize || model::Hash::from_span(bytes.last<model::Hash::kSize>()) !=
                                          crypto::blake3(bytes.first(kContentSize))) {
        return std::nullopt;
    }
    base::ByteReader reader(bytes.first(kContentSize), "acknowledged");
    Place place;
    const std::uint64_t magic = reader.u64("magic");
    place.sequence = reader.u64("sequence");
    const bool has_cursor = reader.boolean("has_cursor");
    core::Cursor cursor;
    cursor.topoheight = reader.number<model::Topoheight>("topoheight");
    cursor.block_hash = reader.tagged<model::Hash>("block_hash");
    cursor.ledger_head = reader.tagged<model::Hash>("ledger_head");
    place.acknowledged.journal_entries = reader.u64("journal_entries");
    place.acknowledged.journal_head = reader.tagged<model::Hash>("journal_head");
    const auto boot = reader.view(place.acknowledged.boot.size(), "boot");
    if (!reader.finish() || magic != kMagic) {
        return std::nullopt;
    }
    std::copy(boot.begin(), boot.end(), place.acknowledged.boot.begin());
    if (has_cursor) {
        place.acknowledged.cursor = cursor;
    }
    return place;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AcknowledgedFile>> AcknowledgedFile::open(const std::string& path) {
    auto opened = open_kept_file(
        path, "restore the whole folder, or move it away to go on from what the database has");
    if (!opened.ok()) {
        return opened.status();
    }
    std::unique_ptr<AcknowledgedFile> file(new AcknowledgedFile(path, opened->release()));
    if (auto status = file->read(); !status.ok()) {
        return status;
    }
    return file;
}

AcknowledgedFile::~AcknowledgedFile() {
    ::close(descriptor_);
}

absl::Status AcknowledgedFile::read() {
    struct stat file {};
    if (::fstat(descriptor_, &file) != 0) {
        return file_failure(path_, "looking at it");
    }
    std::size_t written = 0;
    for (std::uint64_t place = 0; place < kPlaces; ++place) {
        base::Bytes bytes(kPlaceSize);
        const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(),
                                    static_cast<off_t>(place * kPlaceDistance));
        if (got < 0) {
            return file_failure(path_, "reading");
        }
        bytes.resize(static_cast<std::size_t>(got));
        // Zeros: the hole before the second place, where the first was never written.
        if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; })) {
            continue;
        }
        ++written;
        const auto found = decode(bytes);
        has_damaged_place_ = has_damaged_place_ || !found;
        if (found && found->sequence >= sequence_) {
            sequence_ = found->sequence;
            last_ = found->acknowledged;
        }
    }
    // The second place is written first: a file that ends before it does was torn in the making.
    if (written > 0 && !last_ &&
        static_cast<std::uint64_t>(file.st_size) >= kPlaceDistance + kPlaceSize) {
        return absl::DataLossError(fmt::format(
            "{}: the file is damaged, so nobody knows up to where verdicts were acknowledged; "
            "restore the whole folder, or delete this file to go on from what the database has",
            path_));
    }
    return absl::OkStatus();
}

absl::Status AcknowledgedFile::write(const Acknowledged& acknowledged, bool sync) {
    const base::Bytes bytes = encode({sequence_ + 1, acknowledged});
    const std::uint64_t offset = (sequence_ + 1) % kPlaces * kPlaceDistance;
    const ssize_t put =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put >= 0 && put < static_cast<ssize_t>(bytes.size())) {
        errno = ENOSPC;
    }
    if (put != static_cast<ssize_t>(bytes.size())) {
        return file_failure(path_, "writing");
    }
    if (sync && ::fdatasync(descriptor_) != 0) {
        return file_failure(path_, "waiting for the disk");
    }
    struct stat file {};
    if (::fstat(descriptor_, &file) != 0 || file.st_nlink == 0) {
        return absl::UnavailableError(fmt::format(
            "{}: the file was deleted while it was in use; is its folder still there?", path_));
    }
    ++sequence_;
    last_ = acknowledged;
    return absl::OkStatus();
}

std::array<std::uint8_t, 16> boot_identity() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    std::getline(file, text);
    std::array<std::uint8_t, 16> identity{};
    const model::Hash hash =
        crypto::blake3({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    if (!text.empty()) {
        std::copy_n(hash.bytes().begin(), identity.size(), identity.begin());
    }
    return identity;
}

}  // namespace parallax::service
