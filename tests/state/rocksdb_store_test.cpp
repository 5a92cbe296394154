#include "verifier/state/rocksdb_store.hpp"

#include "tests/state/child_process.hpp"
#include "tests/state/store_fixture.hpp"
#include "tests/support/random_state.hpp"
#include "tests/support/tree_folders.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/state/store_records.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <chrono>
#include <fstream>
#include <iterator>

namespace parallax::test {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;

const std::string kStoreProcess = binary_folder() + "/bin/store_process";

absl::Status open_status(const std::string& path, const state::RocksDbOptions& options = {},
                         const core::StoreIdentity& identity = kIdentity) {
    return state::RocksDbStore::create(path, identity, options).status();
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}
std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
std::vector<fs::path> files_named(const std::string& folder, const std::string& prefix,
                                  const std::string& extension) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.compare(0, prefix.size(), prefix) == 0 &&
            entry.path().extension().string() == extension) {
            found.push_back(entry.path());
        }
    }
    return found;
}
std::map<std::string, std::string> all_files(const std::string& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        files.emplace(entry.path().filename().string(), read_file(entry.path()));
    }
    return files;
}

/// The store's files through RocksDB itself, to damage rows behind its back.
class RawDatabase {
  public:
    explicit RawDatabase(const std::string& path) {
        std::vector<std::string> names;
        EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        for (const std::string& name : names) {
            families.emplace_back(name, rocksdb::ColumnFamilyOptions());
        }
        rocksdb::DB* db = nullptr;
        const auto opened = rocksdb::DB::Open({}, path, families, &handles_, &db);
        EXPECT_TRUE(opened.ok()) << opened.ToString();
        db_.reset(db);
    }
    ~RawDatabase() {
        for (auto* handle : handles_) {
            EXPECT_TRUE(db_->DestroyColumnFamilyHandle(handle).ok());
        }
    }
    RawDatabase(const RawDatabase&) = delete;
    RawDatabase& operator=(const RawDatabase&) = delete;

    void put(const std::string& family, state::ByteView key, state::ByteView value) {
        EXPECT_TRUE(db_->Put({}, handle(family), std::string(state::as_text(key)),
                             std::string(state::as_text(value)))
                        .ok());
    }
    void remove(const std::string& family, state::ByteView key) {
        EXPECT_TRUE(db_->Delete({}, handle(family), std::string(state::as_text(key))).ok());
    }
    /// Moves everything from the log into table files.
    void flush() { EXPECT_TRUE(db_->Flush({}, handles_).ok()); }

  private:
    rocksdb::ColumnFamilyHandle* handle(const std::string& family) {
        for (auto* handle : handles_) {
            if (handle->GetName() == family) {
                return handle;
            }
        }
        ADD_FAILURE() << "no column family " << family;
        return db_->DefaultColumnFamily();
    }

    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

class RocksDbStoreTest : public testing::Test {
  protected:
    /// A closed store with blocks 0 to 2 of random rows.
    void make_store() {
        const auto store = open_store(path_);
        ASSERT_NE(store, nullptr);
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(is_ok(store->commit(chain_.next_block(300))));
        }
    }

    RandomBytes seeds_;
    testing::ScopedTrace trace_{__FILE__, __LINE__, seeds_.seed_text()};
    TemporaryFolder folder_;
    std::string path_ = folder_ / "store";
    RandomChain chain_{seeds_.number()};
};

TEST_F(RocksDbStoreTest, reopens_where_it_was) {
    make_store();
    for (int round = 0; round < 3; ++round) {
        const auto store = open_store(path_);
        ASSERT_NE(store, nullptr);
        EXPECT_EQ(all_rows(*store), chain_.rows());
        EXPECT_EQ((*store->cursor())->topoheight.value(), 2U + static_cast<unsigned>(round));
        EXPECT_EQ(ledger_of(*store).size(), 3U + static_cast<unsigned>(round));
        ASSERT_TRUE(is_ok(store->commit(chain_.next_block(300))));
    }
    const auto store = open_store(path_);
    EXPECT_EQ(*store->undo_floor(), model::Topoheight{0});
    EXPECT_TRUE(is_ok(store->rewind(model::Topoheight{0}, std::nullopt)));
}

