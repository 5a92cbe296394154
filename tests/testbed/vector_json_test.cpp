#include "testbed/vectors/vector_json.hpp"

#include "testbed/vectors/vector_transaction.hpp"
#include "tests/support/public_vectors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace parallax::testbed {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kKey = "\"" + std::string(64, 'a') + "\"";

/// The only case of a file around `fields`.
VectorCase only_case(const std::string& fields) {
    const auto file = parse_json_vectors("{\"test_vectors\": [{" + fields + "}]}");
    if (!file.ok() || file->cases.size() != 1) {
        ADD_FAILURE() << file.status();
        return {};
    }
    return file->cases[0];
}
VectorCase case_with_state(const std::string& state) {
    return only_case(R"("name": "n", "input": {"kind": "tx"}, "expected": {"success": false,
        "error_code": 1}, "pre_state": )" +
                     state);
}

TEST(VectorJson, rejects_what_is_no_vector_file) {
    for (const char* text : {"", "{", "[]", "3", "null", "{}", R"({"test_vectors": {}})",
                             R"({"test_vectors": []})", R"({"test_vectors": [}])", "\xFF\xFE"}) {
        EXPECT_FALSE(parse_json_vectors(text).ok()) << text;
    }
    EXPECT_FALSE(parse_json_vectors(std::string(200'000, '[')).ok());
}

TEST(VectorJson, keeps_a_malformed_case_with_its_problem) {
    EXPECT_THAT(case_with_state("[]").problem, HasSubstr("pre_state: is not an object"));
    EXPECT_THAT(case_with_state(R"({"accounts": 7})").problem,
                HasSubstr("accounts: is not a list"));
    EXPECT_THAT(case_with_state(R"({"accounts": [{"address": "ab"}]})").problem,
                "test_vectors[0].pre_state.accounts[0].address: is not 32 bytes of hex");
    const auto with_balance = [](const std::string& balance) {
        return case_with_state("{\"accounts\": [{\"address\": " + kKey +
                               ", \"balance\": " + balance + "}]}");
    };
    for (const char* bad : {"-1", "1.5", "\"7\"", "18446744073709551616", "true", "{}"}) {
        EXPECT_THAT(with_balance(bad).problem, HasSubstr("accounts[0].balance: is not")) << bad;
    }
    const VectorCase sound = with_balance("18446744073709551615");
    EXPECT_EQ(sound.problem, "");
    EXPECT_EQ(sound.pre_state->accounts[0].balance, model::Amount{18446744073709551615U});
    EXPECT_THAT(only_case(R"("name": 4)").problem, HasSubstr("name: is not a string"));
    EXPECT_THAT(only_case(R"("input": {"kind": "tx"})").problem, HasSubstr("expected"));
}

TEST(VectorJson, reads_kinds_and_runnable) {
    const auto kind = [](const std::string& word) {
        return only_case(R"("expected": {"success": false, "error_code": 1}, "input": {"kind": ")" +
                         word + "\"}")
            .kind;
    };
    EXPECT_EQ(kind("tx"), VectorKind::kTransaction);
    EXPECT_EQ(kind("tx_roundtrip"), VectorKind::kRoundtrip);
    EXPECT_EQ(kind("block"), VectorKind::kBlock);
    EXPECT_EQ(kind("chain"), VectorKind::kChain);
    EXPECT_EQ(kind("p2p"), VectorKind::kOther);
    EXPECT_EQ(only_case(R"("input": {"rpc": {}})").kind, VectorKind::kOther);
    EXPECT_FALSE(only_case(R"("runnable": false, "input": {"kind": "p2p"})").runnable);
}

TEST(VectorJson, an_unknown_kind_is_a_problem_and_nothing_to_skip) {
    for (const char* input : {R"({"kind": "txx"})", R"({"kind": ""})", R"({"kind": "rpc"})", "{}",
                              R"({"kind": null})", R"({"kind": 3, "rpc": {}})"}) {
        const VectorCase vector = only_case(
            std::string(R"("expected": {"success": false, "error_code": 1}, "input": )") + input);
        EXPECT_THAT(vector.problem, HasSubstr("input.kind")) << input;
    }
    EXPECT_EQ(only_case(R"("input": {"kind": "ristretto255", "op": "sign"})").problem, "");
}

TEST(VectorJson, a_member_that_is_not_known_is_a_problem) {
    EXPECT_THAT(
        only_case(
            R"("expected": {"success": false, "error_code": 1}, "input": {"kind": "tx"}, "runable": false)")
            .problem,
        HasSubstr("runable: is not a member"));
    EXPECT_THAT(case_with_state(R"({"global_state": {"total_burnt": 1}})").problem,
                HasSubstr("global_state.total_burnt"));
    EXPECT_THAT(case_with_state(R"({"names": []})").problem, HasSubstr("pre_state.names"));
    EXPECT_FALSE(parse_json_vectors(R"({"test_vectors": [{"name": "a", "name": "b"}]})").ok());
    EXPECT_FALSE(parse_json_vectors(R"({"test_vectors": [{"": "a", "": "b"}]})").ok());
}

TEST(VectorJson, a_vector_that_states_nothing_to_compare_is_unsound) {
    const auto problem = [](const std::string& kind, const std::string& expected) {
        return only_case(R"("input": {"kind": ")" + kind + R"(", "blocks": [], "txs": []},
            "expected": {)" +
                         expected + "}")
            .problem;
    };
    const std::string accounts = R"({"accounts": [{"address": )" + kKey + "}]}";
    for (const char* kind : {"block", "chain"}) {
        EXPECT_THAT(problem(kind, R"("error_code": 0)"), HasSubstr("success: is missing"));
        EXPECT_THAT(problem(kind, R"("success": true)"), HasSubstr("error_code: is missing"));
        for (const char* nothing : {"", R"(, "post_state": null, "state_digest": "")",
                                    R"(, "post_state": {"accounts": []})"}) {
            EXPECT_THAT(problem(kind, std::string(R"("success": true, "error_code": 0)") + nothing),
                        HasSubstr("nothing tells the state"))
                << nothing;
        }
    }
    // A failure leaves the state as it was, and a round trip has none.
    EXPECT_THAT(problem("block", R"("success": false, "error_code": 1)"),
                Not(HasSubstr("nothing tells")));
    EXPECT_THAT(problem("block", R"("success": true, "error_code": 0, "post_state": )" + accounts),
                Not(HasSubstr("nothing tells")));
    EXPECT_THAT(problem("tx_roundtrip", R"("success": true, "error_code": 0)"),
                Not(HasSubstr("nothing tells")));
}

TEST(VectorJson, tells_the_list_of_accounts_from_a_file_of_vectors_that_is_broken) {
    EXPECT_TRUE(is_account_list(R"({"accounts": [{"name": "a"}]})"));
    for (const char* text : {"", "[]", R"({"accounts": [)", R"({"accounts": 3})",
                             R"({"accounts": [], "test_vectors": []})"}) {
        EXPECT_FALSE(is_account_list(text)) << text;
    }
}

TEST(VectorJson, reads_chain_blocks) {
    const VectorCase vector = only_case(
        R"("expected": {"success": false, "error_code": 1}, "input": {"kind": "chain", "blocks": [
            {"id": "b1", "parents": ["genesis"], "height": 1, "timestamp_ms": 5,
             "txs": [{"wire_hex": "00"}]},
            {"id": "b2", "parents": [], "txs": []}]})");
    ASSERT_EQ(vector.problem, "");
    ASSERT_EQ(vector.chain_blocks.size(), 2U);
    EXPECT_EQ(vector.chain_blocks[0].parents, std::vector<std::string>{"genesis"});
    EXPECT_EQ(vector.chain_blocks[0].height, 1U);
    EXPECT_EQ(vector.chain_blocks[0].timestamp_ms, 5U);
    EXPECT_EQ(vector.chain_blocks[0].transactions[0].wire_hex, "00");
    EXPECT_FALSE(vector.chain_blocks[1].height);
}

const std::string kTransferJson =
    R"({"version": 1, "chain_id": 3, "source": )" + kKey +
    R"(, "tx_type": "transfers", "payload": [{"asset": )" + kKey + R"(, "destination": )" + kKey +
    R"(, "amount": 18446744073709551615, "extra_data": null}], "fee": 1, "fee_type": 0,
    "nonce": 2, "reference_hash": )" +
    kKey + R"(, "reference_topoheight": 3, "signature": ")" + std::string(128, '0') + "\"}";

