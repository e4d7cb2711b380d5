// SPDX-License-Identifier: GPL-3.0-or-later
// One SOAP call: envelope, headers, version negotiation, retries, and everything that concerns the request as a whole.
// What the single operations ask and answer is in folders.cpp, series_reader.cpp, views.cpp. Private to common/ews.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "ews/client.hpp"
#include "ews/session.hpp"
#include "ews/wire/wire.hpp"

namespace caravan::ews {

/// A parsed answer; the objects live as long as this does.
struct Answer {
  std::unique_ptr<wire::Wire> wire;
  wire::s__BodyType* body = nullptr;
  std::size_t vanished = 0;  ///< characters that the prefilter marked
};

/// Whether an answer that can't be parsed is asked for again.
enum class BadXml : std::uint8_t { ask_again, give_up };

class Connection {
 public:
  explicit Connection(Options options);

  /// Fills the body of a request for the schema in use.
  using Build = std::function<void(wire::Arena&, Schema, wire::s__BodyType&)>;
  /// Finds the failure of the request as a whole in its answer; what it calls retry_later is retried.
  using Check = std::function<Status(const wire::s__BodyType&)>;
  Result<Answer> call(const char* operation, const Mailbox& mailbox, const Build& build, const Check& check,
                      BadXml bad_xml, std::stop_token stop);
  /// One try, its answer handed over in pieces. `refused` is what the server said instead, if it did.
  Status stream(const char* operation, const Mailbox& mailbox, const Build& build, const http::Sink& sink,
                std::stop_token stop);

  /// How often a request was repeated: by our own policy, and because the server named a time.
  struct Tries {
    int counted = 1, told = 0;
  };

  /// Waits before the next try of what failed with `error`, and lets the fellow workers wait as well where the server
  /// is busy. False where no further try is due; `error` becomes `cancelled` where the wait was cut short.
  bool wait_for_retry(Tries& tries, Error& error, std::stop_token stop);
  /// "GetItem in anna@example.org".
  static std::string where(const char* operation, const Mailbox& mailbox);
  /// Error of a response message; nullopt where it is a success (or a warning that is none).
  static std::optional<Error> message_error(const wire::m__ResponseMessageType& message, const std::string& where);
  /// DistinguishedFolderId or FolderId as this access needs it.
  wire::t__DistinguishedFolderIdType* distinguished(wire::Arena& arena, const Mailbox& mailbox, const char* id) const;

  [[nodiscard]] const Options& options() const noexcept { return options_; }
  [[nodiscard]] Session& session() const noexcept { return *options_.session; }
  [[nodiscard]] http::Client& http() noexcept { return http_; }

 private:
  Result<std::string> envelope(const Mailbox& mailbox, const Build& build, Schema schema);
  http::Request request(const Mailbox& mailbox, std::string body) const;
  Result<http::Response> send(const char* operation, const Mailbox& mailbox, const Build& build, std::stop_token stop);
  Result<Answer> attempt(const char* operation, const Mailbox& mailbox, const Build& build, const Check& check,
                         std::stop_token stop);
  Result<Answer> parse(std::string text, const std::string& where, const Mailbox& mailbox);

  Options options_;
  http::Client http_;
  bool proven_ = false;  // the credentials worked once on this connection
  Secret last_token_;
};

}  // namespace caravan::ews
