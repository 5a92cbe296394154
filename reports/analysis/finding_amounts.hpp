#pragma once

#include "reports/analysis/finding_cause.hpp"
#include "verifier/model/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::reports {

/// A number, or the row that holds one amount and nothing else.
[[nodiscard]] std::optional<std::uint64_t> number_in(const model::Value& value);
/// `transaction 3`, `transactions 3, 5 and the block's end`, of one or more.
[[nodiscard]] std::string transactions_text(const std::vector<model::TxIndex>& indices);
/// With its first letter in capitals.
[[nodiscard]] std::string capitalised(std::string text);

/// An amount that one transaction moved on a row, or adds to a sum.
struct Move {
    model::TxIndex transaction;
    std::uint64_t amount = 0;
};

/// Reads the cause off the amounts of one finding: those of the row of its first difference, or of
/// the sum that it is about. Borrows the finding and the words, of which it fills in the likely
/// cause; what is observed it returns.
class AmountReader {
  public:
    /// `row` is what the row is called.
    AmountReader(const model::Finding& finding, std::string row, CauseWords& words)
        : finding_(finding), first_(finding.first), row_(std::move(row)), words_(words) {}

    /// What the numbers on both sides and before the block say; empty if they say nothing.
    [[nodiscard]] std::string wrong_amount();
    /// A sum over the transactions, on two sides or against what it must be.
    [[nodiscard]] std::string wrong_total();
    void suspect_race_or_skip();
    /// Rows that hold one amount; the numbers of others are no sums.
    [[nodiscard]] bool is_amount() const;
    /// The words fit the other rows, too, or say which they do not fit.
    [[nodiscard]] bool tells_of_others() const noexcept { return others_told_; }

  private:
    [[nodiscard]] std::vector<Move> moves(model::AccessKind kind, bool in_candidate) const;
    [[nodiscard]] std::vector<Move> credits() const;
    [[nodiscard]] std::string too_little(std::uint64_t control, std::uint64_t candidate,
                                         std::optional<std::uint64_t> before);
    [[nodiscard]] std::string too_much(std::uint64_t control, std::uint64_t candidate,
                                       std::optional<std::uint64_t> before);
    [[nodiscard]] std::string overwritten(std::uint64_t before);
    [[nodiscard]] std::string contributions(std::uint64_t amount, std::string_view what) const;

    const model::Finding& finding_;
    const model::Difference& first_;
    const std::string row_;
    CauseWords& words_;
    bool others_told_ = false;
};

}  // namespace parallax::reports
