#include "testbed/faults/minimal_chains.hpp"

#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/signature.hpp"

#include <array>
#include <limits>
#include <utility>

namespace parallax::testbed {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
/// Enough for every transaction here.
constexpr std::uint64_t kFee = 100'000;
constexpr std::uint64_t kFirstTopoheight = 50;
constexpr std::uint8_t kDevnet = 3;
const model::AssetId kGold = model::AssetId::from_array({9});

/// The parties, by number.
constexpr std::uint8_t kA = 1;
constexpr std::uint8_t kB = 2;
constexpr std::uint8_t kC = 3;
constexpr std::uint8_t kD = 4;
constexpr std::uint8_t kMiner = 20;

crypto::SigningKey key(std::uint8_t party) {
    return crypto::SigningKey::from_seed(std::array<std::uint8_t, 32>{party, 77});
}
model::PublicKey account(std::uint8_t party) {
    return key(party).public_key();
}

tos::e1::Transaction draft(std::uint8_t party, std::uint64_t nonce, tos::e1::Payload payload) {
    tos::e1::Transaction transaction;
    transaction.chain_id = kDevnet;
    transaction.source = account(party);
    transaction.nonce = model::Nonce{nonce};
    const bool is_energy = std::holds_alternative<tos::e1::EnergyPayload>(payload);
    transaction.fee = model::Amount{is_energy ? 0 : kFee};
    transaction.payload = std::move(payload);
    return transaction;
}
tos::e1::Transaction sign(std::uint8_t party, tos::e1::Transaction transaction) {
    transaction.signature = key(party).sign(tos::e1::signing_bytes(transaction));
    return transaction;
}
tos::e1::Transaction signed_by(std::uint8_t party, std::uint64_t nonce, tos::e1::Payload payload) {
    return sign(party, draft(party, nonce, std::move(payload)));
}
tos::e1::Payload payment(std::uint8_t to, std::uint64_t amount,
                         const model::AssetId& asset = model::kTosAsset) {
    return tos::e1::TransfersPayload{
        {tos::e1::Transfer{asset, account(to), model::Amount{amount}, {}}}};
}
tos::e1::Transaction pay(std::uint8_t from, std::uint64_t nonce, std::uint8_t to,
                         std::uint64_t amount, const model::AssetId& asset = model::kTosAsset) {
    return signed_by(from, nonce, payment(to, amount, asset));
}
/// Signed by the party and, as its one participant, by another.
tos::e1::Transaction cosigned(std::uint8_t party, std::uint64_t nonce, tos::e1::Payload payload,
                              std::uint8_t other) {
    tos::e1::Transaction transaction = draft(party, nonce, std::move(payload));
    transaction.multisig = tos::e1::MultisigSection{{tos::e1::Cosignature{0, {}}}};
    transaction = sign(party, std::move(transaction));
    const model::Hash message = crypto::blake3(tos::e1::signing_bytes(transaction));
    transaction.multisig->signatures[0].signature = key(other).sign(message.bytes());
    return transaction;
}

/// Collects a chain. Blocks are admitted here: a chain of the table that is not admitted is a bug.
class ChainBuilder {
  public:
    ChainBuilder() { chain_.profile = *tos::e1::find_profile("devnet"); }

