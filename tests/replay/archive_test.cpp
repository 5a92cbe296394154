#include "replay/archive/archive_reader.hpp"
#include "replay/archive/archive_writer.hpp"
#include "tests/support/tree_folders.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace parallax::replay {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A folder of its own for each test.
class ArchiveTest : public testing::Test {
  protected:
    void SetUp() override {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("parallax_archive_" + std::string(info->name()) + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name = "a.pxa") const { return folder_ / name; }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            names.push_back(entry.path().filename());
        }
        return names;
    }

    std::filesystem::path folder_;
};
using Archive = ArchiveTest;

ArchiveHeader small_header() {
    ArchiveHeader header;
    header.network = "devnet";
    header.profile = "e1";
    header.base_topoheight = model::Topoheight{6};
    header.base_hash = crypto::blake3({});
    header.first = model::Topoheight{7};
    header.last = model::Topoheight{8};
    header.origin = "written by a test";
    return header;
}

model::PublicKey account(std::uint8_t number) {
    model::PublicKey key;
    key.mutable_bytes()[0] = number;
    return key;
}

const base::Bytes kWire = {1, 2, 3, 4, 5};
const base::Bytes kOutcome = {9, 8, 7};

/// Two rows, a block with an outcome, a side block without.
void write_small(const std::string& path) {
    auto writer = ArchiveWriter::create(path, small_header());
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)
                    ->write_state_row(model::account_key(account(1)),
                                      model::AccountRecord{model::Nonce{3}, model::Topoheight{2}})
                    .ok());
    ASSERT_TRUE((*writer)
                    ->write_state_row(model::balance_key(account(1), model::kTosAsset),
                                      model::AmountRecord{model::Amount{77}})
                    .ok());
    ASSERT_TRUE((*writer)->write_block({model::Topoheight{7}, std::nullopt}, kWire, kOutcome).ok());
    ASSERT_TRUE((*writer)->write_block({model::Topoheight{8}, 1}, {}).ok());
    const auto counts = (*writer)->finish();
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(*counts, (ArchiveCounts{2, 2, 1}));
}

