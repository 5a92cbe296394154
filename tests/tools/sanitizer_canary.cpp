// A program with one fault, named by its argument, that a sanitizer must find: the proof that a
// clean sanitizer run means something.

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

namespace {

int counter = 0;

void race() {
    std::thread other([] {
        for (int i = 0; i < 1000; ++i) {
            ++counter;
        }
    });
    for (int i = 0; i < 1000; ++i) {
        ++counter;
    }
    other.join();
}

int read_past_the_end(std::size_t size) {
    const auto values = std::make_unique<int[]>(size);
    // Volatile: the compiler may not drop the allocation.
    const volatile int* first = values.get();
    return first[size];
}

}  // namespace

int main(int argument_count, char** arguments) {
    // The number of arguments keeps the compiler from seeing the fault.
    if (argument_count != 2) {
        return 1;
    }
    int result = 0;
    if (std::strcmp(arguments[1], "race") == 0) {
        race();
        result = counter;
    } else if (std::strcmp(arguments[1], "heap") == 0) {
        result = read_past_the_end(static_cast<std::size_t>(argument_count));
    } else if (std::strcmp(arguments[1], "overflow") == 0) {
        result = std::numeric_limits<int>::max() - 1 + argument_count;
    } else {
        return 1;
    }
    std::printf("%d: no sanitizer objected\n", result);
    return 0;
}
