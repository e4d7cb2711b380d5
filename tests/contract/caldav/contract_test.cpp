// SPDX-License-Identifier: GPL-3.0-or-later
// What every CalDAV server has to do for Caravan, on each implementation that is here.
#include <algorithm>

#include "contract/caldav/support.hpp"

namespace caravan::tests {
namespace {

using namespace caravan::caldav;

std::string names(const testing::TestParamInfo<std::string>& info) { return info.param; }
INSTANTIATE_TEST_SUITE_P(Servers, CaldavContract, testing::Values("fake", "radicale", "xandikos"), names);

TEST_P(CaldavContract, TheServerIsRecognisedByItsSigns) {
  EXPECT_EQ(client().quirks().server, server_named(GetParam()));
}

TEST_P(CaldavContract, DiscoveryFindsTheHome) {
  const auto found = client().discover();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->home.value, server().home);
}

TEST_P(CaldavContract, AnExistingHomeIsLeftAlone) {
  ASSERT_TRUE(client().ensure_home(Href(server().home)));
  const auto again = client().ensure_home(Href(server().home));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, Ensured::existed);
}

TEST_P(CaldavContract, AHomeIsMadeWithWhatIsMissingAboveIt) {
  // Radicale's own rules grant nobody a third level.
  TemporaryFolder folder;
  const std::string rights = folder.write("rights", "[all]\nuser: .+\ncollection: .*\npermissions: RrWw\n");
  std::unique_ptr<CaldavServer> open_to_all;
  if (GetParam() == "radicale")
    open_to_all = start_caldav_server("radicale", {"--rights-type", "from_file", "--rights-file", rights});
  ASSERT_TRUE(GetParam() != "radicale" || open_to_all);
  Client own = connect_to(open_to_all ? *open_to_all : server());
  const Href home(server().home + "nobody-yet/calendars/");
  const auto made = own.ensure_home(home);
  ASSERT_TRUE(made) << made.error().what << " " << made.error().remedy;
  EXPECT_EQ(*made, Ensured::created);
  EXPECT_EQ(own.ensure_home(home).value(), Ensured::existed);
}

TEST_P(CaldavContract, ARefusedHomeSaysWhatToDo) {
  if (GetParam() != "radicale") GTEST_SKIP() << "grants everything";
  const auto made = client().ensure_home(Href(server().home + "third/level/"));
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().remedy.find("caldav.home"), std::string::npos) << made.error().remedy;
}

TEST_P(CaldavContract, ANewCalendarHasItsNameAndColour) {
  const Href path = fresh_path(server());
  ASSERT_TRUE(client().ensure_home(Href(server().home)));
  const auto made =
      client().ensure_calendar(path, {.displayname = "Büro \xF0\x9F\x90\xAA", .color = "#AB12CD", .description = ""});
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(*made, Ensured::created);
  const auto info = client().calendar(path);
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(info->displayname, "Büro \xF0\x9F\x90\xAA");
  EXPECT_TRUE(info->color.starts_with("#AB12CD")) << info->color;
}

TEST_P(CaldavContract, MakingACalendarTwiceSaysThatItExisted) {
  const Href path = calendar();
  const auto again = client().ensure_calendar(path, {.displayname = "Other", .color = "", .description = ""});
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, Ensured::existed);
}

TEST_P(CaldavContract, ACalendarCanBeRenamed) {
  const Href path = calendar();
  ASSERT_TRUE(client().set_properties(path, {.displayname = "Renamed & more", .color = "#112233", .description = ""}));
  const auto info = client().calendar(path);
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(info->displayname, "Renamed & more");
}

TEST_P(CaldavContract, TheCalendarsOfAHomeAreListed) {
  const Href path = calendar();
  const auto all = client().list_calendars(Href(server().home));
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(std::count_if(all->begin(), all->end(), [&](const CalendarInfo& info) { return info.href == path; }), 1);
}

TEST_P(CaldavContract, AMissingCalendarIsNotFound) {
  const auto info = client().calendar(Href(server().home + "never-made/"));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().fault, Fault::not_found) << info.error().what;
}

TEST_P(CaldavContract, WhatWasStoredCanBeRead) {
  const auto stored = store(client(), calendar(), "read-me", "Emoji \xF0\x9F\x90\xAA and Привет");
  const auto got = client().get(stored.href);
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_NE(got->text.find("\xF0\x9F\x90\xAA and Привет"), std::string::npos) << got->text;
  EXPECT_EQ(got->etag, stored.etag);
}

