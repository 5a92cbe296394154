#include "executors/faults/minimal_chains.hpp"

#include "verifier/codec/hashing.hpp"
#include "verifier/codec/signature.hpp"
#include "verifier/codec/wire.hpp"

#include <array>
#include <limits>
#include <utility>

namespace parallax {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
/// Enough for every transaction here.
constexpr std::uint64_t kFee = 100'000;
constexpr std::uint64_t kFirstTopoheight = 50;
constexpr std::uint8_t kDevnet = 3;
const AssetId kGold = AssetId::from_array({9});

/// The parties, by number.
constexpr std::uint8_t kA = 1;
constexpr std::uint8_t kB = 2;
constexpr std::uint8_t kC = 3;
constexpr std::uint8_t kD = 4;
constexpr std::uint8_t kMiner = 20;

SigningKey key(std::uint8_t party) {
    return SigningKey::from_seed(std::array<std::uint8_t, 32>{party, 77});
}
PublicKey account(std::uint8_t party) {
    return key(party).public_key();
}

Transaction draft(std::uint8_t party, std::uint64_t nonce, Payload payload) {
    Transaction transaction;
    transaction.chain_id = kDevnet;
    transaction.source = account(party);
    transaction.nonce = Nonce{nonce};
    const bool is_energy = std::holds_alternative<EnergyPayload>(payload);
    transaction.fee = Amount{is_energy ? 0 : kFee};
    transaction.payload = std::move(payload);
    return transaction;
}
Transaction sign(std::uint8_t party, Transaction transaction) {
    transaction.signature = key(party).sign(signing_bytes(transaction));
    return transaction;
}
Transaction signed_by(std::uint8_t party, std::uint64_t nonce, Payload payload) {
    return sign(party, draft(party, nonce, std::move(payload)));
}
Payload payment(std::uint8_t to, std::uint64_t amount, const AssetId& asset = kTosAsset) {
    return TransfersPayload{{Transfer{asset, account(to), Amount{amount}, {}}}};
}
Transaction pay(std::uint8_t from, std::uint64_t nonce, std::uint8_t to, std::uint64_t amount,
                const AssetId& asset = kTosAsset) {
    return signed_by(from, nonce, payment(to, amount, asset));
}
/// Signed by the party and, as its one participant, by another.
Transaction cosigned(std::uint8_t party, std::uint64_t nonce, Payload payload, std::uint8_t other) {
    Transaction transaction = draft(party, nonce, std::move(payload));
    transaction.multisig = MultisigSection{{Cosignature{0, {}}}};
    transaction = sign(party, std::move(transaction));
    const Hash message = blake3(signing_bytes(transaction));
    transaction.multisig->signatures[0].signature = key(other).sign(message.bytes());
    return transaction;
}

/// Collects a chain. Blocks are admitted here: a chain of the table that is not admitted is a bug.
class ChainBuilder {
  public:
    ChainBuilder() { chain_.profile = *e1_profile("devnet"); }

    void set(const StateKey& at, StateValue value) {
        chain_.state.insert_or_assign(at, std::move(value));
    }
    void fund(std::uint8_t party, std::uint64_t tos) {
        set(account_key(account(party)), AccountRecord{Nonce{0}, Topoheight{3}});
        set(balance_key(account(party), kTosAsset), AmountRecord{Amount{tos}});
    }
    void hold(std::uint8_t party, std::uint64_t amount) {
        set(balance_key(account(party), kGold), AmountRecord{Amount{amount}});
    }
    void guard(std::uint8_t party, std::uint8_t participant) {
        set(multisig_key(account(party)),
            Boxed<MultisigRecord>(MultisigRecord{1, {account(participant)}}));
    }
    void model(FailureModel model) { chain_.profile.failure_model = model; }
    void block(std::vector<Transaction> transactions) {
        Block block;
        const std::uint64_t topoheight = kFirstTopoheight + chain_.blocks.size();
        block.placement.topoheight = Topoheight{topoheight};
        block.header.height = BlockHeight{topoheight};
        block.header.miner = account(kMiner);
        for (const Transaction& transaction : transactions) {
            block.header.transaction_hashes.push_back(transaction_hash(transaction));
        }
        block.transactions = std::move(transactions);
        block.hash = block_hash(block.header);
        if (auto admitted = admit(std::move(block), chain_.profile); admitted.ok()) {
            chain_.blocks.push_back(*std::move(admitted));
        }
    }
    [[nodiscard]] MinimalChain take() && { return std::move(chain_); }

