#pragma once

#include "reports/record/report_times.hpp"
#include "reports/record/run_record.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/core/store/observed_tally.hpp"
#include "verifier/model/families.hpp"

#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace parallax::reports {

/// A report as a plain value: what every format is rendered from. Built from ledger records, which
/// are taken one at a time, so that a ledger of any length fits in memory.

/// Dependencies on the families of state: as many classes of conflict there are.
inline constexpr std::size_t kClassCount = model::kFamilies.size() * 4;

/// One block, in as few bytes as the overview needs.
struct BlockRow {
    model::Topoheight topoheight;
    model::VerdictKind kind = model::VerdictKind::kInconclusive;
    std::optional<model::InconclusiveReason> reason;
    std::uint32_t transactions = 0;
    std::uint32_t failed = 0;
    std::uint32_t keys = 0;
    /// Pairs of transactions that depend on each other; commuting credits are none.
    std::uint32_t conflicts = 0;
    std::uint32_t findings = 0;
    /// It differs only in the order of accesses: what the lanes leave behind is equal.
    bool order_only = false;
    /// First bytes of the block's hash: who counts blocks of several runs counts each once.
    std::uint64_t identity = 0;
    /// Which conflict classes it holds: bit `class_bit` for each.
    std::bitset<kClassCount> classes;
    /// If all of it matched: a bit for each place in `Report::lanes` that did, of the first 64.
    std::uint64_t matching_lanes = 0;
};

/// How one candidate did over the whole range.
struct LaneTotals {
    std::string executor;
    std::uint64_t matches = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    /// Blocks for each section that was compared.
    std::map<model::Section, std::uint64_t> compared;
};

/// What the oracles of a block say about who is wrong.
enum class Blame : std::uint8_t { kUndecided = 0, kCandidate = 1, kControl = 2 };
[[nodiscard]] std::string_view blame_name(Blame blame) noexcept;

/// Blocks that one test of a CI report covers: a chunk starts at a multiple of it, so that its name
/// stays the same from run to run.
inline constexpr std::uint64_t kChunkBlocks = 1000;

/// What one oracle did for one lane in one chunk.
struct OracleTotals {
    std::uint64_t compared = 0;
    std::uint64_t findings = 0;
    /// The first finding's sentence.
    std::string example;
};
struct ChunkTotals {
    std::uint64_t blocks = 0;
    model::Topoheight first;
    model::Topoheight last;
    /// Blocks in which the lane was inconclusive, and why the first one was.
    std::uint64_t inconclusive = 0;
    std::string why;
    std::map<model::Section, OracleTotals> oracles;
};
/// Lane, then number of the chunk. Findings about the control are in lane `control`.
using ChunkName = std::pair<std::string, std::uint64_t>;

/// A finding with what its block's verdict adds to it. Detail of another source (an access log, a
/// schedule) would be one more optional member.
struct ReportedFinding {
    model::Topoheight topoheight;
    /// Line of the ledger, from 1.
    std::uint64_t line = 0;
    model::Hash block_hash;
    model::Finding finding;
    model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane;
    /// Of the finding's lane; empty for the control and the recorder.
    std::vector<model::Section> compared;
    Blame blame = Blame::kUndecided;
    /// One sentence per oracle that has something to say.
    std::vector<std::string> evidence;
    /// What the lane's findings in this block do to a node that takes its result.
    std::string impact;
    /// The chain's recorded outcome was compared with the control's.
    bool has_recorded = false;
    /// What the recorder has where it differs from the control, by path.
    std::map<std::string, std::string> recorded;
};

/// Findings of one group (`group_of`): one cause.
struct FindingGroup {
    /// That of the first finding; what the group has in common is its first half.
    model::Hash fingerprint;
    model::FindingClass finding_class = model::FindingClass::kDivergence;
    std::string lane;
    std::uint64_t findings = 0;
    std::uint64_t blocks = 0;
    model::Topoheight first;
    model::Topoheight last;
    /// Kept ones, in block order: positions in `Report::findings`; the first is the example.
    std::vector<std::size_t> kept;
    /// Where it stands after earlier runs, as `new` or `regressed`; empty without any.
    std::string stage;
};
/// Findings of one group that are kept whole.
inline constexpr std::size_t kMaxKeptPerGroup = 5;
/// Groups that are kept with findings; any further one is only counted.
inline constexpr std::size_t kMaxKeptGroups = 200;

/// A shape of conflict over the whole range.
using ConflictShape =
    std::tuple<model::TransactionType, model::TransactionType, model::Family, model::Dependency>;
struct ShapeTotals {
    std::uint64_t pairs = 0;
    std::uint64_t matching_blocks = 0;
    std::uint64_t other_blocks = 0;
    /// Findings that begin where two transactions met so.
    std::uint64_t findings = 0;
};