VectorTransaction transaction_of(const std::string& input) {
    const VectorCase vector =
        only_case(R"("expected": {"success": false, "error_code": 1}, "input": {"kind": "tx", )" +
                  input + "}");
    EXPECT_EQ(vector.problem, "");
    return vector.transactions.at(0);
}

TEST(VectorJson, builds_a_transaction_from_json) {
    const VectorTransaction forms = transaction_of("\"tx\": " + kTransferJson);
    EXPECT_TRUE(forms.has_json);
    ASSERT_TRUE(forms.from_json);
    EXPECT_EQ(forms.from_json->nonce, model::Nonce{2});
    const auto& transfers = std::get<tos::e1::TransfersPayload>(forms.from_json->payload).transfers;
    ASSERT_EQ(transfers.size(), 1U);
    EXPECT_EQ(transfers[0].amount, model::Amount{18446744073709551615U});
    EXPECT_FALSE(transfers[0].extra_data);
}

TEST(VectorJson, builds_nothing_from_unsound_or_other_json) {
    const auto built = [](std::string from, const std::string& part, const std::string& by) {
        from.replace(from.find(part), part.size(), by);
        const VectorTransaction forms = transaction_of("\"tx\": " + from);
        return forms.has_json && forms.from_json.has_value();
    };
    EXPECT_TRUE(built(kTransferJson, "transfers", "transfers"));
    EXPECT_FALSE(built(kTransferJson, "\"transfers\"", "\"burn\""));
    EXPECT_FALSE(built(kTransferJson, "\"fee_type\": 0", "\"fee_type\": 3"));
    EXPECT_FALSE(built(kTransferJson, "\"nonce\": 2", "\"nonce\": -2"));
    EXPECT_FALSE(built(kTransferJson, "\"chain_id\": 3", "\"chain_id\": 256"));
    EXPECT_FALSE(built(kTransferJson, std::string(128, '0'), std::string(126, '0')));
    EXPECT_FALSE(built(kTransferJson, std::string(128, '0'), std::string(128, 'f')));
}

