#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/settings/settings_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <set>
#include <span>
#include <type_traits>
#include <variant>

namespace parallax::service {
namespace {

using Json = nlohmann::ordered_json;

/// One object of the file. Members are read by name; what nobody asked for is a problem in the end.
class Members {
  public:
    Members(const Json& object, std::string path, std::vector<std::string>& problems)
        : object_(object), path_(std::move(path)), problems_(problems) {
        if (!object_.is_object()) {
            problems_.push_back(fmt::format("{}: is no object; write it in braces",
                                            path_.empty() ? "the configuration" : path_));
        }
    }
    ~Members() {
        if (!object_.is_object()) {
            return;
        }
        for (const auto& [name, value] : object_.items()) {
            if (known_.count(name) == 0) {
                problems_.push_back(fmt::format("{}: is unknown; choose from {}", where(name),
                                                fmt::join(known_, ", ")));
            }
        }
    }
    Members(const Members&) = delete;
    Members& operator=(const Members&) = delete;

    void read(const std::string& name, bool& value) {
        if (const Json* member = find(name)) {
            if (member->is_boolean()) {
                value = member->get<bool>();
            } else {
                refuse(name, "is no true or false");
            }
        }
    }
    void read(const std::string& name, std::string& value) {
        if (const Json* member = find(name)) {
            if (!member->is_string()) {
                refuse(name, "is no text");
            } else if (member->get<std::string>().empty()) {
                refuse_empty(name);
            } else {
                value = member->get<std::string>();
            }
        }
    }
    template <std::unsigned_integral T>
    void read(const std::string& name, T& value) {
        if (const Json* member = find(name)) {
            read_number(name, *member, value);
        }
    }
    /// A text that is one of several names.
    template <class Enum>
    requires std::is_enum_v<Enum>
    void read(const std::string& name, Enum& value) {
        const Json* member = find(name);
        if (member == nullptr) {
            return;
        }
        if (!member->is_string() || !choose(&value, member->get<std::string>())) {
            problems_.push_back(fmt::format("{}: is {}; choose from {}", where(name),
                                            member->dump(), fmt::join(choices(&value), ", ")));
        }
    }
    void read(const std::string& name, std::vector<std::string>& value) {
        const Json* member = find(name);
        if (member == nullptr) {
            return;
        }
        const bool texts =
            member->is_array() && std::all_of(member->begin(), member->end(),
                                              [](const Json& item) { return item.is_string(); });
        if (!texts) {
            refuse(name, "is no list of texts");
            return;
        }
        value = member->get<std::vector<std::string>>();
        if (std::find(value.begin(), value.end(), "") != value.end()) {
            refuse_empty(name);
        }
    }
    void read(const std::string& name, std::map<std::string, std::uint32_t>& value) {
        const Json* member = find(name);
        if (member == nullptr) {
            return;
        }
        if (!member->is_object()) {
            refuse(name, "is no object from network to number");
            return;
        }
        value.clear();
        for (const auto& [network, number] : member->items()) {
            std::uint32_t& entry = value[network];
            read_number(fmt::format("{}.{}", name, network), number, entry);
        }
    }
    template <class F>
    void read_object(const std::string& name, const F& read_members) {
        if (const Json* member = find(name)) {
            Members members(*member, where(name), problems_);
            read_members(members);
        }
    }

  private:
    const Json* find(const std::string& name) {
        known_.insert(name);
        if (!object_.is_object()) {
            return nullptr;
        }
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::string where(const std::string& name) const {
        return path_.empty() ? name : path_ + '.' + name;
    }
    void refuse(const std::string& name, std::string_view what) {
        problems_.push_back(
            fmt::format("{}: {}; see docs/SIDECAR.md for an example", where(name), what));
    }
    /// A template whose variable is not set gives this; it must not switch anything off.
    void refuse_empty(const std::string& name) {
        refuse(name,
               "is an empty text where something must stand: leave the member out, or fill "
               "it in");
    }
    template <std::unsigned_integral T>
    void read_number(const std::string& name, const Json& member, T& value) {
        if (!member.is_number_unsigned()) {
            refuse(name, "is no whole number from 0 on");
            return;
        }
        const auto number = member.get<std::uint64_t>();
        if (number > std::numeric_limits<T>::max()) {
            refuse(name, fmt::format("is {}, more than {}", number, std::numeric_limits<T>::max()));
            return;
        }
        value = static_cast<T>(number);
    }

    const Json& object_;
    const std::string path_;
    std::vector<std::string>& problems_;
    std::set<std::string> known_;
};

/// What stands below `group` in the path of `setting`: a name, or the name of a group and more.
std::string_view below(std::string_view group, const Setting& setting) {
    return group.empty() ? setting.path : setting.path.substr(group.size() + 1);
}

bool is_in(std::string_view group, const Setting& setting) {
    return group.empty() ||
           (setting.path.size() > group.size() && setting.path[group.size()] == '.' &&
            setting.path.substr(0, group.size()) == group);
}

/// `settings` are those of `group`, next to one another.
void read_group(std::string_view group, std::span<const Setting> settings, Members& members,
                ServiceConfiguration& configuration) {
    for (auto setting = settings.begin(); setting != settings.end();) {
        const std::string_view rest = below(group, *setting);
        if (rest == setting->name()) {
            std::visit([&](auto* value) { members.read(std::string(rest), *value); },
                       setting->field(configuration));
            ++setting;
            continue;
        }
        const std::string name(rest.substr(0, rest.find('.')));
        const std::string inner = group.empty() ? name : fmt::format("{}.{}", group, name);
        const auto end = std::find_if(setting, settings.end(), [&inner](const Setting& other) {
            return !is_in(inner, other);
        });
        members.read_object(name, [&](Members& object) {
            read_group(inner, std::span(setting, end), object, configuration);
        });
        setting = end;
    }
}

/// The live settings as an object, each group of them an object in it.
Json live_json(const VerificationSettings& settings) {
    ServiceConfiguration configuration;
    configuration.verification = settings;
    Json json = Json::object();
    for (const Setting& setting : all_settings()) {
        if (!setting.is_live()) {
            continue;
        }
        const std::string_view path = setting.wire_path();
        Json* object = &json;
        if (const auto dot = path.find('.'); dot != std::string_view::npos) {
            object = &json[std::string(path.substr(0, dot))];
        }
        Json& member = (*object)[std::string(setting.name())];
        std::visit(
            [&](const auto* value) {
                using Value = std::remove_cvref_t<decltype(*value)>;
                if constexpr (std::is_enum_v<Value>) {
                    member = value_text(setting.field(configuration));
                } else {
                    member = *value;
                }
            },
            setting.field(configuration));
    }
    return json;
}

}  // namespace

void read_configuration(std::string_view text, ServiceConfiguration& configuration,
                        std::vector<std::string>& problems) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        problems.emplace_back("the configuration: is no JSON; check quotes, commas and braces");
        return;
    }
    Members members(json, "", problems);
    read_group("", all_settings(), members, configuration);
}

std::string to_json(const VerificationSettings& settings) {
    return live_json(settings).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> changed_members(const VerificationSettings& before,
                                         const VerificationSettings& after) {
    const Json old = live_json(before);
    const Json now = live_json(after);
    std::vector<std::string> names;
    for (const auto& [name, value] : now.items()) {
        if (old.at(name) != value) {
            names.push_back(name);
        }
    }
    return names;
}

}  // namespace parallax::service