TEST_F(RocksDbStoreTest, works_without_a_log_and_with_sync) {
    state::RocksDbOptions no_log;
    no_log.write_ahead_log = false;
    state::RocksDbOptions sync;
    sync.sync = true;
    for (const state::RocksDbOptions& options : {no_log, sync, no_log}) {
        const auto store = open_store(path_, options);
        ASSERT_NE(store, nullptr);
        EXPECT_EQ(all_rows(*store), chain_.rows());
        ASSERT_TRUE(is_ok(store->commit(chain_.next_block(300))));
    }
    EXPECT_EQ((*open_store(path_)->cursor())->topoheight, model::Topoheight{2});
}

TEST_F(RocksDbStoreTest, prunes_when_the_undo_window_shrinks) {
    state::RocksDbOptions options;
    {
        const auto store = open_store(path_, options);
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(is_ok(store->commit(chain_.next_block(10))));
        }
        EXPECT_EQ(*store->undo_floor(), model::Topoheight{0});
    }
    options.undo_window = 3;
    const auto store = open_store(path_, options);
    EXPECT_EQ(*store->undo_floor(), model::Topoheight{0});
    ASSERT_TRUE(is_ok(store->commit(chain_.next_block(10))));
    EXPECT_EQ(*store->undo_floor(), model::Topoheight{17});
    EXPECT_TRUE(is_ok(store->rewind(model::Topoheight{17}, std::nullopt)));
}

TEST_F(RocksDbStoreTest, window_of_zero_takes_nothing_back) {
    state::RocksDbOptions options;
    options.undo_window = 0;
    const auto store = open_store(path_, options);
    ASSERT_TRUE(is_ok(store->commit(chain_.next_block(10))));
    ASSERT_TRUE(is_ok(store->commit(chain_.next_block(10))));
    EXPECT_EQ(*store->undo_floor(), model::Topoheight{1});
    EXPECT_TRUE(is_refusal(store->rewind(model::Topoheight{0}, std::nullopt),
                           StatusCode::kOutOfRange, {"1"}));
}

TEST_F(RocksDbStoreTest, names_every_wrong_option) {
    state::RocksDbOptions options;
    options.sync = true;
    options.write_ahead_log = false;
    options.block_cache_mib = 0;
    options.write_buffer_mib = 0;
    EXPECT_TRUE(is_refusal(open_status(path_, options), StatusCode::kInvalidArgument,
                           {"write-ahead log", "block cache", "write buffer"}));
    EXPECT_FALSE(fs::exists(path_));
}

TEST_F(RocksDbStoreTest, survives_being_killed_while_committing) {
    for (int round = 0; round < 5; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        const std::string path = folder_ / ("killed" + std::to_string(round)).c_str();
        const std::uint64_t seed = seeds_.number() >> 1U;
        std::uint64_t said = 0;
        {
            ChildProcess child(kStoreProcess, {"commit", path, std::to_string(seed)});
            for (const std::uint64_t blocks = 20 + seeds_.below(60); said < blocks;) {
                ASSERT_EQ(child.read_line(), "committed");
                ++said;
            }
            child.kill_now();
        }
        const auto store = open_store(path);
        ASSERT_NE(store, nullptr);
        const auto cursor = store->cursor();
        ASSERT_TRUE(cursor.ok() && cursor->has_value());
        const std::uint64_t height = (*cursor)->topoheight.value();
        ASSERT_GE(height + 1, said) << "a committed block is lost";
        RandomChain chain(seed);
        std::map<std::uint64_t, base::Bytes> ledger;
        std::vector<RowMap> history;
        for (std::uint64_t i = 0; i <= height; ++i) {
            const core::BlockCommit block = chain.next_block(200);
            ledger.emplace(i, block.ledger_record);
            history.push_back(chain.rows());
            if (i == height) {
                EXPECT_EQ(**cursor, block.cursor);
            }
        }
        EXPECT_EQ(all_rows(*store), chain.rows());
        EXPECT_EQ(ledger_of(*store), ledger);
        EXPECT_TRUE(is_ok(store->verify()));
        ASSERT_TRUE(is_ok(store->rewind(**store->undo_floor(), std::nullopt)));
        EXPECT_EQ(all_rows(*store), history[height - 10]) << "the undo records are whole too";
    }
}

