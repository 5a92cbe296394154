#include "verifier/base/byte_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::base {

bool ByteReader::boolean(const char* field) {
    const std::uint8_t value = u8(field);
    if (value > 1) {
        fail(field, fmt::format("is {}, not 0 or 1", value));
        return false;
    }
    return value == 1;
}

bool ByteReader::check_count(std::uint64_t count, std::uint64_t low, std::uint64_t high,
                             std::size_t item_size, const char* field) {
    if (failed_) {
        return false;
    }
    if (count < low || count > high) {
        fail(field, fmt::format("is {}, allowed are {} to {}", count, low, high));
    } else if (item_size != 0 && count > remaining() / item_size) {
        fail(field, fmt::format("is {} items of at least {} bytes, {} left", count, item_size,
                                remaining()));
    }
    return ok();
}

bool ByteReader::finish() {
    if (ok() && remaining() != 0) {
        field_offset_ = position_;
        fail("", fmt::format("has {} bytes too many", remaining()));
    }
    return ok();
}

void ByteReader::fail_short(std::size_t count, const char* field) {
    fail(field, fmt::format("needs {} bytes, {} left", count, remaining()));
}

void ByteReader::fail(const char* field, const std::string& problem) {
    if (failed_) {
        return;
    }
    failed_ = true;
    message_ = root_;
    for (std::size_t i = 0; i < std::min(depth_, kMaxPath); ++i) {
        message_ += fmt::format(".{}", path_[i].name);
        if (path_[i].index != kNoIndex) {
            message_ += fmt::format("[{}]", path_[i].index);
        }
    }
    if (*field != '\0') {
        message_ += fmt::format(".{}", field);
    }
    message_ += fmt::format(" at offset {}: {}", field_offset_, problem);
}

}  // namespace parallax::base