TEST(VectorJson, prefers_the_wire_and_falls_back_as_asked) {
    const VectorTransaction forms = transaction_of("\"tx\": " + kTransferJson);
    const auto take = [&](std::optional<std::string> wire, VectorFallback fallback) {
        VectorTransaction changed = forms;
        changed.wire_hex = std::move(wire);
        return vector_transaction(changed, tos::e1::Trailing::kRejected, fallback);
    };
    tos::e1::Transaction other = *forms.from_json;
    other.nonce = model::Nonce{9};
    const std::string wire = base::to_hex(tos::e1::encode_transaction(other));
    const auto from_wire = take(" \n" + wire + "\t", VectorFallback::kIfUndecodable);
    ASSERT_TRUE(from_wire.ok()) << from_wire.status();
    EXPECT_EQ(from_wire->nonce, model::Nonce{9});
    for (const auto fallback : {VectorFallback::kIfUndecodable, VectorFallback::kIfWireAbsent}) {
        EXPECT_EQ(take(std::nullopt, fallback)->nonce, model::Nonce{2});
        EXPECT_EQ(take("", fallback)->nonce, model::Nonce{2});
    }
    for (const std::string& bad : {"0x" + wire, wire + "0", wire + "00", std::string("zz")}) {
        EXPECT_EQ(take(bad, VectorFallback::kIfUndecodable)->nonce, model::Nonce{2});
        EXPECT_FALSE(take(bad, VectorFallback::kIfWireAbsent).ok());
    }
    EXPECT_FALSE(
        vector_transaction({}, tos::e1::Trailing::kRejected, VectorFallback::kIfUndecodable).ok());
}

std::optional<model::StateValue> row(const VectorState& state, const model::StateKey& key) {
    for (const auto& [row_key, value] : load_rows(state)) {
        if (row_key == key) {
            return value;
        }
    }
    return std::nullopt;
}