base::Bytes load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void store(const std::string& path, const base::Bytes& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

/// Reads everything; the status of the first error, or OK after a clean end.
absl::Status read_all(const std::string& path) {
    auto reader = ArchiveReader::open(path);
    if (!reader.ok()) {
        return reader.status();
    }
    while (true) {
        const auto row = (*reader)->next_state_row();
        if (!row.ok()) {
            return row.status();
        }
        if (!row->has_value()) {
            break;
        }
    }
    while (true) {
        const auto block = (*reader)->next_block();
        if (!block.ok()) {
            // The first error stays.
            EXPECT_EQ((*reader)->next_block().status(), block.status());
            return block.status();
        }
        if (!block->has_value()) {
            EXPECT_FALSE((*reader)->next_block()->has_value());
            return absl::OkStatus();
        }
    }
}

void append_u32(base::Bytes& out, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

/// A record with a right checksum, whatever its type and payload are.
base::Bytes record(std::uint8_t type, const base::Bytes& payload) {
    base::Bytes bytes = {type};
    append_u32(bytes, payload.size());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    const model::Hash hash = crypto::blake3(bytes);
    bytes.insert(bytes.end(), hash.bytes().begin(), hash.bytes().begin() + 8);
    return bytes;
}

/// The bytes of each record of a good archive, the preamble first.
std::vector<base::Bytes> split(const base::Bytes& bytes) {
    std::vector<base::Bytes> parts = {{bytes.begin(), bytes.begin() + kArchivePreambleSize}};
    std::size_t at = kArchivePreambleSize;
    while (at < bytes.size()) {
        std::size_t size = 0;
        for (std::size_t i = 1; i < kRecordPrefixSize; ++i) {
            size = (size << 8) | bytes[at + i];
        }
        size += kRecordPrefixSize + kRecordChecksumSize;
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        parts.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
        at += size;
    }
    return parts;
}

base::Bytes join(const std::vector<base::Bytes>& parts) {
    base::Bytes bytes;
    for (const base::Bytes& part : parts) {
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
}

/// The same content as version 1 has it: no state head, no index, a shorter end.
base::Bytes as_version_1(const base::Bytes& bytes) {
    std::vector<base::Bytes> parts = split(bytes);
    parts[0].back() = 1;
    std::erase_if(parts, [](const base::Bytes& part) { return part[0] == 6 || part[0] == 7; });
    const base::Bytes end = parts.back();
    parts.pop_back();
    const auto counts = end.begin() + static_cast<std::ptrdiff_t>(kRecordPrefixSize);
    base::Bytes payload(counts, counts + 24);
    const model::Hash everything = crypto::blake3(join(parts));
    payload.insert(payload.end(), everything.bytes().begin(), everything.bytes().end());
    parts.push_back(record(5, payload));
    return join(parts);
}

const std::atomic<bool> kNever{false};

/// Blocks 7 and on, in pieces of 64.
constexpr std::uint64_t kManyBlocks = 150;
void write_many(const std::string& path) {
    ArchiveHeader header = small_header();
    header.last.reset();
    auto writer = ArchiveWriter::create(path, header);
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE(
        (*writer)->write_state_row(model::account_key(account(1)), model::AccountRecord{}).ok());
    for (std::uint64_t i = 0; i < kManyBlocks; ++i) {
        const base::Bytes wire(1 + i % 3, static_cast<std::uint8_t>(i));
        const bool has_outcome = i % 5 == 0;
        ASSERT_TRUE(
            (*writer)
                ->write_block({model::Topoheight{7 + i}, std::nullopt}, wire,
                              has_outcome ? std::optional<base::Bytes>(kOutcome) : std::nullopt)
                .ok());
    }
    ASSERT_TRUE((*writer)->finish().ok());
}

/// Goes to a block, takes it and those behind it, and checks the rest.
absl::Status read_from(const std::string& path, std::uint64_t topoheight) {
    auto reader = ArchiveReader::open(path);
    if (!reader.ok()) {
        return reader.status();
    }
    if (auto status = (*reader)->skip_towards(model::Topoheight{topoheight}); !status.ok()) {
        return status;
    }
    return (*reader)->check_rest(kNever);
}

std::string message(const absl::Status& status) {
    return std::string(status.message());
}

TEST_F(Archive, gives_back_what_was_written) {
    write_small(path());
    auto reader = ArchiveReader::open(path());
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->header(), small_header());

    auto row = (*reader)->next_state_row();
    ASSERT_TRUE(row.ok() && row->has_value());
    EXPECT_EQ((*row)->key, model::account_key(account(1)));
    EXPECT_EQ((*row)->before, std::nullopt);
    EXPECT_EQ((*row)->after,
              model::StateValue(model::AccountRecord{model::Nonce{3}, model::Topoheight{2}}));
    row = (*reader)->next_state_row();
    ASSERT_TRUE(row.ok() && row->has_value());
    EXPECT_EQ((*row)->after, model::StateValue(model::AmountRecord{model::Amount{77}}));
    row = (*reader)->next_state_row();
    ASSERT_TRUE(row.ok());
    EXPECT_FALSE(row->has_value());

    auto block = (*reader)->next_block();
    ASSERT_TRUE(block.ok() && block->has_value());
    EXPECT_EQ((*block)->placement, (model::BlockPlacement{model::Topoheight{7}, std::nullopt}));
    EXPECT_EQ((*block)->wire, kWire);
    EXPECT_EQ((*block)->outcome, kOutcome);
    block = (*reader)->next_block();
    ASSERT_TRUE(block.ok() && block->has_value());
    EXPECT_EQ((*block)->placement, (model::BlockPlacement{model::Topoheight{8}, 1}));
    EXPECT_TRUE((*block)->wire.empty());
    EXPECT_EQ((*block)->outcome, std::nullopt);
    block = (*reader)->next_block();
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_FALSE(block->has_value());
    EXPECT_EQ((*reader)->counts(), (ArchiveCounts{2, 2, 1}));
    EXPECT_EQ((*reader)->bytes_read(), (*reader)->file_size());
}

TEST_F(Archive, skips_but_checks_rows_that_are_not_taken) {
    write_small(path());
    auto reader = ArchiveReader::open(path());
    ASSERT_TRUE(reader.ok());
    const auto block = (*reader)->next_block();
    ASSERT_TRUE(block.ok() && block->has_value());
    EXPECT_EQ((*block)->placement.topoheight, model::Topoheight{7});
    EXPECT_EQ((*reader)->counts().state_rows, 2U);
}

TEST_F(Archive, equal_content_makes_equal_bytes) {
    write_small(path("a.pxa"));
    write_small(path("b.pxa"));
    EXPECT_EQ(load(path("a.pxa")), load(path("b.pxa")));
}

TEST_F(Archive, cut_at_any_byte_is_truncated) {
    write_small(path());
    const base::Bytes whole = load(path());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        store(path("cut"), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        const absl::Status status = read_all(path("cut"));
        ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << size;
        ASSERT_THAT(message(status), HasSubstr("is truncated")) << size;
        ASSERT_THAT(message(status), HasSubstr(path("cut"))) << size;
    }
}

TEST_F(Archive, every_flipped_bit_is_found) {
    write_small(path());
    const base::Bytes whole = load(path());
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        base::Bytes damaged = whole;
        damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
        store(path("flipped"), damaged);
        ASSERT_FALSE(read_all(path("flipped")).ok()) << "bit " << bit;
    }
}

TEST_F(Archive, damage_is_told_apart_from_truncation) {
    write_small(path());
    base::Bytes damaged = load(path());
    const std::size_t in_first_row = kArchivePreambleSize + split(damaged)[1].size() + 20;
    damaged[in_first_row] ^= 1U;
    store(path(), damaged);
    const absl::Status status = read_all(path());
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(message(status), HasSubstr("is damaged: record 2 (state row) at offset"));
    EXPECT_THAT(message(status), HasSubstr("its checksum is"));
    EXPECT_THAT(message(status), Not(HasSubstr("truncated")));
}

TEST_F(Archive, missing_or_swapped_records_are_found) {
    write_small(path());
    const std::vector<base::Bytes> parts = split(load(path()));
    ASSERT_EQ(parts.size(), 10U);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::vector<base::Bytes> fewer = parts;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        store(path("fewer"), join(fewer));
        EXPECT_FALSE(read_all(path("fewer")).ok()) << "without record " << i;

        std::vector<base::Bytes> more = parts;
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), parts[i]);
        store(path("more"), join(more));
        EXPECT_FALSE(read_all(path("more")).ok()) << "record " << i << " twice";

        if (i + 1 < parts.size()) {
            std::vector<base::Bytes> swapped = parts;
            std::swap(swapped[i], swapped[i + 1]);
            store(path("swapped"), join(swapped));
            EXPECT_FALSE(read_all(path("swapped")).ok()) << "record " << i << " after the next";
        }
    }
}

