// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/ews/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "ews/wire/prefilter.hpp"
#include "ical/zone_book.hpp"

namespace caravan::ews::test {

std::string fixture(const std::string& name) {
  std::ifstream file(std::string(CARAVAN_SOURCE_DIR) + "/tests/fixtures/ews/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << "no fixture " << name;
  return text.str();
}

Mailbox anna() { return {Address("anna@example.org"), {Address("a.berg@example.org")}}; }

std::string answer_of(std::string_view calendar_item) {
  return R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>)"
         R"(<m:GetItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>)"
         R"(<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items>)"
         "<t:CalendarItem>" +
         std::string(calendar_item) +
         "</t:CalendarItem></m:Items></m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse></s:Body>"
         "</s:Envelope>";
}

std::string basics(std::string_view more) {
  return R"(<t:ItemId Id="ITEM" ChangeKey="KEY"/><t:UID>uid-1</t:UID><t:Start>2026-06-01T10:00:00Z</t:Start>)"
         "<t:End>2026-06-01T11:00:00Z</t:End><t:CalendarItemType>Single</t:CalendarItemType>" +
         std::string(more);
}

Result<Fetched> map_answer(std::string answer, mapping::Resolver resolve, const Mailbox& mailbox) {
  static mapping::ZoneCache cache;
  const auto zones = ical::system_zone_book();
  const std::size_t vanished = wire::clean(answer);
  wire::Wire wire;
  auto envelope = wire.read(answer);
  if (!envelope) return std::move(envelope).error();
  std::vector<wire::t__CalendarItemType*> items;
  if (auto* response = (*envelope)->s__Body->m__GetItemResponse)
    for (auto& message : response->ResponseMessages.GetItemResponseMessage)
      if (message.Items != nullptr)
        for (auto* item : message.Items->CalendarItem) items.push_back(item);
  if (items.empty()) return make_error(Fault::malformed, "The sample holds no item.");
  std::vector<mapping::ExceptionItem> exceptions;
  for (std::size_t i = 1; i < items.size(); ++i) {
    const auto* modified = items[0]->ModifiedOccurrences;
    const bool named = modified != nullptr && i - 1 < modified->Occurrence.size();
    exceptions.push_back({named ? &modified->Occurrence[i - 1] : nullptr, items[i], vanished > 0, false});
  }
  mapping::Context context{*zones, cache, mailbox, std::move(resolve), vanished > 0};
  return mapping::read_series(context, *items[0], false, exceptions);
}

Fetched map_item(std::string_view calendar_item, mapping::Resolver resolve) {
  auto fetched = map_answer(answer_of(calendar_item), std::move(resolve));
  EXPECT_TRUE(fetched) << (fetched ? std::string() : fetched.error().what);
  return fetched ? std::move(*fetched) : Fetched{};
}

long count(const Fetched& fetched, model::LossReason reason) {
  return std::count_if(fetched.losses.begin(), fetched.losses.end(),
                       [&](const model::Loss& loss) { return loss.reason == reason; });
}

}  // namespace caravan::ews::test
