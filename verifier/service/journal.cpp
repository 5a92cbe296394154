#include "verifier/service/journal.hpp"

#include "verifier/codec/hashing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace parallax {
namespace {

/// Every line ends with its hash; what it covers is the line before this.
constexpr std::string_view kHashMember = ",\"hash\":\"";
constexpr std::size_t kHashSuffix = kHashMember.size() + 2 * Hash::kSize + 2;

/// The longest entry tells of a rewind, with every verdict that it took back.
constexpr std::size_t kMaxLine = std::size_t{1} << 30;

Hash hash_of(std::string_view text) {
    return blake3({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

std::string json_text(std::string_view text) {
    using Json = nlohmann::json;
    return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        const int error = errno;
        const std::string message = fmt::format("{}: cannot be opened: {}; check the folder", path,
                                                std::generic_category().message(error));
        return error == EACCES || error == EROFS ? absl::PermissionDeniedError(message)
                                                 : absl::UnavailableError(message);
    }
    std::unique_ptr<Journal> journal(new Journal(path, descriptor));
    auto status = journal->read_chain([](std::string_view) { return absl::OkStatus(); });
    if (!status.ok()) {
        return status;
    }
    struct stat file {};
    if (::fstat(descriptor, &file) != 0) {
        return journal->failed("looking at its size");
    }
    if (journal->size_ < static_cast<std::uint64_t>(file.st_size) &&
        ::ftruncate(descriptor, static_cast<off_t>(journal->size_)) != 0) {
        return journal->failed("taking the unfinished last line away");
    }
    return journal;
}

absl::Status Journal::read(const std::string& path, const Visitor& visit, bool* cut_off) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const int error = errno;
        const std::string message =
            fmt::format("{}: cannot be read: {}; give the journal.jsonl of a sidecar's folder",
                        path, std::generic_category().message(error));
        return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
    }
    Journal journal(path, descriptor);
    auto status = journal.read_chain(visit);
    if (cut_off != nullptr) {
        *cut_off = journal.cut_off_;
    }
    return status;
}

Journal::~Journal() {
    ::close(descriptor_);
}

absl::Status Journal::failed(std::string_view doing) const {
    const int error = errno;
    const std::string message =
        fmt::format("{}: {} failed: {}", path_, doing, std::generic_category().message(error));
    return error == ENOSPC || error == EFBIG || error == EDQUOT
               ? absl::ResourceExhaustedError(message + "; make room on the disk")
               : absl::UnavailableError(message);
}

absl::Status Journal::read_chain(const Visitor& visit) {
    std::string text;
    std::array<char, 65'536> buffer;
    for (;;) {
        const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
        if (got < 0) {
            return failed("reading");
        }
        if (got == 0) {
            cut_off_ = !text.empty();
            return absl::OkStatus();
        }
        const std::size_t before = text.size();
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (auto status = take_lines(text, before, visit); !status.ok()) {
            return status;
        }
        if (text.size() > kMaxLine) {
            return absl::DataLossError(
                fmt::format("{}: line {} does not end: this is no journal", path_, entries_ + 1));
        }
    }
}

absl::Status Journal::take_lines(std::string& text, std::size_t unsearched, const Visitor& visit) {
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n', unsearched); end != std::string::npos;
         end = text.find('\n', begin)) {
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        auto status = check_line(line);
        if (status.ok()) {
            status = visit(line);
        }
        if (!status.ok()) {
            return status;
        }
        begin = end + 1;
    }
    size_ += begin;
    text.erase(0, begin);
    return absl::OkStatus();
}

absl::Status Journal::check_line(std::string_view line) {
    const auto wrong = [&](std::string_view why) {
        return absl::DataLossError(fmt::format(
            "{}: line {} {}: the journal was changed or damaged; restore it, or move it away to "
            "start a new one",
            path_, entries_ + 1, why));
    };
    if (line.size() < kHashSuffix) {
        return wrong("is too short");
    }
    const std::string_view content = line.substr(0, line.size() - kHashSuffix);
    const Hash hash = hash_of(content);
    if (line.substr(content.size()) != fmt::format("{}{}\"}}", kHashMember, hash.hex())) {
        return wrong("has another hash than it says");
    }
    const std::string start =
        fmt::format("{{\"sequence\":{},\"previous\":\"{}\"", entries_ + 1, head_.hex());
    if (content.substr(0, start.size()) != start) {
        return wrong("does not follow the one before it");
    }
    ++entries_;
    head_ = hash;
    return absl::OkStatus();
}

absl::Status Journal::append(std::string_view event, const Cursor& cursor, const Details& details) {
    std::string line = fmt::format(
        "{{\"sequence\":{},\"previous\":\"{}\",\"event\":{},\"topoheight\":{},\"block_hash\":\"{}"
        "\","
        "\"ledger_head\":\"{}\"",
        entries_ + 1, head_.hex(), json_text(event), cursor.topoheight.value(),
        cursor.block_hash.hex(), cursor.ledger_head.hex());
    for (const auto& [name, json] : details) {
        line += fmt::format(",{}:{}", json_text(name), json);
    }
    const Hash hash = hash_of(line);
    line += fmt::format("{}{}\"}}\n", kHashMember, hash.hex());
    std::size_t written = 0;
    while (written < line.size()) {
        const ssize_t put = ::pwrite(descriptor_, line.data() + written, line.size() - written,
                                     static_cast<off_t>(size_ + written));
        if (put < 0) {
            return failed("writing");
        }
        written += static_cast<std::size_t>(put);
    }
    if (::fdatasync(descriptor_) != 0) {
        return failed("waiting for the disk");
    }
    size_ += line.size();
    ++entries_;
    head_ = hash;
    return absl::OkStatus();
}

}  // namespace parallax
