// SPDX-License-Identifier: GPL-3.0-or-later
// What Mattermost posts to us: the press of a button, and a slash command. Mattermost signs neither: a button's context
// carries our own HMAC and the user it was made for, a slash command carries the token that Mattermost gave it.
#pragma once
#include <string>
#include <string_view>

#include "model/series.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"
#include "util/types.hpp"

namespace caravan::notify {

/// What a button stands for.
struct Action {
  std::string key;  ///< carried_key() of the message
  Address mailbox;
  Uid uid;
  std::string occurrence;  ///< empty: the series, or a single event
  model::Participation answer = model::Participation::accepted;
  std::string user_id;  ///< of Mattermost: who alone may press it
  Instant expires{};
};

/// The `context` of a button: {"signed": TEXT, "signature": HEX}. The signed text is a text inside the document, as
/// Mattermost reads documents and writes them anew.
std::string action_context(const Action& action, const Secret& signing_key);

struct Press {
  Action action;
  std::string post_id, channel_id;
};

/// Reads the body of the request that Mattermost makes. Faults: `malformed` (not such a request); `denied` with code
/// "signature" (not ours, or changed), "expired", or "addressee" (somebody else pressed it).
Result<Press> verify_action(std::string_view body, const Secret& signing_key, Instant now);
/// The answer to that request: `text` is shown to the one who pressed, and to nobody else.
std::string press_answer(std::string_view text);

struct SlashCommand {
  std::string user_id, channel_id, text, response_url;
};

/// Reads a slash command's form. Faults: `malformed`; `denied` (code "token") where the token is another one.
Result<SlashCommand> read_slash_command(std::string_view body, const Secret& token);
/// The answer: Markdown that only the asking person sees.
std::string slash_answer(std::string_view markdown);

}  // namespace caravan::notify
