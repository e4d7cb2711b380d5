// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/transfer.hpp"

#include <curl/curl.h>
#include <sys/types.h>

#include <algorithm>
#include <cstring>

#include "util/text.hpp"

namespace caravan::http {
namespace {

static_assert(CURL_ERROR_SIZE == 256);

Transfer& self(void* user) noexcept { return *static_cast<Transfer*>(user); }

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  Transfer& transfer = self(user);
  const std::string_view line = text::trim(std::string_view(data, size * count));
  try {
    if (line.starts_with("HTTP/")) {  // a new answer: after 100, or the next leg of an authentication
      transfer.sent = false;
      transfer.answered = true;
      transfer.response.headers.clear();
      transfer.response.body.clear();
      const auto space = line.find(' ');
      transfer.response.status =
          space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space)).c_str());
      if (transfer.response.status / 100 == 1) transfer.sent = true;  // interim only
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      transfer.response.headers.add(std::string(text::trim(line.substr(0, colon))),
                                    std::string(text::trim(line.substr(colon + 1))));
    }
  } catch (...) {
    return 0;
  }
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  Transfer& transfer = self(user);
  const std::size_t length = size * count;
  try {
    transfer.received += length;
    if (transfer.received > transfer.max_response_bytes) {
      transfer.local_error =
          make_error(Fault::malformed,
                     transfer.request.method + " " + transfer.request.url + ": the answer is larger than " +
                         std::to_string(transfer.max_response_bytes) + " bytes.",
                     "", "Raise the limit if the object is meant to be that large.");
      return 0;
    }
    if (transfer.sink != nullptr && transfer.response.status / 100 == 2) {
      transfer.sink_used = true;
      if (auto taken = (*transfer.sink)(std::string_view(data, length)); !taken) {
        transfer.local_error = std::move(taken).error();
        return 0;
      }
    } else {
      transfer.response.body.append(data, length);
    }
  } catch (const std::exception& problem) {
    transfer.local_error = make_error(Fault::malformed, std::string("Could not take in an answer: ") + problem.what());
    return 0;
  }
  return length;
}

std::size_t on_read(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  Transfer& transfer = self(user);
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size * count, transfer.file_left));
  const std::size_t got = std::fread(data, 1, wanted, transfer.file.get());
  if (got < wanted) return CURL_READFUNC_ABORT;  // a spool file that shrank must not be sent short
  transfer.file_left -= got;
  return got;
}

int on_seek(void* user, curl_off_t offset, int origin) noexcept {
  Transfer& transfer = self(user);
  if (origin != SEEK_SET || !transfer.request.file) return CURL_SEEKFUNC_CANTSEEK;
  const FileBody& body = *transfer.request.file;
  if (static_cast<std::uint64_t>(offset) > body.size) return CURL_SEEKFUNC_FAIL;
  if (fseeko(transfer.file.get(), static_cast<off_t>(body.offset) + static_cast<off_t>(offset), SEEK_SET) != 0)
    return CURL_SEEKFUNC_FAIL;
  transfer.file_left = body.size - static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

// libcurl sends a request again by itself when a reused connection dies before any answer. That is a second effect for
// a write that is not repeatable, so the second sending is refused here and the write is in doubt.
int on_request(void* user, char*, char*, int, int) noexcept {
  Transfer& transfer = self(user);
  if (transfer.sent && !is_repeatable(transfer.request)) {
    transfer.resend_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.sent = true;
  return CURL_PREREQFUNC_OK;
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  curl_easy_setopt(easy, option, value);  // NOLINT: libcurl's interface is variadic
}

Status set_credentials(CURL* easy, const Transfer& transfer, const Options& options) {
  const std::string& url = transfer.request.url;
  const bool plain = options.auth == Auth::basic || options.auth == Auth::bearer;
  if (plain && !origin_of(url).starts_with("https://") && !is_loopback(url) && !options.allow_plain_http_auth)
    return make_error(Fault::denied,
                      "The credentials are not sent to " + origin_of(url) + ": the connection is not encrypted.",
                      "plain-http", "Use an https:// address, or allow it explicitly (allow_plain_http_auth).");
  switch (options.auth) {
    case Auth::none:
      return {};
    case Auth::basic:
      set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      break;
    case Auth::ntlm:
      set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NTLM));
      break;
    case Auth::negotiate:
      set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NEGOTIATE));
      break;
    case Auth::bearer: {
      if (!options.token) return make_error(Fault::denied, "No source of tokens is set up for " + origin_of(url) + ".");
      CARAVAN_TRY(token, options.token());
      set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
      set(easy, CURLOPT_XOAUTH2_BEARER, token.reveal().c_str());
      return {};
    }
  }
  // Negotiate takes the ticket of the process; libcurl wants an (empty) user to begin at all.
  set(easy, CURLOPT_USERNAME, options.username.c_str());
  set(easy, CURLOPT_PASSWORD, options.password.reveal().c_str());
  return {};
}

