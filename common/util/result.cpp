// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/result.hpp"

namespace caravan {

std::string_view to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::retry_later:
      return "retry_later";
    case Fault::precondition_failed:
      return "precondition_failed";
    case Fault::not_found:
      return "not_found";
    case Fault::denied:
      return "denied";
    case Fault::malformed:
      return "malformed";
    case Fault::unsupported:
      return "unsupported";
    case Fault::in_doubt:
      return "in_doubt";
    case Fault::cancelled:
      return "cancelled";
  }
  return "?";
}

}  // namespace caravan
