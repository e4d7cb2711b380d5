// SPDX-License-Identifier: GPL-3.0-or-later
// Answers that pair wrongly with their requests, and answers that are no EWS at all.
#include <gtest/gtest.h>

#include <atomic>

#include "contract/ews/scripted_server.hpp"
#include "contract/ews/simulator.hpp"

namespace caravan::ews::test {
namespace {

const std::vector<ItemId> kIds = {ItemId("A"), ItemId("B"), ItemId("C"), ItemId("D")};

FetchedSeries ask(ScriptedServer::Script script, int attempts = 4) {
  ScriptedServer server(std::move(script));
  Options options = service_options(server.url());
  options.access = Access::mailbox;
  options.retry.attempts = attempts;
  return Client(options).get_series(anna(), kIds);
}

/// "A:uid-A B:ErrorX ..." for the rows.
std::string summary(const FetchedSeries& rows) {
  std::string out;
  for (const auto& [id, row] : rows)
    out += (out.empty() ? "" : " ") + id.value + ":" + (row ? row->series.uid.value : row.error().code);
  return out;
}

std::string all_good(const std::vector<std::string>& ids) {
  std::string messages;
  for (const std::string& id : ids) messages += good_message(id);
  return messages;
}

TEST(Pairing, AShuffledAnswerIsPairedById) {
  const auto rows = ask([](const std::string& request) {
    auto ids = ids_in(request);
    std::reverse(ids.begin(), ids.end());
    return Scripted{200, get_item_answer(all_good(ids))};
  });
  EXPECT_EQ(summary(rows), "A:uid-A B:uid-B C:uid-C D:uid-D");
}

TEST(Pairing, AnAnswerThatLacksItemsIsCompletedOneByOne) {
  const auto rows = ask([](const std::string& request) {
    auto ids = ids_in(request);
    if (ids.size() > 1) ids.erase(ids.begin() + 1);
    return Scripted{200, get_item_answer(all_good(ids))};
  });
  EXPECT_EQ(summary(rows), "A:uid-A B:uid-B C:uid-C D:uid-D");
}

TEST(Pairing, AnItemThatIsNeverAnsweredIsAnErrorAndNotAbsent) {
  const auto rows = ask([](const std::string& request) {
    auto ids = ids_in(request);
    std::erase(ids, "C");
    return Scripted{200, get_item_answer(all_good(ids))};
  });
  EXPECT_EQ(summary(rows), "A:uid-A B:uid-B C:NoAnswer D:uid-D");
}

TEST(Pairing, OneItemsErrorIsItsOwn) {
  const auto rows = ask([](const std::string& request) {
    std::string messages;
    for (const std::string& id : ids_in(request))
      messages += id == "B" ? error_message("ErrorItemNotFound") : good_message(id);
    return Scripted{200, get_item_answer(messages)};
  });
  EXPECT_EQ(summary(rows), "A:uid-A B:ErrorItemNotFound C:uid-C D:uid-D");
  EXPECT_EQ(rows[1].second.error().fault, Fault::not_found);
}

TEST(Pairing, ItemsBehindAStopAreAskedForAgain) {
  std::atomic<int> calls{0};
  const auto rows = ask([&](const std::string& request) {
    const auto ids = ids_in(request);
    if (calls++ > 0) return Scripted{200, get_item_answer(all_good(ids))};
    return Scripted{200, get_item_answer(good_message("A") + error_message("ErrorMailboxStoreUnavailable") +
                                         error_message("ErrorBatchProcessingStopped", "Warning") +
                                         error_message("ErrorBatchProcessingStopped", "Warning"))};
  });
  EXPECT_EQ(summary(rows), "A:uid-A B:uid-B C:uid-C D:uid-D");
  EXPECT_EQ(calls, 2);
}

TEST(Pairing, RetriesEndAndTheErrorSaysToComeBack) {
  const auto rows = ask(
      [](const std::string& request) {
        std::string messages;
        for (std::size_t i = 0; i < ids_in(request).size(); ++i)
          messages += error_message("ErrorBatchProcessingStopped", "Warning");
        return Scripted{200, get_item_answer(messages)};
      },
      2);
  EXPECT_EQ(rows[3].second.error().fault, Fault::retry_later);
}

TEST(Pairing, ACorruptBodyLeavesTheRestOfTheItem) {
  const auto rows = ask([](const std::string& request) {
    std::string messages;
    const bool with_body = request.find("item:Body") != std::string::npos;
    for (const std::string& id : ids_in(request))
      messages += id == "B" && with_body ? error_message("ErrorItemCorrupt") : good_message(id);
    return Scripted{200, get_item_answer(messages)};
  });
  ASSERT_EQ(summary(rows), "A:uid-A B:uid-B C:uid-C D:uid-D");
  ASSERT_EQ(rows[1].second->losses.size(), 1U);
  EXPECT_EQ(rows[1].second->losses[0].reason, model::LossReason::body_unreadable);
}

TEST(Pairing, SomethingThatIsNoCalendarItemIsUnsupported) {
  const auto rows = ask([](const std::string& request) {
    std::string messages;
    for (const std::string& id : ids_in(request))
      messages += id == "D"
                      ? R"(<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>)"
                        R"(<m:Items><t:Task><t:ItemId Id="D"/></t:Task></m:Items></m:GetItemResponseMessage>)"
                      : good_message(id);
    return Scripted{200, get_item_answer(messages)};
  });
  EXPECT_EQ(rows[3].second.error().fault, Fault::unsupported);
}

TEST(NoEws, ALoginPageIsDenied) {
  const auto rows = ask([](const std::string&) {
    return Scripted{200, "<!DOCTYPE html><html><body>Log on</body></html>"};
  });
  EXPECT_EQ(rows[0].second.error().fault, Fault::denied);
  EXPECT_FALSE(rows[0].second.error().remedy.empty());
}

TEST(NoEws, ARedirectToALoginPageIsDenied) {
  const auto rows = ask([](const std::string&) { return Scripted{302, "", "Location: /owa/auth/logon.aspx\r\n"}; });
  EXPECT_EQ(rows[0].second.error().fault, Fault::denied);
}

TEST(NoEws, ARedirectToTheErrorPageIsAnOutage) {
  std::atomic<int> calls{0};
  const auto rows = ask([&](const std::string& request) {
    if (calls++ == 0)
      return Scripted{302, "", "Location: /ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx\r\n"};
    return Scripted{200, get_item_answer(all_good(ids_in(request)))};
  });
  EXPECT_EQ(summary(rows), "A:uid-A B:uid-B C:uid-C D:uid-D");
}

TEST(NoEws, AMissingServiceIsNeverAMissingItem) {
  const auto rows = ask([](const std::string&) { return Scripted{404, "not here"}; });
  EXPECT_EQ(rows[0].second.error().fault, Fault::denied);
}

TEST(NoEws, ADocumentTypeDeclarationIsRefused) {
  const auto rows = ask([](const std::string& request) {
    return Scripted{200, "<!DOCTYPE x [<!ENTITY e \"boom\">]>" + get_item_answer(all_good(ids_in(request)))};
  });
  EXPECT_EQ(rows[0].second.error().fault, Fault::malformed);
}

TEST(Addresses, OfTheDirectoryAreResolvedOnceAndCached) {
  std::atomic<int> resolved{0};
  const auto rows = ask([&](const std::string& request) {
    if (request.find("ResolveNames") != std::string::npos) {
      ++resolved;
      return Scripted{
          200,
          R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
          R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body><m:ResolveNamesResponse><m:ResponseMessages>)"
          R"(<m:ResolveNamesResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:ResolutionSet>)"
          R"(<t:Resolution><t:Mailbox><t:Name>Ben</t:Name><t:EmailAddress>Ben@Example.com</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>)"
          R"(</t:Mailbox></t:Resolution></m:ResolutionSet></m:ResolveNamesResponseMessage></m:ResponseMessages>)"
          R"(</m:ResolveNamesResponse></s:Body></s:Envelope>)"};
    }
    std::string messages;
    for (const std::string& id : ids_in(request)) {
      std::string message = good_message(id);
      message.insert(message.find("</t:CalendarItem>"),
                     "<t:IsMeeting>true</t:IsMeeting><t:MyResponseType>Organizer</"
                     "t:MyResponseType><t:RequiredAttendees><t:Attendee><t:Mailbox>"
                     "<t:EmailAddress>/o=Org/ou=Group/cn=ben</t:EmailAddress><t:RoutingType>EX</t:RoutingType></"
                     "t:Mailbox></t:Attendee>"
                     "</t:RequiredAttendees>");
      messages += message;
    }
    return Scripted{200, get_item_answer(messages)};
  });
  ASSERT_EQ(summary(rows), "A:uid-A B:uid-B C:uid-C D:uid-D");
  EXPECT_EQ(rows[2].second->series.master->attendees.at(0).address, "ben@example.com");
  EXPECT_EQ(resolved, 1);
}

}  // namespace
}  // namespace caravan::ews::test
