#include "tests/app/program.hpp"
#include "tests/support/tree_folders.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/signature.hpp"

namespace parallax::app {
namespace {

/// Vectors of our own: a burn of 1,000 by an account with 1,000,000 and nonce 5.
class ConformanceCommand : public ProgramTest {
  protected:
    static crypto::SigningKey key() {
        std::array<std::uint8_t, 32> seed{};
        seed.fill(7);
        return crypto::SigningKey::from_seed(seed);
    }

    static std::string burn_wire(std::uint64_t nonce) {
        tos::e1::Transaction transaction;
        transaction.chain_id = 3;
        transaction.source = key().public_key();
        transaction.payload = tos::e1::BurnPayload{model::kTosAsset, model::Amount{1000}};
        transaction.fee = model::Amount{100'000};
        transaction.nonce = model::Nonce{nonce};
        transaction.signature = key().sign(tos::e1::signing_bytes(transaction));
        return base::to_hex(tos::e1::encode_transaction(transaction));
    }

    static std::string state(std::uint64_t balance, std::uint64_t nonce, std::uint64_t burned,
                             std::uint64_t height) {
        return R"({"network_chain_id":3,"global_state":{"total_supply":0,"total_burned":)" +
               std::to_string(burned) + R"(,"total_energy":0,"block_height":)" +
               std::to_string(height) + R"(,"timestamp":0},"accounts":[{"address":")" +
               key().public_key().hex() + R"(","balance":)" + std::to_string(balance) +
               R"(,"nonce":)" + std::to_string(nonce) +
               R"(,"frozen":0,"energy":0,"flags":0,"data":""}]})";
    }

    static std::string vector(const std::string& name, const std::string& input, int code,
                              const std::string& post_state) {
        return R"({"name":")" + name + R"(","pre_state":)" + state(1'000'000, 5, 0, 1) +
               R"(,"input":)" + input + R"(,"expected":{"success":)" +
               (code == 0 ? "true" : "false") + R"(,"error_code":)" + std::to_string(code) +
               R"(,"state_digest":"","post_state":)" + post_state + "}}";
    }
    static std::string single(std::uint64_t nonce) {
        return R"({"kind":"tx","wire_hex":")" + burn_wire(nonce) + R"("})";
    }
    static std::string block(std::uint64_t first, std::uint64_t second) {
        return R"({"kind":"block","txs":[{"wire_hex":")" + burn_wire(first) +
               R"("},{"wire_hex":")" + burn_wire(second) + R"("}]})";
    }

    void write_vectors(const std::string& name, const std::vector<std::string>& vectors) const {
        std::string text = R"({"test_vectors":[)";
        for (std::size_t i = 0; i < vectors.size(); ++i) {
            text += (i == 0 ? "" : ",") + vectors[i];
        }
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        write_file(path(name), text + "]}");
    }

    static std::string last_line(const std::string& text) {
        const std::size_t end = text.find_last_not_of('\n');
        const std::size_t start = text.rfind('\n', end);
        return text.substr(start + 1, end - start);
    }

    const std::string burned_ = state(899'000, 6, 1000, 1);
    const std::string burned_twice_ = state(798'000, 7, 2000, 2);
    const std::string unchanged_ = state(1'000'000, 5, 0, 1);
};

TEST_F(ConformanceCommand, passes_vectors_that_every_executor_reproduces) {
    write_vectors("v/good.json", {vector("burn", single(5), 0, burned_),
                                  vector("nonce too high", single(6), 0x111, unchanged_),
                                  vector("nonce too low", single(4), 0x110, unchanged_),
                                  vector("two burns", block(5, 6), 0, burned_twice_),
                                  vector("second nonce wrong", block(5, 7), 0x111, unchanged_)});
    for (const char* store : {"rocksdb", "memory"}) {
        const auto result = run({"conformance", path("v"), "--store", store});
        EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
        EXPECT_EQ(result.out, "PASS good.json 5 passed\n5 passed, 0 failed, 0 skipped\n");
    }
}

TEST_F(ConformanceCommand, runs_the_executors_that_are_asked_for) {
    write_vectors("bad.json", {vector("burn", single(5), 0x300, unchanged_)});
    const auto result = run({"conformance", "--executor", "batch", path("bad.json")});
    EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "burn [batch]"));
    EXPECT_FALSE(has(result.out, "[sequential]"));
}

