// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/attachment.hpp"

#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr const char* kUnknownType = "application/octet-stream";

model::Attachment describe(Context& context, t__AttachmentType& wire) {
  model::Attachment attachment;
  attachment.name = safe_name(context.take(wire.Name, "attachment name"));
  attachment.content_type = context.take(wire.ContentType, "attachment type");
  attachment.content_id = context.take(wire.ContentId, "attachment content id");
  attachment.is_inline = is_true(wire.IsInline);
  if (const auto size = read_number(wire.Size); size && *size > 0) attachment.size = static_cast<std::uint64_t>(*size);
  if (wire.AttachmentId != nullptr) attachment.source_id = std::move(wire.AttachmentId->Id);
  return attachment;
}

}  // namespace

std::string safe_name(std::string_view name) {
  std::string safe = text::sanitize(name);
  if (const auto slash = safe.find_last_of("/\\"); slash != std::string::npos) safe.erase(0, slash + 1);
  std::erase_if(safe, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (safe.empty() || safe == "." || safe == "..") return "attachment";
  return safe;
}

std::string stored_name(const model::Attachment& attachment) { return safe_name(attachment.name); }

std::string stored_type(const model::Attachment& attachment) {
  return attachment.content_type.empty() ? kUnknownType : attachment.content_type;
}

void read_attachments(Context& context, t__CalendarItemType& item, model::Event& event) {
  if (item.Attachments == nullptr) return;
  const auto keep = [&](model::Attachment attachment) {
    if (attachment.source_id.empty() && attachment.uri.empty())
      context.lose(model::LossReason::attachment_unreadable, attachment.name);
    else
      event.attachments.push_back(std::move(attachment));
  };
  for (auto* file : item.Attachments->FileAttachment) {
    if (is_true(file->IsContactPhoto)) continue;
    model::Attachment attachment = describe(context, *file);
    if (attachment.content_type.empty()) attachment.content_type = kUnknownType;
    keep(std::move(attachment));
  }
  for (auto* attached : item.Attachments->ItemAttachment) {
    model::Attachment attachment = describe(context, *attached);
    attachment.content_type = "message/rfc822";
    keep(std::move(attachment));
  }
  for (auto* link : item.Attachments->ReferenceAttachment) {
    model::Attachment attachment = describe(context, *link);
    attachment.uri = context.take(link->AttachLongPathName, "attachment link");
    if (attachment.uri.empty()) {
      context.lose(model::LossReason::attachment_unreadable, attachment.name);
      continue;
    }
    attachment.source_id.clear();
    attachment.size = 0;
    event.attachments.push_back(std::move(attachment));
  }
}

}  // namespace caravan::ews::mapping
