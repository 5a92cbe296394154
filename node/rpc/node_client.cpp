#include "node/rpc/node_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace parallax::node {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownRefusal = 300;
constexpr std::chrono::milliseconds kStopPoll{20};

Json message_of(const RpcRequest& request, std::uint64_t id) {
    Json message = {{"jsonrpc", "2.0"}, {"id", id}, {"method", request.method}};
    if (!request.params.is_null()) {
        message["params"] = request.params;
    }
    return message;
}

/// Printable, and cut: it ends on terminals and in logs.
std::string shown(const std::string& text) {
    std::string out = text.substr(0, kShownRefusal);
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return out;
}

/// Nothing if it is no answer of JSON-RPC.
std::optional<RpcAnswer> answer_of(Json& message) {
    RpcAnswer answer;
    const auto error = message.find("error");
    if (error == message.end() || error->is_null()) {
        const auto result = message.find("result");
        if (result == message.end()) {
            return std::nullopt;
        }
        answer.result = std::move(*result);
        return answer;
    }
    if (!error->is_object()) {
        return std::nullopt;
    }
    RpcAnswer::Refusal refusal;
    if (const auto code = error->find("code"); code != error->end() && code->is_number_integer()) {
        refusal.code = code->get<std::int64_t>();
    }
    if (const auto text = error->find("message"); text != error->end() && text->is_string()) {
        refusal.message = shown(text->get<std::string>());
    }
    answer.refusal = std::move(refusal);
    return answer;
}

}  // namespace

std::string refusal_text(const RpcAnswer::Refusal& refusal) {
    return fmt::format("\"{}\" (code {})", refusal.message, refusal.code);
}

NodeClient::NodeClient(Options options, const std::atomic<bool>& stop)
    : posts_per_second_(options.posts_per_second),
      stop_(stop),
      connection_(std::move(options.address), options.limits, std::move(options.authority_file),
                  stop),
      next_post_(std::chrono::steady_clock::now()) {}

absl::Status NodeClient::bad_answer(std::string_view what) const {
    return absl::DataLossError(
        fmt::format("{} gives an answer that is none: {}", address().text(), what));
}

absl::Status NodeClient::wait_for_turn() {
    if (posts_per_second_ <= 0) {
        return absl::OkStatus();
    }
    const auto now = std::chrono::steady_clock::now();
    next_post_ = std::max(next_post_, now - std::chrono::milliseconds(100));
    while (std::chrono::steady_clock::now() < next_post_) {
        if (stop_) {
            return absl::CancelledError("stopped on request");
        }
        std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
            kStopPoll, next_post_ - std::chrono::steady_clock::now()));
    }
    next_post_ += std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(1 / posts_per_second_));
    return absl::OkStatus();
}

absl::StatusOr<Json> NodeClient::post(const Json& message) {
    if (auto status = wait_for_turn(); !status.ok()) {
        return status;
    }
    const std::string body = message.dump();
    ++counts_.posts;
    counts_.bytes_out += body.size();
    auto text = connection_.post(body);
    if (!text.ok()) {
        ++counts_.failed_posts;
        return text.status();
    }
    counts_.bytes_in += text->size();
    bool too_deep = false;
    const auto keep = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kMaxJsonDepth;
        return !too_deep;
    };
    Json parsed = Json::parse(text->begin(), text->end(), keep, false);
    if (parsed.is_discarded() || too_deep) {
        ++counts_.failed_posts;
        return bad_answer(too_deep ? "it is nested too deeply" : "it is not JSON");
    }
    return parsed;
}

absl::Status NodeClient::batch_of_one_post(std::span<const RpcRequest> requests,
                                           std::vector<RpcAnswer>& answers) {
    const std::uint64_t first = next_id_;
    next_id_ += requests.size();
    counts_.calls += requests.size();
    Json message = Json::array();
    for (std::size_t i = 0; i < requests.size(); ++i) {
        message.push_back(message_of(requests[i], first + i));
    }
    auto answer = post(requests.size() == 1 ? message.front() : message);
    if (!answer.ok()) {
        return answer.status();
    }
    if (answer->is_object()) {
        Json alone = Json::array();
        alone.push_back(*std::move(answer));
        answer = std::move(alone);
    }
    if (!answer->is_array()) {
        return bad_answer("it is neither an answer nor a list of them");
    }
    const std::size_t begin = answers.size();
    answers.resize(begin + requests.size());
    std::vector<bool> there(requests.size());
    for (Json& item : *answer) {
        const auto id = item.is_object() ? item.find("id") : item.end();
        if (!item.is_object() || id == item.end() || !id->is_number_unsigned() ||
            id->get<std::uint64_t>() < first || id->get<std::uint64_t>() - first >= there.size()) {
            return bad_answer(fmt::format("it is to a call that was not made{}",
                                          item.is_object() && item.contains("error")
                                              ? ": " + shown(item["error"].dump())
                                              : ""));
        }
        const std::size_t at = id->get<std::uint64_t>() - first;
        auto read = answer_of(item);
        if (there[at] || !read) {
            return bad_answer(there[at] ? "two are to one call"
                                        : "it has neither a result nor an error");
        }
        there[at] = true;
        answers[begin + at] = *std::move(read);
    }
    const auto missing = std::ranges::find(there, false);
    return missing == there.end()
               ? absl::OkStatus()
               : bad_answer(fmt::format(
                     "there is none to {}",
                     requests[static_cast<std::size_t>(missing - there.begin())].method));
}

absl::StatusOr<std::vector<RpcAnswer>> NodeClient::batch(std::span<const RpcRequest> requests) {
    std::vector<RpcAnswer> answers;
    answers.reserve(requests.size());
    while (!requests.empty()) {
        const auto part = requests.first(std::min(kMaxBatch, requests.size()));
        if (auto status = batch_of_one_post(part, answers); !status.ok()) {
            return status;
        }
        requests = requests.subspan(part.size());
    }
    return answers;
}

absl::StatusOr<RpcAnswer> NodeClient::call(RpcRequest request) {
    auto answers = batch({&request, 1});
    if (!answers.ok()) {
        return answers.status();
    }
    return std::move(answers->front());
}

absl::StatusOr<Json> NodeClient::ask(std::string method, Json params) {
    auto answer = call({method, std::move(params)});
    if (!answer.ok()) {
        return answer.status();
    }
    if (!answer->ok()) {
        return absl::FailedPreconditionError(fmt::format("{} refuses {}: {}", address().text(),
                                                         method, refusal_text(*answer->refusal)));
    }
    return std::move(answer->result);
}

}  // namespace parallax::node
