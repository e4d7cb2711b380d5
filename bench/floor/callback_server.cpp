// SPDX-License-Identifier: GPL-3.0-or-later
// bench-callback-server STORE_URL MAILBOXES TOKENS_FILE
// Puts MAILBOXES mailboxes at rest under live sync, writes their tokens to the file, and serves the Receiver at
// /callback/<token> and, on the same server, a handler that does nothing at /empty/<token>. Prints {"port"}; when
// standard input ends it stops and prints {"marked"}: the mailboxes that somebody else who opens the store finds due.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "gobi/receiver.hpp"
#include "put_loop.hpp"
#include "util/digest.hpp"

namespace {

using namespace caravan;

constexpr auto kRest = std::chrono::hours(24);

template <class Value>
Value need(Result<Value> result) {
  if (!result) bench::fail(result.error().what);
  return std::move(*result);
}
void need(const Status& done) {
  if (!done) bench::fail(done.error().what);
}

std::string make_mailbox(store::Store& store, int number) {
  const Address address("m" + std::to_string(number) + "@example.org");
  store::Mailbox row;
  row.address = address;
  store::Pair pair;
  pair.mailbox = address;
  pair.folder = FolderId("calendar");
  pair.collection = Href("/" + address.value + "/");
  store::Batch batch;
  batch.mailboxes = {row};
  batch.pairs = {pair};
  need(store.commit(batch));
  need(store.live().enlist(address, {batch.pairs[0].id}));
  const auto due = need(store.live().claim_due("bench", 1, std::chrono::seconds(60)));
  need(store.live().settle_due({address, due.at(0).claim, {{batch.pairs[0].id, 0, 0, kRest, kRest, kRest}}, {}}));
  std::string token = random_hex(16);
  need(store.live().add_subscription({sha256(token), address, "push", "pending", "", "", {}, {}}));
  need(store.live().confirm_subscription(sha256(token), "id-" + std::to_string(number), ""));
  return token;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) bench::fail("usage: bench-callback-server STORE_URL MAILBOXES TOKENS_FILE");
  const auto open = [url = std::string(argv[1])] { return store::open(url, system_clock()); };
  const auto store = need(open());
  std::ofstream tokens(argv[3]);
  for (int i = 0; i < std::atoi(argv[2]); ++i) tokens << make_mailbox(*store, i) << "\n";
  tokens.close();

  gobi::Receiver receiver({}, gobi::marks_into(open));
  auto routes = receiver.callback_routes();
  routes.push_back({"POST", "/empty/", [](http::IncomingRequest, http::Reply reply) {
                      reply.send({200, "text/xml; charset=utf-8", std::string(370, ' '), {}});
                    }});
  const auto server = need(http::Server::start({}, std::move(routes)));
  std::printf("{\"port\":%d}\n", server->port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  server->stop(std::chrono::seconds(5));
  receiver.stop();
  const auto due = need(need(open())->live().claim_due("somebody else", 1'000'000, std::chrono::seconds(60)));
  std::printf("{\"marked\":%zu}\n", due.size());
}
