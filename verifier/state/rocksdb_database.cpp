#include "verifier/state/rocksdb_database.hpp"

#include "verifier/state/store_creation.hpp"
#include "verifier/state/store_records.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace parallax::state {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIdentityKey = "identity";
constexpr const char* kRecover = "open a checkpoint of it, or load the state into a new folder";

// In the order of RocksDbDatabase::handles_.
std::vector<std::string> column_family_names() {
    std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName, "undo", "ledger"};
    for (const std::string_view group : model::kFamilyGroups) {
        names.emplace_back(group);
    }
    return names;
}

enum class Folder { kNew, kStore };

absl::Status missing_store(const std::string& path) {
    return absl::NotFoundError(
        fmt::format("{}: there is no store here; name the folder of one, or create it", path));
}

// A new store needs the folder above it: a typing mistake must not grow a tree of folders.
absl::Status check_parent(const std::string& path) {
    fs::path clean = fs::path(path).lexically_normal();
    if (!clean.has_filename()) {
        clean = clean.parent_path();
    }
    const fs::path parent = clean.has_parent_path() ? clean.parent_path() : fs::path(".");
    std::error_code error;
    if (!fs::is_directory(parent, error)) {
        return absl::FailedPreconditionError(
            fmt::format("{}: {} is not a folder; create it first", path, parent.string()));
    }
    return absl::OkStatus();
}

// A folder that exists and has files in it.
absl::StatusOr<Folder> inspect_files(const std::string& path,
                                     const std::vector<std::string>& files) {
    const auto has_prefix = [&files](std::string_view prefix) {
        return std::any_of(files.begin(), files.end(), [prefix](const std::string& file) {
            return file.compare(0, prefix.size(), prefix) == 0;
        });
    };
    if (std::find(files.begin(), files.end(), "CURRENT") != files.end()) {
        return Folder::kStore;
    }
    if (has_prefix("MANIFEST-")) {
        return absl::DataLossError(fmt::format(
            "{}: the store is damaged, its file CURRENT is missing; {}", path, kRecover));
    }
    return absl::FailedPreconditionError(
        fmt::format("{}: the folder has other files in it and is no store; nothing was written; "
                    "name a new or empty folder",
                    path));
}

absl::StatusOr<Folder> inspect_folder(const std::string& path, bool create_if_missing) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        if (!create_if_missing) {
            return missing_store(path);
        }
        if (absl::Status parent = check_parent(path); !parent.ok()) {
            return parent;
        }
        return Folder::kNew;
    }
    if (status.type() != fs::file_type::directory) {
        return absl::FailedPreconditionError(
            fmt::format("{}: this is not a folder{}{}; name a folder", path, error ? ": " : "",
                        error ? error.message() : std::string()));
    }
    std::vector<std::string> files;
    fs::directory_iterator entries(path, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        files.push_back(entries->path().filename().string());
    }
    if (error) {
        return absl::PermissionDeniedError(fmt::format(
            "{}: the folder cannot be read: {}; give this user access", path, error.message()));
    }
    if (::access(path.c_str(), W_OK) != 0) {
        return absl::PermissionDeniedError(
            fmt::format("{}: the folder cannot be written: {}; give this user access, or copy it",
                        path, std::strerror(errno)));
    }
    if (is_half_made(path, files)) {
        files.clear();  // it is made anew
    }
    // A mark that says nothing: who set it found the folder in use.
    files.erase(std::remove(files.begin(), files.end(), kCreationMark), files.end());
    if (!files.empty()) {
        return inspect_files(path, files);
    }
    if (!create_if_missing) {
        return missing_store(path);
    }
    return Folder::kNew;
}

// Reads the manifest only, so that a database that is not ours stays untouched.
absl::Status check_column_families(const std::string& path) {
    std::vector<std::string> found;
    const rocksdb::Status listed =
        rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &found);
    if (!listed.ok()) {
        return absl::DataLossError(fmt::format("{}: the store's list of files is damaged ({}); {}",
                                               path, listed.ToString(), kRecover));
    }
    std::vector<std::string> expected = column_family_names();
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    if (found != expected) {
        return absl::FailedPreconditionError(fmt::format(
            "{}: this RocksDB database belongs to another program, or its creation was cut short "
            "(column families: {}); nothing was written; name another folder, or delete this one",
            path, fmt::join(found, ", ")));
    }
    return absl::OkStatus();
}

