// SPDX-License-Identifier: GPL-3.0-or-later
// Mailboxes, folders and journals; see world.hpp.
#include "world.hpp"

#include <chrono>

#include "bytes.hpp"

namespace exchange_sim {

Instant current_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Folder* Mailbox::folder(std::uint64_t number) {
  auto found = folders.find(static_cast<std::uint32_t>(number));
  return found == folders.end() ? nullptr : &found->second;
}

Folder* Mailbox::distinguished(const std::string& name) {
  for (auto& [number, candidate] : folders) {
    if (candidate.distinguished == name) return &candidate;
  }
  return nullptr;
}

Folder& Mailbox::dumpster() {
  if (auto* found = distinguished("recoverableitemsdeletions")) return *found;
  return add_folder(distinguished("root")->number, "Deletions", "IPF.Note", "recoverableitemsdeletions");
}

Folder& Mailbox::add_folder(std::uint32_t parent, const std::string& name, const std::string& folder_class,
                            const std::string& distinguished_name) {
  auto number = next_folder++;
  auto& made = folders[number];
  made.number = number;
  made.parent = parent;
  made.display_name = name;
  made.folder_class = folder_class;
  made.distinguished = distinguished_name;
  made.change = next_change++;
  folder_journal.emplace_back(number, ChangeKind::created);
  notify_folder(EventKind::created, number);
  return made;
}

CalendarItem* Mailbox::item(std::uint64_t number) {
  auto found = items.find(number);
  return found == items.end() || found->second->hidden ? nullptr : found->second.get();
}

CalendarItem* Mailbox::item_by_uid(const std::string& uid) {
  auto [from, to] = by_uid.equal_range(uid);
  CalendarItem* best = nullptr;
  for (; from != to; ++from) {
    auto* found = item(from->second);
    if (found == nullptr || !folder(found->folder)->is_calendar()) continue;
    bool better = best == nullptr || (found->is_master() && !best->is_master()) ||
                  (found->is_master() == best->is_master() && found->number < best->number);
    if (better) best = found;
  }
  return best;
}

void Mailbox::record(Folder& where, std::uint64_t number, ChangeKind kind) {
  auto position = where.journal.size();
  auto& trace = where.traces[number];
  if (trace.last != kNoEntry) where.journal[trace.last].next = position;
  if (kind == ChangeKind::created) trace.created = position;
  if (trace.first_created == kNoEntry) trace.first_created = position;
  trace.last = position;
  where.journal.push_back({number, kind, kNoEntry});
}

void Mailbox::enter(Event event) {
  if (!log) return;
  event.time = current_time();
  log->events.push_back(event);
  log->trim();
  if (wake != nullptr && *wake) (*wake)(*this);
}

void Mailbox::notify(EventKind kind, const CalendarItem& about) {
  if (!log) return;
  enter({kind, false, about.folder, 0, about.number, 0, 0});
  if (folders.at(about.folder).is_calendar()) enter({EventKind::free_busy, false, about.folder, 0, about.number, 0, 0});
}

void Mailbox::notify_folder(EventKind kind, std::uint32_t number) { enter({kind, true, number, 0, 0, 0, 0}); }

CalendarItem& Mailbox::place(std::uint32_t folder_number, std::unique_ptr<CalendarItem> made) {
  made->number = next_item++;
  made->folder = folder_number;
  made->change = next_change++;
  for (auto& [day, exception] : made->exceptions) exception.change = made->change;
  auto& where = folders.at(folder_number);
  where.items.insert(made->number);
  by_uid.emplace(made->uid, made->number);
  record(where, made->number, ChangeKind::created);
  auto& stored = *made;
  items[stored.number] = std::move(made);
  return stored;
}

CalendarItem& Mailbox::add_item(std::uint32_t folder_number, std::unique_ptr<CalendarItem> made) {
  auto& stored = place(folder_number, std::move(made));
  notify(EventKind::created, stored);
  if (folders.at(folder_number).distinguished == "inbox") notify(EventKind::new_mail, stored);
  notify_folder(EventKind::modified, folder_number);
  return stored;
}

void Mailbox::touch(CalendarItem& changed) {
  touch(changed, {});
  changed.whole_change = changed.change;
}

void Mailbox::touch(CalendarItem& changed, const std::set<std::string>& fields) {
  changed.change = next_change++;
  for (const auto& field : fields) changed.field_changes[field] = changed.change;
  changed.modified = current_time();
  for (auto& [day, exception] : changed.exceptions) exception.change = changed.change;
  if (changed.hidden) return;
  record(folders.at(changed.folder), changed.number, ChangeKind::updated);
  notify(EventKind::modified, changed);
}

std::unique_ptr<CalendarItem> Mailbox::take_out(CalendarItem& gone) {
  auto& where = folders.at(gone.folder);
  if (where.items.erase(gone.number) > 0) record(where, gone.number, ChangeKind::removed);
  auto [from, to] = by_uid.equal_range(gone.uid);
  for (; from != to; ++from) {
    if (from->second == gone.number) {
      by_uid.erase(from);
      break;
    }
  }
  auto node = items.extract(gone.number);
  return std::move(node.mapped());
}

void Mailbox::erase(CalendarItem& gone) {
  auto out = take_out(gone);
  notify(EventKind::deleted, *out);
  notify_folder(EventKind::modified, out->folder);
}

CalendarItem& Mailbox::move(CalendarItem& moved, std::uint32_t folder_number) {
  auto out = take_out(moved);
  auto old_folder = out->folder;
  auto old_number = out->number;
  auto& stored = place(folder_number, std::move(out));
  enter({EventKind::moved, false, folder_number, old_folder, stored.number, old_number, 0});
  for (auto number : {old_folder, folder_number}) {
    if (folders.at(number).is_calendar()) enter({EventKind::free_busy, false, number, 0, stored.number, 0, 0});
    notify_folder(EventKind::modified, number);
  }
  return stored;
}

void Mailbox::hide(CalendarItem& hidden_item) {
  if (hidden_item.hidden) return;
  hidden_item.hidden = true;
  auto& where = folders.at(hidden_item.folder);
  where.items.erase(hidden_item.number);
  record(where, hidden_item.number, ChangeKind::removed);
  notify(EventKind::deleted, hidden_item);
}

void Mailbox::unhide(CalendarItem& hidden_item) {
  if (!hidden_item.hidden) return;
  hidden_item.hidden = false;
  auto& where = folders.at(hidden_item.folder);
  where.items.insert(hidden_item.number);
  record(where, hidden_item.number, ChangeKind::created);
  notify(EventKind::created, hidden_item);
}

Mailbox& World::add_mailbox(const std::string& address, const std::string& iana_zone) {
  if (auto* found = find(address)) return *found;
  std::unique_lock lock(mutex_);
  auto made = std::make_unique<Mailbox>();
  made->index = static_cast<std::uint32_t>(mailboxes_.size());
  made->wake = &wake_;
  made->address = address;
  made->display_name = address.substr(0, address.find('@'));
  made->iana_zone = iana_zone;
  made->zone = zone_by_iana(iana_zone);
  if (!made->zone) made->zone = zone_by_windows_id(iana_zone);
  if (!made->zone) made->zone = utc_zone();
  auto root = made->add_folder(0, "Root", "", "root").number;
  auto top = made->add_folder(root, "Top of Information Store", "", "msgfolderroot").number;
  made->add_folder(top, "Calendar", "IPF.Appointment", "calendar");
  made->add_folder(top, "Inbox", "IPF.Note", "inbox");
  made->add_folder(top, "Drafts", "IPF.Note", "drafts");
  made->add_folder(top, "Sent Items", "IPF.Note", "sentitems");
  made->add_folder(top, "Deleted Items", "IPF.Note", "deleteditems");
  made->add_folder(top, "Contacts", "IPF.Contact", "contacts");
  made->add_folder(top, "Tasks", "IPF.Task", "tasks");
  by_address_[to_lower(address)] = made->index;
  mailboxes_.push_back(std::move(made));
  return *mailboxes_.back();
}

Mailbox* World::find(const std::string& address) {
  std::shared_lock lock(mutex_);
  auto found = by_address_.find(to_lower(address));
  return found == by_address_.end() ? nullptr : mailboxes_[found->second].get();
}

Mailbox* World::at(std::uint32_t index) {
  std::shared_lock lock(mutex_);
  return index < mailboxes_.size() ? mailboxes_[index].get() : nullptr;
}

std::vector<Mailbox*> World::all() {
  std::shared_lock lock(mutex_);
  std::vector<Mailbox*> out;
  for (auto& mailbox : mailboxes_) out.push_back(mailbox.get());
  return out;
}

void World::add_mail(Mail mail) {
  std::lock_guard lock(mail_mutex_);
  mails_.push_back(std::move(mail));
}

std::vector<Mail> World::mails() const {
  std::lock_guard lock(mail_mutex_);
  return mails_;
}

}  // namespace exchange_sim
