// SPDX-License-Identifier: GPL-3.0-or-later
// The store's rows as common/notify wants them.
#pragma once
#include <vector>

#include "notify/differences.hpp"
#include "store/notify_store.hpp"

namespace caravan::app {

/// Steps whose copies can't be read are left out: there is nothing to say of them.
std::vector<notify::Step> steps_of(const store::NotifyWindow& window);
/// The one series that the copies hold (the first that can be read), nothing where there is none.
std::optional<model::Series> series_of(const std::vector<store::NotifyStore::Agreed>& copies);
/// The name under which a series knows the reader, empty where it names him nowhere.
std::string name_in(const model::Series& series, const notify::Reader& reader);

}  // namespace caravan::app