/// Instead of RocksDB's own file of messages: with a full disk its writer ends the process by an
/// assertion, and what matters comes back as a status.
class NoMessages final : public rocksdb::Logger {
  public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions database_options(Folder folder, const RocksDbOptions& options) {
    // The cursor's family changes with every block but never fills a memtable: without this bound
    // it would hold on to gigabytes of log, and a restart would read them.
    constexpr std::uint64_t kMaxLogSize = 256ULL << 20U;
    rocksdb::DBOptions result;
    result.create_if_missing = folder == Folder::kNew;
    result.error_if_exists = folder == Folder::kNew;
    result.create_missing_column_families = folder == Folder::kNew;
    result.max_total_wal_size = kMaxLogSize;
    // A crash of the process tears the end of the log, and that is all it does: anything else that
    // does not read is damage, unless the machine went down. RocksDB's own choice is to drop
    // whatever follows it, without a word.
    result.wal_recovery_mode = options.cut_log
                                   ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                   : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    // Or each family would fill a buffer of its own before anything is written out.
    result.db_write_buffer_size = std::size_t{options.write_buffer_mib} << 20U;
    result.info_log = std::make_shared<NoMessages>();
    // Without a log only memtables that are flushed together keep a block in one piece.
    result.atomic_flush = !options.write_ahead_log;
    return result;
}

rocksdb::ColumnFamilyOptions family_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    // The newest that Debian's RocksDB reads (library notes, 1.4); later ones read it too.
    table.format_version = 5;
    table.block_cache = cache;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    rocksdb::ColumnFamilyOptions result;
    result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    // Keys and most values are hashes and points, which do not compress.
    result.compression = rocksdb::kNoCompression;
    return result;
}

bool mentions(const std::string& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

absl::Status translate(const std::string& path, const rocksdb::Status& status,
                       std::string_view doing) {
    const std::string text = status.ToString();
    if (status.IsIOError() &&
        (mentions(text, "While lock file") || mentions(text, "lock hold by current process"))) {
        return absl::UnavailableError(fmt::format(
            "{}: the store is open elsewhere, in this process or another; close it there, or name "
            "another folder",
            path));
    }
    // A limit of the process or the user is no other to whoever has to deal with it.
    if (status.IsNoSpace() || mentions(text, "File too large") ||
        mentions(text, "Disk quota exceeded")) {
        return absl::ResourceExhaustedError(
            fmt::format("{}: {}: the disk is full; free some space ({})", path, doing, text));
    }
    if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
        status.IsInvalidArgument()) {
        return absl::DataLossError(
            fmt::format("{}: {}: the store is damaged ({}); {}", path, doing, text, kRecover));
    }
    return absl::UnavailableError(fmt::format("{}: {}: {}", path, doing, text));
}

}  // namespace

absl::Status RocksDbOptions::validate() const {
    constexpr std::uint32_t kMaxMib = 1U << 20U;
    std::string problems;
    if (sync && !write_ahead_log) {
        problems += "; sync needs the write-ahead log";
    }
    for (const auto& [mib, what] :
         {std::pair{block_cache_mib, "block cache"}, std::pair{write_buffer_mib, "write buffer"}}) {
        if (mib == 0 || mib > kMaxMib) {
            problems += fmt::format("; the {} must be 1 to {} MiB, not {}", what, kMaxMib, mib);
        }
    }
    if (!problems.empty()) {
        return absl::InvalidArgumentError("options of the store: " + problems.substr(2));
    }
    return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<RocksDbDatabase>> RocksDbDatabase::open(
    const std::string& path, const core::StoreIdentity& identity, const RocksDbOptions& options) {
    const auto folder = inspect_folder(path, options.create_if_missing);
    if (!folder.ok()) {
        return folder.status();
    }
    if (*folder == Folder::kStore) {
        if (absl::Status status = check_column_families(path); !status.ok()) {
            return status;
        }
    }
    std::optional<StoreCreation> creation;
    if (*folder == Folder::kNew) {
        auto begun = StoreCreation::begin(path);
        if (!begun.ok()) {
            return begun.status();
        }
        creation.emplace(*std::move(begun));
    }
    const auto cache = rocksdb::NewLRUCache(std::size_t{options.block_cache_mib} << 20U);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : column_family_names()) {
        families.emplace_back(name, family_options(cache));
    }
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    const rocksdb::Status opened =
        rocksdb::DB::Open(database_options(*folder, options), path, families, &handles, &db);
    if (!opened.ok()) {
        return translate(path, opened, "opening");
    }
    // make_shared cannot reach the private constructor.
    std::shared_ptr<RocksDbDatabase> database(
        new RocksDbDatabase(path, std::unique_ptr<rocksdb::DB>(db), std::move(handles)));
    absl::Status ours = creation ? database->write_identity(identity, options.write_ahead_log)
                                 : database->check_identity(identity);
    if (ours.ok() && creation) {
        ours = creation->finish();
    }
    if (!ours.ok()) {
        return ours;
    }
    return database;
}

