// SPDX-License-Identifier: GPL-3.0-or-later
// One SOAP call: envelope, headers, version negotiation, retries, and everything that concerns the request as a whole.
// What the single operations ask and answer is in folders.cpp, series_reader.cpp, views.cpp. Private to common/ews.
#pragma once
#include <functional>
#include <memory>
#include <optional>
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
  std::string affinity;      ///< the cookie X-BackEndOverrideCookie, where the server set one
};

/// Whether a request changes anything. Then it is repeated only where it surely did not begin, and is in doubt where
/// its answer is lost or can't be read.
enum class Effect : std::uint8_t { reads, writes };

/// What besides its body belongs to a request.
struct Sending {
  Effect effect = Effect::reads;
  /// SOAP header TimeZoneContext; lives until the request is sent. DavMail and evolution found servers that want it
  /// beside the item's own zones (ews-facts 7.2).
  const wire::t__TimeZoneDefinitionType* zone = nullptr;
  std::optional<http::FileBody> file = std::nullopt;  ///< the whole request, instead of what `build` makes
  /// X-PreferServerAffinity, with the cookie of the server that is meant: subscriptions (ews-facts 9.5).
  std::optional<std::string> affinity = std::nullopt;
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
  /// The same for a request that changes something.
  Result<Answer> write(const char* operation, const Mailbox& mailbox, const Build& build, Sending sending,
                       std::stop_token stop);
  /// One try, its answer handed over in pieces, for at most `timeout`.
  Status stream(const char* operation, const Mailbox& mailbox, const Build& build, const http::Sink& sink,
                std::chrono::milliseconds timeout, const Sending& sending, std::stop_token stop);
  /// The whole request as text, for one that is sent from a file.
  Result<std::string> text_of(const Mailbox& mailbox, const Build& build);
  /// An envelope that came in a stream. `where` names it in errors.
  Result<Answer> parse(std::string text, const std::string& where, const Mailbox& mailbox);

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
  Result<std::string> envelope(const Mailbox& mailbox, const Build& build, Schema schema, const Sending& sending);
  http::Request request(const Mailbox& mailbox, std::string body, const Sending& sending) const;
  Result<http::Response> send(const char* operation, const Mailbox& mailbox, const Build& build, const Sending& sending,
                              std::stop_token stop);
  Result<Answer> attempt(const char* operation, const Mailbox& mailbox, const Build& build, const Check& check,
                         const Sending& sending, std::stop_token stop);

  Options options_;
  http::Client http_;
  bool proven_ = false;  // the credentials worked once on this connection
  Secret last_token_;
};

}  // namespace caravan::ews
