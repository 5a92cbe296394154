#include "verifier/service/loop/journal.hpp"

#include "verifier/crypto/hashing.hpp"
#include "verifier/service/loop/kept_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace parallax::service {
namespace {

/// Every line ends with its hash; what it covers is the line before this.
constexpr std::string_view kHashMember = ",\"hash\":\"";
constexpr std::size_t kHashSuffix = kHashMember.size() + 2 * model::Hash::kSize + 2;

/// The file acknowledged names an entry of this journal: a new one goes with a new witness only.
constexpr const char* kRecover =
    "restore the whole folder, or move it away together with the file acknowledged beside it to "
    "start a new journal";

model::Hash hash_of(std::string_view text) {
    return crypto::blake3({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

std::string json_text(std::string_view text) {
    using Json = nlohmann::json;
    return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view hash_of_line(std::string_view line) {
    return line.size() < kHashSuffix
               ? std::string_view()
               : line.substr(line.size() - 2 * model::Hash::kSize - 2,  // and `"}`
                             2 * model::Hash::kSize);
}

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::open(const std::string& path,
                                                         const Visitor& visit) {
    auto opened = open_kept_file(path, kRecover);
    if (!opened.ok()) {
        return opened.status();
    }
    const int descriptor = opened->release();
    std::unique_ptr<AuditLog> journal(new AuditLog(path, descriptor));
    struct stat file {};
    if (::fstat(descriptor, &file) != 0) {
        return file_failure(path, "looking at it");
    }
    if (auto status = journal->read_chain(visit); !status.ok()) {
        return status;
    }
    if (journal->size_ < static_cast<std::uint64_t>(file.st_size) &&
        ::ftruncate(descriptor, static_cast<off_t>(journal->size_)) != 0) {
        return file_failure(path, "taking the unfinished last line away");
    }
    if (journal->lacks_newline_ && ::pwrite(descriptor, "\n", 1, file.st_size) != 1) {
        return file_failure(path, "ending the last line");
    }
    return journal;
}

absl::Status AuditLog::read(const std::string& path, const Visitor& visit, bool* cut_off) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const int error = errno;
        const std::string message =
            fmt::format("{}: cannot be read: {}; give the journal.jsonl of a sidecar's folder",
                        path, std::generic_category().message(error));
        return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
    }
    AuditLog journal(path, descriptor);
    auto status = journal.read_chain(visit);
    if (cut_off != nullptr) {
        *cut_off = journal.cut_off_;
    }
    return status;
}

AuditLog::~AuditLog() {
    ::close(descriptor_);
}

absl::Status AuditLog::read_chain(const Visitor& visit) {
    std::string text;
    std::array<char, 65'536> buffer;
    for (;;) {
        const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
        if (got < 0) {
            return file_failure(path_, "reading");
        }
        if (got == 0) {
            cut_off_ = !text.empty();
            break;
        }
        const std::size_t searched = text.size();
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (auto status = take_lines(text, searched, visit); !status.ok()) {
            return status;
        }
        if (text.size() > kMaxLine) {
            return absl::DataLossError(fmt::format(
                "{}: line {} does not end: this is no journal; {}", path_, entries_ + 1, kRecover));
        }
    }
    // All but the last byte of an entry is all that it says.
    const std::string_view hash = hash_of_line(text);
    if (!hash.empty() &&
        hash == hash_of(std::string_view(text).substr(0, text.size() - kHashSuffix)).hex()) {
        lacks_newline_ = true;
        text += '\n';
        return take_lines(text, 0, visit);
    }
    return check_tail(text);
}

absl::Status AuditLog::take_lines(std::string& text, std::size_t searched, const Visitor& visit) {
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n', searched); end != std::string::npos;
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

absl::Status AuditLog::check_tail(std::string_view tail) const {
    // A crash leaves the beginning of an entry. Whatever goes on behind a whole one, or begins as
    // no entry does, was damaged: the end of its line, most likely.
    // A crash of the machine may leave zeros behind it.
    while (!tail.empty() && tail.back() == '\0') {
        tail.remove_suffix(1);
    }
    const std::string start =
        fmt::format("{{\"sequence\":{},\"previous\":\"{}\"", entries_ + 1, head_.hex());
    const std::size_t common = std::min(start.size(), tail.size());
    const std::size_t hash = tail.rfind(kHashMember);
    const bool goes_on = hash != std::string_view::npos && tail.size() - hash > kHashSuffix &&
                         tail.substr(hash).substr(kHashSuffix - 2, 2) == "\"}";
    if (tail.substr(0, common) == start.substr(0, common) && !goes_on) {
        return absl::OkStatus();
    }
    return absl::DataLossError(
        fmt::format("{}: line {} does not end as an entry does: the journal was changed or "
                    "damaged; {}",
                    path_, entries_ + 1, kRecover));
}

absl::Status AuditLog::check_line(std::string_view line) {
    const auto wrong = [&](std::string_view why) {
        return absl::DataLossError(
            fmt::format("{}: line {} {}: the journal was changed or damaged; {}", path_,
                        entries_ + 1, why, kRecover));
    };
    if (line.size() < kHashSuffix) {
        return wrong("is too short");
    }
    const std::string_view content = line.substr(0, line.size() - kHashSuffix);
    const model::Hash hash = hash_of(content);
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

absl::Status AuditLog::append(std::string_view event, const core::Cursor& cursor,
                              const Details& details) {
    std::string line = fmt::format(
        "{{\"sequence\":{},\"previous\":\"{}\",\"event\":{},\"topoheight\":{},\"block_hash\":\"{}"
        "\","
        "\"ledger_head\":\"{}\"",
        entries_ + 1, head_.hex(), json_text(event), cursor.topoheight.value(),
        cursor.block_hash.hex(), cursor.ledger_head.hex());
    for (const auto& [name, json] : details) {
        line += fmt::format(",{}:{}", json_text(name), json);
    }
    const model::Hash hash = hash_of(line);
    line += fmt::format("{}{}\"}}\n", kHashMember, hash.hex());
    if (line.size() > kMaxLine) {
        return absl::InvalidArgumentError(
            fmt::format("{}: an entry of {} bytes, at most {} are read again; say less", path_,
                        line.size(), kMaxLine));
    }
    if (auto status = write(line); !status.ok()) {
        // The next entry may be shorter: it must not end in the rest of this one. If that fails
        // too, the next entry tries again before it is written.
        (void)::ftruncate(descriptor_, static_cast<off_t>(size_));
        return status;
    }
    size_ += line.size();
    ++entries_;
    head_ = hash;
    return absl::OkStatus();
}

absl::Status AuditLog::write(std::string_view line) const {
    struct stat file {};
    if (::fstat(descriptor_, &file) != 0) {
        return file_failure(path_, "looking at it");
    }
    if (static_cast<std::uint64_t>(file.st_size) > size_ &&
        ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) {
        return file_failure(path_, "taking the rest of an entry that failed away");
    }
    std::size_t written = 0;
    while (written < line.size()) {
        const ssize_t put = ::pwrite(descriptor_, line.data() + written, line.size() - written,
                                     static_cast<off_t>(size_ + written));
        if (put < 0) {
            return file_failure(path_, "writing");
        }
        written += static_cast<std::size_t>(put);
    }
    if (::fdatasync(descriptor_) != 0) {
        return file_failure(path_, "waiting for the disk");
    }
    if (::fstat(descriptor_, &file) != 0 || file.st_nlink == 0) {
        return absl::UnavailableError(fmt::format(
            "{}: the file was deleted while it was in use; is its folder still there?", path_));
    }
    return absl::OkStatus();
}

}  // namespace parallax::service
