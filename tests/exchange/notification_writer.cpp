// SPDX-License-Identifier: GPL-3.0-or-later
// See notification_writer.hpp; the order of elements is the schema's.
#include "notification_writer.hpp"

namespace exchange_sim {
namespace {

void write_item(XmlWriter& out, std::string_view name, const Mailbox& mailbox, std::uint64_t number) {
  // Events carry no usable change key (ews-facts 9.3).
  out.empty(name, {{"Id", encode_id({IdKind::item, mailbox.index, number, 0, false, 0})},
                   {"ChangeKey", encode_change_key(mailbox.index, 0)}});
}

void write_place(XmlWriter& out, std::string_view name, const Mailbox& mailbox, std::uint32_t number) {
  out.empty(name, {{"Id", encode_id({IdKind::folder, mailbox.index, number, 0, false, 0})},
                   {"ChangeKey", encode_change_key(mailbox.index, 0, true)}});
}

void write_event(XmlWriter& out, const Mailbox& mailbox, const Event& event, const std::string& watermark) {
  out.open(std::string("t:") + kEventNames[static_cast<std::size_t>(event.kind)]);
  if (!watermark.empty()) out.text("t:Watermark", watermark);
  out.text("t:TimeStamp", format_utc(event.time));
  if (event.of_folder) {
    auto folder = mailbox.folders.find(event.folder);
    write_place(out, "t:FolderId", mailbox, event.folder);
    write_place(out, "t:ParentFolderId", mailbox, folder == mailbox.folders.end() ? 0 : folder->second.parent);
  } else {
    write_item(out, "t:ItemId", mailbox, event.item);
    write_place(out, "t:ParentFolderId", mailbox, event.folder);
  }
  if (event.kind == EventKind::moved) {
    write_item(out, "t:OldItemId", mailbox, event.old_item);
    write_place(out, "t:OldParentFolderId", mailbox, event.old_folder);
  }
  out.close();
}

}  // namespace

Batch next_batch(const EventLog& log, const Subscription& subscription) {
  Batch out;
  out.next = subscription.position;
  out.watermark = log.next();
  for (; out.next < log.next(); ++out.next) {
    if (!subscription.wants(log.at(out.next))) continue;
    if (out.events.size() == kMostEventsTold) {
      out.more = true;
      break;
    }
    out.events.push_back(out.next);
  }
  if (!out.events.empty()) out.watermark = out.events.back() + 1;
  return out;
}

void write_notification(XmlWriter& out, std::string_view element, const Mailbox& mailbox,
                        const Subscription& subscription, const Batch& batch) {
  bool marks = subscription.kind != SubscriptionKind::streaming;
  auto mark = [&](std::uint64_t position) { return marks ? encode_watermark(mailbox.index, position) : std::string(); };
  out.open(element);
  out.text("t:SubscriptionId", encode_subscription_id(mailbox.index, subscription.number));
  if (marks) {
    out.text("t:PreviousWatermark", mark(subscription.told));
    out.boolean("t:MoreEvents", batch.more);
  }
  for (auto number : batch.events) write_event(out, mailbox, mailbox.log->at(number), mark(number + 1));
  if (batch.events.empty()) {
    out.open("t:StatusEvent");
    if (marks) out.text("t:Watermark", mark(batch.watermark));
    out.close();
  }
  out.close();
}

}  // namespace exchange_sim
