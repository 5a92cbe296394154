/// Writes the folders of runs that the tests in other languages read.
///
///     write_samples DIR    makes DIR/sample, DIR/clean: ledger.jsonl and run.json of each, and
///                          times.jsonl of the first; and
///                          DIR/names.txt: every word of the closed lists, behind its list's name

#include "tests/reports/sample_run.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace {

bool write_run(const std::filesystem::path& folder, const parallax::test::SampleRun& run) {
    std::filesystem::create_directories(folder);
    std::ofstream ledger(folder / "ledger.jsonl", std::ios::binary);
    ledger << run.ledger();
    std::ofstream record(folder / "run.json", std::ios::binary);
    record << parallax::reports::to_json(run.run);
    if (!run.times.empty()) {
        std::ofstream times(folder / "times.jsonl", std::ios::binary);
        times << run.times_lines();
    }
    return ledger.flush().good() && record.flush().good();
}

template <class Enum>
void write_names(std::ostream& out, const char* list, std::string_view (*name_of)(Enum) noexcept) {
    for (std::uint8_t number = 0; number < 64; ++number) {
        const std::string_view name = name_of(static_cast<Enum>(number));
        if (name != "unknown") {
            out << list << ' ' << name << '\n';
        }
    }
}

bool write_all_names(const std::filesystem::path& path) {
    using namespace parallax;
    std::ofstream out(path, std::ios::binary);
    write_names<model::VerdictKind>(out, "verdict", model::verdict_kind_name);
    write_names<model::InconclusiveReason>(out, "reason", model::inconclusive_reason_name);
    write_names<model::Section>(out, "section", model::section_name);
    write_names<model::FindingClass>(out, "class", model::finding_class_name);
    write_names<model::AccessKind>(out, "kind", model::access_kind_name);
    write_names<model::TransactionType>(out, "type", model::transaction_type_name);
    write_names<model::Dependency>(out, "hazard", model::dependency_name);
    for (const model::FamilyRow& row : model::kFamilies) {
        out << "family " << row.name << '\n';
    }
    return out.flush().good();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "write_samples: one argument, the folder to write to\n");
        return 1;
    }
    const std::filesystem::path folder(argv[1]);
    const bool written = write_run(folder / "sample", parallax::test::sample_run()) &&
                         write_run(folder / "clean", parallax::test::clean_run()) &&
                         write_all_names(folder / "names.txt");
    return written ? 0 : 1;
}
