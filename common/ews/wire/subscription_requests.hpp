// SPDX-License-Identifier: GPL-3.0-or-later
// The request bodies of subscriptions (ews-facts 9). What they make validates against Microsoft's schema: that is a
// test. Private to common/ews.
#pragma once
#include <span>
#include <string>

#include "ews/wire/wire.hpp"
#include "util/types.hpp"

namespace caravan::ews::wire {

void subscribe_push(Arena& arena, s__BodyType& body, std::span<const FolderId> folders, const std::string& url,
                    int status_minutes, const std::string& watermark);
void subscribe_streaming(Arena& arena, s__BodyType& body, std::span<const FolderId> folders);
void unsubscribe(Arena& arena, s__BodyType& body, const std::string& subscription);
/// GetStreamingEvents for `minutes` (1..30).
void get_streaming_events(Arena& arena, s__BodyType& body, std::span<const std::string> subscriptions, int minutes);

}  // namespace caravan::ews::wire