TEST_F(Archive, a_replaced_record_is_found_by_the_index) {
    write_small(path());
    std::vector<base::Bytes> parts = split(load(path()));
    // Well-formed and in place, only not what was written: the sixth is the outcome.
    parts[6] = record(4, {1});
    store(path(), join(parts));
    const absl::Status status = read_all(path());
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(message(status), HasSubstr("(index)"));
    EXPECT_THAT(message(status), HasSubstr("hashes to"));
}

TEST_F(Archive, a_replaced_record_is_found_by_the_end_record_of_version_1) {
    write_small(path());
    std::vector<base::Bytes> parts = split(as_version_1(load(path())));
    parts[5] = record(4, {1});
    store(path(), join(parts));
    const absl::Status status = read_all(path());
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(message(status), HasSubstr("(end)"));
    EXPECT_THAT(message(status), HasSubstr("hashes to"));
}

TEST_F(Archive, version_1_is_still_read_and_checked_in_every_byte) {
    write_small(path());
    const base::Bytes first = as_version_1(load(path()));
    store(path("1.pxa"), first);
    EXPECT_TRUE(read_all(path("1.pxa")).ok()) << read_all(path("1.pxa"));
    EXPECT_TRUE(read_all(test::source_folder() + "/tests/replay/golden/version1.pxa").ok());
    for (std::size_t size = 0; size < first.size(); ++size) {
        store(path("cut"), {first.begin(), first.begin() + static_cast<std::ptrdiff_t>(size)});
        ASSERT_FALSE(read_all(path("cut")).ok()) << size;
    }
    for (std::size_t bit = 0; bit < 8 * first.size(); ++bit) {
        base::Bytes damaged = first;
        damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
        store(path("flipped"), damaged);
        ASSERT_FALSE(read_all(path("flipped")).ok()) << "bit " << bit;
    }
}