TEST_F(RocksDbStoreTest, begins_anew_after_a_load_that_was_cut_short) {
    {
        ChildProcess child(kStoreProcess, {"load", path_, "25000"});
        ASSERT_EQ(child.read_line(), "loading");
        child.kill_now();
    }
    for (int round = 0; round < 2; ++round) {
        const auto store = open_store(path_);
        ASSERT_NE(store, nullptr);
        const auto cursor = store->cursor();
        ASSERT_TRUE(is_ok(cursor.status()));
        EXPECT_EQ(*cursor, std::nullopt) << "half a state must not pass for one";
        EXPECT_TRUE(all_rows(*store).empty());
        EXPECT_TRUE(is_ok(store->verify()));
    }
    const auto store = open_store(path_);
    ASSERT_TRUE(is_ok(store->load(make_block(4).cursor, source_of({{balance(1), amount(1)}}))));
    EXPECT_EQ(all_rows(*store), (RowMap{{balance(1), amount(1)}}))
        << "nothing is left of the load before";
    EXPECT_TRUE(is_ok(store->commit(make_block(5))));
}

TEST_F(RocksDbStoreTest, begins_anew_after_a_creation_that_was_cut_short) {
    make_store();
    const auto files = all_files(path_);
    // A store that is being made has any of its files, whole or not.
    for (std::size_t count = 0; count <= files.size(); ++count) {
        SCOPED_TRACE(count);
        const std::string half = folder_ / ("half-" + std::to_string(count)).c_str();
        fs::create_directory(half);
        write_file(half + "/store-being-made", "x");
        std::size_t taken = 0;
        for (const auto& [name, text] : files) {
            if (taken++ < count) {
                write_file(half + "/" + name, text.substr(0, text.size() / 2));
            }
        }
        state::RocksDbOptions existing;
        existing.create_if_missing = false;
        EXPECT_EQ(open_status(half, existing).code(), StatusCode::kNotFound);
        const auto store = open_store(half);
        ASSERT_NE(store, nullptr);
        EXPECT_EQ(*store->cursor(), std::nullopt);
        EXPECT_TRUE(is_ok(store->commit(make_block(0))));
        EXPECT_FALSE(fs::exists(half + "/store-being-made"));
    }
    write_file(path_ + "/store-being-made", "");
    EXPECT_EQ((*open_store(path_)->cursor())->topoheight, model::Topoheight{2})
        << "a mark that was never begun says nothing";
    const std::string other = folder_ / "other";
    fs::create_directory(other);
    write_file(other + "/store-being-made", "x");
    write_file(other + "/letter.txt", "dear reader");
    EXPECT_EQ(open_status(other).code(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(all_files(other).size(), 2U);
}

TEST_F(RocksDbStoreTest, can_be_made_after_its_maker_was_killed_at_any_moment) {
    for (int round = 0; round < 20; ++round) {
        SCOPED_TRACE(round);
        const std::string path = folder_ / ("killed-" + std::to_string(round)).c_str();
        {
            ChildProcess child(kStoreProcess, {"hold", path});
            const auto moment = std::chrono::steady_clock::now() +
                                std::chrono::microseconds(1'000 + seeds_.number() % 40'000);
            while (std::chrono::steady_clock::now() < moment) {
            }
            child.kill_now();
        }
        const auto store = open_store(path);
        ASSERT_NE(store, nullptr);
        EXPECT_EQ(*store->cursor(), std::nullopt);
        EXPECT_TRUE(is_ok(store->commit(make_block(0))));
    }
}

TEST_F(RocksDbStoreTest, tells_a_torn_end_of_the_log_from_damage_in_its_middle) {
    {
        const auto store = open_store(path_);
        for (int i = 0; i < 40; ++i) {
            ASSERT_TRUE(is_ok(store->commit(chain_.next_block(60))));
        }
    }
    const auto logs = files_named(path_, "", ".log");
    ASSERT_EQ(logs.size(), 1U);
    const std::string whole = read_file(logs[0]);
    const std::string copy = folder_ / "copy";
    const auto open_with = [&](const std::string& log) {
        fs::remove_all(copy);
        fs::copy(path_, copy, fs::copy_options::recursive);
        write_file(fs::path(copy) / logs[0].filename(), log);
        return state::RocksDbStore::create(copy, kIdentity, {});
    };
    {
        const auto torn = open_with(whole.substr(0, whole.size() - 5));
        ASSERT_TRUE(is_ok(torn.status())) << "as a crash leaves it";
        EXPECT_EQ((*(*torn)->cursor())->topoheight, model::Topoheight{38});
    }
    for (const std::size_t part : {4U, 3U, 2U}) {
        std::string flipped = whole;
        flipped[whole.size() / part] ^= 0x10;
        EXPECT_TRUE(
            is_refusal(open_with(flipped).status(), StatusCode::kDataLoss, {copy, "damaged"}));
    }
}

TEST_F(RocksDbStoreTest, says_whether_a_load_runs_or_was_cut_short) {
    const auto store = open_store(path_);
    ASSERT_NE(store, nullptr);
    bool asked = false;
    EXPECT_FALSE(is_ok(store->load({}, [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
        asked = true;
        const auto nothing = [](model::Topoheight, const base::Bytes&) { return absl::OkStatus(); };
        EXPECT_TRUE(is_refusal(
            store->read_ledger(model::Topoheight{0}, model::Topoheight{9}, nothing),
            StatusCode::kFailedPrecondition, {path_, "the state is being loaded; ask again"}));
        return absl::AbortedError("no more");
    })));
    EXPECT_TRUE(asked);
    EXPECT_EQ(*store->cursor(), std::nullopt) << "it was taken back";
}

TEST_F(RocksDbStoreTest, finds_a_repeated_row_across_batches) {
    const auto store = open_store(path_);
    std::vector<std::pair<model::StateKey, model::StateValue>> rows;
    for (std::uint64_t i = 0; i < 12'000; ++i) {
        model::StateKey key = balance(0);
        key.owner[1] = static_cast<std::uint8_t>(i >> 8U);
        key.owner[2] = static_cast<std::uint8_t>(i);
        rows.emplace_back(key, amount(i));
    }
    rows.push_back(rows[3]);
    EXPECT_TRUE(is_refusal(store->load(make_block(4).cursor, source_of(rows)),
                           StatusCode::kInvalidArgument,
                           {model::to_string(rows[3].first), "twice"}));
    EXPECT_TRUE(all_rows(*store).empty());
    rows.pop_back();
    std::rotate(rows.begin(), rows.begin() + 5000, rows.end());
    EXPECT_TRUE(is_ok(store->load(make_block(4).cursor, source_of(rows))));
    EXPECT_EQ(all_rows(*store).size(), 12'000U);
}

TEST_F(RocksDbStoreTest, checkpoint_is_a_store_of_its_own) {
    make_store();
    const auto store = open_store(path_);
    const std::string copy_path = folder_ / "copy";
    ASSERT_TRUE(is_ok(store->checkpoint(copy_path)));
    const model::Hash digest = *core::state_digest(*store);
    ASSERT_TRUE(is_ok(store->commit(make_block(3, {}))));
    const auto copy = open_store(copy_path);
    ASSERT_NE(copy, nullptr);
    EXPECT_EQ(*core::state_digest(*copy), digest);
    EXPECT_EQ((*copy->cursor())->topoheight, model::Topoheight{2});
    EXPECT_EQ(ledger_of(*copy).size(), 3U);
    ASSERT_TRUE(is_ok(copy->rewind(model::Topoheight{0}, std::nullopt)));
    EXPECT_EQ(*core::state_digest(*store), digest) << "the original does not follow";
    EXPECT_TRUE(is_refusal(store->checkpoint(copy_path), StatusCode::kFailedPrecondition,
                           {copy_path, path_}));
    EXPECT_FALSE(store->checkpoint(folder_ / "missing/copy").ok());
}

TEST_F(RocksDbStoreTest, late_view_keeps_the_database_open) {
    make_store();
    auto store = open_store(path_);
    const auto& [key, value] = *chain_.rows().begin();
    auto view = store->snapshot();
    store.reset();
    EXPECT_EQ(**view->get(key), value);
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kUnavailable, {path_}));
    view.reset();
    EXPECT_TRUE(is_ok(open_status(path_)));
}

TEST_F(RocksDbStoreTest, refuses_a_store_that_is_open_elsewhere) {
    make_store();
    const std::vector<std::string> parts = {path_, "open elsewhere", "close it there"};
    {
        const auto store = open_store(path_);
        EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kUnavailable, parts));
        ChildProcess child(kStoreProcess, {"hold", path_});
        EXPECT_NE(child.read_line().find("open elsewhere"), std::string::npos);
    }
    ChildProcess child(kStoreProcess, {"hold", path_});
    ASSERT_EQ(child.read_line(), "holding");
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kUnavailable, parts));
    child.kill_now();
    EXPECT_TRUE(is_ok(open_status(path_)));
}

