// SPDX-License-Identifier: GPL-3.0-or-later
// The SOAP envelope around answers, and around what the simulator posts.
#pragma once

#include <string>

#include "xml_writer.hpp"

namespace exchange_sim {

/// Up to and with <s:Body>, with the ServerVersionInfo of a server of that schema.
void open_envelope(XmlWriter& out, const std::string& schema_version);
/// The same with the header of a notification.
void open_callback_envelope(XmlWriter& out, const std::string& schema_version);
void close_envelope(XmlWriter& out);

}  // namespace exchange_sim
