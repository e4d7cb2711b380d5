// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/mattermost.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "notify/channels/carried.hpp"
#include "notify/channels/mattermost_action.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::Participation;
using nlohmann::json;

constexpr std::size_t kMostCharacters = 16000;  // the server's own limit is 16383 (MaxPostSize)
constexpr std::chrono::minutes kClockDifference{10};
constexpr std::chrono::hours kPeopleLast{1};  // an address may be given to another account

/// At most kMostCharacters code points, cut after a line so that no markup stays open.
std::string shortened(const std::string& markdown) {
  std::size_t characters = 0, line_end = 0;
  for (std::size_t i = 0; i < markdown.size(); ++i) {
    if (markdown[i] == '\n') line_end = i;
    if ((static_cast<unsigned char>(markdown[i]) & 0xC0U) != 0x80U && ++characters > kMostCharacters)
      return markdown.substr(0, line_end) + "\n…";
  }
  return markdown;
}

class MattermostChannel final : public Channel {
 public:
  MattermostChannel(MattermostOptions options, std::shared_ptr<Clock> clock, std::stop_token stop)
      : options_(std::move(options)),
        clock_(clock ? std::move(clock) : system_clock()),
        api_(options_.server, clock_, std::move(stop)) {}

  [[nodiscard]] ChannelKind kind() const noexcept override { return ChannelKind::chat; }
  [[nodiscard]] Result<Sent> deliver(const Outgoing& message) override;

 private:
  struct Person {
    std::string user_id, channel_id;
    std::chrono::steady_clock::time_point asked;
  };
  Result<Person> person(const Address& address);
  std::string buttons(const Outgoing& message, const Person& to) const;

  MattermostOptions options_;
  std::shared_ptr<Clock> clock_;
  MattermostApi api_;
  std::map<Address, Person> people_;
};

Result<MattermostChannel::Person> MattermostChannel::person(const Address& address) {
  const auto known = people_.find(address);
  if (known != people_.end() && clock_->monotonic() - known->second.asked < kPeopleLast) return known->second;
  CARAVAN_TRY(user, api_.user_by_email(address));
  CARAVAN_TRY(channel, api_.direct_channel(user.id));
  return people_[address] = Person{user.id, channel, clock_->monotonic()};
}

std::string MattermostChannel::buttons(const Outgoing& message, const Person& to) const {
  if (!message.telling.answer_wanted || options_.actions_url.empty() || options_.signing_key.empty()) return {};
  Action action;
  action.key = carried_key(message.key);
  action.mailbox = message.telling.mailbox;
  action.uid = message.telling.uid;
  action.occurrence = message.telling.occurrence;
  action.user_id = to.user_id;
  action.expires = message.created + options_.actions_last;
  json list = json::array();
  const auto add = [&](const char* id, const std::string& label, const char* style, Participation answer) {
    action.answer = answer;  // ids of letters only: the server finds no others
    list.push_back(
        {{"id", id},
         {"type", "button"},
         {"name", label},
         {"style", style},
         {"integration",
          {{"url", options_.actions_url}, {"context", json::parse(action_context(action, options_.signing_key))}}}});
  };
  add("accept", message.words.accept, "good", Participation::accepted);
  add("maybe", message.words.maybe, "default", Participation::tentative);
  add("decline", message.words.decline, "danger", Participation::declined);
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Sent> MattermostChannel::deliver(const Outgoing& message) {
  CARAVAN_TRY(to, person(message.telling.mailbox));
  const std::string key = carried_key(message.key);
  if (message.repeat) {
    CARAVAN_TRY(found, api_.find_post(to.channel_id, key, message.created - kClockDifference));
    if (found) return Sent{*found};
  }
  auto made = api_.post({to.channel_id, shortened(text::sanitize(message.words.markdown)), key, buttons(message, to)});
  if (!made) {
    people_.erase(message.telling.mailbox);  // perhaps it was the channel that is no more
    return std::move(made).error();
  }
  return Sent{*made};
}

}  // namespace

std::unique_ptr<Channel> mattermost_channel(MattermostOptions options, std::shared_ptr<Clock> clock,
                                            std::stop_token stop) {
  return std::make_unique<MattermostChannel>(std::move(options), std::move(clock), std::move(stop));
}

}  // namespace caravan::notify
