#include "testbed/workload/workload_signing.hpp"

#include "testbed/workload/workload_accounts.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace parallax::testbed {
namespace {

/// Fewer signatures than this are not worth a second thread.
constexpr std::size_t kMinShare = 8;

void sign_draft(TransactionDraft& draft, const WorkloadAccounts& accounts) {
    base::Bytes message = tos::e1::signing_bytes(draft.transaction);
    if (auto& section = draft.transaction.multisig) {
        // Co-signers sign the hash (protocol notes, 3.1).
        model::Hash digest = crypto::blake3(message);
        if (draft.corrupted == CorruptedSignature::kCosignature) {
            digest.mutable_bytes()[0] ^= 1U;
        }
        for (std::size_t i = 0; i < section->signatures.size(); ++i) {
            section->signatures[i].signature =
                accounts.key(draft.cosigners[i]).sign(digest.bytes());
        }
    }
    if (draft.corrupted == CorruptedSignature::kMain) {
        message.back() ^= 1U;
    }
    draft.transaction.signature = accounts.key(draft.signer).sign(message);
    draft.is_signed = true;
}

}  // namespace

void for_each_index(std::uint32_t threads, std::size_t count,
                    const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next_index{0};
    const auto run = [&] {
        for (std::size_t i = next_index.fetch_add(1); i < count; i = next_index.fetch_add(1)) {
            work(i);
        }
    };
    std::vector<std::thread> workers;
    const std::size_t wanted = std::min<std::size_t>(threads, count / kMinShare);
    for (std::size_t i = 1; i < wanted; ++i) {
        try {
            workers.emplace_back(run);
        } catch (const std::system_error&) {
            // No more threads to be had: this one does their share.
            break;
        }
    }
    run();
    for (std::thread& worker : workers) {
        worker.join();
    }
}

void sign_drafts(std::vector<TransactionDraft>& drafts, const WorkloadAccounts& accounts,
                 std::uint32_t threads) {
    for_each_index(threads, drafts.size(), [&](std::size_t i) {
        if (!drafts[i].is_signed) {
            sign_draft(drafts[i], accounts);
        }
    });
}

}  // namespace parallax::testbed