TEST_F(RocksDbStoreTest, refuses_another_network_or_profile) {
    make_store();
    EXPECT_TRUE(is_refusal(open_status(path_, {}, {"mainnet", "e1"}),
                           StatusCode::kFailedPrecondition,
                           {path_, "network 'devnet'", "network 'mainnet'"}));
    EXPECT_TRUE(is_refusal(open_status(path_, {}, {"devnet", "e2"}),
                           StatusCode::kFailedPrecondition,
                           {path_, "profile 'e1'", "profile 'e2'"}));
    EXPECT_TRUE(is_ok(open_status(path_)));
}

TEST_F(RocksDbStoreTest, refuses_another_format_and_a_damaged_or_missing_identity) {
    make_store();
    const auto key = state::as_bytes("identity");
    RawDatabase(path_).put("default", key, state::encode_identity({99, kIdentity}));
    EXPECT_TRUE(
        is_refusal(open_status(path_), StatusCode::kFailedPrecondition,
                   {path_, "format 99", "reads " + std::to_string(state::kStoreFormatVersion)}));
    RawDatabase(path_).put("default", key, base::Bytes{0, 0, 0, state::kStoreFormatVersion, 9});
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "identity"}));
    RawDatabase(path_).remove("default", key);
    EXPECT_TRUE(
        is_refusal(open_status(path_), StatusCode::kFailedPrecondition, {path_, "no identity"}));
}