TEST_F(Archive, a_reader_that_stops_early_finds_the_damage_behind_it) {
    write_small(path());
    const base::Bytes second = load(path());
    for (const base::Bytes& whole : {second, as_version_1(second)}) {
        const std::vector<base::Bytes> parts = split(whole);
        const std::size_t end_of_block_7 =
            whole.size() - join({parts.end() - (parts.size() == 10 ? 3 : 2), parts.end()}).size();
        for (std::size_t size = end_of_block_7; size <= whole.size(); ++size) {
            store(path("cut"), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
            auto reader = ArchiveReader::open(path("cut"));
            ASSERT_TRUE(reader.ok());
            const auto block = (*reader)->next_block();
            ASSERT_TRUE(block.ok() && block->has_value()) << size;
            EXPECT_EQ((*reader)->check_rest(kNever).ok(), size == whole.size()) << size;
        }
    }
}

TEST_F(Archive, a_stop_ends_the_check_of_the_rest_without_a_yes) {
    write_small(path());
    const auto reader = ArchiveReader::open(path());
    ASSERT_TRUE(reader.ok());
    const std::atomic<bool> stop{true};
    EXPECT_TRUE(absl::IsCancelled((*reader)->check_rest(stop)));
}

TEST_F(Archive, missing_rows_are_found_before_the_first_block) {
    write_small(path());
    for (const std::size_t missing : {2U, 3U}) {
        std::vector<base::Bytes> parts = split(load(path()));
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(missing));
        store(path("fewer"), join(parts));
        auto reader = ArchiveReader::open(path("fewer"));
        ASSERT_TRUE(reader.ok());
        auto row = (*reader)->next_state_row();
        ASSERT_TRUE(row.ok() && row->has_value());
        row = (*reader)->next_state_row();
        EXPECT_THAT(message(row.status()), HasSubstr("(state head)"));
        EXPECT_THAT(message(row.status()), HasSubstr("counts 2 state rows, 1 are before it"));
    }
}

TEST_F(Archive, of_version_1_vouches_for_its_state_only_when_read_to_its_end) {
    write_small(path());
    EXPECT_TRUE((*ArchiveReader::open(path()))->vouch_for_state(kNever).ok());
    const base::Bytes first = as_version_1(load(path()));
    store(path("1.pxa"), first);
    EXPECT_TRUE((*ArchiveReader::open(path("1.pxa")))->vouch_for_state(kNever).ok());

    std::vector<base::Bytes> parts = split(first);
    parts.erase(parts.begin() + 2);  // a row: each record that is left is sound
    store(path("1.pxa"), join(parts));
    const auto reader = ArchiveReader::open(path("1.pxa"));
    EXPECT_EQ((*reader)->vouch_for_state(kNever).code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE((*reader)->next_state_row()->has_value());

    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], first.data(), first.size()), static_cast<ssize_t>(first.size()));
    ::close(ends[1]);
    const auto piped = ArchiveReader::open("/dev/fd/" + std::to_string(ends[0]));
    ASSERT_TRUE(piped.ok()) << piped.status();
    EXPECT_EQ((*piped)->vouch_for_state(kNever).code(), absl::StatusCode::kFailedPrecondition);
    ::close(ends[0]);
}

