// SPDX-License-Identifier: GPL-3.0-or-later
// One request on its way through one libcurl easy handle. Private to common/http; libcurl's types show as void*, so
// that its headers stay in the .cpp files.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "http/client.hpp"

namespace caravan::http {

/// The state of one request over all its tries. Address-stable: libcurl's callbacks point to it.
struct Transfer {
  std::size_t index = 0;
  Request request;
  const Sink* sink = nullptr;

  int attempt = 0;                                   ///< tries begun
  int redirects = 0;                                 ///< redirects followed
  std::chrono::steady_clock::time_point ready_at{};  ///< not before

  // Of the present try:
  void* easy = nullptr;
  void* header_list = nullptr;
  struct FileCloser {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, FileCloser> file;
  std::uint64_t file_left = 0;
  Response response;
  std::uint64_t received = 0;
  std::uint64_t max_response_bytes = 0;
  bool sent = false;            ///< the request went out and nothing came back since
  bool answered = false;        ///< a status line came
  bool resend_refused = false;  ///< libcurl wanted to send a write a second time
  bool sink_used = false;
  std::optional<Error> local_error;  ///< of a sink, a size limit or a spool file
  std::array<char, 256> error_text{};

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();
};

/// Sets up `easy` for a new try of `transfer`.
Status prepare(Transfer& transfer, void* easy, const Options& options);
/// What the try came to; `code` is libcurl's CURLcode.
Result<Response> conclude(Transfer& transfer, int code);
/// Whether the try ended by a time-out (the limiter takes it for load).
bool is_timeout(int code) noexcept;

}  // namespace caravan::http