  private:
    MinimalChain chain_;
};

struct NamedChain {
    std::string_view name;
    void (*build)(ChainBuilder&);
};

// Four parties with money stand ready in every chain; the comments say what is special.
constexpr std::array kChains = {
    NamedChain{"pay", [](ChainBuilder& c) { c.block({pay(kA, 0, kB, 30)}); }},
    NamedChain{"receive_then_spend",
               [](ChainBuilder& c) {
                   c.fund(kB, kFee + 7);
                   c.block({pay(kA, 0, kB, 500), pay(kB, 0, kC, 20)});
               }},
    NamedChain{"two_spends",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kB, 20), pay(kA, 1, kC, 30)});
               }},
    NamedChain{"bad_signature",
               [](ChainBuilder& c) {
                   Transaction forged = draft(kA, 0, payment(kB, 30));
                   c.block({sign(kD, std::move(forged))});
               }},
    NamedChain{
        "malformed",
        [](ChainBuilder& c) {
            c.block({signed_by(kA, 0, BurnPayload{kTosAsset, Amount{0}}), pay(kB, 0, kB, 1)});
        }},
    NamedChain{"nonce_twice",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kB, 20), pay(kA, 0, kC, 30)});
               }},
    NamedChain{"nonce_jump",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 1, kB, 20), pay(kA, 0, kC, 30)});
               }},
    NamedChain{"overspend",
               [](ChainBuilder& c) {
                   c.fund(kA, 2 * kFee);
                   c.block({pay(kA, 0, kB, 5 * kFee), pay(kC, 0, kD, 1)});
               }},
    NamedChain{
        "second_part_fails",
        [](ChainBuilder& c) {
            c.hold(kA, 60);
            c.block({signed_by(kA, 0,
                               TransfersPayload{{Transfer{kTosAsset, account(kB), Amount{30}, {}},
                                                 Transfer{kGold, account(kC), Amount{90}, {}}}})});
        }},
    NamedChain{"burns",
               [](ChainBuilder& c) {
                   c.hold(kA, 100);
                   c.block({signed_by(kA, 0, BurnPayload{kGold, Amount{40}}),
                            signed_by(kB, 0, BurnPayload{kTosAsset, Amount{7}})});
               }},
    NamedChain{"miner_spends",
               [](ChainBuilder& c) {
                   c.fund(kMiner, kFee + 7);
                   c.block({pay(kMiner, 0, kB, 52)});
               }},
    NamedChain{"miner_is_paid",
               [](ChainBuilder& c) {
                   c.fund(kMiner, 1000);
                   c.block({pay(kA, 0, kMiner, 30)});
               }},
    NamedChain{"multisig_on",
               [](ChainBuilder& c) {
                   c.block({signed_by(kA, 0, MultisigPayload{1, {account(kB)}})});
               }},
    NamedChain{"multisig_off",
               [](ChainBuilder& c) {
                   c.guard(kA, kB);
                   c.block({cosigned(kA, 0, MultisigPayload{}, kB)});
               }},
    NamedChain{"multisig_off_then_on",
               [](ChainBuilder& c) {
                   c.guard(kA, kB);
                   c.block({cosigned(kA, 0, MultisigPayload{}, kB),
                            signed_by(kA, 1, MultisigPayload{1, {account(kC)}})});
               }},
    NamedChain{
        "multisig_on_then_pay",
        [](ChainBuilder& c) {
            c.block({signed_by(kA, 0, MultisigPayload{1, {account(kB)}}), pay(kA, 1, kC, 30)});
        }},
    // The second one reads a row that the first has written with the value that it had.
    NamedChain{"multisig_same_again",
               [](ChainBuilder& c) {
                   c.guard(kA, kB);
                   c.block({cosigned(kA, 0, MultisigPayload{1, {account(kB)}}, kB),
                            cosigned(kA, 1, payment(kC, 30), kB)});
               }},
    NamedChain{"multisig_payer",
               [](ChainBuilder& c) {
                   c.guard(kA, kD);
                   c.block({pay(kA, 0, kB, 30)});
               }},
    NamedChain{"energy_fee",
               [](ChainBuilder& c) {
                   EnergyRecord energy;
                   energy.energy = 9;
                   c.set(energy_key(account(kA)), Boxed<EnergyRecord>(energy));
                   Transaction first = draft(kA, 0, payment(kB, 30));
                   first.fee = Amount{0};
                   first.fee_type = FeeType::kEnergy;
                   c.block({sign(kA, std::move(first)), pay(kA, 1, kB, 10)});
               }},
    NamedChain{"freeze",
               [](ChainBuilder& c) {
                   c.block({signed_by(kA, 0, EnergyPayload{EnergyFreeze{Amount{2 * kCoin}, 3}})});
               }},
    NamedChain{"deploy",
               [](ChainBuilder& c) {
                   c.block({signed_by(
                       kA, 0, DeployContractPayload{{0x7F, 'E', 'L', 'F', 1}, std::nullopt})});
               }},
    NamedChain{"one_name",
               [](ChainBuilder& c) {
                   std::vector<Transaction> both;
                   for (const std::uint8_t party : {kA, kB}) {
                       Transaction taken = draft(party, 0, RegisterNamePayload{"parallax"});
                       taken.fee = Amount{kNameRegistrationFee};
                       both.push_back(sign(party, std::move(taken)));
                   }
                   c.block(std::move(both));
               }},
    NamedChain{"delegate_to_one",
               [](ChainBuilder& c) {
                   for (const std::uint8_t party : {kA, kB}) {
                       EnergyRecord energy;
                       energy.frozen = 5;
                       energy.energy = 30;
                       energy.self_records = {{5, 3, Topoheight{1}, Topoheight{40}, 30}};
                       c.set(energy_key(account(party)), Boxed<EnergyRecord>(energy));
                   }
                   const EnergyDelegate delegate{{{account(kC), Amount{kCoin}}}, 3};
                   c.block({signed_by(kA, 0, EnergyPayload{delegate}),
                            signed_by(kB, 0, EnergyPayload{delegate})});
               }},
    NamedChain{"executed_before",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kB, 30)});
                   c.block({pay(kA, 0, kB, 30)});
               }},
    NamedChain{"new_account", [](ChainBuilder& c) { c.block({pay(kA, 0, 40, 30)}); }},
    NamedChain{"two_pay_a_new_account",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, 40, 30), pay(kB, 0, 40, 7)});
               }},
    NamedChain{"credit_overflow",
               [](ChainBuilder& c) {
                   c.hold(kA, 100);
                   c.hold(kB, kMost - 5);
                   c.block({pay(kA, 0, kB, 10, kGold)});
               }},
    // Each credit fits; the second one does not on top of the first.
    NamedChain{"two_credits_overflow",
               [](ChainBuilder& c) {
                   c.hold(kA, 100);
                   c.hold(kC, 100);
                   c.hold(kB, kMost - 15);
                   c.block({pay(kA, 0, kB, 10, kGold), pay(kC, 0, kB, 10, kGold)});
               }},
    NamedChain{"burn_cap",
               [](ChainBuilder& c) {
                   c.fund(kA, 18'000'000'000'000'000 + 10 * kFee);
                   c.block(
                       {signed_by(kA, 0, BurnPayload{kTosAsset, Amount{18'000'000'000'000'009}}),
                        signed_by(kB, 0, BurnPayload{kTosAsset, Amount{1}})});
               }},
    NamedChain{
        "one_of_four_fails",
        [](ChainBuilder& c) {
            c.fund(7, kFee + 7);
            c.block({pay(kA, 0, kB, 1), pay(kC, 0, kD, 1), pay(7, 0, 8, 200), pay(kB, 0, 9, 1)});
        }},
    NamedChain{"spend_all",
               [](ChainBuilder& c) {
                   c.hold(kA, 9);
                   c.block({pay(kA, 0, kB, 9, kGold)});
               }},
    NamedChain{"send_and_be_paid",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kB, 30), pay(kC, 0, kA, 7)});
               }},
    NamedChain{"two_payers",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kC, 5), pay(kB, 0, kC, 7)});
               }},
    NamedChain{"two_pairs",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kC, 5), pay(kB, 0, kD, 7)});
               }},
    NamedChain{"two_payments_in_one",
               [](ChainBuilder& c) {
                   c.block({signed_by(
                       kA, 0,
                       TransfersPayload{{Transfer{kTosAsset, account(kB), Amount{5}, {}},
                                         Transfer{kTosAsset, account(kB), Amount{7}, {}}}})});
               }},
    NamedChain{"gold_payment",
               [](ChainBuilder& c) {
                   c.hold(kA, 60);
                   c.hold(kB, 1);
                   c.block({pay(kA, 0, kB, 30, kGold)});
               }},
    NamedChain{"gold_overspend",
               [](ChainBuilder& c) {
                   c.hold(kA, 60);
                   c.block({pay(kA, 0, kB, 90, kGold)});
               }},
    // The payer's balance before the second block is not what it was before the first.
    NamedChain{"paid_then_spends",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kD, 1), pay(kB, 0, kA, 500)});
                   c.block({pay(kA, 1, kC, 30)});
               }},
    NamedChain{"two_fail",
               [](ChainBuilder& c) {
                   c.fund(kA, 2 * kFee);
                   c.block({pay(kA, 0, kB, 5 * kFee), pay(kC, 5, kD, 1)});
               }},
    NamedChain{"both_fail_rejected",
               [](ChainBuilder& c) {
                   c.model(FailureModel::kRejectBlock);
                   c.fund(kA, 2 * kFee);
                   c.block({pay(kA, 0, kB, 5 * kFee), pay(kC, 5, kD, 1)});
               }},
    // Leaves the debit, the nonce and the first output (semantics reference, 6.3).
    NamedChain{
        "half_done_stays",
        [](ChainBuilder& c) {
            c.model(FailureModel::kOrphanPartial);
            c.hold(kA, 100);
            c.hold(kC, kMost - 5);
            c.block({signed_by(kA, 0,
                               TransfersPayload{{Transfer{kGold, account(kB), Amount{30}, {}},
                                                 Transfer{kGold, account(kC), Amount{50}, {}}}})});
        }},
    // The sender's second payment is right only after the first one's.
    NamedChain{"chain_of_one_sender",
               [](ChainBuilder& c) {
                   c.block({pay(kA, 0, kB, 20), pay(kA, 1, kC, 30), pay(kA, 2, kD, 40),
                            pay(kB, 0, kC, 1)});
               }},
};

}  // namespace

std::optional<MinimalChain> minimal_chain(std::string_view name) {
    for (const NamedChain& chain : kChains) {
        if (chain.name == name) {
            ChainBuilder builder;
            for (const std::uint8_t party : {kA, kB, kC, kD}) {
                builder.fund(party, 1000 * kCoin);
            }
            chain.build(builder);
            return std::move(builder).take();
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> minimal_chain_names() {
    std::vector<std::string_view> names;
    for (const NamedChain& chain : kChains) {
        names.push_back(chain.name);
    }
    return names;
}

}  // namespace parallax