TEST_F(Archive, skips_to_the_piece_of_a_block_and_checks_what_it_skipped) {
    write_many(path());
    auto reader = ArchiveReader::open(path());
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE((*reader)->skip_towards(model::Topoheight{7 + 140}).ok());
    EXPECT_LT((*reader)->bytes_read(), *(*reader)->file_size());
    const auto block = (*reader)->next_block();
    ASSERT_TRUE(block.ok()) << block.status();
    ASSERT_TRUE(block->has_value());
    EXPECT_EQ((*block)->placement.topoheight, model::Topoheight{7 + 128});
    EXPECT_EQ((*block)->wire, base::Bytes(1 + 128 % 3, 128));
    EXPECT_TRUE((*reader)->check_rest(kNever).ok()) << (*reader)->check_rest(kNever);
    EXPECT_EQ((*reader)->counts().blocks, kManyBlocks);
    // Nothing to skip, behind the end, and back.
    EXPECT_TRUE(read_from(path(), 7).ok());
    EXPECT_TRUE(read_from(path(), 7 + kManyBlocks + 1000).ok());
    EXPECT_TRUE((*reader)->skip_towards(model::Topoheight{8}).ok());
}

TEST_F(Archive, no_damage_escapes_a_reader_that_skips) {
    write_many(path());
    const base::Bytes whole = load(path());
    for (std::size_t byte = 0; byte < whole.size(); byte += 7) {
        base::Bytes damaged = whole;
        damaged[byte] ^= 0x10U;
        store(path("flipped"), damaged);
        ASSERT_FALSE(read_from(path("flipped"), 7 + 100).ok()) << "byte " << byte;
    }
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        store(path("cut"), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        ASSERT_FALSE(read_from(path("cut"), 7 + 100).ok()) << size;
    }
}

TEST_F(Archive, an_index_that_lies_is_found_by_both_ways_of_reading) {
    write_many(path());
    const std::vector<base::Bytes> parts = split(load(path()));
    const std::size_t index = parts.size() - 2;
    ASSERT_EQ(parts[index][0], 7);
    for (std::size_t byte = kRecordPrefixSize; byte + kRecordChecksumSize < parts[index].size();
         ++byte) {
        std::vector<base::Bytes> changed = parts;
        base::Bytes payload(parts[index].begin() + kRecordPrefixSize,
                            parts[index].end() - kRecordChecksumSize);
        payload[byte - kRecordPrefixSize] ^= 1U;
        changed[index] = record(7, payload);
        // An end record that goes with it, so that only the pieces themselves can tell.
        base::Bytes end(parts.back().begin() + kRecordPrefixSize,
                        parts.back().end() - kRecordChecksumSize);
        const model::Hash of_index = crypto::blake3(changed[index]);
        std::copy(of_index.bytes().begin(), of_index.bytes().end(), end.end() - 32);
        const model::Hash everything = crypto::blake3(join({changed.begin(), changed.end() - 1}));
        std::copy(everything.bytes().begin(), everything.bytes().end(), end.begin() + 24);
        changed.back() = record(5, end);
        store(path("lie"), join(changed));
        ASSERT_FALSE(read_all(path("lie")).ok()) << byte;
        ASSERT_FALSE(read_from(path("lie"), 7 + 100).ok()) << byte;
    }
}

TEST_F(Archive, bytes_behind_the_end_are_refused) {
    write_small(path());
    base::Bytes longer = load(path());
    longer.push_back(0);
    store(path(), longer);
    EXPECT_THAT(message(read_all(path())), HasSubstr("bytes behind it"));
}

TEST_F(Archive, unknown_record_type_is_refused) {
    write_small(path());
    std::vector<base::Bytes> parts = split(load(path()));
    parts[2] = record(8, {});
    store(path(), join(parts));
    EXPECT_THAT(message(read_all(path())), HasSubstr("unknown record type 8, expected 1 to 7"));

    write_small(path());
    parts = split(as_version_1(load(path())));
    parts[2] = record(6, {});
    store(path(), join(parts));
    EXPECT_THAT(message(read_all(path())), HasSubstr("unknown record type 6, expected 1 to 5"));
}