TEST(VectorState, loads_accounts_and_the_miner) {
    const auto key = *model::PublicKey::from_hex(std::string(64, 'a'));
    VectorState state;
    state.accounts.push_back(
        {key, model::Amount{5}, model::Nonce{6}, model::Amount{3 * model::kCoin + 1}, 8, 0, {}});
    EXPECT_EQ(row(state, model::account_key(key)),
              model::StateValue(model::AccountRecord{model::Nonce{6}, model::Topoheight{0}}));
    EXPECT_EQ(row(state, model::balance_key(key, model::kTosAsset)),
              model::StateValue(model::AmountRecord{model::Amount{5}}));
    EXPECT_EQ(row(state, model::energy_key(key)),
              model::StateValue(base::Boxed(model::EnergyRecord{8, 3, {}, {}, {}})));
    EXPECT_FALSE(row(state, model::account_attributes_key(key)));
    EXPECT_EQ(row(state, model::account_key(vector_miner_key())),
              model::StateValue(model::AccountRecord{}));
    EXPECT_EQ(row(state, model::balance_key(vector_miner_key(), model::kTosAsset)),
              model::StateValue(model::AmountRecord{}));
    state.accounts.push_back({vector_miner_key(), model::Amount{9}, {}, {}, 0, 1, {7}});
    EXPECT_EQ(row(state, model::balance_key(vector_miner_key(), model::kTosAsset)),
              model::StateValue(model::AmountRecord{model::Amount{9}}));
    EXPECT_EQ(row(state, model::account_attributes_key(vector_miner_key())),
              model::StateValue(base::Boxed(model::AccountAttributesRecord{1, {7}})));
}

TEST(VectorState, replaces_the_energy_of_an_account_by_an_explicit_entry) {
    const auto key = *model::PublicKey::from_hex(std::string(64, 'a'));
    VectorState state;
    state.accounts.push_back({key, {}, {}, model::Amount{9 * model::kCoin}, 8, 0, {}});
    VectorEnergy energy{key, 4, model::Amount{2 * model::kCoin}, {}, {}};
    energy.freeze_records.push_back(
        {model::Amount{model::kCoin}, 14, model::Topoheight{1}, model::Topoheight{71}, {}});
    energy.freeze_records.push_back(
        {model::Amount{model::kCoin}, 6, model::Topoheight{1}, model::Topoheight{31}, 3});
    energy.pending_unfreezes.push_back({model::Amount{5 * model::kCoin}, model::Topoheight{90}});
    state.energy_resources.push_back(energy);
    const model::EnergyRecord expected{4,
                                       2,
                                       {{1, 7, model::Topoheight{1}, model::Topoheight{71}, 14},
                                        {1, 3, model::Topoheight{1}, model::Topoheight{31}, 6}},
                                       {},
                                       {{5, model::Topoheight{90}}}};
    EXPECT_EQ(row(state, model::energy_key(key)), model::StateValue(base::Boxed(expected)));
}

TEST(VectorState, digests_an_empty_account_list_as_forty_bytes) {
    EXPECT_EQ(vector_state_digest({}, {}), vector_state_digest(VectorGlobals{}, {}));
    VectorGlobals globals;
    globals.timestamp = 1;
    EXPECT_NE(vector_state_digest({}, {}), vector_state_digest(globals, {}));
}

TEST(VectorState, digests_the_worked_example) {
    const std::vector<VectorAccount> accounts = {
        {*model::PublicKey::from_hex(
             "f05bc1df2831717c2992d85b57e0cf3d123fd6c254257de5f784be369747b249"),
         model::Amount{800'000},
         model::Nonce{6},
         {},
         0,
         0,
         {}},
        {*model::PublicKey::from_hex(
             "c29d170ab8a5b42a3520878501a87a27f9b5653fca8b0c59fc2786cf26e37824"),
         model::Amount{100'000},
         model::Nonce{0},
         {},
         0,
         0,
         {}}};
    EXPECT_EQ(vector_state_digest({}, accounts).hex(),
              "01a435c08148945c3ab2abeb3834b54e2da2bf94eb224307da4d007a8b6c2ab8");
}

class PublicVectors : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto folder = test::public_vectors_folder();
        if (!folder) {
            GTEST_SKIP() << "no public vectors";
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
            if (entry.path().extension() == ".json") {
                std::ifstream stream(entry.path(), std::ios::binary);
                std::ostringstream text;
                text << stream.rdbuf();
                if (auto file = parse_json_vectors(text.str()); file.ok()) {
                    std::ranges::move(file->cases, std::back_inserter(cases));
                }
            }
        }
        ASSERT_FALSE(cases.empty());
    }
    /// Every wire of every case.
    [[nodiscard]] std::vector<std::pair<std::string, base::Bytes>> wires() const {
        std::vector<std::pair<std::string, base::Bytes>> found;
        const auto add = [&](const VectorCase& vector, const VectorTransaction& transaction) {
            const auto wire = base::parse_hex(transaction.wire_hex.value_or(""));
            if (wire && !wire->empty()) {
                found.emplace_back(vector.name, *wire);
            }
        };
        for (const VectorCase& vector : cases) {
            for (const VectorTransaction& transaction : vector.transactions) {
                add(vector, transaction);
            }
            for (const VectorChainBlock& block : vector.chain_blocks) {
                for (const VectorTransaction& transaction : block.transactions) {
                    add(vector, transaction);
                }
            }
        }
        return found;
    }

    std::vector<VectorCase> cases;
};

