// SPDX-License-Identifier: GPL-3.0-or-later
// Result<T>: a value or an Error. An Error says what its receiver should do (Fault), what happened, where, and what a
// person can do about it. Knows nothing of any protocol: each protocol maps its codes to a Fault in one table of its
// own.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace caravan {

/// What the caller should do about a failure.
enum class Fault {
  retry_later,          ///< nothing is wrong with the request: wait (see Error::retry_after) and repeat it
  precondition_failed,  ///< the object changed since the version we named: observe and decide again
  not_found,            ///< the server said that the object does not exist
  denied,               ///< credentials or rights; repeating does not help and may lock the account
  malformed,            ///< what was received (or sent) can't be understood: park the object
  unsupported,          ///< the other side can't do this, ever
  in_doubt,             ///< a write whose answer was lost: look before repeating
  cancelled,            ///< the person or the program asked to stop
};
std::string_view to_string(Fault fault) noexcept;

/// A failure, written for the person who has to act on it.
struct Error {
  Fault fault = Fault::malformed;
  std::string what;    ///< one sentence: what happened and where
  std::string code;    ///< the protocol's own code ("ErrorServerBusy", "HTTP 412"), empty if there is none
  std::string remedy;  ///< what to do next, empty if nothing is known
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;  ///< only with retry_later
};

/// `tl::expected` is not nodiscard, so Result derives from it to be.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::make_unexpected(std::move(error))) {}  // NOLINT: implicit on purpose
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}      // NOLINT: implicit on purpose
};

using Status = Result<void>;
template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
 public:
  Result() = default;
  Result(Error error) : tl::expected<void, Error>(tl::make_unexpected(std::move(error))) {}  // NOLINT: implicit
  Result(tl::expected<void, Error> other) : tl::expected<void, Error>(std::move(other)) {}   // NOLINT: implicit
};

inline Error make_error(Fault fault, std::string what, std::string code = {}, std::string remedy = {}) {
  return Error{fault, std::move(what), std::move(code), std::move(remedy), std::nullopt};
}

}  // namespace caravan

/// Passes an error on to the caller: `CARAVAN_TRY(item, client.get(id));` declares `item`.
#define CARAVAN_TRY_CAT_(a, b) a##b
#define CARAVAN_TRY_CAT(a, b) CARAVAN_TRY_CAT_(a, b)
#define CARAVAN_TRY_IMPL(tmp, name, expr)  \
  auto tmp = (expr);                       \
  if (!tmp) return std::move(tmp).error(); \
  auto name = std::move(*tmp)
#define CARAVAN_TRY(name, expr) CARAVAN_TRY_IMPL(CARAVAN_TRY_CAT(caravan_try_, __LINE__), name, expr)
/// The same for a Status.
#define CARAVAN_CHECK(expr) \
  if (auto caravan_check_ = (expr); !caravan_check_) return std::move(caravan_check_).error()