TEST_F(Archive, length_beyond_the_limit_is_refused_before_memory_is_taken) {
    write_small(path());
    base::Bytes bytes = split(load(path()))[0];
    bytes.push_back(1);
    append_u32(bytes, 0xFFFF'FFFF);
    store(path(), bytes);
    const absl::Status status = read_all(path());
    EXPECT_THAT(message(status), HasSubstr("length field says 4294967295 bytes, the limit is"));
}

TEST_F(Archive, length_within_the_limit_takes_no_more_memory_than_there_are_bytes) {
    write_small(path());
    const std::vector<base::Bytes> parts = split(load(path()));
    base::Bytes bytes = join({parts[0], parts[1], parts[2], parts[3], parts[4]});
    // A block record may be followed by an outcome of up to 64 MiB; here nothing follows.
    const base::Bytes block = record(3, {0, 0, 0, 0, 0, 0, 0, 7, 0, 1});
    bytes.insert(bytes.end(), block.begin(), block.end());
    bytes.push_back(4);
    append_u32(bytes, kMaxRecordPayload);
    store(path(), bytes);
    rusage before{};
    ASSERT_EQ(::getrusage(RUSAGE_SELF, &before), 0);
    EXPECT_THAT(message(read_all(path())), HasSubstr("0 of 67108864 bytes of its payload"));
    rusage after{};
    ASSERT_EQ(::getrusage(RUSAGE_SELF, &after), 0);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 * 1024);
}

TEST_F(Archive, foreign_file_is_no_archive) {
    store(path(), {'#', '!', '/', 'b', 'i', 'n', '/', 's', 'h', '\n', 'l', 's', '\n'});
    const absl::Status status = read_all(path());
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(message(status), HasSubstr("is not a Parallax archive"));
}

TEST_F(Archive, other_version_is_named) {
    write_small(path());
    base::Bytes bytes = load(path());
    for (const std::uint8_t version : {std::uint8_t{0}, std::uint8_t{4}}) {
        bytes[kArchivePreambleSize - 1] = version;
        store(path(), bytes);
        const absl::Status status = read_all(path());
        EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
        EXPECT_THAT(message(status), HasSubstr("has format version " + std::to_string(version) +
                                               ", this program reads versions 1 to 3"));
    }
}

TEST_F(Archive, what_cannot_be_opened_or_read_is_named) {
    const absl::Status missing = read_all(path("missing.pxa"));
    EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(message(missing), HasSubstr("missing.pxa"));
    const absl::Status folder = read_all(folder_);
    EXPECT_FALSE(folder.ok());
    EXPECT_THAT(message(folder), HasSubstr("cannot read archive"));
}

TEST_F(Archive, header_with_control_characters_is_refused_by_both_sides) {
    ArchiveHeader header = small_header();
    header.origin = "\x1b[2J";
    EXPECT_EQ(ArchiveWriter::create(path(), header).status().code(),
              absl::StatusCode::kInvalidArgument);

    write_small(path());
    std::vector<base::Bytes> parts = split(load(path()));
    const auto inside = std::span(parts[1]).subspan(kRecordPrefixSize);
    ASSERT_GT(inside.size(), kRecordChecksumSize + 1);
    const auto kept = inside.first(inside.size() - kRecordChecksumSize - 1);
    base::Bytes payload(kept.begin(), kept.end());
    payload.push_back(0x1B);
    parts[1] = record(1, payload);
    store(path(), join(parts));
    EXPECT_THAT(message(read_all(path())), HasSubstr("record 1 (header)"));
}

TEST_F(Archive, reads_from_a_pipe_in_small_pieces) {
    write_small(path());
    const base::Bytes whole = load(path());
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    std::thread feeder([&] {
        for (const std::uint8_t byte : whole) {
            ASSERT_EQ(::write(ends[1], &byte, 1), 1);
        }
        ::close(ends[1]);
    });
    const std::string name = "/dev/fd/" + std::to_string(ends[0]);
    auto reader = ArchiveReader::open(name);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->file_size(), std::nullopt);
    std::size_t blocks = 0;
    while (true) {
        const auto block = (*reader)->next_block();
        ASSERT_TRUE(block.ok()) << block.status();
        if (!block->has_value()) {
            break;
        }
        ++blocks;
    }
    feeder.join();
    ::close(ends[0]);
    EXPECT_EQ(blocks, 2U);
}

