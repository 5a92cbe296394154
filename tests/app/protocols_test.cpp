#include "app/protocols.hpp"

#include "testbed/vectors/vector_protocol.hpp"

#include <gtest/gtest.h>

namespace parallax::app {
namespace {

replay::ArchiveHeader header(const std::string& profile, const std::string& network) {
    replay::ArchiveHeader header;
    header.profile = profile;
    header.network = network;
    header.failure_model = protocol::FailureModel::kOrphanAtomic;
    return header;
}

TEST(Protocols, are_found_by_what_an_archive_says) {
    const auto found = protocol_of(header("e1", "devnet"));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)->id(),
              (protocol::ProtocolId{"devnet", "e1", protocol::FailureModel::kOrphanAtomic}));
    const auto other = protocol_of(header("e1", "devnet"), protocol::FailureModel::kOrphanPartial);
    EXPECT_EQ((*other)->failures(), protocol::FailureModel::kOrphanPartial);
}

TEST(Protocols, that_are_not_known_are_refused_by_name) {
    for (const auto& [profile, network, words] :
         {std::tuple{"e9", "devnet", "unknown profile 'e9': this program knows e1, head"},
          std::tuple{"e1", "moon", "profile e1 does not know the network 'moon'"}}) {
        const auto found = protocol_of(header(profile, network));
        ASSERT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
        EXPECT_NE(std::string(found.status().message()).find(words), std::string::npos)
            << found.status();
    }
}

/// Under the harness's rules a block pays nobody and marks nothing: all lanes would agree on a
/// state that no chain has. It may be read where a lane's host or a bundle says so, and never be
/// found.
TEST(Protocols, of_a_harness_are_no_archives) {
    const auto found = protocol_of(header(std::string(testbed::kVectorProfileName), "devnet"));
    ASSERT_FALSE(found.ok());
    EXPECT_NE(std::string(found.status().message()).find("this program knows e1, head"),
              std::string::npos)
        << found.status();
    EXPECT_EQ(all_protocols().profiles(), (std::vector<std::string>{"e1", "head", "v3"}));
    base::ByteWriter writer;
    protocol::write_protocol(writer,
                             testbed::VectorProtocol(testbed::VectorProtocol::Kind::kBlock));
    const base::Bytes bytes = std::move(writer).take();
    base::ByteReader reader(bytes, "rules");
    EXPECT_NE(all_protocols().read(reader), nullptr);
}

}  // namespace
}  // namespace parallax::app
