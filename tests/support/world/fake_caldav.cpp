// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/world/fake_caldav.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "ical/parse.hpp"
#include "ical/patch.hpp"
#include "ical/write.hpp"
#include "ical/zone_repair.hpp"
#include "util/text.hpp"

namespace caravan::world {
namespace {

Error gone_collection() { return make_error(Fault::not_found, "There is no such collection.", sync::kContainerGone); }
Error lost_answer() { return make_error(Fault::in_doubt, "The connection broke before the answer came."); }

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What a server makes of a text that it parses and writes anew; attachments are left alone.
std::string rewritten(const std::string& text, std::uint64_t sequence, bool adds_property) {
  auto parsed = ical::parse_one(text);
  if (!parsed || !parsed->series || text.find("ATTACH") != std::string::npos) return text;
  ical::WriteOptions options;
  options.mark = parsed->mark;
  options.stamp = Instant(std::chrono::seconds(1'700'000'000 + static_cast<std::int64_t>(sequence)));
  model::Series series = *parsed->series;
  const auto stamp = [&](model::Event& event) {
    std::erase_if(event.extra, [](const auto& property) { return property.name == "X-STORED"; });
    event.extra.push_back({"X-STORED", {}, "yes"});
  };
  if (adds_property) {
    if (series.master) stamp(*series.master);
    std::for_each(series.overrides.begin(), series.overrides.end(), stamp);
  }
  return ical::write(series, options);
}

Uid uid_in(const std::string& text) {
  auto parsed = ical::parse_one(text);
  return parsed ? parsed->uid : Uid();
}

}  // namespace

FakeCaldav::FakeCaldav(Fate& fate, Href collection) : fate_(fate), collection_(std::move(collection)) {}

Etag FakeCaldav::store(const Href& href, std::string text) {
  last_change_[href] = ++sequence_;
  if (!resources_.contains(href)) made_[href] = sequence_;
  Resource& resource = resources_[href];
  resource.etag =
      Etag('"' + (manners.weak_versions ? sha256(text).hex.substr(0, 12) : std::to_string(sequence_)) + '"');
  resource.uid = uid_in(text);
  resource.text = std::move(text);
  return resource.etag;
}

void FakeCaldav::drop(const Href& href) {
  if (resources_.erase(href) > 0) last_change_[href] = ++sequence_;
}

std::optional<Href> FakeCaldav::href_of(const Uid& uid) const {
  for (const auto& [href, resource] : resources_)
    if (resource.uid == uid) return href;
  return std::nullopt;
}

void FakeCaldav::put(const model::Series& series) { put_text(series.uid, ical::write(series)); }

void FakeCaldav::put_text(const Uid& uid, std::string text) {
  const auto there = href_of(uid);
  store(there ? *there : Href(collection_.value + "client-" + std::to_string(sequence_ + 1) + ".ics"), std::move(text));
}

void FakeCaldav::put_beside(const model::Series& series) {
  store(Href(collection_.value + "client-" + std::to_string(sequence_ + 1) + ".ics"), ical::write(series));
}

void FakeCaldav::double_resource(const Uid& uid) {
  store(Href(collection_.value + "twin-" + std::to_string(sequence_ + 1) + ".ics"), text(uid));
}

void FakeCaldav::edit(const Uid& uid, const Edit& change) {
  const Href href = href_of(uid).value();
  const std::string before_text = resources_.at(href).text;
  const model::Series before = series(uid);
  model::Series after = before;
  change(after);
  normalize(after);
  auto patched = ical::patch(before_text, after, model::difference(before, after));
  if (!patched) throw std::logic_error("the edit of " + uid.value + " could not be written: " + patched.error().what);
  store(href, *patched);
}

void FakeCaldav::remove(const Uid& uid) {
  if (const auto href = href_of(uid)) drop(*href);
}

void FakeCaldav::touch(const Uid& uid) {
  const Href href = href_of(uid).value();
  store(href, resources_.at(href).text);
}

void FakeCaldav::remove_collection() {
  manners.exists = false;
  resources_.clear();
  last_change_.clear();
  made_.clear();
  ++generation_;
}

void FakeCaldav::trouble_next_write(Trouble trouble, int times) {
  troubles_.insert(troubles_.end(), static_cast<std::size_t>(times), trouble);
}

void FakeCaldav::untold(const std::function<void()>& deed) {
  const auto told = last_change_;
  deed();
  for (const auto& [href, at] : told) last_change_[href] = at;
}

void FakeCaldav::forget_troubles() {
  troubles_.clear();
  failures_.clear();
  refused_.clear();
  cut_rows_ = 0;
  before_write_ = after_write_ = nullptr;
}

std::size_t FakeCaldav::count(const Uid& uid) const {
  return static_cast<std::size_t>(
      std::count_if(resources_.begin(), resources_.end(), [&](const auto& entry) { return entry.second.uid == uid; }));
}

std::string FakeCaldav::text(const Uid& uid) const {
  const auto href = href_of(uid);
  return href ? resources_.at(*href).text : std::string();
}

model::Series FakeCaldav::series(const Uid& uid) const {
  auto parsed = ical::parse_one(text(uid));
  if (!parsed || !parsed->series) throw std::logic_error("there is no readable " + uid.value + " on CalDAV");
  return std::move(*parsed->series);
}

model::Series FakeCaldav::series_at(const Href& href) const {
  const auto resource = resources_.find(href);
  if (resource == resources_.end()) return {};
  auto parsed = ical::parse_one(resource->second.text);
  return parsed && parsed->series ? std::move(*parsed->series) : model::Series{};
}

Etag FakeCaldav::etag(const Uid& uid) const {
  const auto href = href_of(uid);
  return href ? resources_.at(*href).etag : Etag();
}

std::vector<Uid> FakeCaldav::uids() const {
  std::vector<Uid> out;
  for (const auto& [href, resource] : resources_) out.push_back(resource.uid);
  return out;
}

std::vector<Href> FakeCaldav::hrefs() const {
  std::vector<Href> out;
  for (const auto& [href, resource] : resources_) out.push_back(href);
  return out;
}

const sync::CaldavTraits& FakeCaldav::traits() const {
  traits_.weak_versions = manners.weak_versions;
  traits_.conditions_ignored = manners.conditions_ignored;
  traits_.read_back = manners.read_back || !manners.tells_etag;
  traits_.orphans_refused = manners.orphans_refused;
  traits_.bulk_fill = manners.bulk_fill;
  return traits_;
}

Href FakeCaldav::href_for(const Uid& uid) const { return Href(collection_.value + uid.value + ".ics"); }

Href FakeCaldav::filled_href_for(const Uid& uid) const {
  if (uid.value.size() > manners.longest_fill_uid) return {};
  return manners.foretells_fill ? Href(collection_.value + manners.fill_prefix + uid.value + ".ics") : href_for(uid);
}

SyncToken FakeCaldav::token() const { return SyncToken(std::to_string(generation_) + ":" + std::to_string(sequence_)); }

std::optional<Error> FakeCaldav::call() {
  fate_.pass_through(Place::caldav);
  ++requests;
  if (failures_.empty() || failures_.front().skip-- > 0) return std::nullopt;
  Error error = std::move(failures_.front().error);
  failures_.pop_front();
  return error;
}

std::optional<Trouble> FakeCaldav::next_trouble() {
  if (troubles_.empty()) return std::nullopt;
  const Trouble trouble = troubles_.front();
  troubles_.pop_front();
  return trouble;
}

Result<sync::CaldavListing> FakeCaldav::list() {
  if (auto error = call()) return std::move(*error);
  if (!manners.exists) return gone_collection();
  ++listings;
  sync::CaldavListing out;
  for (const auto& [href, resource] : resources_) out.resources.push_back({href, resource.etag});
  out.token = token();
  return out;
}

Result<sync::CaldavChanges> FakeCaldav::changes_since(const SyncToken& since) {
  if (auto error = call()) return std::move(*error);
  if (!manners.exists) return gone_collection();
  sync::CaldavChanges out;
  out.token = token();
  const auto colon = since.value.find(':');
  out.full = since.value.substr(0, colon) != std::to_string(generation_);
  const std::uint64_t known = out.full ? 0 : std::stoull(since.value.substr(colon + 1));
  for (const auto& [href, at] : last_change_) {
    const auto resource = resources_.find(href);
    if (resource != resources_.end() && (out.full || at > known)) out.changed.push_back({href, resource->second.etag});
    // Radicale names resources that came and went since the token as well.
    const bool came_and_went = made_[href] > known;
    if (resource == resources_.end() && !out.full && at > known && !(came_and_went && manners.forgets_short_lives))
      out.gone.push_back(href);
  }
  return out;
}

void FakeCaldav::read(std::span<const Href> hrefs, const std::function<void(std::size_t, sync::CaldavAnswer)>& done) {
  const auto error = call();
  const std::size_t cut = std::min(std::exchange(cut_rows_, 0), hrefs.size());
  for (std::size_t i = 0; i < hrefs.size(); ++i) {
    ++reads;
    const auto resource = resources_.find(hrefs[i]);
    if (error)
      done(i, *error);
    else if (i + cut >= hrefs.size())
      done(i, make_error(Fault::retry_later, "The answer ended before this row."));
    else if (!manners.exists)
      done(i, gone_collection());
    else if (resource == resources_.end())
      done(i, sync::Gone{});
    else
      done(i, sync::CaldavText{hrefs[i], resource->second.etag, resource->second.text});
  }
}

Result<sync::CaldavWritten> FakeCaldav::accept(const sync::CaldavWrite& write) {
  ++puts;
  std::string text = write.file.empty() ? write.text : content_of(write.file);
  if (!manners.exists) return gone_collection();
  const auto there = resources_.find(write.href);
  const bool as_expected = write.expected.empty() ? there == resources_.end()
                                                  : there != resources_.end() && there->second.etag == write.expected;
  if (!manners.conditions_ignored && !as_expected)
    return make_error(Fault::precondition_failed, "The resource is not as expected.", "HTTP 412");
  const Uid uid = uid_in(text);
  if (uid.empty() || refused_.contains(uid))
    return make_error(Fault::malformed, "The server can't read this.", "HTTP 400");
  const auto other = href_of(uid);
  if (manners.one_uid_once && other && *other != write.href)
    return sync::CaldavWritten(sync::UidTaken{manners.names_the_other ? other : std::nullopt});
  if (manners.rewrites) text = rewritten(text, sequence_ + 1, traits().read_back);
  const Etag etag = store(write.href, std::move(text));
  return sync::CaldavWritten(sync::CaldavStored{manners.tells_etag ? std::optional(etag) : std::nullopt});
}

void FakeCaldav::write(std::span<const sync::CaldavWrite> writes,
                       const std::function<void(std::size_t, Result<sync::CaldavWritten>)>& done) {
  for (std::size_t i = 0; i < writes.size(); ++i) {
    fate_.pass_through(Place::caldav);
    if (auto deed = std::exchange(before_write_, nullptr)) deed();
    const auto trouble = next_trouble();
    if (trouble == Trouble::lost_before) {
      done(i, lost_answer());
    } else if (trouble == Trouble::busy) {
      done(i, make_error(Fault::retry_later, "The server is busy.", "HTTP 503"));
    } else if (trouble == Trouble::refused_412) {
      ++puts;
      done(i, make_error(Fault::precondition_failed, "The resource is not as expected.", "HTTP 412"));
    } else {
      auto answer = accept(writes[i]);
      fate_.pass_through(Place::caldav);
      if (auto deed = std::exchange(after_write_, nullptr)) deed();
      if (trouble == Trouble::lost_after || trouble == Trouble::lost_midway)
        done(i, lost_answer());
      else
        done(i, std::move(answer));
    }
  }
}

void FakeCaldav::remove(std::span<const sync::CaldavRemoval> removals,
                        const std::function<void(std::size_t, Status)>& done) {
  for (std::size_t i = 0; i < removals.size(); ++i) {
    fate_.pass_through(Place::caldav);
    if (auto deed = std::exchange(before_write_, nullptr)) deed();
    const auto trouble = next_trouble();
    if (trouble == Trouble::lost_before) {
      done(i, lost_answer());
      continue;
    }
    if (trouble == Trouble::busy) {
      done(i, make_error(Fault::retry_later, "The server is busy.", "HTTP 503"));
      continue;
    }
    ++deletes;
    const auto there = resources_.find(removals[i].href);
    if (there == resources_.end()) {
      done(i, make_error(Fault::not_found, "There is no such resource.", "HTTP 404"));
      continue;
    }
    if (trouble == Trouble::refused_412 ||
        (!manners.conditions_ignored && there->second.etag != removals[i].expected)) {
      done(i, make_error(Fault::precondition_failed, "The resource is not as expected.", "HTTP 412"));
      continue;
    }
    const Uid uid = there->second.uid;
    drop(removals[i].href);
    if (on_delete) on_delete(uid);
    fate_.pass_through(Place::caldav);
    done(i, trouble == Trouble::lost_after || trouble == Trouble::lost_midway ? Status(lost_answer()) : Status{});
  }
}

Result<bool> FakeCaldav::exists() {
  if (auto error = call()) return std::move(*error);
  return manners.exists;
}

Result<bool> FakeCaldav::make() {
  fate_.pass_through(Place::caldav);
  if (manners.exists) return false;
  ++collections_made;
  manners.exists = true;
  fate_.pass_through(Place::caldav);
  return true;
}

/// All or nothing, as Radicale: one entry that it can't read refuses the whole.
Status FakeCaldav::fill(const std::string& file, std::uint64_t) {
  fate_.pass_through(Place::caldav);
  if (auto deed = std::exchange(before_write_, nullptr)) deed();
  const auto trouble = next_trouble();
  if (trouble == Trouble::lost_before) return lost_answer();
  if (trouble == Trouble::busy) return make_error(Fault::retry_later, "The server is busy.", "HTTP 503");
  ++fills;
  if (manners.exists) return make_error(Fault::precondition_failed, "The collection exists.", "HTTP 412");
  auto parsed = ical::parse(content_of(file));
  if (!parsed) return make_error(Fault::malformed, "The server can't read this.", "HTTP 400");
  for (const auto& one : *parsed)
    if (!one.series || refused_.contains(one.uid) || one.uid.value.size() > manners.longest_fill_uid)
      return make_error(Fault::malformed, "The server can't read this.", "HTTP 400");
  manners.exists = true;
  for (const auto& one : *parsed) {
    ical::WriteOptions options;
    options.mark = one.mark;
    std::string text = ical::write(*one.series, options);
    if (manners.fill_zones_since > 0) text = ical::with_zones_of_database(text, manners.fill_zones_since);
    store(Href(collection_.value + manners.fill_prefix + one.uid.value + ".ics"), std::move(text));
  }
  fate_.pass_through(Place::caldav);
  return trouble == Trouble::lost_after || trouble == Trouble::lost_midway ? Status(lost_answer()) : Status{};
}

Status FakeCaldav::set_properties() {
  fate_.pass_through(Place::caldav);
  return {};
}

}  // namespace caravan::world