TEST_F(PublicVectors, are_all_read) {
    for (const VectorCase& vector : cases) {
        EXPECT_EQ(vector.problem, "") << vector.name;
    }
}

TEST_F(PublicVectors, pin_the_state_digest) {
    std::size_t compared = 0;
    for (const VectorCase& vector : cases) {
        const auto& post = vector.expected.post_state;
        if (vector.kind != VectorKind::kOther && post && !vector.expected.state_digest.empty()) {
            EXPECT_EQ(vector_state_digest(post->globals, post->accounts).hex(),
                      vector.expected.state_digest)
                << vector.name;
            ++compared;
        }
    }
    EXPECT_GT(compared, 0U);
}

TEST_F(PublicVectors, decode_and_encode_to_the_same_bytes) {
    std::size_t decoded_count = 0;
    for (const auto& [name, wire] : wires()) {
        const auto decoded = tos::e1::decode_transaction(wire, tos::e1::Trailing::kRejected);
        if (!decoded.ok()) {
            continue;
        }
        ++decoded_count;
        const base::Bytes encoded = tos::e1::encode_transaction(*decoded);
        const auto* invoke = std::get_if<tos::e1::InvokeContractPayload>(&decoded->payload);
        if (invoke != nullptr && wire.size() > encoded.size()) {
            // A repeated deposit collapses (2.2): 41 bytes for each.
            EXPECT_EQ((wire.size() - encoded.size()) % 41, 0U) << name;
        } else {
            EXPECT_EQ(base::to_hex(encoded), base::to_hex(wire)) << name;
        }
    }
    EXPECT_GT(decoded_count, 0U);
}

TEST_F(PublicVectors, without_a_state_decode_as_expected) {
    std::size_t judged = 0;
    for (const VectorCase& vector : cases) {
        const bool wire_only = vector.kind == VectorKind::kRoundtrip ||
                               (vector.kind == VectorKind::kTransaction && !vector.pre_state);
        if (!wire_only) {
            continue;
        }
        const auto decoded =
            vector_transaction(vector.transactions.at(0), tos::e1::Trailing::kRejected,
                               VectorFallback::kIfUndecodable);
        EXPECT_EQ(decoded.ok(), vector.expected.success) << vector.name << ": " << decoded.status();
        ++judged;
    }
    EXPECT_GT(judged, 0U);
}

TEST_F(PublicVectors, never_decode_when_cut_short) {
    for (const auto& [name, wire] : wires()) {
        if (!tos::e1::decode_transaction(wire, tos::e1::Trailing::kRejected).ok()) {
            continue;
        }
        // Every offset of a short wire; of a long one, the ends and a stride of the middle.
        const std::size_t stride = wire.size() > 4096 ? 97 : 1;
        for (std::size_t size = 0; size < wire.size();
             size += size + 512 < wire.size() && size > 512 ? stride : 1) {
            ASSERT_FALSE(tos::e1::decode_transaction(std::span(wire).first(size),
                                                     tos::e1::Trailing::kIgnored)
                             .ok())
                << name << " cut to " << size;
        }
    }
}

}  // namespace
}  // namespace parallax::testbed
