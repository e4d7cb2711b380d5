// SPDX-License-Identifier: GPL-3.0-or-later
// t:Notification -> Notification. Private to common/ews.
#pragma once
#include "ews/notification.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews {

Notification read_notification(const wire::t__NotificationType& in);

}  // namespace caravan::ews
