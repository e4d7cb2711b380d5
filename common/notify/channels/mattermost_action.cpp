// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/mattermost_action.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::Participation;
using nlohmann::json;

constexpr std::string_view kPurpose = "caravan mattermost action 1\n";  // the key signs nothing else with this prefix

constexpr std::array<std::pair<std::string_view, Participation>, 3> kAnswers{{{"accepted", Participation::accepted},
                                                                              {"tentative", Participation::tentative},
                                                                              {"declined", Participation::declined}}};

std::string_view name_of(Participation answer) {
  for (const auto& [name, value] : kAnswers)
    if (value == answer) return name;
  return "";
}

std::string signature_of(std::string_view text, const Secret& signing_key) {
  return hmac_sha256(signing_key.reveal(), std::string(kPurpose) + std::string(text));
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Error not_a_press() {
  return make_error(Fault::malformed, "A request to the address for buttons is none of Mattermost's.", "malformed");
}

std::optional<Action> action_of(const std::string& text) {
  const json kept = json::parse(text, nullptr, false);
  if (!kept.is_object()) return std::nullopt;
  Action action;
  action.key = text_of(kept, "key");
  action.mailbox = Address(text_of(kept, "mailbox"));
  action.uid = Uid(text_of(kept, "uid"));
  action.occurrence = text_of(kept, "occurrence");
  action.user_id = text_of(kept, "user");
  if (!parse_rfc3339(text_of(kept, "expires"), action.expires) || action.user_id.empty()) return std::nullopt;
  for (const auto& [name, value] : kAnswers) {
    if (name != text_of(kept, "answer")) continue;
    action.answer = value;
    return action;
  }
  return std::nullopt;
}

/// application/x-www-form-urlencoded; the last of equal names counts.
std::string form_value(std::string_view body, std::string_view name) {
  std::string value;
  for (const auto& pair : text::split(body, '&')) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || text::percent_decode(pair.substr(0, equals)) != name) continue;
    value = text::percent_decode(text::replace_all(pair.substr(equals + 1), "+", " "));
  }
  return value;
}

}  // namespace

std::string action_context(const Action& action, const Secret& signing_key) {
  const json facts = {{"key", action.key},
                      {"mailbox", action.mailbox.value},
                      {"uid", action.uid.value},
                      {"occurrence", action.occurrence},
                      {"answer", name_of(action.answer)},
                      {"user", action.user_id},
                      {"expires", to_rfc3339(action.expires)}};
  const std::string text = dumped(facts);
  return dumped({{"signed", text}, {"signature", signature_of(text, signing_key)}});
}

Result<Press> verify_action(std::string_view body, const Secret& signing_key, Instant now) {
  const json request = json::parse(body, nullptr, false);
  if (!request.is_object() || !request.contains("context") || !request["context"].is_object()) return not_a_press();
  const std::string text = text_of(request["context"], "signed");
  const std::string signature = text_of(request["context"], "signature");
  if (signing_key.empty() || !equal_in_constant_time(signature, signature_of(text, signing_key)))
    return make_error(Fault::denied, "A button that was pressed is not one of ours.", "signature");
  auto action = action_of(text);
  if (!action) return not_a_press();
  if (text_of(request, "user_id") != action->user_id)
    return make_error(Fault::denied, "A button was pressed by somebody else than it was made for.", "addressee");
  if (now >= action->expires) return make_error(Fault::denied, "A button was pressed after its time.", "expired");
  return Press{*std::move(action), text_of(request, "post_id"), text_of(request, "channel_id")};
}

std::string press_answer(std::string_view text) { return dumped({{"ephemeral_text", text}}); }

Result<SlashCommand> read_slash_command(std::string_view body, const Secret& token) {
  if (token.empty() || !equal_in_constant_time(form_value(body, "token"), token.reveal()))
    return make_error(Fault::denied, "A slash command came with another token than notify.chat.slash_token.", "token");
  SlashCommand command{form_value(body, "user_id"), form_value(body, "channel_id"), form_value(body, "text"),
                       form_value(body, "response_url")};
  if (command.user_id.empty() || !text::is_valid_utf8(command.text))
    return make_error(Fault::malformed, "A slash command names no user or is no text.", "malformed");
  return command;
}

std::string slash_answer(std::string_view markdown) {
  return dumped({{"response_type", "ephemeral"}, {"text", markdown}});
}

}  // namespace caravan::notify