TEST_F(RocksDbStoreTest, refuses_a_foreign_database_and_leaves_it_alone) {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, path_, &db).ok());
    ASSERT_TRUE(db->Put({}, "key", "value").ok());
    delete db;
    const auto files = all_files(path_);
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kFailedPrecondition,
                           {path_, "another program", "name another folder"}));
    EXPECT_EQ(all_files(path_), files);
}

TEST_F(RocksDbStoreTest, refuses_a_folder_with_other_files_and_leaves_it_alone) {
    fs::create_directory(path_);
    write_file(fs::path(path_) / "thesis.txt", "the only copy");
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kFailedPrecondition,
                           {path_, "other files", "new or empty folder"}));
    EXPECT_EQ(all_files(path_),
              (std::map<std::string, std::string>{{"thesis.txt", "the only copy"}}));
}

TEST_F(RocksDbStoreTest, refuses_paths_that_cannot_hold_a_store) {
    state::RocksDbOptions only_open;
    only_open.create_if_missing = false;
    EXPECT_TRUE(is_refusal(open_status(path_, only_open), StatusCode::kNotFound, {path_}));
    fs::create_directory(path_);
    EXPECT_TRUE(is_refusal(open_status(path_, only_open), StatusCode::kNotFound, {path_}));
    EXPECT_TRUE(all_files(path_).empty());
    EXPECT_TRUE(is_ok(open_status(path_))) << "an empty folder may become a store";

    const std::string file = folder_ / "file";
    write_file(file, "text");
    EXPECT_TRUE(
        is_refusal(open_status(file), StatusCode::kFailedPrecondition, {file, "not a folder"}));
    EXPECT_TRUE(is_refusal(open_status(file + "/store"), StatusCode::kFailedPrecondition,
                           {file, "not a folder"}));
    const std::string deep = folder_ / "missing/store";
    EXPECT_TRUE(
        is_refusal(open_status(deep), StatusCode::kFailedPrecondition, {deep, "create it first"}));
}