TEST_F(ConformanceCommand, prints_expected_and_actual_of_a_failure_for_each_executor) {
    write_vectors("bad.json", {vector("burn", single(5), 0x300, state(899'000, 6, 999, 1))});
    const auto result = run({"conformance", path("bad.json")});
    EXPECT_EQ(result.exit_code, 2) << result.out;
    EXPECT_TRUE(has(result.out, "FAIL " + path("bad.json") + " 0 passed, 1 failed\n"));
    for (const char* part :
         {"burn [sequential]", "burn [batch]", "success: expected false, actual true",
          "error_code: expected 0x0300 INSUFFICIENT_BALANCE, actual 0x0000 SUCCESS",
          "total_burned: expected 999, actual 1000"}) {
        EXPECT_TRUE(has(result.out, part)) << part << "\n" << result.out;
    }
    EXPECT_EQ(last_line(result.out), "0 passed, 1 failed, 0 skipped");
}

TEST_F(ConformanceCommand, compares_each_of_the_account_fields) {
    for (const auto& [field, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"\"balance\":899000", "\"balance\":9"},
             {"\"nonce\":6", "\"nonce\":9"},
             {"\"frozen\":0", "\"frozen\":9"},
             {"\"energy\":0", "\"energy\":9"},
             {"\"flags\":0", "\"flags\":9"},
             {"\"data\":\"\"", "\"data\":\"09\""},
             {"\"timestamp\":0", "\"timestamp\":9"},
             {"\"total_supply\":0", "\"total_supply\":9"}}) {
        std::string expected = burned_;
        const std::size_t at = expected.find(field);
        ASSERT_NE(at, std::string::npos) << field;
        expected.replace(at, field.size(), wrong);
        write_vectors("field.json", {vector("burn", single(5), 0, expected)});
        const auto result = run({"conformance", path("field.json"), "--store", "memory"});
        EXPECT_EQ(result.exit_code, 2) << field << "\n" << result.out;
        EXPECT_TRUE(has(result.out, "expected 9, actual") || has(result.out, "expected 09, actual"))
            << result.out;
    }
}

TEST_F(ConformanceCommand, compares_the_digest_if_there_is_one) {
    std::string good = vector("burn", single(5), 0, burned_);
    const std::string empty = R"("state_digest":"")";
    good.replace(good.find(empty), empty.size(),
                 R"("state_digest":")" + std::string(64, 'a') + '"');
    write_vectors("digest.json", {good});
    const auto result = run({"conformance", path("digest.json")});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_TRUE(has(result.out, "state_digest: expected aaaa")) << result.out;
}

TEST_F(ConformanceCommand, checks_wire_errors_and_round_trips) {
    const std::string cut = burn_wire(5).substr(2);
    write_vectors(
        "wire.json",
        {R"({"name":"cut","pre_state":null,"input":{"kind":"tx","wire_hex":")" + cut +
             R"("},"expected":{"success":false,"error_code":256,"state_digest":"",)" +
             R"("post_state":null}})",
         R"({"name":"same","pre_state":null,"input":{"kind":"tx_roundtrip","wire_hex":")" +
             burn_wire(5) + R"("},"expected":{"success":true,"error_code":0,"state_digest":"",)" +
             R"("post_state":null}})"});
    const auto result = run({"conformance", path("wire.json")});
    EXPECT_EQ(result.exit_code, 0) << result.out;
    EXPECT_EQ(last_line(result.out), "2 passed, 0 failed, 0 skipped");
}

TEST_F(ConformanceCommand, imports_chains_and_skips_the_recorded_defects_by_their_code) {
    const std::string one =
        R"({"kind":"chain","blocks":[{"id":"a","parents":["genesis"],"txs":[]}]})";
    const std::string bad =
        R"({"kind":"chain","blocks":[{"id":"a","parents":["genesis"],"height":9,"txs":[]}]})";
    // The import wipes balances and nonces of the pre-state (protocol notes, 8.2).
    write_vectors(
        "chain.json",
        {vector("one", one, 0, state(0, 0, 0, 2)), vector("height", bad, 0x60E, unchanged_),
         vector("unknown", one, 0xFFFF, unchanged_), vector("no account", one, 0x400, unchanged_)});
    const auto result = run({"conformance", path("chain.json")});
    EXPECT_EQ(result.exit_code, 0) << result.out;
    EXPECT_EQ(last_line(result.out), "2 passed, 0 failed, 2 skipped");
}

TEST_F(ConformanceCommand, is_not_green_if_everything_was_skipped) {
    write_vectors("other.json",
                  {R"({"name":"p","pre_state":null,"input":{"kind":"p2p"},"expected":{}})",
                   R"({"name":"r","runnable":false,"pre_state":null,"input":{"kind":"tx"},)"
                   R"("expected":{}})"});
    const auto result = run({"conformance", path("other.json")});
    EXPECT_EQ(result.exit_code, 3) << result.out;
    EXPECT_EQ(last_line(result.out), "0 passed, 0 failed, 2 skipped");
    std::filesystem::create_directories(folder_ / "none");
    EXPECT_EQ(run({"conformance", path("none")}).exit_code, 3);
}

