// SPDX-License-Identifier: GPL-3.0-or-later
// What anybody can send to gobi's port: the whole way from the socket through the HTTP server and the Receiver. Every
// input is what one connection sends before it says that nothing more will come.
#include <cstdint>

#include "fuzz/promise.hpp"
#include "gobi/receiver.hpp"
#include "log/log.hpp"
#include "support/http/raw_client.hpp"

namespace caravan::gobi {
namespace {

const std::string kRetired(32, '1');

/// A receiver that knows every token but one as live, behind a server of its own.
struct Target {
  Target() {
    log::set_sink([](std::string_view) {});
    auto routes = receiver.callback_routes();
    for (auto& route : receiver.hint_routes()) routes.push_back(std::move(route));
    http::ServerOptions listen;
    listen.limits.body_bytes = 4096;
    listen.limits.request_time = std::chrono::seconds(5);
    server = std::move(http::Server::start(std::move(listen), std::move(routes)).value());
  }
  static ReceiverOptions options() {
    ReceiverOptions out;
    out.hint_secret = Secret("secret");
    out.gather = std::chrono::milliseconds(0);
    return out;
  }
  static Marks marks() {
    return {[](const std::vector<store::Callback>& callbacks) -> Result<std::vector<store::Heard>> {
              std::vector<store::Heard> out;
              for (const auto& callback : callbacks)
                out.push_back(callback.token == sha256(kRetired) ? store::Heard::retired : store::Heard::noted);
              return out;
            },
            [](const std::string& user) -> Result<std::size_t> {
              fuzz::promise(!user.empty(), "a hint names a user");
              return std::size_t{1};
            }};
  }
  Receiver receiver{options(), marks()};
  std::unique_ptr<http::Server> server;
};

}  // namespace
}  // namespace caravan::gobi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caravan;
  static gobi::Target& target = *new gobi::Target;  // NOLINT: lives as long as the program
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  testing::RawClient client(target.server->port());
  fuzz::promise(client.connected(), "the server takes connections");
  client.send(input);
  client.end_sending();
  const std::string answer = client.read_to_end();
  fuzz::promise(answer.empty() || answer.starts_with("HTTP/1."), "what is answered is HTTP");
  fuzz::promise(answer.find(" 500 ") == std::string::npos, "no input is an error of ours");
  if (input.find(gobi::kRetired) == std::string_view::npos)
    fuzz::promise(answer.find("Unsubscribe") == std::string::npos, "only a retired token is told to unsubscribe");
  return 0;
}
