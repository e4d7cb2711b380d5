// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/connection.hpp"

#include <algorithm>
#include <charconv>

#include "ews/response_codes.hpp"
#include "ews/wire/prefilter.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr int kBadXmlTries = 3;
constexpr const char* kAffinityCookie = "X-BackEndOverrideCookie";
constexpr auto kDefaultBackOff = std::chrono::seconds(10);  // ErrorServerBusy without BackOffMilliseconds

Options prepared(Options options) {
  if (!options.session) options.session = make_session();
  if (!options.operations) options.operations = std::make_shared<http::RequestCounter>();
  if (!options.http.clock) options.http.clock = system_clock();
  if (!options.http.sleeper) options.http.sleeper = system_sleeper();
  options.http.user_agent = options.user_agent;
  options.http.retry = {};  // this class retries: it alone knows what Exchange means
  options.batch = std::clamp<std::size_t>(options.batch, 1, 50);
  return options;
}

http::Options http_options(const Options& options, Secret& last_token) {
  http::Options http = options.http;
  if (options.oauth2 && http.auth == http::Auth::bearer)
    http.token = [cache = options.oauth2, &last_token]() -> Result<Secret> {
      Result<Secret> token = cache->token();
      if (token) last_token = *token;
      return token;
    };
  return http;
}