RocksDbDatabase::RocksDbDatabase(std::string path, std::unique_ptr<rocksdb::DB> db,
                                 std::vector<rocksdb::ColumnFamilyHandle*> handles)
    : path_(std::move(path)), db_(std::move(db)), handles_(std::move(handles)) {}

RocksDbDatabase::~RocksDbDatabase() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
        db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
    // A destructor can report nothing, and whatever was committed is in the log already.
    db_->Close().PermitUncheckedError();
}

std::size_t RocksDbDatabase::group_of(model::Family family) noexcept {
    static constexpr auto kGroups = [] {
        std::array<std::size_t, model::kFamilies.size()> groups{};
        for (std::size_t i = 0; i < model::kFamilies.size(); ++i) {
            while (model::kFamilyGroups[groups[i]] != model::kFamilies[i].group) {
                ++groups[i];
            }
        }
        return groups;
    }();
    return kGroups[model::family_index(family)];
}

absl::Status RocksDbDatabase::to_status(const rocksdb::Status& status,
                                        std::string_view doing) const {
    return status.ok() ? absl::OkStatus() : translate(path_, status, doing);
}

absl::Status RocksDbDatabase::damaged(std::string_view what, const absl::Status& why) const {
    return absl::DataLossError(fmt::format("{}: {} is damaged ({}); {}", path_, what,
                                           std::string(why.message()), kRecover));
}

absl::Status RocksDbDatabase::write_identity(const core::StoreIdentity& identity, bool log) const {
    const base::Bytes bytes = encode_identity({kStoreFormatVersion, identity});
    rocksdb::WriteOptions write;
    write.sync = log;
    write.disableWAL = !log;
    const rocksdb::Status written =
        db_->Put(write, meta(), kIdentityKey, std::string(as_text(bytes)));
    if (!written.ok() || log) {
        return to_status(written, "creating");
    }
    return to_status(db_->Flush(rocksdb::FlushOptions(), handles_), "creating");
}

absl::Status RocksDbDatabase::check_identity(const core::StoreIdentity& identity) const {
    std::string bytes;
    const rocksdb::Status found = db_->Get(rocksdb::ReadOptions(), meta(), kIdentityKey, &bytes);
    if (found.IsNotFound()) {
        return absl::FailedPreconditionError(fmt::format(
            "{}: the store has no identity, its creation was cut short; delete the folder", path_));
    }
    if (!found.ok()) {
        return to_status(found, "reading its identity");
    }
    const auto stored = decode_identity(as_bytes(bytes));
    if (!stored.ok()) {
        return damaged("its identity", stored.status());
    }
    if (stored->format_version != kStoreFormatVersion) {
        return absl::FailedPreconditionError(fmt::format(
            "{}: the store has format {}, this program reads {}; load the state into a new folder",
            path_, stored->format_version, kStoreFormatVersion));
    }
    if (!(stored->identity == identity)) {
        return absl::FailedPreconditionError(fmt::format(
            "{}: the store is of network '{}', profile '{}', not of network '{}', profile '{}'; "
            "name another folder",
            path_, stored->identity.network, stored->identity.profile, identity.network,
            identity.profile));
    }
    return absl::OkStatus();
}

}  // namespace parallax::state
