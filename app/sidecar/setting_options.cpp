#include "app/sidecar/setting_options.hpp"

#include "app/commands/choice_option.hpp"

#include <CLI/CLI.hpp>

#include <type_traits>
#include <variant>

namespace parallax::app {
namespace {

using service::Setting;
using service::SettingsEdit;

/// Adds the option of one setting; each overload is a type that a setting has.
struct OptionAdder {
    CLI::App& app;
    const Setting& setting;
    const std::shared_ptr<SettingsEdit>& edit;

    [[nodiscard]] std::string flag() const { return std::string(setting.flag); }
    [[nodiscard]] std::string help() const { return std::string(setting.help); }

    /// An option that takes a `Value` to its place in `edit`.
    template <class Value, class Place>
    CLI::Option* add(const Place& place) const {
        return app.add_option_function<Value>(
            flag(),
            [edit = edit, &setting = setting, place](const Value& value) {
                edit->add(setting);
                place(*edit, value);
            },
            help());
    }
    template <class Value>
    CLI::Option* operator()(Value* /*type*/) const {
        return add<Value>([&setting = setting](SettingsEdit& given, const Value& value) {
            *std::get<Value*>(setting.field(given.values)) = value;
        });
    }
    CLI::Option* operator()(bool* /*type*/) const {
        const auto place = [&setting = setting](SettingsEdit& given, bool value) {
            *std::get<bool*>(setting.field(given.values)) = value;
        };
        if (setting.flag.find('!') == std::string_view::npos) {
            return add<bool>(place);
        }
        return app.add_flag_function(
            flag(),
            [edit = edit, &setting = setting, place](std::int64_t count) {
                edit->add(setting);
                place(*edit, count > 0);
            },
            help());
    }
    CLI::Option* operator()(std::vector<std::string>* /*type*/) const {
        using Names = std::vector<std::string>;
        return add<Names>([&setting = setting](SettingsEdit& given, const Names& value) {
                   *std::get<Names*>(setting.field(given.values)) = value;
               })
            ->allow_extra_args(false);
    }
    /// Here it is one number: that of the sidecar's own network.
    CLI::Option* operator()(std::map<std::string, std::uint32_t>* /*type*/) const {
        using Numbers = std::map<std::string, std::uint32_t>;
        return add<std::uint32_t>([&setting = setting](SettingsEdit& given, std::uint32_t value) {
            (*std::get<Numbers*>(setting.field(given.values)))[""] = value;
        });
    }
    template <class Enum>
    requires std::is_enum_v<Enum> CLI::Option* operator()(Enum* /*type*/) const {
        CLI::Option* const option =
            add<std::string>([&setting = setting](SettingsEdit& given, const std::string& value) {
                // The parser saw to it that it is one of the names.
                (void)service::choose(setting.field(given.values), value);
            });
        return take_one_of(option, service::choices(setting.field(edit->values)));
    }
};

}  // namespace

void add_setting_options(CLI::App& app, OfferedSettings offered, const std::string& group,
                         const std::shared_ptr<SettingsEdit>& edit) {
    for (const Setting& setting : service::all_settings()) {
        if (setting.flag.empty() || (offered == OfferedSettings::kLive && !setting.is_live())) {
            continue;
        }
        CLI::Option* const option =
            std::visit(OptionAdder{app, setting, edit}, setting.field(edit->values));
        if (!group.empty()) {
            option->group(group);
        }
    }
}

}  // namespace parallax::app