/// Blocks that hold a hazard on a family, whatever the types: what a statistical bound counts.
using ConflictClass = std::tuple<model::Dependency, model::Family>;
/// Its place in `BlockRow::classes`.
[[nodiscard]] unsigned class_bit(const ConflictClass& conflict_class) noexcept;

/// An invariant that could not judge all of some blocks; of the first, what it left out.
struct UnjudgedTotals {
    std::uint64_t blocks = 0;
    model::Topoheight first;
    model::UnjudgedInvariant example;
};

/// The file a report of one block was made from, where that is no ledger.
struct BundleSource {
    /// As it was given.
    std::string file;
    /// Version of the program that wrote it.
    std::string build;
    std::string network;
    std::string profile;
    std::string failure_model;
    /// Empty for a finding about no candidate.
    std::string candidate;
    std::uint64_t threads = 0;
    bool isolated = true;
    std::string fault;
    /// Shrinking made the block smaller than the one that was found.
    bool shrunk = false;
};

struct Report {
    std::vector<BlockRow> blocks;
    std::uint64_t matches = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t gaps = 0;
    std::uint64_t transactions = 0;
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    std::map<model::InconclusiveReason, std::uint64_t> reasons;
    /// By invariant, as `conservation`. Lanes were compared there, so this alone makes nothing red.
    std::map<std::string, UnjudgedTotals> unjudged;
    /// How much of the blocks nodes were seen to say; empty where none was observed.
    core::ObservedTally observed;
    /// How signatures were checked, in how many of the blocks that were compared.
    std::map<model::SignaturePolicy, std::uint64_t> signatures;
    /// In the order of the first record; one more for a lane that a later record adds.
    std::vector<LaneTotals> lanes;
    /// By first block, then fingerprint.
    std::vector<FindingGroup> groups;
    std::vector<ReportedFinding> findings;
    std::map<ConflictShape, ShapeTotals> shapes;
    std::map<ConflictClass, ShapeTotals> classes;
    std::map<ChunkName, ChunkTotals> chunks;
    std::optional<RunRecord> run;
    std::optional<BundleSource> bundle;
    /// What the lanes took; nothing, and why, if that is not known.
    std::optional<ReportTimes> times;
    std::string no_times;
    /// Hash of the last record: two reports of one head are about the same ledger.
    model::Hash head;
    /// Why this is not the whole of a finished run, one sentence each. Never green with one.
    std::vector<std::string> problems;

    /// What the whole of this run leaves out by its own choice, as the check of signatures: one
    /// sentence each. It is no difference, but every format says it where it says the verdict.
    std::vector<std::string> left_out;

    /// 0 all compared and equal; 2 a mismatch; 3 inconclusive, a gap, a problem, or no block.
    [[nodiscard]] int exit_code() const noexcept;
};

/// `match`, `mismatch` or `inconclusive`: the word for `Report::exit_code`.
[[nodiscard]] model::VerdictKind report_verdict(const Report& report) noexcept;

/// `conservation: not judged in 3 blocks, first in block 7: ...`: what no invariant has looked at.
[[nodiscard]] std::string unjudged_text(const std::string& law, const UnjudgedTotals& totals);

/// `the node: 296 of 297 blocks; 1204 of 1210 touched accounts, ...`: what was compared with it.
[[nodiscard]] std::string observed_text(const std::string& source, const core::ObservedSum& sum);

/// Takes records in ledger order and makes a report of them. One use, one thread.
class ReportBuilder {
  public:
    /// `possible` are the shapes of conflict that the chain's rules know (`possible_shapes`): those
    /// that nothing met are in the report with zeros.
    explicit ReportBuilder(const std::vector<model::ConflictCount>& possible = {});
    void add(const core::LedgerRecord& record);
    /// Something about the ledger that forbids a green report.
    void add_problem(std::string sentence);
    /// `run` is what stands beside the ledger, and is held against it; nothing is a problem of its
    /// own, since then nobody
    /// knows where the ledger should end.
    [[nodiscard]] Report finish(std::optional<RunRecord> run);
    /// The same for the one record of a bundle.
    [[nodiscard]] Report finish(BundleSource bundle);

  private:
    void count(const model::Verdict& verdict);
    void add_unjudged(const model::Verdict& verdict);
    void add_shapes(const model::Verdict& verdict);
    void add_chunks(const model::Verdict& verdict);
    void add_finding(const model::Verdict& verdict, const model::Finding& finding);
    [[nodiscard]] FindingGroup& group_for(const model::Finding& finding,
                                          model::Topoheight topoheight);
    void check_against(const RunRecord& run);
    void sum_up();
    void check_compared();

    Report report_;
    core::LedgerAudit audit_;
    std::uint64_t lines_ = 0;
    std::map<model::Hash, std::size_t> groups_;
};

}  // namespace parallax::reports