TEST_F(ConformanceCommand, never_skips_what_it_does_not_understand) {
    const std::string sound = vector("burn", single(5), 0, burned_);
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = sound;
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    };
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {R"("kind":"tx")", R"("kind":"txx")"},
        {R"("kind":"tx")", R"("kind":"TX")"},
        {R"("kind":"tx")", R"("kind":7)"},
        {R"("kind":"tx")", R"("kind":null)"},
        {R"("kind":"tx",)", ""},
        {R"("kind":"tx")", R"("kin":"tx")"},
        {R"("input":)", R"("runnable":"no","input":)"},
        {R"("input":)", R"("inputs":)"},
        {R"("input":)", R"("comment":"?","input":)"},
        {R"("wire_hex":)", R"("wirehex":)"},
        {R"("state_digest":)", R"("digest":)"},
        {R"("post_state":)", R"("poststate":)"},
        {R"("pre_state":)", R"("prestate":)"},
        {R"("total_burned":)", R"("total_burnt":)"},
        {R"("balance":)", R"("balances":)"},
    };
    for (const auto& [from, to] : mistakes) {
        write_vectors("odd.json", {with(from, to), sound});
        const auto result = run({"conformance", path("odd.json")});
        EXPECT_EQ(result.exit_code, 2) << to << "\n" << result.out;
        EXPECT_EQ(last_line(result.out), "1 passed, 1 failed, 0 skipped") << to;
    }
    // Of two members with one name only the last would count.
    write_vectors("odd.json", {with(R"("kind":"tx")", R"("kind":"tx","kind":"p2p")"), sound});
    EXPECT_EQ(run({"conformance", path("odd.json")}).exit_code, 1);
}

TEST_F(ConformanceCommand, never_leaves_out_a_file_that_it_does_not_understand) {
    write_vectors("mixed/good.json", {vector("burn", single(5), 0, burned_)});
    write_file(path("mixed/accounts.json"), R"({"accounts":[]})");
    ASSERT_EQ(run({"conformance", path("mixed")}).exit_code, 0);
    for (const char* text : {R"({"test_vector":[]})", R"({"description": "cut sh)", "",
                             R"({"accounts":[],"vectors":[]})", "[]"}) {
        write_file(path("mixed/odd.json"), text);
        const auto result = run({"conformance", path("mixed")});
        EXPECT_EQ(result.exit_code, 1) << text << result.out;
        EXPECT_TRUE(has(result.out, "ERROR odd.json")) << result.out;
    }
}

TEST_F(ConformanceCommand, a_burn_beyond_what_can_be_counted_fails_and_leaves_nothing) {
    const auto burned = [](const std::string& text, const std::string& total) {
        const std::string from = R"("total_burned":0)";
        std::string changed = text;
        for (std::size_t at = changed.find(from); at != std::string::npos;
             at = changed.find(from, at + 1)) {
            changed.replace(at, from.size(), R"("total_burned":)" + total);
        }
        return changed;
    };
    // Each burns 1000: the last amount that fits, and one more.
    const std::string fits = "18446744073709550615";
    const std::string full = "18446744073709550616";
    const std::string after = burned(state(899'000, 6, 0, 1), "18446744073709551615");
    write_vectors("burn.json",
                  {burned(vector("fits", single(5), 0, after), fits),
                   burned(vector("overflows", single(5), 0x304, unchanged_), full),
                   burned(vector("of two in a block", block(5, 6), 0x304, unchanged_), fits)});
    const auto result = run({"conformance", path("burn.json")});
    EXPECT_EQ(result.exit_code, 0) << result.out;
    EXPECT_EQ(last_line(result.out), "3 passed, 0 failed, 0 skipped");
}

TEST_F(ConformanceCommand, fails_a_vector_that_is_malformed_in_itself) {
    write_vectors("odd.json", {R"({"name":"odd"})"});
    const auto result = run({"conformance", path("odd.json")});
    EXPECT_EQ(result.exit_code, 2) << result.out;
    EXPECT_TRUE(has(result.out, "odd\n")) << result.out;
}

TEST_F(ConformanceCommand, names_files_that_cannot_be_used) {
    const auto missing = run({"conformance", path("missing.json")});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_TRUE(has(missing.out, "missing.json")) << missing.out;
    write_file(path("broken.json"), R"({"test_vectors":[)");
    EXPECT_EQ(run({"conformance", path("broken.json")}).exit_code, 1);
    write_file(path("accounts.json"), R"({"accounts":[]})");
    EXPECT_EQ(run({"conformance", path("accounts.json")}).exit_code, 1);
}

TEST_F(ConformanceCommand, leaves_out_other_json_in_a_folder_but_not_broken_vectors) {
    write_vectors("mixed/good.json", {vector("burn", single(5), 0, burned_)});
    write_file(path("mixed/accounts.json"), R"({"accounts":[]})");
    EXPECT_EQ(run({"conformance", path("mixed")}).exit_code, 0);
    write_file(path("mixed/broken.json"), R"({"test_vectors":[)");
    const auto result = run({"conformance", path("mixed")});
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_EQ(last_line(result.out), "1 passed, 0 failed, 0 skipped");
}

TEST_F(ConformanceCommand, every_public_vector_in_scope_passes) {
    const char* named = std::getenv("PARALLAX_VECTORS");
    const std::filesystem::path vectors =
        named != nullptr ? std::filesystem::path(named)
                         : std::filesystem::path(test::source_folder()) / "../shared/vectors";
    if (!std::filesystem::is_directory(vectors)) {
        GTEST_SKIP() << "no public vectors at " << vectors;
    }
    const auto result = run({"conformance", vectors.string()});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(has(last_line(result.out), " passed, 0 failed, ")) << last_line(result.out);
}

}  // namespace
}  // namespace parallax::app
