#include "reports/formats/live.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace parallax::reports {
namespace {

LiveBlock block(std::uint64_t topoheight, model::VerdictKind kind) {
    LiveBlock block;
    block.topoheight = model::Topoheight{topoheight};
    block.hash = *model::Hash::from_hex("5fe9de14" + std::string(56, '0'));
    block.kind = kind;
    block.transactions = 12;
    model::ObservedPart part;
    part.touched = 8;
    part.accounts = 7;
    part.transactions = 12;
    part.results = 12;
    block.observed = {part};
    return block;
}

LiveFrame frame() {
    LiveFrame frame;
    frame.node = "http://127.0.0.1:8080";
    frame.network = "devnet";
    frame.profile = "head";
    frame.candidates = {"batch"};
    return frame;
}

TEST(LiveBlockLine, says_verdict_and_how_much_was_observed) {
    EXPECT_EQ(
        render_live_block(block(17, model::VerdictKind::kMatch)),
        "block 17 5fe9de14 match, 12 transactions, observed 7 of 8 touched accounts, 12 of 12 "
        "results");
    LiveBlock other = block(17, model::VerdictKind::kInconclusive);
    other.reason = model::InconclusiveReason::kUnsupportedTransaction;
    other.transactions = 1;
    other.observed.front().source = "parallel";
    EXPECT_EQ(
        render_live_block(other),
        "block 17 5fe9de14 inconclusive (unsupported_transaction), 1 transaction, parallel: 7 "
        "of 8 touched accounts, 12 of 12 results");
}

TEST(LiveView, says_from_the_start_what_it_waits_for) {
    const std::string text = render_live(frame(), {false, 200});
    EXPECT_NE(text.find("http://127.0.0.1:8080 (devnet, profile head; batch against the control)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("nothing yet"), std::string::npos) << text;
}

TEST(LiveView, shows_where_node_and_verifier_stand) {
    LiveFrame shown = frame();
    shown.top = model::Topoheight{20};
    shown.stable = model::Topoheight{10};
    shown.verified = model::Topoheight{17};
    shown.matches = 16;
    shown.mismatches = 1;
    shown.lag_s = 0.25;
    shown.finding = "block 9: balance differs";
    shown.notice = "the node answers again";
    shown.blocks = {block(16, model::VerdictKind::kMismatch),
                    block(17, model::VerdictKind::kMatch)};
    const std::string text = render_live(shown, {false, 200});
    for (const char* part :
         {"at topoheight 20, stable up to 10",
          "up to block 17: 16 match, 1 mismatch, 0 inconclusive", "3 blocks behind, 0.2 s",
          "block 16 5fe9de14 mismatch", "block 9: balance differs", "the node answers again"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
    shown.verified = shown.top;
    EXPECT_NE(render_live(shown, {false, 200}).find("at the top"), std::string::npos);
}

TEST(LiveView, keeps_within_the_width) {
    LiveFrame shown = frame();
    shown.verified = model::Topoheight{17};
    shown.finding = std::string(500, 'x');
    shown.blocks = {block(17, model::VerdictKind::kMatch)};
    for (const std::size_t width : {20UL, 40UL, 80UL}) {
        std::istringstream lines(render_live(shown, {false, width}));
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(line.size(), width) << line;
        }
    }
}

}  // namespace
}  // namespace parallax::reports
