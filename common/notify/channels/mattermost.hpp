// SPDX-License-Identifier: GPL-3.0-or-later
// Mattermost: a direct message of the bot for each telling, with buttons under an invitation.
#pragma once
#include <memory>
#include <stop_token>
#include <string>

#include "notify/channel.hpp"
#include "notify/channels/mattermost_api.hpp"

namespace caravan::notify {

struct MattermostOptions {
  MattermostServer server;
  std::string actions_url = {};  ///< where Mattermost reaches us for a press; empty: no buttons
  Secret signing_key = {};       ///< of the buttons' contexts; empty: no buttons
  std::chrono::seconds actions_last = std::chrono::hours(24 * 30);
};

/// `repeat` searches the direct channel for the message's key first: the server forgets a pending_post_id after 30 s.
/// `not_found` with code "no-user": nobody there has this mail address.
std::unique_ptr<Channel> mattermost_channel(MattermostOptions options, std::shared_ptr<Clock> clock = nullptr,
                                            std::stop_token stop = {});

}  // namespace caravan::notify
