#include "replay/bundle/bundle_timeline.hpp"

#include "replay/bundle/bundle_draft.hpp"
#include "replay/shrink/canonical_names.hpp"
#include "verifier/codec/render.hpp"
#include "verifier/core/comparison/access_values.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace parallax::replay {
namespace {

/// Columns of what is looked at, and of each lane.
constexpr int kSubject = 34;
constexpr int kLane = 36;

using Place = std::tuple<model::StateKey, model::AccessKind, std::size_t>;
using Lines = std::map<Place, const model::Access*>;

/// Names of accounts and rows.
class Names {
  public:
    explicit Names(const BundleDraft& draft) : accounts_(accounts_of(draft)) {
        for (std::size_t i = 0; i < accounts_.size(); ++i) {
            names_.emplace(accounts_[i].bytes(), canonical_name(i));
        }
    }
    [[nodiscard]] std::string part(model::KeyPart kind,
                                   const std::array<std::uint8_t, 32>& bytes) const {
        switch (kind) {
            case model::KeyPart::kNone:
                return "";
            case model::KeyPart::kCounter:
                return std::string(model::counter_name(static_cast<model::Counter>(bytes[0])));
            case model::KeyPart::kAsset:
                if (model::AssetId::from_array(bytes) == model::kTosAsset) {
                    return "TOS";
                }
                break;
            case model::KeyPart::kAccount:
            case model::KeyPart::kHash:
                break;
        }
        const auto found = names_.find(bytes);
        return found != names_.end() ? found->second
                                     : base::to_hex(std::span(bytes).first(4)) + "..";
    }
    [[nodiscard]] std::string key(const model::StateKey& key) const {
        const model::FamilyRow& row = model::family_row(key.family);
        std::string text(row.name);
        for (const std::string& part : {part(row.owner, key.owner), part(row.detail, key.detail)}) {
            text += part.empty() ? "" : " " + part;
        }
        return text;
    }
    [[nodiscard]] std::string legend() const {
        std::string text;
        for (std::size_t i = 0; i < accounts_.size(); ++i) {
            text += fmt::format("  {:<3} {}\n", canonical_name(i), accounts_[i].hex());
        }
        return text;
    }

  private:
    std::vector<model::PublicKey> accounts_;
    std::map<std::array<std::uint8_t, 32>, std::string> names_;
};

/// Points into the outcome; of null there are none.
Lines lines_of(const model::BlockOutcome* outcome, std::uint32_t transaction) {
    Lines lines;
    if (outcome == nullptr || !outcome->access_log) {
        return lines;
    }
    for (const model::Access& access : outcome->access_log->accesses) {
        if (access.transaction.value() == transaction) {
            std::size_t n = 0;
            while (lines.contains({access.key, access.kind, n})) {
                ++n;
            }
            lines.emplace(Place{access.key, access.kind, n}, &access);
        }
    }
    return lines;
}

std::string writer_text(std::uint32_t writer) {
    if (writer == model::kPreState) {
        return "before the block";
    }
    if (writer == model::kInitializeTransaction) {
        return "by the block's beginning";
    }
    return writer == model::kEpilogueTransaction ? "by the epilogue"
                                                 : fmt::format("by tx {}", writer);
}

std::string access_text(const model::Access* access, const core::AccessValues& values) {
    if (access == nullptr) {
        return "-";
    }
    const std::string value = values.text(*access);
    switch (access->kind) {
        case model::AccessKind::kRead:
        case model::AccessKind::kReadSpendable:
            return fmt::format("{}, as set {}", value, writer_text(access->observed_writer));
        case model::AccessKind::kWrite:
        case model::AccessKind::kSpend:
            return "-> " + value;
        case model::AccessKind::kCredit:
            return "+" + value;
        case model::AccessKind::kOutput:
            return "-" + value;
    }
    return value;
}

bool same(const model::Access* a, const model::Access* b) {
    return (a == nullptr) == (b == nullptr) &&
           (a == nullptr || (a->value == b->value && a->observed_writer == b->observed_writer));
}

class Timeline {
  public:
    Timeline(const Bundle& bundle, const BundleDraft& draft)
        : bundle_(bundle), draft_(draft), names_(draft) {
        for (const core::RecordedRow& row : bundle.pre_state) {
            values_.learn(row.value);
        }
        values_.learn(bundle.control);
        if (bundle.candidate) {
            values_.learn(*bundle.candidate);
        }
        find_deciding_keys();
    }

    [[nodiscard]] std::string render() {
        text_ = bundle_.finding.sentence + "\n\naccounts\n" + names_.legend() + "\n";
        add_line(false, "", "control",
                 bundle_.configuration.candidate.empty() ? "-" : bundle_.configuration.candidate);
        add_before();
        add_accesses(model::kInitializeTransaction, "beginning");
        for (std::uint32_t i = 0; i < draft_.parts.size(); ++i) {
            add_transaction(i);
        }
        add_accesses(model::kEpilogueTransaction, "epilogue");
        add_after();
        return std::move(text_);
    }

  private:
    void add_line(bool differs, const std::string& subject, const std::string& control,
                  const std::string& candidate) {
        std::string line = fmt::format("{} {:<{}} {:<{}} {}", differs ? '*' : ' ', subject,
                                       kSubject, control, kLane, candidate);
        line.erase(line.find_last_not_of(' ') + 1);
        text_ += line + "\n";
    }

