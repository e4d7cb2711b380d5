// SPDX-License-Identifier: GPL-3.0-or-later
// What the mapping of one series needs besides its wire objects, and what it leaves behind besides the series: losses.
// The mapping is pure but for the resolver, which may ask the directory. Private to common/ews.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/mapping/time_zone.hpp"
#include "ews/types.hpp"
#include "ews/wire/wire.hpp"
#include "model/loss.hpp"
#include "model/time.hpp"

namespace caravan::ews::mapping {

struct Kept;

/// The SMTP address of a legacy DN ("/o=Org/ou=.../cn=anna"); empty if the directory has none, an error if it did not
/// answer.
using Resolver = std::function<Result<std::string>(const std::string& legacy_dn)>;

/// One per series.
struct Context {
  const model::ZoneBook& zones;
  ZoneCache& cache;
  const Mailbox& mailbox;
  Resolver resolve;
  bool marked = false;  ///< the prefilter left marks in the answer: texts must be searched for them
  const KeptElsewhere* elsewhere = nullptr;

  std::vector<model::Loss> losses = {};
  std::string occurrence = {};                  ///< what is being mapped: empty for the master
  std::optional<Error> failure = std::nullopt;  ///< the directory did not answer: the series has to be read again
  const Kept* kept = nullptr;                   ///< of the item that is being mapped, where it carries any

  void lose(model::LossReason reason, std::string detail);
  /// Moves the text out of the wire object, without the prefilter's marks; a lost character is a loss.
  std::string take(std::string* text, const char* property);
};

/// An xs:boolean; nullopt where it is missing or unknown.
std::optional<bool> read_bool(const std::string* text) noexcept;
inline bool is_true(const std::string* text) noexcept { return read_bool(text).value_or(false); }
/// An integer; nullopt where it is missing or none.
std::optional<std::int64_t> read_number(const std::string* text) noexcept;
/// The same where it must be there.
std::optional<std::int64_t> read_number(const std::string& text) noexcept;

}  // namespace caravan::ews::mapping
