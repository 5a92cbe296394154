#include "verifier/core/coverage/conflict_shapes.hpp"

#include "absl/container/flat_hash_map.h"

#include <map>
#include <tuple>

namespace parallax::core {
namespace {

/// Who last did what to one row; `kPreState` for nobody.
struct RowUse {
    /// Since the last write; and the one before, since who writes a row has mostly read it.
    std::uint32_t reader = model::kPreState;
    std::uint32_t reader_before = model::kPreState;
    std::uint32_t writer = model::kPreState;
    std::uint32_t crediter = model::kPreState;
};

class ShapeCounter {
  public:
    explicit ShapeCounter(const protocol::AdmittedBlock& block) {
        types_.reserve(block.transactions().size());
        for (const protocol::AdmittedTransaction& admitted : block.transactions()) {
            types_.push_back(admitted.type);
        }
    }

    void add(const model::Access& access) {
        const std::uint32_t index = access.transaction.value();
        if (index >= types_.size()) {
            return;  // the block's end
        }
        RowUse& use = uses_[access.key];
        switch (access.kind) {
            case model::AccessKind::kRead:
            case model::AccessKind::kReadSpendable:
                if (use.reader != index) {
                    count(access.observed_writer, index, access.key,
                          model::Dependency::kReadAfterWrite);
                    use.reader_before = use.reader;
                    use.reader = index;
                }
                return;
            case model::AccessKind::kWrite:
            case model::AccessKind::kSpend:
            case model::AccessKind::kOutput:
                if (use.writer != index) {
                    count(use.writer, index, access.key, model::Dependency::kWriteAfterWrite);
                    count(use.reader == index ? use.reader_before : use.reader, index, access.key,
                          model::Dependency::kWriteAfterRead);
                    use.writer = index;
                    use.reader = use.reader_before = model::kPreState;
                }
                return;
            case model::AccessKind::kCredit:
                if (use.crediter != index) {
                    count(use.crediter, index, access.key, model::Dependency::kCreditAfterCredit);
                    use.crediter = index;
                }
                return;
        }
    }

    [[nodiscard]] std::vector<model::ConflictCount> shapes() const {
        std::vector<model::ConflictCount> shapes;
        shapes.reserve(counts_.size());
        for (const auto& [shape, count] : counts_) {
            const auto& [first, second, family, hazard] = shape;
            shapes.push_back({first, second, family, hazard, count});
        }
        return shapes;
    }

  private:
    void count(std::uint32_t first, std::uint32_t second, const model::StateKey& key,
               model::Dependency hazard) {
        if (first < types_.size() && first != second) {
            ++counts_[{types_[first], types_[second], key.family, hazard}];
        }
    }

    std::vector<model::TransactionType> types_;
    absl::flat_hash_map<model::StateKey, RowUse> uses_;
    std::map<std::tuple<model::TransactionType, model::TransactionType, model::Family,
                        model::Dependency>,
             std::uint32_t>
        counts_;
};

}  // namespace

std::vector<model::ConflictCount> conflict_shapes(const protocol::AdmittedBlock& block,
                                                  const model::AccessLog& log) {
    ShapeCounter counter(block);
    for (const model::Access& access : log.accesses) {
        counter.add(access);
    }
    return counter.shapes();
}

}  // namespace parallax::core