    [[nodiscard]] bool shown(const model::StateKey& key) const {
        return deciding_.empty() || deciding_.contains(key);
    }

    void find_deciding_keys() {
        std::vector<std::uint32_t> places = {model::kInitializeTransaction,
                                             model::kEpilogueTransaction};
        for (std::uint32_t i = 0; i < draft_.parts.size(); ++i) {
            places.push_back(i);
        }
        for (const std::uint32_t at : places) {
            for_each_pair(at, [&](const model::StateKey& key, model::AccessKind,
                                  const model::Access* control, const model::Access* candidate) {
                if (!same(control, candidate)) {
                    deciding_.insert(key);
                }
            });
        }
        if (bundle_.finding.first.key) {
            deciding_.insert(*bundle_.finding.first.key);
        }
        for (const auto& [key, sides] : after()) {
            if (sides.first != sides.second) {
                deciding_.insert(key);
            }
        }
    }

    template <class Visit>
    void for_each_pair(std::uint32_t transaction, Visit visit) const {
        const Lines control = lines_of(&bundle_.control, transaction);
        const Lines candidate =
            lines_of(bundle_.candidate ? &*bundle_.candidate : nullptr, transaction);
        std::set<Place> places;
        for (const Lines* lines : {&control, &candidate}) {
            for (const auto& [place, access] : *lines) {
                places.insert(place);
            }
        }
        for (const Place& place : places) {
            const auto left = control.find(place);
            const auto right = candidate.find(place);
            visit(std::get<0>(place), std::get<1>(place),
                  left == control.end() ? nullptr : left->second,
                  right == candidate.end() ? nullptr : right->second);
        }
    }

    void add_before() {
        text_ += "before the block\n";
        for (const core::RecordedRow& row : bundle_.pre_state) {
            if (shown(row.key)) {
                add_line(false, "  " + names_.key(row.key), codec::render_summary(row.value), "");
            }
        }
    }

    void add_transaction(std::uint32_t i) {
        const protocol::BlockEditor& block = *draft_.block;
        text_ += fmt::format("tx {}: {} by {}, nonce {}, fee {}\n", i,
                             model::transaction_type_name(block.type(i)),
                             names_.part(model::KeyPart::kAccount, block.source(i).bytes()),
                             block.nonce(i).value(), block.fee(i).value());
        add_accesses(i, "");
        const std::string control = result_text(bundle_.control, i);
        const std::string candidate =
            bundle_.candidate ? result_text(*bundle_.candidate, i) : std::string("no outcome");
        add_line(control != candidate, "  ends", control, candidate);
    }

    static std::string result_text(const model::BlockOutcome& outcome, std::uint32_t i) {
        if (i >= outcome.results.size()) {
            return std::string(codec::kAbsentText);
        }
        const model::TransactionResult& result = outcome.results[i];
        return result.code == model::ErrorCode::kSuccess
                   ? codec::render_enum(result.status)
                   : fmt::format("{}: {}", codec::render_enum(result.status),
                                 codec::render_enum(result.code));
    }

    void add_accesses(std::uint32_t transaction, const std::string& title) {
        bool is_first = !title.empty();
        for_each_pair(
            transaction, [&](const model::StateKey& key, model::AccessKind kind,
                             const model::Access* control, const model::Access* candidate) {
                if (!shown(key)) {
                    return;
                }
                text_ += is_first ? title + "\n" : "";
                is_first = false;
                add_line(!same(control, candidate),
                         fmt::format("  {} {}", model::access_kind_name(kind), names_.key(key)),
                         access_text(control, values_), access_text(candidate, values_));
            });
    }

    using Sides = std::pair<std::string, std::string>;
    [[nodiscard]] std::map<model::StateKey, Sides> after() const {
        std::map<model::StateKey, Sides> rows;
        const auto add = [&](const model::BlockOutcome& outcome, std::string Sides::*side) {
            for (const model::DeltaEntry& entry : outcome.delta.entries) {
                const auto [row, is_new] =
                    rows.emplace(entry.key, Sides{codec::kNotWrittenText, codec::kNotWrittenText});
                row->second.*side = codec::render_summary(entry.after);
            }
        };
        add(bundle_.control, &Sides::first);
        if (bundle_.candidate) {
            add(*bundle_.candidate, &Sides::second);
        }
        return rows;
    }

    void add_after() {
        text_ += "after the block\n";
        for (const auto& [key, sides] : after()) {
            if (shown(key)) {
                add_line(sides.first != sides.second, "  " + names_.key(key), sides.first,
                         sides.second);
            }
        }
        if (bundle_.candidate) {
            add_totals(bundle_.control.totals, bundle_.candidate->totals);
        }
    }

    void add_totals(const model::BlockTotals& control, const model::BlockTotals& candidate) {
        const auto left = codec::render_fields(control, "");
        const auto right = codec::render_fields(candidate, "");
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (left[i].text != right[i].text) {
                add_line(true, "  total " + left[i].path, left[i].text, right[i].text);
            }
        }
    }

    const Bundle& bundle_;
    const BundleDraft& draft_;
    const Names names_;
    core::AccessValues values_;
    std::set<model::StateKey> deciding_;
    std::string text_;
};

}  // namespace

absl::StatusOr<std::string> render_timeline(const Bundle& bundle) {
    const auto draft = BundleDraft::open(bundle);
    if (!draft.ok()) {
        return draft.status();
    }
    return Timeline(bundle, *draft).render();
}

}  // namespace parallax::replay