TEST_P(CaldavContract, ACreateNeverOverwrites) {
  const auto stored = store(client(), calendar(), "once");
  const auto again = client().put(stored.href, event("once", "Other"), IfNoneMatch{});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::precondition_failed) << again.error().what;
}

TEST_P(CaldavContract, AnUpdateNeedsTheRightVersion) {
  const auto stored = store(client(), calendar(), "versioned");
  const auto updated = client().put(stored.href, event("versioned", "Second"), IfMatch{*stored.etag});
  ASSERT_TRUE(updated) << updated.error().what;
  const auto stale = client().put(stored.href, event("versioned", "Third"), IfMatch{*stored.etag});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().fault, Fault::precondition_failed) << stale.error().what;
}

TEST_P(CaldavContract, AnUpdateOfWhatIsGoneIsRefused) {
  const Href path = calendar();
  const auto updated = client().put(child(path, "gone.ics"), event("gone"), IfMatch{Etag("\"x\"")});
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().fault, Fault::precondition_failed) << updated.error().what;
}

TEST_P(CaldavContract, ADeleteNeedsTheRightVersion) {
  const auto stored = store(client(), calendar(), "delete-me");
  const auto stale = client().remove(stored.href, Etag("\"stale\""));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().fault, Fault::precondition_failed) << stale.error().what;
  EXPECT_TRUE(client().remove(stored.href, *stored.etag));
}

TEST_P(CaldavContract, DeletingTwiceSaysNotFound) {
  const auto stored = store(client(), calendar(), "delete-twice");
  ASSERT_TRUE(client().remove(stored.href, Etag()));
  const auto again = client().remove(stored.href, Etag());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::not_found) << again.error().what;
}

TEST_P(CaldavContract, AWriteIntoAMissingCalendarIsAnError) {
  const auto outcome = client().put(Href(server().home + "never-made/x.ics"), event("x"), IfNoneMatch{});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::not_found) << outcome.error().what;
}

TEST_P(CaldavContract, ARefusedObjectIsNeverTakenForStored) {
  const auto outcome = client().put(child(calendar(), "garbage.ics"), "this is no calendar", IfNoneMatch{});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::malformed) << outcome.error().what;
}

TEST_P(CaldavContract, TheSameUidTwiceIsAConflict) {
  const Href path = calendar();
  store(client(), path, "twin");
  const auto outcome = client().put(child(path, "other-name.ics"), event("twin"), IfNoneMatch{});
  ASSERT_TRUE(outcome) << outcome.error().what;
  EXPECT_TRUE(std::holds_alternative<UidConflict>(*outcome));
}

TEST_P(CaldavContract, AListingIsComplete) {
  const Href path = calendar();
  const auto first = store(client(), path, "one");
  const auto second = store(client(), path, "two");
  auto listing = client().list(path);
  ASSERT_TRUE(listing) << listing.error().what;
  std::sort(listing->resources.begin(), listing->resources.end(),
            [](const Resource& a, const Resource& b) { return a.href < b.href; });
  EXPECT_EQ(listing->resources, (std::vector<Resource>{{first.href, *first.etag}, {second.href, *second.etag}}));
}

TEST_P(CaldavContract, AListingOfAMissingCalendarIsNeverEmpty) {
  const auto listing = client().list(Href(server().home + "never-made/"));
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().fault, Fault::not_found) << listing.error().what;
}

TEST_P(CaldavContract, ASyncWithoutChangesIsEmpty) {
  const Href path = calendar();
  store(client(), path, "quiet");
  const auto listing = client().list(path);
  ASSERT_TRUE(listing) << listing.error().what;
  const auto changes = client().sync(path, listing->token);
  ASSERT_TRUE(changes) << changes.error().what;
  EXPECT_TRUE(changes->changes.empty());
  EXPECT_FALSE(changes->full);
}

