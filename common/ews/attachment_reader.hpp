// SPDX-License-Identifier: GPL-3.0-or-later
// GetAttachment: the one answer that is not parsed by gSOAP, because its base64 must pass in pieces (decisions.md 4).
// libxml2's push parser reads it. Private to common/ews.
#pragma once
#include "ews/connection.hpp"

namespace caravan::ews {

/// See Client::get_attachment.
Result<AttachmentInfo> get_attachment(Connection& connection, const Mailbox& mailbox, const AttachmentId& attachment,
                                      const ContentSink& sink, std::stop_token stop);

/// Reads one GetAttachment answer from pieces; apart from the connection, so that it can be tested.
class AttachmentParser {
 public:
  explicit AttachmentParser(const ContentSink& sink);
  ~AttachmentParser();
  AttachmentParser(const AttachmentParser&) = delete;
  AttachmentParser& operator=(const AttachmentParser&) = delete;
  /// An error of the sink, of the XML or of the base64 ends the transfer.
  Status feed(std::string_view piece);
  /// After the last piece: what was read, or what the server said instead.
  Result<AttachmentInfo> finish(const std::string& where);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace caravan::ews