int number(const std::string* text) {
  int value = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

ServerVersion version_of(const t__ServerVersionInfoType& info, Schema schema) {
  return {number(info.MajorVersion), number(info.MinorVersion), number(info.MajorBuildNumber),
          number(info.MinorBuildNumber), to_string(schema)};
}

/// BackOffMilliseconds, wherever it stands. ews-facts 10.2, A.10.
std::optional<std::chrono::milliseconds> back_off_of(const t__MessageXmlType* xml) {
  if (xml == nullptr) return std::nullopt;
  for (const auto& value : xml->t__Value)
    if (value.Name == "BackOffMilliseconds") {
      long milliseconds = 0;
      const auto text = text::trim(value.__item);
      std::from_chars(text.data(), text.data() + text.size(), milliseconds);
      if (milliseconds > 0) return std::chrono::milliseconds(milliseconds);
    }
  return std::nullopt;
}

/// "The server cannot service this request right now" comes without the code at times, or with it inside only.
bool says_busy(std::string_view message, const t__MessageXmlType* xml) {
  if (message.find("cannot service this request right now") != std::string_view::npos) return true;
  if (xml != nullptr)
    for (const auto& value : xml->t__Value)
      if (value.__item == "ErrorServerBusy") return true;
  return false;
}

Error fault_error(const s__FaultType& fault, const std::string& where) {
  const s__DetailType* detail = fault.detail;
  std::string code = detail != nullptr && detail->e__ResponseCode != nullptr ? *detail->e__ResponseCode : std::string();
  if (code.empty() && fault.faultcode != nullptr) code = fault.faultcode->substr(fault.faultcode->find(':') + 1);
  const std::string message = fault.faultstring != nullptr ? *fault.faultstring : std::string();
  const t__MessageXmlType* xml = detail != nullptr ? detail->t__MessageXml : nullptr;
  if (code != "ErrorServerBusy" && says_busy(message, xml)) code = "ErrorServerBusy";
  return code_error(code, where, message, back_off_of(xml));
}

/// The cookie by which requests stay with one server, out of Set-Cookie.
std::string affinity_of(const http::Response& response) {
  for (const auto& header : response.headers.fields()) {
    if (!text::equal_ignoring_case(header.name, "Set-Cookie")) continue;
    const std::string start = std::string(kAffinityCookie) + "=";
    if (!header.value.starts_with(start)) continue;
    return header.value.substr(start.size(), header.value.find(';') - start.size());
  }
  return {};
}

bool wants_older_schema(const Error& error) {
  return error.code == "ErrorInvalidServerVersion" || error.code == "ErrorIncorrectSchemaVersion" ||
         error.code == "ErrorInvalidSchemaVersionForMailboxVersion";
}

/// A GUID for client-request-id (ews-facts 1.5).
std::string request_id() {
  const std::string hex = random_hex(16);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace

Connection::Connection(Options options)
    : options_(prepared(std::move(options))), http_(http_options(options_, last_token_)) {}

std::string Connection::where(const char* operation, const Mailbox& mailbox) {
  return std::string(operation) + " in " + mailbox.address.value;
}

std::optional<Error> Connection::message_error(const m__ResponseMessageType& message, const std::string& where) {
  if (message.ResponseClass == "Success") return std::nullopt;
  std::string code = message.ResponseCode != nullptr ? *message.ResponseCode : std::string();
  if (message.ResponseClass == "Warning" && code != "ErrorBatchProcessingStopped") return std::nullopt;
  const std::string text = message.MessageText != nullptr ? *message.MessageText : std::string();
  if (code != "ErrorServerBusy" && says_busy(text, message.MessageXml)) code = "ErrorServerBusy";
  return code_error(code, where, text, back_off_of(message.MessageXml));
}

t__DistinguishedFolderIdType* Connection::distinguished(Arena& arena, const Mailbox& mailbox, const char* id) const {
  auto* folder = arena.make<t__DistinguishedFolderIdType>();
  folder->Id = id;
  if (options_.access == Access::delegate) {
    folder->Mailbox = arena.make<t__EmailAddressType>();
    folder->Mailbox->EmailAddress = arena.text(mailbox.address.value);
  }
  return folder;
}

Result<std::string> Connection::envelope(const Mailbox& mailbox, const Build& build, Schema schema,
                                         const Sending& sending) {
  Arena arena;
  s__EnvelopeType envelope;
  s__HeaderType header;
  s__BodyType body;
  envelope.s__Header = &header;
  envelope.s__Body = &body;
  header.t__RequestServerVersion = arena.make<t__RequestServerVersionType>();
  header.t__RequestServerVersion->Version = to_string(schema);
  if (options_.access == Access::impersonation) {
    header.t__ExchangeImpersonation = arena.make<t__ExchangeImpersonationType>();
    auto* who = arena.make<t__ConnectingSIDType>();
    who->PrimarySmtpAddress = arena.text(mailbox.address.value);
    header.t__ExchangeImpersonation->ConnectingSID = who;
  }
  if (sending.zone != nullptr && schema >= Schema::exchange_2010_sp1) {
    header.t__TimeZoneContext = arena.make<t__TimeZoneContextType>();
    header.t__TimeZoneContext->TimeZoneDefinition = arena.make<t__TimeZoneDefinitionType>(*sending.zone);
  }
  build(arena, schema, body);
  Wire wire;
  return wire.write(envelope);
}

http::Request Connection::request(const Mailbox& mailbox, std::string body, const Sending& sending) const {
  http::Request request;
  request.method = "POST";
  request.url = options_.url;
  request.headers = {{"Content-Type", "text/xml; charset=utf-8"},
                     {"Accept", "text/xml"},
                     {"X-AnchorMailbox", mailbox.address.value},
                     {"client-request-id", request_id()},
                     {"return-client-request-id", "true"}};
  if (sending.affinity) {
    request.headers.push_back({"X-PreferServerAffinity", "true"});
    if (!sending.affinity->empty())
      request.headers.push_back({"Cookie", std::string(kAffinityCookie) + "=" + *sending.affinity});
  }
  request.body = std::move(body);
  request.file = sending.file;
  if (sending.effect == Effect::reads) {
    request.repeatable = http::Repeatable::yes;
    request.timeout = std::max<std::chrono::milliseconds>(options_.http.total_timeout, std::chrono::seconds(90));
  } else {  // a lease outlives total_timeout (decisions.md 4); a large upload gets a second more for each megabyte
    request.repeatable = http::Repeatable::no;
    const std::uint64_t megabytes = sending.file ? sending.file->size >> 20U : 0;
    request.timeout = options_.http.total_timeout + std::chrono::seconds(megabytes);
  }
  return request;
}

Result<http::Response> Connection::send(const char* operation, const Mailbox& mailbox, const Build& build,
                                        const Sending& sending, std::stop_token stop) {
  std::string text;
  if (!sending.file) {
    CARAVAN_TRY(made, envelope(mailbox, build, session().schema(mailbox.address), sending));
    text = std::move(made);
  }
  const http::Request post = request(mailbox, std::move(text), sending);
  Result<http::Response> response = http_.perform(post, stop);
  if (response || response.error().fault == Fault::retry_later || response.error().fault == Fault::in_doubt)
    options_.operations->count(operation);
  // One 401 in the middle of work may be overload or an expired token (ews-facts 1.7); a second one is final.
  if (response && response->status == 401 && (proven_ || options_.oauth2)) {
    proven_ = false;
    if (options_.oauth2) options_.oauth2->forget(last_token_);
    response = http_.perform(post, stop);
    if (response) options_.operations->count(operation);
  }
  if (!response) {
    Error error = std::move(response).error();
    error.what = where(operation, mailbox) + ": " + error.what;
    return error;
  }
  if (const auto failure = http_error(post, *response, options_.http.clock->now().time_since_epoch().count())) {
    Error error = *failure;
    error.what = where(operation, mailbox) + ": " + error.what;
    return error;
  }
  proven_ = true;
  return response;
}

Result<Answer> Connection::parse(std::string text, const std::string& where, const Mailbox& mailbox) {
  Answer answer;
  answer.vanished = clean(text);
  answer.wire = std::make_unique<Wire>();
  Result<s__EnvelopeType*> envelope = answer.wire->read(text);
  if (!envelope) {
    Error error = std::move(envelope).error();
    error.what = where + ": " + error.what;
    return error;
  }
  answer.body = (*envelope)->s__Body;
  if (answer.body->s__Fault != nullptr) return fault_error(*answer.body->s__Fault, where);
  const s__HeaderType* header = (*envelope)->s__Header;
  if (header != nullptr && header->t__ServerVersionInfo != nullptr && !session().version(mailbox.address).known())
    session().set_version(mailbox.address,
                          version_of(*header->t__ServerVersionInfo, session().schema(mailbox.address)));
  return answer;
}

Result<Answer> Connection::attempt(const char* operation, const Mailbox& mailbox, const Build& build,
                                   const Check& check, const Sending& sending, std::stop_token stop) {
  for (;;) {
    const Schema schema = session().schema(mailbox.address);
    CARAVAN_TRY(response, send(operation, mailbox, build, sending, stop));
    Result<Answer> answer = parse(std::move(response.body), where(operation, mailbox), mailbox);
    if (answer) {
      if (sending.affinity) answer->affinity = affinity_of(response);
      session().set_schema(mailbox.address, schema);
      if (check) CARAVAN_CHECK(check(*answer->body));
      return answer;
    }
    const auto next = older(schema);
    if (!wants_older_schema(answer.error()) || !next || sending.file) return answer;
    session().set_schema(mailbox.address, *next);
  }
}

bool Connection::wait_for_retry(Tries& tries, Error& error, std::stop_token stop) {
  // A server that says when to come back is obeyed, not given up: among many workers one request may be unlucky often.
  constexpr int kMostTimesTold = 60;
  const bool named_a_time = error.fault == Fault::retry_later && error.retry_after && ++tries.told < kMostTimesTold;
  const int attempt = named_a_time ? 1 : tries.counted++;
  if (error.code == "ErrorServerBusy" && !error.retry_after) error.retry_after = kDefaultBackOff;
  if (error.fault == Fault::retry_later && error.retry_after) http_.limiter().hold(*error.retry_after);
  const auto wait = options_.retry.wait_after(attempt, error, http::jitter());
  if (!wait) return false;
  if (options_.http.sleeper->sleep_for(*wait, stop)) return true;
  error = make_error(Fault::cancelled, "Stopped while waiting to repeat: " + error.what);
  return false;
}

Result<Answer> Connection::call(const char* operation, const Mailbox& mailbox, const Build& build, const Check& check,
                                BadXml bad_xml, std::stop_token stop) {
  int garbled = 0;
  Tries tries;
  while (true) {
    Result<Answer> answer = attempt(operation, mailbox, build, check, {}, stop);
    if (answer) return answer;
    Error error = std::move(answer).error();
    if (error.code == kBadXml) {
      // Cut off or garbled on the way, most likely: a read may simply be repeated.
      if (bad_xml == BadXml::give_up || ++garbled >= kBadXmlTries || stop.stop_requested()) return error;
      continue;
    }
    if (!wait_for_retry(tries, error, stop)) return error;
  }
}

Result<Answer> Connection::write(const char* operation, const Mailbox& mailbox, const Build& build, Sending sending,
                                 std::stop_token stop) {
  sending.effect = Effect::writes;
  Tries tries;
  while (true) {
    Result<Answer> answer = attempt(operation, mailbox, build, {}, sending, stop);
    if (answer) return answer;
    Error error = write_error(std::move(answer).error());
    if (!wait_for_retry(tries, error, stop)) return error;
  }
}

Result<std::string> Connection::text_of(const Mailbox& mailbox, const Build& build) {
  return envelope(mailbox, build, session().schema(mailbox.address), {});
}

Status Connection::stream(const char* operation, const Mailbox& mailbox, const Build& build, const http::Sink& sink,
                          std::chrono::milliseconds timeout, const Sending& sending, std::stop_token stop) {
  CARAVAN_TRY(text, envelope(mailbox, build, session().schema(mailbox.address), sending));
  http::Request post = request(mailbox, std::move(text), sending);
  post.timeout = timeout;
  options_.operations->count(operation);
  Result<http::Response> response = http_.perform(post, sink, stop);
  if (!response) return std::move(response).error();
  if (response->status >= 200 && response->status < 300) return {};
  if (auto failure = http_error(post, *response, options_.http.clock->now().time_since_epoch().count()))
    return *failure;
  Result<Answer> answer = parse(std::move(response->body), where(operation, mailbox), mailbox);
  if (!answer) return std::move(answer).error();
  return make_error(Fault::malformed,
                    where(operation, mailbox) + ": HTTP " + std::to_string(response->status) + " without a fault.");
}

}  // namespace caravan::ews
