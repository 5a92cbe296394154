/// A process of its own for the store's tests, which end it in the middle of its work:
///   store_process commit FOLDER SEED   commits random blocks for ever; a line after each
///   store_process load FOLDER ROWS     loads ROWS rows, says so, and waits without finishing
///   store_process hold FOLDER          opens the store, says so, and waits
/// Waiting ends with the standard input.

#include "tests/support/random_state.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace parallax::test {
namespace {

void wait_for_end_of_input() {
    std::string line;
    while (std::getline(std::cin, line)) {
    }
}

int commit_for_ever(state::RocksDbStore& store, std::uint64_t seed) {
    RandomChain chain(seed);
    while (true) {
        const absl::Status status = store.commit(chain.next_block(200));
        if (!status.ok()) {
            std::cerr << status << "\n";
            return 1;
        }
        std::cout << "committed" << std::endl;
    }
}

int load_and_wait(state::RocksDbStore& store, std::uint64_t rows) {
    std::uint64_t row = 0;
    const absl::Status status =
        store.load(core::Cursor{}, [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
            if (row == rows) {
                std::cout << "loading" << std::endl;
                wait_for_end_of_input();
                return absl::CancelledError("end of input");
            }
            model::PublicKey owner;
            for (std::size_t i = 0; i < 8; ++i) {
                owner.mutable_bytes()[i] = static_cast<std::uint8_t>(row >> (56 - 8 * i));
            }
            return model::DeltaEntry{model::balance_key(owner, model::kTosAsset), std::nullopt,
                                     model::AmountRecord{model::Amount{row++}}};
        });
    return status.ok() ? 0 : 1;
}

int run(const std::vector<std::string>& arguments) {
    state::RocksDbOptions options;
    options.undo_window = 10;
    auto store = state::RocksDbStore::create(arguments.at(1), {"devnet", "e1"}, options);
    if (!store.ok()) {
        std::cout << store.status().ToString() << std::endl;
        return 1;
    }
    if (arguments[0] == "commit") {
        return commit_for_ever(**store, std::stoull(arguments.at(2)));
    }
    if (arguments[0] == "load") {
        return load_and_wait(**store, std::stoull(arguments.at(2)));
    }
    std::cout << "holding" << std::endl;
    wait_for_end_of_input();
    return 0;
}

}  // namespace
}  // namespace parallax::test

int main(int count, char** arguments) {
    return parallax::test::run(std::vector<std::string>(arguments + 1, arguments + count));
}