TEST_P(CaldavContract, ASyncNamesWhatChangedAndWhatWentAway) {
  const Href path = calendar();
  const auto stays = store(client(), path, "stays");
  const auto goes = store(client(), path, "goes");
  const auto listing = client().list(path);
  ASSERT_TRUE(listing) << listing.error().what;
  ASSERT_TRUE(client().remove(goes.href, *goes.etag));
  ASSERT_TRUE(client().put(stays.href, event("stays", "Edited"), IfMatch{*stays.etag}));
  const auto comes = store(client(), path, "comes");
  auto changes = client().sync(path, listing->token);
  ASSERT_TRUE(changes) << changes.error().what;
  std::sort(changes->changes.begin(), changes->changes.end(),
            [](const Change& a, const Change& b) { return a.href < b.href; });
  ASSERT_EQ(changes->changes.size(), 3U);
  EXPECT_EQ(changes->changes[0], (Change{comes.href, *comes.etag}));
  EXPECT_EQ(changes->changes[1], (Change{goes.href, std::nullopt}));
  EXPECT_EQ(changes->changes[2].href, stays.href);
  EXPECT_NE(changes->changes[2].etag, stays.etag);
  EXPECT_FALSE(changes->full);
}

TEST_P(CaldavContract, ALostTokenLeadsToTheFullList) {
  const Href path = calendar();
  const auto stored = store(client(), path, "survivor");
  const auto changes = client().sync(path, SyncToken("http://radicale.org/ns/sync/" + std::string(64, 'a')));
  ASSERT_TRUE(changes) << changes.error().what;
  EXPECT_TRUE(changes->full);
  EXPECT_EQ(changes->changes, (std::vector<Change>{{stored.href, *stored.etag}}));
}

TEST_P(CaldavContract, MultigetAnswersForEveryHref) {
  const Href path = calendar();
  const auto first = store(client(), path, "many-1", "First \xF0\x9F\x90\xAA");
  const auto second = store(client(), path, "many-2");
  const std::vector<Href> hrefs{first.href, child(path, "missing.ics"), second.href};
  const auto answers = client().multiget(path, hrefs);
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_TRUE(std::holds_alternative<Fetched>(answers[0]));
  EXPECT_NE(std::get<Fetched>(answers[0]).text.find("First \xF0\x9F\x90\xAA"), std::string::npos);
  EXPECT_TRUE(std::holds_alternative<Gone>(answers[1]));
  ASSERT_TRUE(std::holds_alternative<Fetched>(answers[2]));
  EXPECT_EQ(std::get<Fetched>(answers[2]).etag, *second.etag);
}

TEST_P(CaldavContract, AnOddUidGetsAPlainHref) {
  const std::string uid = "{weird/../uid}%2F@example.org äöü";
  const auto stored = store(client(), calendar(), uid);
  const auto got = client().get(stored.href);
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_NE(got->text.find("UID:" + uid), std::string::npos) << got->text;
}

TEST_P(CaldavContract, ForeignHrefsWithBlanksAndUmlautsAreFollowed) {
  const Href path = calendar();
  const Href odd = child(path, "Größe & 100% neu.ics");
  ASSERT_TRUE(client().put(odd, event("odd-href"), IfNoneMatch{}));
  const auto listing = client().list(path);
  ASSERT_TRUE(listing) << listing.error().what;
  ASSERT_EQ(listing->resources.size(), 1U);
  EXPECT_EQ(listing->resources[0].href, odd);
  const auto answers = client().multiget(path, std::vector<Href>{odd, child(path, "none.ics")});
  EXPECT_TRUE(std::holds_alternative<Fetched>(answers[0]));
}

TEST_P(CaldavContract, ManyWritesGoOverFewConnections) {
  const Href path = calendar();
  std::vector<PutJob> jobs;
  for (int i = 0; i < 20; ++i)
    jobs.push_back(
        {child(path, "job-" + std::to_string(i) + ".ics"), event("job-" + std::to_string(i)), IfNoneMatch{}});
  int stored = 0;
  client().put_all(jobs, 0, {}, [&](std::size_t, Result<PutOutcome> outcome) { stored += outcome ? 1 : 0; });
  EXPECT_EQ(stored, 20);
  EXPECT_EQ(client().list(path)->resources.size(), 20U);
}

TEST_P(CaldavContract, ACalendarWithEntriesIsNotRemoved) {
  const Href path = calendar();
  const auto stored = store(client(), path, "keeper");
  const auto refused = client().remove_collection_if_empty(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::precondition_failed);
  ASSERT_TRUE(client().remove(stored.href, *stored.etag));
  EXPECT_TRUE(client().remove_collection_if_empty(path));
  EXPECT_FALSE(client().calendar(path));
}

TEST_P(CaldavContract, RequestsAreCountedByMethod) {
  const Href path = calendar();
  const auto before = client().requests()["PUT"];
  store(client(), path, "counted");
  EXPECT_EQ(client().requests()["PUT"], before + 1);
}

}  // namespace
}  // namespace caravan::tests
