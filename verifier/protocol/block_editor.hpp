#pragma once

#include "verifier/crypto/signature.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/transaction_type.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace parallax::protocol {

/// A block taken apart, so that transactions can be left out, moved and changed: what shrinking and
/// the twins need. `wire` puts it together again, with hashes that agree. Positions are those of
/// the transactions that are there now. One thread at a time.
class BlockEditor {
  public:
    virtual ~BlockEditor() = default;
    [[nodiscard]] virtual std::unique_ptr<BlockEditor> clone() const = 0;

    [[nodiscard]] virtual std::size_t size() const = 0;
    [[nodiscard]] virtual model::PublicKey source(std::size_t at) const = 0;
    [[nodiscard]] virtual model::Nonce nonce(std::size_t at) const = 0;
    [[nodiscard]] virtual model::Amount fee(std::size_t at) const = 0;
    [[nodiscard]] virtual model::TransactionType type(std::size_t at) const = 0;
    [[nodiscard]] virtual base::Bytes transaction_wire(std::size_t at) const = 0;
    [[nodiscard]] virtual model::Hash transaction_hash(std::size_t at) const = 0;

    /// The transactions at these positions alone, in this order.
    virtual void keep(std::span<const std::size_t> positions) = 0;
    virtual void set_nonce(std::size_t at, model::Nonce nonce) = 0;
    /// The amounts that it moves, where they are plain and can be changed one by one.
    [[nodiscard]] virtual std::vector<model::Amount> amounts(std::size_t at) const = 0;
    virtual void set_amount(std::size_t at, std::size_t amount, model::Amount value) = 0;
    /// Outputs that can go one by one; 0 if it has none of that kind. Those that stay lose what
    /// is attached to them.
    [[nodiscard]] virtual std::size_t outputs(std::size_t at) const = 0;
    virtual void keep_outputs(std::size_t at, std::span<const std::size_t> positions) = 0;
    /// Refers to no block but the chain's first.
    virtual void forget_reference(std::size_t at) = 0;

    /// False if accounts stand in it in a way that no replacing of bytes follows (proofs,
    /// addresses that are computed).
    [[nodiscard]] virtual bool can_rename(std::size_t at) const = 0;
    /// Bytes in it that have a meaning of their own, or may have one (names, attached data): an
    /// account whose key stands there must keep it.
    [[nodiscard]] virtual std::vector<base::Bytes> opaque_bytes(std::size_t at) const = 0;
    /// Replaces the transaction by what `renamed` makes of its wire. False, and nothing changes,
    /// if that is no transaction.
    [[nodiscard]] virtual bool rename(std::size_t at,
                                      const std::function<base::Bytes(base::Bytes)>& renamed) = 0;
    virtual void sign(std::size_t at, const crypto::SigningKey& key) = 0;

    [[nodiscard]] virtual model::PublicKey miner() const = 0;
    virtual void set_miner(const model::PublicKey& miner) = 0;
    /// The least that a header can say: height 1, time 0, no parents.
    virtual void make_header_plain() = 0;

    [[nodiscard]] virtual base::Bytes wire() const = 0;
};

/// A `BlockEditor` as a value: a copy is another block. Empty after it was moved from, and as
/// constructed.
class EditableBlock {
  public:
    EditableBlock() = default;
    explicit EditableBlock(std::unique_ptr<BlockEditor> editor) : editor_(std::move(editor)) {}
    EditableBlock(const EditableBlock& other)
        : editor_(other.editor_ ? other.editor_->clone() : nullptr) {}
    EditableBlock(EditableBlock&&) noexcept = default;
    EditableBlock& operator=(EditableBlock other) noexcept {
        editor_ = std::move(other.editor_);
        return *this;
    }
    ~EditableBlock() = default;

    [[nodiscard]] BlockEditor* operator->() { return editor_.get(); }
    [[nodiscard]] const BlockEditor* operator->() const { return editor_.get(); }
    [[nodiscard]] const BlockEditor& operator*() const { return *editor_; }
    [[nodiscard]] explicit operator bool() const noexcept { return editor_ != nullptr; }

  private:
    std::unique_ptr<BlockEditor> editor_;
};

}  // namespace parallax::protocol
