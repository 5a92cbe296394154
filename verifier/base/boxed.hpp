#pragma once

#include <memory>
#include <utility>

namespace parallax::base {

/// An immutable value on the heap that copies in constant time and compares by content. It keeps
/// `StateValue` small; the pointer is shared because copies of a value go to several lanes and
/// none may change it. Never empty.
template <class T>
class Boxed {
  public:
    Boxed() : value_(std::make_shared<const T>()) {}
    explicit Boxed(T value) : value_(std::make_shared<const T>(std::move(value))) {}

    [[nodiscard]] const T& get() const noexcept { return *value_; }

    friend bool operator==(const Boxed& a, const Boxed& b) {
        return a.value_ == b.value_ || *a.value_ == *b.value_;
    }

  private:
    std::shared_ptr<const T> value_;
};

}  // namespace parallax::base