Status set_body(CURL* easy, Transfer& transfer) {
  const Request& request = transfer.request;
  if (request.file) {
    transfer.file.reset(std::fopen(request.file->path.c_str(), "rb"));
    if (!transfer.file || fseeko(transfer.file.get(), static_cast<off_t>(request.file->offset), SEEK_SET) != 0)
      return make_error(Fault::malformed,
                        "Could not read the spool file " + request.file->path + ": " + std::strerror(errno) + ".");
    transfer.file_left = request.file->size;
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.file->size));
    set(easy, CURLOPT_READFUNCTION, on_read);
    set(easy, CURLOPT_READDATA, static_cast<void*>(&transfer));
    set(easy, CURLOPT_SEEKFUNCTION, on_seek);
    set(easy, CURLOPT_SEEKDATA, static_cast<void*>(&transfer));
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    // libcurl's POST sends head and small bodies in one packet; the method is named below.
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method != "HEAD" && request.method != "GET") set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  return {};
}

void set_headers(CURL* easy, Transfer& transfer) {
  curl_slist* list = nullptr;
  bool has_type = false;
  for (const auto& field : transfer.request.headers) {
    has_type = has_type || text::equal_ignoring_case(field.name, "Content-Type");
    // libcurl sends "Connection: close" and reuses the connection all the same.
    if (text::equal_ignoring_case(field.name, "Connection") && text::equal_ignoring_case(field.value, "close"))
      set(easy, CURLOPT_FORBID_REUSE, 1L);
    const std::string line = field.value.empty() ? field.name + ";" : field.name + ": " + field.value;
    list = curl_slist_append(list, line.c_str());
  }
  list = curl_slist_append(list, "Expect:");
  if (!has_type) list = curl_slist_append(list, "Content-Type:");
  const auto& method = transfer.request.method;
  if (transfer.request.body.empty() && !transfer.request.file && (method == "MKCOL" || method == "MKCALENDAR"))
    list = curl_slist_append(list, "Content-Length: 0");
  transfer.header_list = list;
  set(easy, CURLOPT_HTTPHEADER, list);
}

/// X509_V_ERR_* of OpenSSL, as CURLINFO_SSL_VERIFYRESULT gives them.
Error tls_error(const Transfer& transfer, CURLcode code) {
  long verify = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_SSL_VERIFYRESULT, &verify);
  const std::string host = origin_of(transfer.request.url);
  const std::string detail = transfer.error_text.data();
  if (code == CURLE_SSL_CACERT_BADFILE)
    return make_error(Fault::denied, "The file of trusted certificates can't be read: " + detail + ".", "tls-ca-file",
                      "Check the path in ca_file; it has to be a PEM file.");
  if (code == CURLE_SSL_CONNECT_ERROR)
    return make_error(Fault::retry_later, "No TLS connection to " + host + ": " + detail + ".", "tls-connect",
                      "Check that the address and the port speak TLS 1.2 or newer.");
  if (verify == 10)
    return make_error(Fault::denied, "The certificate of " + host + " has expired.", "tls-expired",
                      "Renew the server's certificate (and check this machine's clock).");
  if (verify == 9)
    return make_error(Fault::denied, "The certificate of " + host + " is not valid yet.", "tls-not-yet-valid",
                      "Check this machine's clock.");
  if (detail.find("subject name") != std::string::npos || verify == 62)
    return make_error(Fault::denied, "The certificate of " + host + " is for another host name.", "tls-host-name",
                      "Use the name that the certificate holds, or give the server a certificate for this name.");
  return make_error(Fault::denied,
                    "The certificate of " + host + " is from an issuer that is not trusted here: " + detail + ".",
                    "tls-unknown-issuer", "Put the issuer's certificate (PEM) into a file and name it in ca_file.");
}

