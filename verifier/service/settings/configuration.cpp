#include "verifier/service/settings/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace parallax::service {

std::string_view rollout_name(Rollout rollout) noexcept {
    switch (rollout) {
        case Rollout::kUnder50:
            return "under_50";
        case Rollout::kUnder200:
            return "under_200";
        case Rollout::kAll:
            return "all";
    }
    return "unknown";
}

core::StoreIdentity ServiceConfiguration::store_identity() const {
    // The failure model is part of what a state is the result of.
    return {network, fmt::format("{}/{}", profile, protocol::failure_model_name(failure_model))};
}

bool has_port(std::string_view listen) noexcept {
    const auto colon = listen.rfind(':');
    std::uint16_t port = 0;
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const char* const end = listen.data() + listen.size();
    const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
    return parsed.ec == std::errc() && parsed.ptr == end;
}

bool is_loopback(std::string_view listen) noexcept {
    for (const std::string_view prefix : {"unix:", "[::1]:", "localhost:"}) {
        if (listen.substr(0, prefix.size()) == prefix) {
            return true;
        }
    }
    // Digits and dots only: a host name may begin with 127 as well.
    const std::string_view host = listen.substr(0, listen.find(':'));
    return host.substr(0, 4) == "127." && std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= '0' && c <= '9') || c == '.';
           });
}

}  // namespace parallax::service