TEST_F(RocksDbStoreTest, refuses_a_folder_without_permission) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may write everywhere";
    }
    make_store();
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kPermissionDenied, {path_, "written"}));
    fs::permissions(path_, fs::perms::none);
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kPermissionDenied, {path_, "read"}));
    fs::permissions(path_, fs::perms::owner_all);
}

TEST_F(RocksDbStoreTest, refuses_a_damaged_list_of_files) {
    make_store();
    const fs::path current = fs::path(path_) / "CURRENT";
    const std::string good = read_file(current);
    for (const std::string& bad :
         {std::string("MANIFEST-999999\n"), std::string("rubbish"), std::string()}) {
        write_file(current, bad);
        EXPECT_TRUE(
            is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "damaged", "checkpoint"}))
            << bad;
    }
    fs::remove(current);
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "CURRENT"}));
    write_file(current, good);
    ASSERT_TRUE(is_ok(open_status(path_)));
    for (const fs::path& manifest : files_named(path_, "MANIFEST-", "")) {
        std::string bytes = read_file(manifest);
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
        write_file(manifest, bytes);
    }
    EXPECT_TRUE(
        is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "damaged", "checkpoint"}));
}

TEST_F(RocksDbStoreTest, never_reads_a_damaged_table_file_as_absent) {
    make_store();
    RawDatabase(path_).flush();
    const auto tables = files_named(path_, "", ".sst");
    ASSERT_FALSE(tables.empty());
    for (const fs::path& table : tables) {
        std::string bytes = read_file(table);
        // The first block holds rows; the footer stays whole, so that the file opens.
        for (std::size_t i = 0; i < 40; ++i) {
            bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
        }
        write_file(table, bytes);
    }
    const auto store = state::RocksDbStore::create(path_, kIdentity, {});
    if (!store.ok()) {
        EXPECT_TRUE(is_refusal(store.status(), StatusCode::kDataLoss, {path_, "damaged"}));
        return;
    }
    EXPECT_TRUE(is_refusal((*store)->verify(), StatusCode::kDataLoss, {path_, "damaged"}));
    EXPECT_TRUE(is_refusal(core::state_digest(**store).status(), StatusCode::kDataLoss,
                           {path_, "damaged"}));
}

TEST_F(RocksDbStoreTest, refuses_a_missing_or_short_table_file) {
    make_store();
    RawDatabase(path_).flush();
    const fs::path table = files_named(path_, "", ".sst").front();
    const std::string good = read_file(table);
    write_file(table, good.substr(0, good.size() / 2));
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "damaged"}));
    fs::remove(table);
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "damaged"}));
    write_file(table, good);
    EXPECT_TRUE(is_ok(open_status(path_)));
}

TEST_F(RocksDbStoreTest, truncated_value_is_data_loss_not_absence) {
    {
        const auto store = open_store(path_);
        ASSERT_TRUE(is_ok(store->commit(make_block(
            0, {{balance(1), std::nullopt, amount(1)}, {balance(2), std::nullopt, amount(2)}}))));
    }
    const base::Bytes whole = codec::encode_value(amount(1));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        SCOPED_TRACE(size);
        const state::StoredKey key(balance(1));
        RawDatabase(path_).put("balances", key.bytes(), state::ByteView(whole).first(size));
        const auto store = open_store(path_);
        ASSERT_NE(store, nullptr);
        const std::vector<std::string> parts = {path_, model::to_string(balance(1)), "damaged"};
        const auto view = store->snapshot();
        EXPECT_TRUE(is_refusal(view->get(balance(1)).status(), StatusCode::kDataLoss, parts));
        std::vector<std::optional<model::StateValue>> values;
        const std::vector<model::StateKey> keys = {balance(1), balance(2)};
        EXPECT_TRUE(is_refusal(view->get_many(keys, values), StatusCode::kDataLoss, parts));
        std::vector<protocol::NumbersRow> rows(keys.size());
        EXPECT_TRUE(is_refusal(view->get_numbers(keys, rows), StatusCode::kDataLoss, parts));
        EXPECT_TRUE(is_refusal(core::state_digest(*store).status(), StatusCode::kDataLoss, parts));
        EXPECT_EQ(**view->get(balance(2)), amount(2)) << "other rows can be read";
    }
}

