// SPDX-License-Identifier: GPL-3.0-or-later
// ATTACH lines. Inline base64 is decoded and hashed straight from the text, in pieces; nothing copies it whole and
// libical never sees it. Private to this folder.
#pragma once
#include <string>
#include <string_view>

#include "ical/lines.hpp"
#include "ical/parse.hpp"
#include "model/series.hpp"

namespace caravan::ical::detail {

inline constexpr std::string_view kContentScheme = "x-caravan-content:";  ///< then the SHA-256 in hex

inline constexpr const char* kSourceParameter = "X-CARAVAN-SOURCE";  ///< of a reference: the EWS AttachmentId

/// Reads one ATTACH line. An Error where inline content is no base64, or where the sink refuses.
Result<model::Attachment> read_attachment(std::string_view text, const Span& span, const ParseOptions& options);

/// The content line of an attachment: a link, or a reference to its content; folded, with line end.
std::string attachment_line(const model::Attachment& attachment);
/// The line up to and with the colon, as it stands before inline content; not folded.
std::string inline_head(const model::Attachment& attachment);

}  // namespace caravan::ical::detail
