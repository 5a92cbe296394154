#include "verifier/service/client/operator_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace parallax::service {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What goes wrong before a sidecar answers; tests/integration has a real one.
class OperatorClientTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-operator-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string file(const std::string& text) const {
        const auto path = folder_ / "file";
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
    std::string problem() const {
        return std::string(OperatorClient::create(target).status().message());
    }

    std::filesystem::path folder_;
    SidecarTarget target;
};

TEST_F(OperatorClientTest, says_when_nobody_answers_and_where) {
    target.address = "127.0.0.1:1";  // a privileged port that nothing listens on
    const auto client = OperatorClient::create(target);
    ASSERT_TRUE(client.ok()) << client.status();
    const auto answer = (*client)->status(false);
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(answer.status().message()),
                HasSubstr("no sidecar answers at 127.0.0.1:1"));
}

TEST_F(OperatorClientTest, refuses_a_token_file_without_a_token_and_never_prints_one) {
    target.token_file = (folder_ / "missing").string();
    EXPECT_THAT(problem(), HasSubstr("missing"));
    target.token_file = file("\n");
    EXPECT_THAT(problem(), HasSubstr("there is no token in"));
    target.token_file = file("secret\nsecond line\n");
    EXPECT_THAT(problem(), HasSubstr("no token has"));
    EXPECT_THAT(problem(), Not(HasSubstr("secret")));
    target.token_file = file("secret\n");
    EXPECT_EQ(problem(), "");
}

TEST_F(OperatorClientTest, refuses_half_of_a_pair_of_certificate_and_key) {
    target.tls_certificate_file = file("x");
    EXPECT_THAT(problem(), HasSubstr("needs its key"));
    target.tls_key_file = target.tls_certificate_file;
    EXPECT_THAT(problem(), HasSubstr("authority"));
    target.tls_authority_file = (folder_ / "missing").string();
    EXPECT_THAT(problem(), HasSubstr("authority file: "));
}

}  // namespace
}  // namespace parallax::service
