#pragma once

#include "verifier/state/memory_store.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parallax::test {

/// A new empty folder, deleted at the end.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "parallax_state_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            std::abort();
        }
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }
    [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

inline const core::StoreIdentity kIdentity{"devnet", "e1"};

/// Says `status` when it is not OK.
[[nodiscard]] inline testing::AssertionResult is_ok(const absl::Status& status) {
    return status.ok() ? testing::AssertionSuccess()
                       : testing::AssertionFailure() << status.ToString();
}

/// Checks the code, and that the message has every one of `parts`.
[[nodiscard]] inline testing::AssertionResult is_refusal(const absl::Status& status,
                                                         absl::StatusCode code,
                                                         const std::vector<std::string>& parts) {
    const std::string message(status.message());
    if (status.code() != code) {
        return testing::AssertionFailure() << "another code: " << status.ToString();
    }
    for (const std::string& part : parts) {
        if (message.find(part) == std::string::npos) {
            return testing::AssertionFailure() << "'" << part << "' is not in: " << message;
        }
    }
    return testing::AssertionSuccess();
}

[[nodiscard]] inline std::unique_ptr<state::RocksDbStore> open_store(
    const std::string& path, const state::RocksDbOptions& options = {}) {
    auto store = state::RocksDbStore::create(path, kIdentity, options);
    if (!store.ok()) {
        ADD_FAILURE() << store.status().ToString();
        return nullptr;
    }
    return *std::move(store);
}

using RowMap = std::map<model::StateKey, model::StateValue>;

[[nodiscard]] inline RowMap all_rows(const core::ChainStore& store) {
    RowMap rows;
    EXPECT_TRUE(
        is_ok(store.scan([&rows](const model::StateKey& key, const model::StateValue& value) {
            EXPECT_TRUE(rows.empty() || rows.rbegin()->first < key) << "rows must ascend";
            rows.emplace(key, value);
            return absl::OkStatus();
        })));
    return rows;
}

[[nodiscard]] inline std::map<std::uint64_t, base::Bytes> ledger_of(
    const core::ChainStore& store, std::uint64_t first = 0,
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max()) {
    std::map<std::uint64_t, base::Bytes> records;
    EXPECT_TRUE(is_ok(
        store.read_ledger(model::Topoheight{first}, model::Topoheight{last},
                          [&records](model::Topoheight topoheight, const base::Bytes& record) {
                              records.emplace(topoheight.value(), record);
                              return absl::OkStatus();
                          })));
    return records;
}

/// `rows` as what `ChainStore::load` takes.
[[nodiscard]] inline std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()> source_of(
    std::vector<std::pair<model::StateKey, model::StateValue>> rows) {
    return [rows = std::move(rows),
            next = std::size_t{0}]() mutable -> absl::StatusOr<std::optional<model::DeltaEntry>> {
        if (next == rows.size()) {
            return std::nullopt;
        }
        const auto& [key, value] = rows[next++];
        return model::DeltaEntry{key, std::nullopt, value};
    };
}

[[nodiscard]] inline model::PublicKey account(std::uint8_t number) {
    model::PublicKey key;
    key.mutable_bytes()[0] = number;
    key.mutable_bytes()[31] = 0x77;
    return key;
}
[[nodiscard]] inline model::StateKey balance(std::uint8_t number) {
    return model::balance_key(account(number), model::kTosAsset);
}
[[nodiscard]] inline model::StateValue amount(std::uint64_t value) {
    return model::AmountRecord{model::Amount{value}};
}
[[nodiscard]] inline model::Hash hash_of(std::uint8_t number) {
    model::Hash hash;
    hash.mutable_bytes().fill(number);
    return hash;
}
/// Block `height` with one entry for each (key, before, after).
[[nodiscard]] inline core::BlockCommit make_block(std::uint64_t height,
                                                  std::vector<model::DeltaEntry> entries = {}) {
    const auto number = static_cast<std::uint8_t>(height);
    core::BlockCommit block;
    block.cursor = {model::Topoheight{height}, hash_of(number),
                    hash_of(static_cast<std::uint8_t>(number + 100))};
    block.delta.entries = std::move(entries);
    block.ledger_record = {number, number};
    return block;
}

}  // namespace parallax::test
