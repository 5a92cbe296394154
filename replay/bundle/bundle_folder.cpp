#include "replay/bundle/bundle_folder.hpp"

#include "replay/bundle/bundle_writer.hpp"
#include "verifier/core/diagnosis/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace parallax::replay {
namespace {

/// Names are `TOPOHEIGHT-FINGERPRINT.pxb`.
constexpr std::string_view kEnding = ".pxb";

std::string group_suffix(const model::Finding& finding) {
    return fmt::format("-{}{}", finding.fingerprint.hex().substr(0, 16), kEnding);
}

bool ends_with(std::string_view text, std::string_view ending) {
    return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

/// One byte more than `limit` shows that there is more; a damaged bundle is known by its length.
std::string read_at_most(const std::string& path, std::uint64_t limit) {
    constexpr std::size_t kPiece = 64UL * 1024;
    std::ifstream stream(path, std::ios::binary);
    std::string text;
    while (stream && text.size() <= limit) {
        const std::size_t have = text.size();
        text.resize(have + kPiece);
        stream.read(text.data() + have, kPiece);
        text.resize(have + static_cast<std::size_t>(stream.gcount()));
    }
    return text;
}

absl::Status cannot(std::string_view what, const std::string& path, const std::error_code& error) {
    return absl::UnavailableError(
        fmt::format("the folder {} cannot be {}: {}", path, what, error.message()));
}

}  // namespace

absl::StatusOr<std::vector<BundleFolder::File>> BundleFolder::files() const {
    std::error_code error;
    std::vector<File> found;
    std::filesystem::directory_iterator entry(options_.directory, error);
    if (error == std::errc::no_such_file_or_directory) {
        return found;
    }
    while (!error && entry != std::filesystem::directory_iterator()) {
        std::string name = entry->path().filename().string();
        std::error_code vanished;  // an operator may take files away meanwhile
        const std::uint64_t bytes = entry->file_size(vanished);
        if (!vanished && ends_with(name, kEnding)) {
            found.push_back({std::move(name), bytes});
        }
        entry.increment(error);
    }
    if (error) {
        return cannot("read", options_.directory, error);
    }
    std::sort(found.begin(), found.end(),
              [](const File& one, const File& other) { return one.name < other.name; });
    return found;
}

absl::StatusOr<std::vector<std::string>> BundleFolder::keep(
    const core::FirstRun& run, const core::LaneConditions& conditions) {
    std::vector<std::string> names;
    // Without a control there is no outcome to hold anything against.
    if (!run.verification.control) {
        return names;
    }
    for (const model::Finding* finding : core::leading_findings(run.verification.verdict)) {
        const auto present = files();
        if (!present.ok()) {
            return present.status();
        }
        const std::string suffix = group_suffix(*finding);
        std::uint64_t bytes = 0;
        bool known = false;
        for (const File& file : *present) {
            bytes += file.bytes;
            known = known || ends_with(file.name, suffix);
        }
        if (known || present->size() >= options_.count) {
            continue;
        }
        BundleConfiguration configuration = options_.configuration;
        configuration.threads = conditions.threads;
        configuration.time_limit_ms = conditions.time_limit_ms;
        Bundle bundle = make_bundle(run, *finding, std::move(configuration));
        bundle.network = options_.network;
        bundle.build = options_.build;
        if (bytes + encode_bundle(bundle).size() > options_.bytes) {
            continue;
        }
        std::error_code error;
        std::filesystem::create_directories(options_.directory, error);
        if (error) {
            return cannot("made", options_.directory, error);
        }
        std::string name = fmt::format("{}{}", run.block.placement().topoheight.value(), suffix);
        if (auto status = write_bundle(bundle, options_.directory + "/" + name); !status.ok()) {
            return status;
        }
        names.push_back(std::move(name));
    }
    return names;
}

absl::StatusOr<std::string> BundleFolder::find(model::Topoheight topoheight,
                                               const model::Hash& hash) const {
    const auto present = files();
    if (!present.ok()) {
        return present.status();
    }
    const std::string prefix = fmt::format("{}-", topoheight.value());
    absl::Status damaged;
    for (const File& file : *present) {
        if (file.name.compare(0, prefix.size(), prefix) != 0 || file.bytes > options_.bytes) {
            continue;
        }
        const std::string path = options_.directory + "/" + file.name;
        const std::string text = read_at_most(path, options_.bytes);
        const auto bundle = decode_bundle(
            {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, *options_.protocols);
        if (!bundle.ok()) {
            // Perhaps another block's: it is reported only if no other file is the one.
            damaged = absl::DataLossError(
                fmt::format("bundle {} {}", path, std::string(bundle.status().message())));
            continue;
        }
        // Blocks of two branches share a topoheight.
        const auto admitted = admit_bundle(*bundle);
        if (admitted.ok() && admitted->hash() == hash) {
            return text;
        }
    }
    if (!damaged.ok()) {
        return damaged;
    }
    return absl::NotFoundError(
        fmt::format("no bundle is kept of block {} {}: only the first mismatch of each group of "
                    "findings has one, within bundles.count and bundles.bytes",
                    topoheight.value(), hash.hex()));
}

}  // namespace parallax::replay
