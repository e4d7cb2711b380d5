// SPDX-License-Identifier: GPL-3.0-or-later
// The Receiver on the addresses that the configuration names: Exchange's callbacks on gobi.listen, the hints of a
// CalDAV server's hook on cexsy.hint_listen. What the programs gobi, cexsy and caravan listen with.
#pragma once
#include <memory>
#include <vector>

#include "app/live/attention.hpp"
#include "app/pass/context.hpp"
#include "gobi/receiver.hpp"

namespace caravan::gobi {

/// Which of the two a program takes.
struct Takes {
  bool callbacks = true;
  bool hints = true;
};

class Service {
 public:
  /// Listens, then makes everything due once on the sides that it hears of: what was told while nobody listened is
  /// lost. Callbacks are taken where exchange.callback_url is set, hints where cexsy.hint_listen is.
  [[nodiscard]] static Result<std::unique_ptr<Service>> start(const app::Context& context, app::Attention& attention,
                                                              Takes takes);
  ~Service();  ///< takes no more, commits and answers what it has taken
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

 private:
  Service() = default;
  std::unique_ptr<Receiver> receiver_;
  std::vector<std::unique_ptr<http::Server>> servers_;
};

/// The path of exchange.callback_url: "/callback".
std::string callback_path(const std::string& url);
/// What a callback's body says (Receiver's `read`).
Said read_callback(std::string_view body);

}  // namespace caravan::gobi
