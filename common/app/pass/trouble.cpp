// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pass/trouble.hpp"

namespace caravan::app {

bool is_setup_error(const Error& error) {
  return error.code == "disk_full" || error.code == "configuration" || error.code == "second_daemon" ||
         error.code == "home_collision" || error.code == "listen" || error.code == "no_callback" ||
         error.code.starts_with("store_");
}

Error with_remedy(Error error) {
  if (!error.remedy.empty()) return error;
  switch (error.fault) {
    case Fault::retry_later:
    case Fault::in_doubt:
      error.remedy =
          "Run the command again in some minutes: it goes on where it stopped. If it stays, ask the server's log.";
      break;
    case Fault::denied:
      error.remedy = "Check the credentials and rights; `exodus-cli doctor` names what is missing.";
      break;
    case Fault::malformed:
    case Fault::unsupported:
      error.remedy =
          "Check that exchange.url and caldav.url name the services themselves, not a web page or a login proxy; "
          "`exodus-cli doctor` looks at each.";
      break;
    case Fault::not_found:
      error.remedy = "Check the addresses in the configuration and the mailbox list with `exodus-cli doctor LIST`.";
      break;
    case Fault::precondition_failed:
      error.remedy = "Somebody else changed it at the same moment: run the command again.";
      break;
    case Fault::cancelled:
      error.remedy = "Give `exodus-cli migrate` again: it goes on where it stopped.";
      break;
  }
  return error;
}

bool is_server_error(const Error& error) {
  if (is_setup_error(error)) return false;
  if (error.code.starts_with("Error")) return false;  // an EWS ResponseCode: Exchange answered, for this mailbox
  if (error.code == "leased" || error.code == "paused" || error.code == "container_gone" || error.code == "HTTP 403")
    return false;
  if (error.fault == Fault::not_found) return error.code.starts_with("HTTP");
  return error.fault == Fault::denied || error.fault == Fault::retry_later || error.fault == Fault::in_doubt ||
         error.fault == Fault::malformed || error.fault == Fault::unsupported;
}

}  // namespace caravan::app
