/// What a block costs before anything is executed: decoding, hashing, signing, checking signatures.

#include "benchmarks/transfer_blocks.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/protocol/protocol.hpp"

#include <benchmark/benchmark.h>

namespace parallax::bench {
namespace {

const tos::e1::Transaction& sample() {
    return transfer_block(Shape::kDisjoint, 10, true).block.transactions.front();
}

void decode_transaction_one_output(benchmark::State& bench) {
    const base::Bytes wire = tos::e1::encode_transaction(sample());
    for (auto _ : bench) {
        benchmark::DoNotOptimize(tos::e1::decode_transaction(wire, tos::e1::Trailing::kRejected));
    }
    bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(decode_transaction_one_output);

void encode_transaction_one_output(benchmark::State& bench) {
    for (auto _ : bench) {
        benchmark::DoNotOptimize(tos::e1::encode_transaction(sample()));
    }
}
BENCHMARK(encode_transaction_one_output);

void hash_transaction_one_output(benchmark::State& bench) {
    const base::Bytes wire = tos::e1::encode_transaction(sample());
    for (auto _ : bench) {
        benchmark::DoNotOptimize(crypto::blake3(wire));
    }
    bench.SetBytesProcessed(bench.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(hash_transaction_one_output);

void verify_signature_one_output(benchmark::State& bench) {
    const base::Bytes message = tos::e1::signing_bytes(sample());
    for (auto _ : bench) {
        if (crypto::verify_signature(sample().source, message, sample().signature) !=
            crypto::SignatureCheck::kValid) {
            bench.SkipWithError("the signature is not valid");
            return;
        }
    }
}
BENCHMARK(verify_signature_one_output)->Unit(benchmark::kMicrosecond);

void sign_one_output(benchmark::State& bench) {
    const base::Bytes message = tos::e1::signing_bytes(sample());
    const auto key = crypto::SigningKey::from_seed(std::array<std::uint8_t, 32>{7});
    for (auto _ : bench) {
        benchmark::DoNotOptimize(key.sign(message));
    }
}
BENCHMARK(sign_one_output)->Unit(benchmark::kMicrosecond);

void decode_whole_block(benchmark::State& bench) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const TransferBlock& made = transfer_block(Shape::kDisjoint, count, true);
    for (auto _ : bench) {
        auto block = tos::e1::decode_block(made.wire, made.block.placement);
        if (!block.ok()) {
            bench.SkipWithError("the block does not decode");
            return;
        }
        benchmark::DoNotOptimize(block);
    }
    bench.SetItemsProcessed(bench.iterations() * count);
}
BENCHMARK(decode_whole_block)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

/// From bytes to a block that can be executed: all that happens before a lane begins.
void read_whole_block(benchmark::State& bench) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const TransferBlock& made = transfer_block(Shape::kDisjoint, count, true);
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    for (auto _ : bench) {
        auto block = tos::e1::decode_block(made.wire, made.block.placement);
        auto admitted = block.ok() ? profile.admit(*std::move(block))
                                   : absl::StatusOr<protocol::AdmittedBlock>(block.status());
        if (!admitted.ok()) {
            bench.SkipWithError("the block is not admitted");
            return;
        }
        benchmark::DoNotOptimize(admitted);
    }
    bench.SetItemsProcessed(bench.iterations() * count);
}
BENCHMARK(read_whole_block)->Arg(1'000)->Unit(benchmark::kMicrosecond);

void admit_whole_block(benchmark::State& bench) {
    const auto count = static_cast<std::uint32_t>(bench.range(0));
    const TransferBlock& made = transfer_block(Shape::kDisjoint, count, true);
    for (auto _ : bench) {
        benchmark::DoNotOptimize(admit_or_die(made));
    }
    bench.SetItemsProcessed(bench.iterations() * count);
}
BENCHMARK(admit_whole_block)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace parallax::bench

BENCHMARK_MAIN();