    void set(const model::StateKey& at, model::StateValue value) {
        chain_.state.insert_or_assign(at, std::move(value));
    }
    void fund(std::uint8_t party, std::uint64_t tos) {
        set(model::account_key(account(party)),
            model::AccountRecord{model::Nonce{0}, model::Topoheight{3}});
        set(model::balance_key(account(party), model::kTosAsset),
            model::AmountRecord{model::Amount{tos}});
    }
    void hold(std::uint8_t party, std::uint64_t amount) {
        set(model::balance_key(account(party), kGold), model::AmountRecord{model::Amount{amount}});
    }
    void guard(std::uint8_t party, std::uint8_t participant) {
        set(model::multisig_key(account(party)),
            base::Boxed<model::MultisigRecord>(model::MultisigRecord{1, {account(participant)}}));
    }
    void model(protocol::FailureModel model) { chain_.profile.failure_model = model; }
    void block(std::vector<tos::e1::Transaction> transactions) {
        tos::e1::Block block;
        const std::uint64_t topoheight = kFirstTopoheight + chain_.blocks.size();
        block.placement.topoheight = model::Topoheight{topoheight};
        block.header.height = model::BlockHeight{topoheight};
        block.header.miner = account(kMiner);
        for (const tos::e1::Transaction& transaction : transactions) {
            block.header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
        }
        block.transactions = std::move(transactions);
        block.hash = tos::e1::block_hash(block.header);
        if (auto admitted = chain_.profile.admit(std::move(block)); admitted.ok()) {
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
                   tos::e1::Transaction forged = draft(kA, 0, payment(kB, 30));
                   c.block({sign(kD, std::move(forged))});
               }},
    NamedChain{"malformed",
               [](ChainBuilder& c) {
                   c.block(
                       {signed_by(kA, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{0}}),
                        pay(kB, 0, kB, 1)});
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
    NamedChain{"second_part_fails",
               [](ChainBuilder& c) {
                   c.hold(kA, 60);
                   c.block({signed_by(
                       kA, 0,
                       tos::e1::TransfersPayload{
                           {tos::e1::Transfer{model::kTosAsset, account(kB), model::Amount{30}, {}},
                            tos::e1::Transfer{kGold, account(kC), model::Amount{90}, {}}}})});
               }},
    NamedChain{
        "burns",
        [](ChainBuilder& c) {
            c.hold(kA, 100);
            c.block({signed_by(kA, 0, tos::e1::BurnPayload{kGold, model::Amount{40}}),
                     signed_by(kB, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{7}})});
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
                   c.block({signed_by(kA, 0, tos::e1::MultisigPayload{1, {account(kB)}})});
               }},
    NamedChain{"multisig_off",
               [](ChainBuilder& c) {
                   c.guard(kA, kB);
                   c.block({cosigned(kA, 0, tos::e1::MultisigPayload{}, kB)});
               }},
    NamedChain{"multisig_off_then_on",
               [](ChainBuilder& c) {
                   c.guard(kA, kB);
                   c.block({cosigned(kA, 0, tos::e1::MultisigPayload{}, kB),
                            signed_by(kA, 1, tos::e1::MultisigPayload{1, {account(kC)}})});
               }},
    NamedChain{"multisig_on_then_pay",
               [](ChainBuilder& c) {
                   c.block({signed_by(kA, 0, tos::e1::MultisigPayload{1, {account(kB)}}),
                            pay(kA, 1, kC, 30)});
               }},
    // The second one reads a row that the first has written with the value that it had.
    NamedChain{"multisig_same_again",
               [](ChainBuilder& c) {
                   c.guard(kA, kB);
                   c.block({cosigned(kA, 0, tos::e1::MultisigPayload{1, {account(kB)}}, kB),
                            cosigned(kA, 1, payment(kC, 30), kB)});
               }},
    NamedChain{"multisig_payer",
               [](ChainBuilder& c) {
                   c.guard(kA, kD);
                   c.block({pay(kA, 0, kB, 30)});
               }},
    NamedChain{"energy_fee",
               [](ChainBuilder& c) {
                   model::EnergyRecord energy;
                   energy.energy = 9;
                   c.set(model::energy_key(account(kA)), base::Boxed<model::EnergyRecord>(energy));
                   tos::e1::Transaction first = draft(kA, 0, payment(kB, 30));
                   first.fee = model::Amount{0};
                   first.fee_type = tos::e1::FeeType::kEnergy;
                   c.block({sign(kA, std::move(first)), pay(kA, 1, kB, 10)});
               }},
    NamedChain{"freeze",
               [](ChainBuilder& c) {
                   c.block({signed_by(kA, 0,
                                      tos::e1::EnergyPayload{tos::e1::EnergyFreeze{
                                          model::Amount{2 * model::kCoin}, 3}})});
               }},
    NamedChain{
        "deploy",
        [](ChainBuilder& c) {
            c.block({signed_by(
                kA, 0, tos::e1::DeployContractPayload{{0x7F, 'E', 'L', 'F', 1}, std::nullopt})});
        }},
    NamedChain{"one_name",
               [](ChainBuilder& c) {
                   std::vector<tos::e1::Transaction> both;
                   for (const std::uint8_t party : {kA, kB}) {
                       tos::e1::Transaction taken =
                           draft(party, 0, tos::e1::RegisterNamePayload{"parallax"});
                       taken.fee = model::Amount{tos::e1::kNameRegistrationFee};
                       both.push_back(sign(party, std::move(taken)));
                   }
                   c.block(std::move(both));
               }},
    NamedChain{
        "delegate_to_one",
        [](ChainBuilder& c) {
            for (const std::uint8_t party : {kA, kB}) {
                model::EnergyRecord energy;
                energy.frozen = 5;
                energy.energy = 30;
                energy.self_records = {{5, 3, model::Topoheight{1}, model::Topoheight{40}, 30}};
                c.set(model::energy_key(account(party)), base::Boxed<model::EnergyRecord>(energy));
            }
            const tos::e1::EnergyDelegate delegate{{{account(kC), model::Amount{model::kCoin}}}, 3};
            c.block({signed_by(kA, 0, tos::e1::EnergyPayload{delegate}),
                     signed_by(kB, 0, tos::e1::EnergyPayload{delegate})});
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
    NamedChain{
        "burn_cap",
        [](ChainBuilder& c) {
            c.fund(kA, 18'000'000'000'000'000 + 10 * kFee);
            c.block({signed_by(kA, 0,
                               tos::e1::BurnPayload{model::kTosAsset,
                                                    model::Amount{18'000'000'000'000'009}}),
                     signed_by(kB, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{1}})});
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
    NamedChain{
        "two_payments_in_one",
        [](ChainBuilder& c) {
            c.block({signed_by(
                kA, 0,
                tos::e1::TransfersPayload{
                    {tos::e1::Transfer{model::kTosAsset, account(kB), model::Amount{5}, {}},
                     tos::e1::Transfer{model::kTosAsset, account(kB), model::Amount{7}, {}}}})});
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
                   c.model(protocol::FailureModel::kRejectBlock);
                   c.fund(kA, 2 * kFee);
                   c.block({pay(kA, 0, kB, 5 * kFee), pay(kC, 5, kD, 1)});
               }},
    // Leaves the debit, the nonce and the first output (protocol notes, 6.3).
    NamedChain{"half_done_stays",
               [](ChainBuilder& c) {
                   c.model(protocol::FailureModel::kOrphanPartial);
                   c.hold(kA, 100);
                   c.hold(kC, kMost - 5);
                   c.block({signed_by(
                       kA, 0,
                       tos::e1::TransfersPayload{
                           {tos::e1::Transfer{kGold, account(kB), model::Amount{30}, {}},
                            tos::e1::Transfer{kGold, account(kC), model::Amount{50}, {}}}})});
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
                builder.fund(party, 1000 * model::kCoin);
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

}  // namespace parallax::testbed