TEST_F(RocksDbStoreTest, verify_finds_rows_out_of_place) {
    make_store();
    EXPECT_TRUE(is_ok(open_store(path_)->verify()));
    const state::StoredKey key(balance(1));
    RawDatabase(path_).put("accounts", key.bytes(), codec::encode_value(amount(1)));
    EXPECT_TRUE(is_refusal(open_store(path_)->verify(), StatusCode::kDataLoss,
                           {path_, model::to_string(balance(1)), "accounts"}));
    RawDatabase(path_).remove("accounts", key.bytes());
    RawDatabase(path_).put("contracts", base::Bytes(7, 9), {});
    EXPECT_TRUE(
        is_refusal(open_store(path_)->verify(), StatusCode::kDataLoss, {path_, "contracts"}));
}

TEST_F(RocksDbStoreTest, damaged_undo_record_changes_nothing) {
    make_store();
    const auto key = state::stored_topoheight(model::Topoheight{1});
    const std::vector<std::string> parts = {path_, "undo record of block 1", "damaged"};
    RawDatabase(path_).put("undo", key, base::Bytes{1, 2, 3});
    for (int round = 0; round < 2; ++round) {
        const auto store = open_store(path_);
        const model::Hash digest = *core::state_digest(*store);
        EXPECT_TRUE(is_refusal(store->rewind(model::Topoheight{0}, std::nullopt),
                               StatusCode::kDataLoss, parts));
        EXPECT_EQ(*core::state_digest(*store), digest);
        EXPECT_EQ((*store->cursor())->topoheight, model::Topoheight{2});
        if (round == 0) {
            EXPECT_EQ(ledger_of(*store).size(), 3U);
        }
    }
    RawDatabase(path_).remove("undo", key);
    EXPECT_TRUE(is_refusal(open_store(path_)->rewind(model::Topoheight{0}, std::nullopt),
                           StatusCode::kDataLoss, parts));
}

TEST_F(RocksDbStoreTest, reads_what_it_began_with_after_it_was_opened_again) {
    const model::StateKey key = model::account_key(model::PublicKey{});
    std::optional<core::StoreBeginning> loaded;
    {
        const auto store = open_store(path_);
        ASSERT_NE(store, nullptr);
        bool given = false;
        ASSERT_TRUE(is_ok(store->load(
            core::Cursor{model::Topoheight{4}, model::Hash{}, model::Hash{}},
            [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
                return std::exchange(given, true) ? std::nullopt
                                                  : std::optional(model::DeltaEntry{
                                                        key, std::nullopt, model::AccountRecord{}});
            })));
        loaded = *store->beginning();
        ASSERT_TRUE(loaded.has_value());
        EXPECT_EQ(loaded->topoheight, model::Topoheight{4});
    }
    EXPECT_EQ(*open_store(path_)->beginning(), loaded);
    // As a store of an earlier version is, and as a damaged one.
    RawDatabase(path_).put("default", state::as_bytes("beginning"), state::as_bytes("short"));
    EXPECT_TRUE(is_refusal(open_store(path_)->beginning().status(), StatusCode::kDataLoss,
                           {"what its state began with"}));
    RawDatabase(path_).remove("default", state::as_bytes("beginning"));
    EXPECT_FALSE(open_store(path_)->beginning()->has_value());
}

TEST_F(RocksDbStoreTest, refuses_a_damaged_position) {
    make_store();
    RawDatabase(path_).put("default", state::as_bytes("head"), base::Bytes{1, 2, 3});
    EXPECT_TRUE(is_refusal(open_status(path_), StatusCode::kDataLoss, {path_, "position"}));
}

}  // namespace
}  // namespace parallax::test
