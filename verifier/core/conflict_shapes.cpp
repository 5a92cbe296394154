#include "verifier/core/conflict_shapes.hpp"

#include "absl/container/flat_hash_map.h"

#include <map>
#include <tuple>

namespace parallax {
namespace {

/// Who last did what to one row; `kPreState` for nobody.
struct RowUse {
    /// Since the last write; and the one before, since who writes a row has mostly read it.
    std::uint32_t reader = kPreState;
    std::uint32_t reader_before = kPreState;
    std::uint32_t writer = kPreState;
    std::uint32_t crediter = kPreState;
};

class ShapeCounter {
  public:
    explicit ShapeCounter(const AdmittedBlock& block) {
        types_.reserve(block.transactions().size());
        for (const AdmittedTransaction& admitted : block.transactions()) {
            types_.push_back(transaction_type(admitted.transaction.payload));
        }
    }

    void add(const Access& access) {
        const std::uint32_t index = access.transaction.value();
        if (index >= types_.size()) {
            return;  // the block's end
        }
        RowUse& use = uses_[access.key];
        switch (access.kind) {
            case AccessKind::kRead:
            case AccessKind::kReadSpendable:
                if (use.reader != index) {
                    count(access.observed_writer, index, access.key, Dependency::kReadAfterWrite);
                    use.reader_before = use.reader;
                    use.reader = index;
                }
                return;
            case AccessKind::kWrite:
            case AccessKind::kSpend:
            case AccessKind::kOutput:
                if (use.writer != index) {
                    count(use.writer, index, access.key, Dependency::kWriteAfterWrite);
                    count(use.reader == index ? use.reader_before : use.reader, index, access.key,
                          Dependency::kWriteAfterRead);
                    use.writer = index;
                    use.reader = use.reader_before = kPreState;
                }
                return;
            case AccessKind::kCredit:
                if (use.crediter != index) {
                    count(use.crediter, index, access.key, Dependency::kCreditAfterCredit);
                    use.crediter = index;
                }
                return;
        }
    }

    [[nodiscard]] std::vector<ConflictCount> shapes() const {
        std::vector<ConflictCount> shapes;
        shapes.reserve(counts_.size());
        for (const auto& [shape, count] : counts_) {
            const auto& [first, second, family, hazard] = shape;
            shapes.push_back({first, second, family, hazard, count});
        }
        return shapes;
    }

  private:
    void count(std::uint32_t first, std::uint32_t second, const StateKey& key, Dependency hazard) {
        if (first < types_.size() && first != second) {
            ++counts_[{types_[first], types_[second], key.family, hazard}];
        }
    }

    std::vector<TransactionType> types_;
    absl::flat_hash_map<StateKey, RowUse> uses_;
    std::map<std::tuple<TransactionType, TransactionType, Family, Dependency>, std::uint32_t>
        counts_;
};

}  // namespace

std::vector<ConflictCount> conflict_shapes(const AdmittedBlock& block, const AccessLog& log) {
    ShapeCounter counter(block);
    for (const Access& access : log.accesses) {
        counter.add(access);
    }
    return counter.shapes();
}

}  // namespace parallax
