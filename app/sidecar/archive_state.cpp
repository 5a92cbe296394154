#include "app/sidecar/archive_state.hpp"

#include "replay/archive/archive_reader.hpp"

#include <fmt/format.h>

#include <memory>

namespace parallax::app {
namespace {

absl::StatusOr<std::unique_ptr<replay::ArchiveReader>> open_archive(
    const std::string& path, const service::ServiceConfiguration& configuration) {
    auto reader = replay::ArchiveReader::open(path);
    if (!reader.ok()) {
        return reader;
    }
    const replay::ArchiveHeader& header = (*reader)->header();
    if (header.network != configuration.network || header.profile != configuration.profile ||
        header.failure_model != configuration.failure_model) {
        return absl::FailedPreconditionError(fmt::format(
            "{} is of {}, profile {}, {}; chain says {}, profile {}, {}: choose another", path,
            header.network, header.profile, protocol::failure_model_name(header.failure_model),
            configuration.network, configuration.profile,
            protocol::failure_model_name(configuration.failure_model)));
    }
    return reader;
}

/// Holds the archive's state against the one that the database began with. FailedPrecondition if
/// it was another.
absl::Status compare_beginning(const std::string& path,
                               const service::ServiceConfiguration& configuration,
                               const core::StoreBeginning& begun, replay::ArchiveReader& reader,
                               const std::atomic<bool>& stop) {
    const auto another = [&](const std::string& archive, const std::string& database) {
        return absl::FailedPreconditionError(
            fmt::format("{}: the archive's state is {}, and the database in {} began with {}; name "
                        "the archive that it began with, none, or another data directory",
                        path, archive, configuration.data_directory, database));
    };
    const replay::ArchiveHeader& header = reader.header();
    if (begun.topoheight != header.base_topoheight || begun.block_hash != header.base_hash) {
        return another(
            fmt::format("that of block {} {}", header.base_topoheight.value(),
                        header.base_hash.hex()),
            fmt::format("that of block {} {}", begun.topoheight.value(), begun.block_hash.hex()));
    }
    for (auto row = reader.next_state_row(); !row.ok() || *row; row = reader.next_state_row()) {
        if (!row.ok() || stop) {
            return row.status();
        }
    }
    const auto digest = reader.state_digest();
    return digest == begun.digest
               ? absl::OkStatus()
               : another(fmt::format("of digest {}", digest.value_or(model::Hash{}).hex()),
                         fmt::format("one of digest {}", begun.digest.hex()));
}

}  // namespace

absl::Status check_archive(const std::string& path,
                           const service::ServiceConfiguration& configuration,
                           const core::ChainStore& store, const std::atomic<bool>& stop,
                           service::EventLog& log) {
    const auto cursor = store.cursor();
    if (path.empty() || !cursor.ok() || !*cursor) {
        return path.empty() ? absl::OkStatus() : cursor.status();
    }
    const auto not_compared = [&](const char* why) {
        log.warning("archive_not_compared", {{"archive", path}, {"why", why}});
        return absl::OkStatus();
    };
    const auto reader = open_archive(path, configuration);
    if (absl::IsNotFound(reader.status())) {
        // Its state is in the database: whoever has cleared the file away can start again.
        return not_compared("it is no longer there");
    }
    if (!reader.ok()) {
        return reader.status();
    }
    const auto began = store.beginning();
    if (!began.ok()) {
        return began.status();
    }
    if (!*began) {
        return not_compared(
            "the database does not say with what state it began, as it was made by an earlier "
            "version");
    }
    return compare_beginning(path, configuration, **began, **reader, stop);
}

absl::Status load_archive(const std::string& path,
                          const service::ServiceConfiguration& configuration,
                          const core::ChainStore& store, const std::atomic<bool>& stop,
                          service::VerifyLoop& loop) {
    const auto cursor = store.cursor();
    if (path.empty() || !cursor.ok() || *cursor) {
        return path.empty() ? absl::OkStatus() : cursor.status();
    }
    const auto reader = open_archive(path, configuration);
    if (!reader.ok()) {
        return reader.status();
    }
    const replay::ArchiveHeader& header = (*reader)->header();
    const auto next_row = [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
        if (stop) {
            return absl::CancelledError("stopped while the state was loaded; nothing was loaded");
        }
        auto row = (*reader)->next_state_row();
        if (row.ok() && !*row) {
            // The rows count once the file was read to its end.
            if (auto whole = (*reader)->check_rest(stop); !whole.ok()) {
                return whole;
            }
        }
        return row;
    };
    return loop.load_state({header.base_topoheight, header.base_hash}, next_row).status();
}

}  // namespace parallax::app