Error lost_answer(const Transfer& transfer, const std::string& why) {
  const std::string what = transfer.request.method + " " + transfer.request.url;
  const bool may_have_arrived = transfer.sent || (transfer.answered && transfer.response.status != 401);
  if (may_have_arrived && !is_repeatable(transfer.request))
    return make_error(Fault::in_doubt, what + " was sent and its answer was lost: " + why + ".", "no-answer",
                      "Nothing needs to be done: what is stored is looked at before anything is repeated.");
  return make_error(Fault::retry_later, what + " got no answer: " + why + ".", "no-answer",
                    "Check that the server runs and can be reached from here.");
}

}  // namespace

Transfer::~Transfer() { curl_slist_free_all(static_cast<curl_slist*>(header_list)); }

Status prepare(Transfer& transfer, void* easy, const Options& options) {
  curl_easy_reset(easy);
  curl_slist_free_all(static_cast<curl_slist*>(transfer.header_list));
  transfer.header_list = nullptr;
  transfer.easy = easy;
  transfer.response = {};
  transfer.received = 0;
  transfer.max_response_bytes = options.max_response_bytes;
  transfer.sent = transfer.answered = transfer.resend_refused = false;
  transfer.local_error.reset();
  transfer.error_text.fill('\0');
  ++transfer.attempt;

  const Request& request = transfer.request;
  if (origin_of(request.url).empty())
    return make_error(Fault::malformed, "\"" + request.url + "\" is not an http or https address.", "",
                      "Write the address with https:// and the host's name.");
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(&transfer));
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.value_or(options.total_timeout).count()));
  if (is_loopback(request.url)) set(easy, CURLOPT_PROXY, "");
  if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  set(easy, CURLOPT_ERRORBUFFER, transfer.error_text.data());
  set(easy, CURLOPT_HEADERFUNCTION, on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_WRITEFUNCTION, on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_PREREQFUNCTION, on_request);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(&transfer));
  CARAVAN_CHECK(set_credentials(easy, transfer, options));
  CARAVAN_CHECK(set_body(easy, transfer));
  set_headers(easy, transfer);
  return {};
}

Result<Response> conclude(Transfer& transfer, int number) {
  const auto code = static_cast<CURLcode>(number);
  transfer.file.reset();
  curl_easy_getinfo(transfer.easy, CURLINFO_NUM_CONNECTS, &transfer.response.new_connections);
  if (code == CURLE_OK) {
    transfer.response.url = transfer.request.url;
    return std::move(transfer.response);
  }
  const std::string detail =
      transfer.error_text.front() != '\0' ? std::string(transfer.error_text.data()) : curl_easy_strerror(code);
  if (transfer.resend_refused) return lost_answer(transfer, "the connection was closed");
  if (transfer.local_error) return *transfer.local_error;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
      if (!transfer.sent) return tls_error(transfer, code);
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
      return make_error(Fault::retry_later, "The host of " + transfer.request.url + " is not known: " + detail + ".",
                        "no-such-host", "Check the host's name in the address and this machine's DNS.");
    case CURLE_COULDNT_CONNECT:
      return make_error(Fault::retry_later, "No connection to " + origin_of(transfer.request.url) + ": " + detail + ".",
                        "no-connection", "Check that the server runs and that no firewall is in between.");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return make_error(Fault::malformed,
                        "\"" + transfer.request.url + "\" can't be used as an address: " + detail + ".");
    case CURLE_ABORTED_BY_CALLBACK:
      if (transfer.request.file)
        return make_error(Fault::malformed,
                          "The spool file " + transfer.request.file->path + " is shorter than announced.");
      break;
    default:
      break;
  }
#pragma GCC diagnostic pop
  return lost_answer(transfer, detail);
}

bool is_timeout(int code) noexcept { return code == CURLE_OPERATION_TIMEDOUT; }

}  // namespace caravan::http
