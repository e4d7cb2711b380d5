// SPDX-License-Identifier: GPL-3.0-or-later
// Makes series of the SOAP samples in tests/fixtures/ews, without any network.
#pragma once
#include <string>
#include <string_view>

#include "ews/mapping/series.hpp"
#include "ews/types.hpp"

namespace caravan::ews::test {

/// The text of tests/fixtures/ews/NAME.
std::string fixture(const std::string& name);

/// "anna@example.org", with the alias "a.berg@example.org".
Mailbox anna();

/// A GetItem answer as Exchange sends it, around the children of one t:CalendarItem.
std::string answer_of(std::string_view calendar_item);

/// Maps a GetItem answer: its first item is the master (or single item), the others are its exceptions, in the order of
/// ModifiedOccurrences.
Result<Fetched> map_answer(std::string answer, mapping::Resolver resolve = {}, const Mailbox& mailbox = anna());
/// The same for answer_of(calendar_item); fails the test where the mapping fails.
Fetched map_item(std::string_view calendar_item, mapping::Resolver resolve = {});
/// Children of a CalendarItem that every sample needs: ids, UID and 10:00 to 11:00 UTC on 2026-06-01.
std::string basics(std::string_view more = {});

/// How many losses have this reason.
long count(const Fetched& fetched, model::LossReason reason);

}  // namespace caravan::ews::test
