#include "verifier/service/messages/message_json.hpp"

#include "parallax/v1/verifier.pb.h"

#include <gtest/gtest.h>

namespace parallax::service {
namespace {

TEST(MessageJson, prints_bytes_as_hex_numbers_as_numbers_and_enumerations_by_name) {
    v1::GetStatusResponse status;
    status.set_state(v1::LOOP_STATE_WAITING_FOR_STATE);
    status.set_uptime_seconds(18'446'744'073'709'551'615U);
    status.mutable_tip()->set_topoheight(7);
    status.mutable_tip()->set_hash(std::string("\x00\xab", 2));
    status.add_findings()->set_name("divergence");
    const std::string json = message_json(status);
    for (const char* part :
         {R"("state": "waiting_for_state")", R"("uptime_seconds": 18446744073709551615)",
          R"("topoheight": 7)", R"("hash": "00ab")", R"("name": "divergence")",
          R"("serving": false)", R"("candidates": [])"}) {
        EXPECT_NE(json.find(part), std::string::npos) << part << " in\n" << json;
    }
}

TEST(MessageJson, leaves_out_what_is_absent) {
    const std::string json = message_json(v1::GetStatusResponse());
    EXPECT_EQ(json.find("\"tip\""), std::string::npos) << "absent is not a block of zeros";
    EXPECT_EQ(json.find("undo_floor"), std::string::npos);
    v1::GetStatusResponse there;
    there.set_undo_floor(0);
    EXPECT_NE(message_json(there).find("\"undo_floor\": 0"), std::string::npos);
}

TEST(MessageJson, survives_text_that_is_not_text) {
    v1::GetStatusResponse status;
    status.set_detail("\xff\xfe");
    EXPECT_NE(message_json(status).find("detail"), std::string::npos);
}

TEST(MessageJson, a_value_of_a_newer_contract_is_a_number) {
    v1::GetStatusResponse status;
    status.set_state(static_cast<v1::LoopState>(77));
    EXPECT_NE(message_json(status).find("\"state\": \"77\""), std::string::npos);
}

}  // namespace
}  // namespace parallax::service
