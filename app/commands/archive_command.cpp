#include "app/commands/command.hpp"
#include "app/protocols.hpp"
#include "app/terminal/stop_signals.hpp"
#include "replay/archive/archive_reader.hpp"

#include "absl/container/flat_hash_map.h"
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace parallax::app {
namespace {

using Json = nlohmann::ordered_json;

struct ArchiveCommandOptions {
    std::string archive;
    bool json = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax archive: {}\n", std::string(status.message()));
    return kExitError;
}

/// `name: value` lines, or one JSON object.
void print(const Json& facts, bool json) {
    if (json) {
        fmt::print("{}\n", facts.dump(2, ' ', false, Json::error_handler_t::replace));
        return;
    }
    for (const auto& [name, value] : facts.items()) {
        fmt::print("  {:<17} {}\n", name,
                   value.is_string() ? value.get<std::string>()
                   : value.is_null() ? std::string("not known")
                                     : value.dump());
    }
}

Json facts_of(const std::string& path, const replay::ArchiveReader& reader) {
    const replay::ArchiveHeader& header = reader.header();
    Json facts = Json::object();
    facts["archive"] = path;
    facts["version"] = reader.version();
    facts["network"] = header.network;
    facts["profile"] = header.profile;
    facts["failure model"] = protocol::failure_model_name(header.failure_model);
    facts["base"] = header.base_topoheight.value();
    facts["base hash"] = header.base_hash.hex();
    facts["origin"] = header.origin;
    facts["bytes"] = reader.file_size() ? Json(*reader.file_size()) : Json(nullptr);
    return facts;
}

int info(const ArchiveCommandOptions& command) {
    const auto reader = replay::ArchiveReader::open(command.archive);
    if (!reader.ok()) {
        return report_error(reader.status());
    }
    Json facts = facts_of(command.archive, **reader);
    const auto stated = (*reader)->stated();
    if (!stated.ok()) {
        return report_error(stated.status());
    }
    if (*stated) {
        const replay::ArchiveCounts& counts = (*stated)->counts;
        facts["state rows"] = counts.state_rows;
        facts["blocks"] = counts.blocks;
        const std::uint64_t base = (*reader)->header().base_topoheight.value();
        facts["first"] = counts.blocks > 0 ? Json(base + 1) : Json(nullptr);
        facts["last"] = counts.blocks > 0 ? Json(base + counts.blocks) : Json(nullptr);
        facts["outcomes"] = counts.outcomes;
        facts["pieces"] = (*stated)->index.pieces.size();
    }
    if (!command.json) {
        fmt::print("parallax archive: what {} says of itself; verify reads all of it\n",
                   command.archive);
    }
    print(facts, command.json);
    return kExitEqual;
}

/// What a reading of all blocks counts.
struct BlockCounts {
    std::uint64_t blocks = 0;
    std::uint64_t side_blocks = 0;
    std::uint64_t transactions = 0;
    std::uint64_t outcomes = 0;
    std::uint64_t observed = 0;
    model::Hash last;
};

absl::Status check_block(const replay::ArchiveBlock& archived, const protocol::Protocol& protocol,
                         absl::flat_hash_map<model::Hash, std::uint64_t>& places,
                         BlockCounts& counts) {
    const std::uint64_t topoheight = archived.placement.topoheight.value();
    const auto wrong = [&](const absl::Status& status) {
        return absl::DataLossError(
            fmt::format("block {}: {}", topoheight, std::string(status.message())));
    };
    const auto block = protocol.admit(archived.wire, archived.placement);
    if (!block.ok()) {
        return wrong(block.status());
    }
    const auto [place, is_new] = places.emplace(block->hash(), topoheight);
    if (!is_new) {
        return absl::DataLossError(
            fmt::format("block {}: is that of topoheight {} once more", topoheight, place->second));
    }
    const auto recording = replay::recording_of(archived);
    if (!recording.ok()) {
        return wrong(recording.status());
    }
    ++counts.blocks;
    counts.side_blocks += archived.placement.side_block ? 1U : 0U;
    counts.transactions += block->transactions().size();
    counts.outcomes += recording->outcome ? 1U : 0U;
    counts.observed += recording->observations.empty() ? 0U : 1U;
    counts.last = block->hash();
    return absl::OkStatus();
}

absl::StatusOr<BlockCounts> check_blocks(replay::ArchiveReader& reader,
                                         const protocol::Protocol& protocol,
                                         const std::atomic<bool>& stop) {
    BlockCounts counts;
    absl::flat_hash_map<model::Hash, std::uint64_t> places = {
        {reader.header().base_hash, reader.header().base_topoheight.value()}};
    for (;;) {
        if (stop) {
            return absl::CancelledError("stopped on request");
        }
        const auto block = reader.next_block();
        if (!block.ok()) {
            return block.status();
        }
        if (!*block) {
            return counts;
        }
        if (auto status = check_block(**block, protocol, places, counts); !status.ok()) {
            return status;
        }
    }
}

int verify(const ArchiveCommandOptions& command) {
    const StopSignals stop;
    const auto reader = replay::ArchiveReader::open(command.archive);
    if (!reader.ok()) {
        return report_error(reader.status());
    }
    const auto protocol = protocol_of((*reader)->header());
    if (!protocol.ok()) {
        return report_error(protocol.status());
    }
    const auto counts = check_blocks(**reader, **protocol, stop.requested());
    if (!counts.ok()) {
        return report_error(counts.status());
    }
    Json facts = facts_of(command.archive, **reader);
    facts["state rows"] = (*reader)->counts().state_rows;
    facts["state digest"] = (*reader)->state_digest().value_or(model::Hash{}).hex();
    facts["blocks"] = counts->blocks;
    facts["side blocks"] = counts->side_blocks;
    facts["transactions"] = counts->transactions;
    facts["outcomes"] = counts->outcomes;
    facts["observed blocks"] = counts->observed;
    facts["last hash"] = counts->blocks > 0 ? Json(counts->last.hex()) : Json(nullptr);
    if (!command.json) {
        fmt::print(
            "parallax archive: {} is whole: every checksum, hash and count holds, and every block\n"
            "decodes under the rules that it names\n",
            command.archive);
    }
    print(facts, command.json);
    return kExitEqual;
}

void add_part(CLI::App& parent, const char* name, const char* help, CommandAction& action,
              int (*run)(const ArchiveCommandOptions&)) {
    auto options = std::make_shared<ArchiveCommandOptions>();
    CLI::App* command = parent.add_subcommand(name, help);
    command->add_option("ARCHIVE", options->archive, "Archive to read; - is standard input")
        ->required();
    command->add_flag("--json", options->json, "One JSON object");
    command->callback([options, &action, run] {
        action = [options, run] { return run(*options); };
        action.stops_when_asked = run == verify;
    });
}

}  // namespace

void add_archive_command(CLI::App& app, CommandAction& action) {
    CLI::App* command = app.add_subcommand("archive", "Say what an archive holds, or check it");
    command->require_subcommand(1);
    add_part(*command, "info", "Print what an archive says of itself, without reading all of it",
             action, info);
    add_part(*command, "verify",
             "Read all of an archive: checksums, counts, hashes, and that every block decodes",
             action, verify);
    command->footer("Exit codes: 0 it is whole; 1 it cannot be read, or something does not hold.");
}

}  // namespace parallax::app