TEST_F(Archive, reads_standard_input) {
    write_small(path());
    const int saved = ::dup(STDIN_FILENO);
    const int file = ::open(path().c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    ASSERT_EQ(::dup2(file, STDIN_FILENO), STDIN_FILENO);
    const absl::Status status = read_all("-");
    ::dup2(saved, STDIN_FILENO);
    ::close(saved);
    ::close(file);
    EXPECT_TRUE(status.ok()) << status;
}

TEST(ArchiveWriterOrder, rows_and_blocks_must_follow_each_other) {
    const std::string path = std::filesystem::path(testing::TempDir()) / "parallax_order.pxa";
    auto writer = ArchiveWriter::create(path, small_header());
    ASSERT_TRUE(writer.ok());
    const model::StateKey low = model::account_key(account(1));
    const model::StateKey high = model::account_key(account(2));
    ASSERT_TRUE((*writer)->write_state_row(high, model::AccountRecord{}).ok());
    EXPECT_THAT(message((*writer)->write_state_row(low, model::AccountRecord{})),
                HasSubstr("ascending keys"));
    EXPECT_THAT(message((*writer)->write_state_row(high, model::AccountRecord{})),
                HasSubstr("ascending keys"));
    EXPECT_THAT(message((*writer)->write_block({model::Topoheight{8}, std::nullopt}, kWire)),
                HasSubstr("expected the block at topoheight 7, got 8"));
    ASSERT_TRUE((*writer)->write_block({model::Topoheight{7}, std::nullopt}, kWire).ok());
    EXPECT_EQ(
        (*writer)->write_state_row(model::account_key(account(3)), model::AccountRecord{}).code(),
        absl::StatusCode::kFailedPrecondition);
    // The header announces two blocks.
    EXPECT_THAT(message((*writer)->finish().status()), HasSubstr("up to topoheight 8"));
    ASSERT_TRUE((*writer)->write_block({model::Topoheight{8}, std::nullopt}, kWire).ok());
    EXPECT_TRUE((*writer)->finish().ok());
    EXPECT_FALSE((*writer)->finish().ok());
    std::filesystem::remove(path);
}

TEST_F(Archive, unfinished_one_never_has_the_name_and_leaves_nothing) {
    {
        auto writer = ArchiveWriter::create(path(), small_header());
        ASSERT_TRUE(writer.ok());
        ASSERT_TRUE((*writer)->write_block({model::Topoheight{7}, std::nullopt}, kWire).ok());
        EXPECT_EQ(files().size(), 1U);
        EXPECT_FALSE(std::filesystem::exists(path()));
    }
    EXPECT_THAT(files(), testing::IsEmpty());
}

TEST_F(Archive, unfinished_one_leaves_the_old_file_alone) {
    write_small(path());
    const base::Bytes before = load(path());
    {
        auto writer = ArchiveWriter::create(path(), small_header());
        ASSERT_TRUE(writer.ok());
    }
    EXPECT_EQ(load(path()), before);
}

TEST_F(Archive, folder_that_does_not_exist_is_named) {
    const auto writer = ArchiveWriter::create(path("no/such/a.pxa"), small_header());
    EXPECT_EQ(writer.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(message(writer.status()), HasSubstr("no/such/a.pxa"));
}

TEST_F(Archive, full_disk_is_reported_and_leaves_nothing) {
    // A file size limit stands for the full disk: write(2) then fails in the same way.
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    ASSERT_NE(::signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    auto writer = ArchiveWriter::create(path(), small_header());
    ASSERT_TRUE(writer.ok());
    rlimit small = old;
    small.rlim_cur = 4096;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const base::Bytes large(3 * 1024 * 1024, 5);
    absl::Status first = (*writer)->write_block({model::Topoheight{7}, std::nullopt}, large);
    absl::Status second = (*writer)->write_block({model::Topoheight{8}, std::nullopt}, large);
    const absl::Status end = (*writer)->finish().status();
    writer->reset();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_FALSE(first.ok() && second.ok());
    EXPECT_FALSE(end.ok());
    EXPECT_THAT(message(end), HasSubstr("cannot write archive"));
    EXPECT_THAT(files(), testing::IsEmpty());
}

TEST_F(Archive, record_that_no_reader_takes_is_not_written) {
    auto writer = ArchiveWriter::create(path(), small_header());
    ASSERT_TRUE(writer.ok());
    const base::Bytes large(max_payload_size(RecordType::kBlock) + 1, 0);
    EXPECT_EQ((*writer)->write_block({model::Topoheight{7}, std::nullopt}, large).code(),
              absl::StatusCode::kInvalidArgument);
}

/// A block with both, one with observations alone, one with neither.
void write_observed(const std::string& path) {
    ArchiveHeader header = small_header();
    header.last = model::Topoheight{9};
    auto writer = ArchiveWriter::create(path, header, ArchiveWriter::Observed::kYes);
    ASSERT_TRUE(writer.ok()) << writer.status();
    const base::Bytes seen = {4, 5, 6};
    ASSERT_TRUE(
        (*writer)->write_block({model::Topoheight{7}, std::nullopt}, kWire, kOutcome, seen).ok());
    ASSERT_TRUE(
        (*writer)->write_block({model::Topoheight{8}, 1}, kWire, std::nullopt, kOutcome).ok());
    ASSERT_TRUE((*writer)->write_block({model::Topoheight{9}, std::nullopt}, kWire).ok());
    ASSERT_TRUE((*writer)->finish().ok());
}

TEST_F(Archive, keeps_what_nodes_were_seen_to_say) {
    write_observed(path());
    auto reader = ArchiveReader::open(path());
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->version(), kArchiveVersionObserved);
    auto block = (*reader)->next_block();
    ASSERT_TRUE(block.ok() && block->has_value());
    EXPECT_EQ((*block)->outcome, kOutcome);
    EXPECT_EQ((*block)->observations, (base::Bytes{4, 5, 6}));
    block = (*reader)->next_block();
    ASSERT_TRUE(block.ok() && block->has_value());
    EXPECT_FALSE((*block)->outcome);
    EXPECT_EQ((*block)->observations, kOutcome);
    block = (*reader)->next_block();
    ASSERT_TRUE(block.ok() && block->has_value());
    EXPECT_FALSE((*block)->observations);
    EXPECT_FALSE((*reader)->next_block()->has_value());
}

TEST_F(Archive, without_observations_is_of_version_2_and_takes_none) {
    write_small(path());
    EXPECT_EQ(load(path())[kArchivePreambleSize - 1], 2);
    auto writer = ArchiveWriter::create(path("b.pxa"), small_header());
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ((*writer)
                  ->write_block({model::Topoheight{7}, std::nullopt}, kWire, std::nullopt, kOutcome)
                  .code(),
              absl::StatusCode::kFailedPrecondition);
}

TEST_F(Archive, with_observations_that_are_not_where_they_are_promised_is_damaged) {
    write_observed(path());
    const std::vector<base::Bytes> parts = split(load(path()));
    // Preamble, header, state head, block, outcome, observations, ...
    ASSERT_EQ(parts.at(5)[0], 8);
    std::vector<base::Bytes> changed = parts;
    changed.erase(changed.begin() + 5);
    store(path(), join(changed));
    EXPECT_THAT(std::string(read_all(path()).message()),
                HasSubstr("expected the observations of the block before it"));
    changed = parts;
    std::swap(changed[4], changed[5]);
    store(path(), join(changed));
    EXPECT_THAT(std::string(read_all(path()).message()),
                HasSubstr("expected the outcome of the block before it"));
    changed = parts;
    changed[0].back() = 2;
    store(path(), join(changed));
    EXPECT_EQ(read_all(path()).code(), absl::StatusCode::kDataLoss) << "version 2 has none";
}

}  // namespace
}  // namespace parallax::replay
