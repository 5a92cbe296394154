#pragma once

#include "verifier/codec/render.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/outcome.hpp"

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace parallax::test {

/// What the flip of one leaf must look like in a comparison. The texts are made here, from the
/// member itself, and not by the renderer under test.
struct FlippedLeaf {
    std::string path;
    std::string original;
    std::string flipped;
    bool is_number = false;
    std::uint64_t original_number = 0;
    std::uint64_t flipped_number = 0;
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsTaggedNumber : std::false_type {};
template <class Tag, std::unsigned_integral T>
struct IsTaggedNumber<base::TaggedNumber<Tag, T>> : std::true_type {};

inline std::string expected_text(const base::Bytes& bytes) {
    if (bytes.size() <= 64) {
        return bytes.empty() ? "empty" : base::to_hex(bytes);
    }
    return base::to_hex({bytes.data(), 64}) + ".. (" + std::to_string(bytes.size()) +
           " bytes, blake3 " + crypto::blake3(bytes).hex() + ")";
}
inline std::string expected_text(model::ErrorCode code) {
    char number[16];
    std::snprintf(number, sizeof number, " (0x%04X)", static_cast<unsigned>(code));
    return std::string(model::error_code_name(code)) + number;
}
inline std::string expected_text(model::TransactionStatus status) {
    return std::string(model::transaction_status_name(status));
}

/// Changes the one leaf with number `target` of the records it visits, and says what it did. A
/// leaf is a scalar, an optional's presence, or one element more or less of a list of scalars.
class LeafFlipper {
  public:
    explicit LeafFlipper(std::size_t target) : target_(target) {}

    template <class T>
    void operator()(const char* name, T& member) {
        visit(path_.empty() ? std::string(name) : path_ + "." + name, member);
    }
    /// Nothing if the records have fewer leaves.
    [[nodiscard]] const std::optional<FlippedLeaf>& flipped() const { return flipped_; }

  private:
    [[nodiscard]] bool is_target() { return seen_++ == target_; }

    template <class T>
    void visit(const std::string& path, T& member) {
        if constexpr (std::is_same_v<T, base::Bytes>) {
            flip_bytes(path, member);
        } else if constexpr (IsOptional<T>::value) {
            visit_optional(path, member);
        } else if constexpr (IsVector<T>::value) {
            visit_list(path, member);
        } else if constexpr (model::Record<T>) {
            const std::string outer = path_;
            path_ = path;
            model::visit_fields(member, *this);
            path_ = outer;
        } else if (is_target()) {
            flip_scalar(path, member);
        }
    }

    template <class T>
    void flip_scalar(const std::string& path, T& member) {
        if constexpr (std::is_same_v<T, bool>) {
            member = !member;
            flipped_ = FlippedLeaf{path, member ? "false" : "true", member ? "true" : "false"};
        } else if constexpr (std::unsigned_integral<T>) {
            const T before = member;
            member = static_cast<T>(member ^ 1U);
            record_number(path, before, member);
        } else if constexpr (IsTaggedNumber<T>::value) {
            const auto before = member.value();
            member = T{before + 40};
            record_number(path, before, member.value());
        } else if constexpr (std::is_same_v<T, model::ErrorCode>) {
            const T before = member;
            member = before == model::ErrorCode::kOverflow ? model::ErrorCode::kUnderflow
                                                           : model::ErrorCode::kOverflow;
            flipped_ = FlippedLeaf{path, expected_text(before), expected_text(member)};
        } else if constexpr (std::is_same_v<T, model::TransactionStatus>) {
            const T before = member;
            member = before == model::TransactionStatus::kSkipped
                         ? model::TransactionStatus::kExecuted
                         : model::TransactionStatus::kSkipped;
            flipped_ = FlippedLeaf{path, expected_text(before), expected_text(member)};
        } else {
            const std::string before = member.hex();
            member.mutable_bytes()[T::kSize - 1] ^= 0x40;
            flipped_ = FlippedLeaf{path, before, member.hex()};
        }
    }
    void record_number(const std::string& path, std::uint64_t before, std::uint64_t after) {
        flipped_ =
            FlippedLeaf{path, std::to_string(before), std::to_string(after), true, before, after};
    }

    /// Two leaves: the last byte, which a cut text does not show, and the length.
    void flip_bytes(const std::string& path, base::Bytes& bytes) {
        const std::string before = expected_text(bytes);
        if (is_target()) {
            bytes.back() ^= 1U;
            flipped_ = FlippedLeaf{path, before, expected_text(bytes)};
        }
        if (is_target()) {
            bytes.push_back(0);
            flipped_ = FlippedLeaf{path, before, expected_text(bytes)};
        }
    }

    /// Its value, then its absence: of a record that is of each leaf, which one flip cannot show.
    template <class T>
    void visit_optional(const std::string& path, std::optional<T>& member) {
        visit(path, *member);
        if constexpr (!model::Record<T>) {
            if (is_target()) {
                flipped_ = FlippedLeaf{path, text_of(*member), "absent"};
                member.reset();
            }
        }
    }
    template <class T>
    static std::string text_of(const T& member) {
        if constexpr (requires { member.hex(); }) {
            return member.hex();
        } else {
            return std::to_string(member.value());
        }
    }

    template <class T>
    void visit_list(const std::string& path, std::vector<T>& list) {
        const std::size_t size = list.size();
        for (std::size_t i = 0; i < size; ++i) {
            visit(path + "[" + std::to_string(i) + "]", list[i]);
        }
        if constexpr (!model::Record<T>) {
            if (is_target()) {
                flipped_ =
                    FlippedLeaf{path + "[" + std::to_string(size) + "]", "absent", T{}.hex()};
                list.emplace_back();
            }
            if (is_target()) {
                flipped_ = FlippedLeaf{path + "[" + std::to_string(size - 1) + "]",
                                       list.back().hex(), "absent"};
                list.pop_back();
            }
        }
    }

    std::size_t target_;
    std::size_t seen_ = 0;
    std::string path_;
    std::optional<FlippedLeaf> flipped_;
};

}  // namespace parallax::test
