// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/match.hpp"

#include <map>
#include <set>
#include <tuple>

#include "util/text.hpp"

namespace caravan::sync {
namespace {

// MS-OXCICAL 2.1.3.1.1.20.26, PidLidGlobalObjectId: class id, 4 bytes of instance date, creation time, 8 zero bytes,
// size (little-endian), data.
constexpr std::string_view kClassIdHex = "040000008200E00074C5B7101A82E008";
constexpr std::size_t kDate = 16, kSize = 36, kHeader = 40;
constexpr std::string_view kWrapped{"vCal-Uid\x01\x00\x00\x00", 12};

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool from_hex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  out.clear();
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

/// False where the size field does not agree with the data.
bool is_consistent(std::string_view blob) {
  if (blob.size() < kHeader) return false;
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size * 256 + static_cast<unsigned char>(blob[kSize + i]);
  return size == blob.size() - kHeader;
}

bool is_global_object_id(std::string_view uid) {
  return uid.size() >= kClassIdHex.size() && text::equal_ignoring_case(uid.substr(0, kClassIdHex.size()), kClassIdHex);
}

/// Titles are compared without case and without repeated white space.
std::string folded(std::string_view title) {
  std::string out;
  for (const auto& word : text::split(text::replace_all(text::lower(title), "\t", " "), ' ')) {
    if (word.empty()) continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

using Key = std::tuple<Instant, std::int64_t, bool, std::string, std::string>;
using Indexes = std::vector<std::size_t>;  ///< positions in the vectors, not Candidate::index

/// Both sides' candidates by one key. A key that occurs once on each side is a match, more are unsure.
template <class K>
struct Buckets {
  std::map<K, std::pair<Indexes, Indexes>> by_key;
};

class Matcher {
 public:
  Matcher(const std::vector<Candidate>& exchange, const std::vector<Candidate>& caldav)
      : exchange_(exchange), caldav_(caldav), exchange_used_(exchange.size()), caldav_used_(caldav.size()) {}

  Matching run() {
    by_uid([](const Candidate& candidate) { return candidate.uid.value; }, Match::By::uid);
    by_uid([](const Candidate& candidate) { return canonical_uid(candidate.uid.value); }, Match::By::global_object_id);
    by_content();
    for (std::size_t i = 0; i < exchange_.size(); ++i)
      if (!exchange_used_[i]) out_.exchange_only.push_back(exchange_[i].index);
    for (std::size_t i = 0; i < caldav_.size(); ++i)
      if (!caldav_used_[i]) out_.caldav_only.push_back(caldav_[i].index);
    return std::move(out_);
  }

 private:
  template <class Name>
  void by_uid(Name name, Match::By by) {
    Buckets<std::string> buckets;
    fill(
        buckets, [&](const Candidate& candidate) { return name(candidate); },
        [](const Candidate& candidate) { return !candidate.uid.empty(); });
    take(buckets, by);
  }

  void by_content() {
    Buckets<Key> buckets;
    fill(
        buckets,
        [](const Candidate& candidate) {
          return Key{candidate.start, candidate.duration_seconds, candidate.recurring, folded(candidate.summary),
                     text::lower(candidate.organizer)};
        },
        [](const Candidate& candidate) { return !candidate.meeting; });
    take(buckets, Match::By::content);
  }

  template <class K, class KeyOf, class Wanted>
  void fill(Buckets<K>& buckets, KeyOf key_of, Wanted wanted) {
    for (std::size_t i = 0; i < exchange_.size(); ++i)
      if (!exchange_used_[i] && wanted(exchange_[i])) buckets.by_key[key_of(exchange_[i])].first.push_back(i);
    for (std::size_t i = 0; i < caldav_.size(); ++i)
      if (!caldav_used_[i] && wanted(caldav_[i])) buckets.by_key[key_of(caldav_[i])].second.push_back(i);
  }

  template <class K>
  void take(const Buckets<K>& buckets, Match::By by) {
    for (const auto& [key, found] : buckets.by_key) {
      const auto& [exchange, caldav] = found;
      if (exchange.empty() || caldav.empty()) continue;
      if (exchange.size() == 1 && caldav.size() == 1) {
        out_.matches.push_back({exchange_[exchange[0]].index, caldav_[caldav[0]].index, by});
      } else {
        for (const auto e : exchange)
          for (const auto c : caldav) out_.unsure.push_back({exchange_[e].index, caldav_[c].index, by});
      }
      // Unsure ones are neither linked nor taken for new: creating them would double them.
      for (const auto e : exchange) exchange_used_[e] = true;
      for (const auto c : caldav) caldav_used_[c] = true;
    }
  }

  const std::vector<Candidate>& exchange_;
  const std::vector<Candidate>& caldav_;
  std::vector<bool> exchange_used_, caldav_used_;
  Matching out_;
};

}  // namespace

Candidate candidate_of(const model::Series& series, std::size_t index) {
  Candidate candidate;
  candidate.index = index;
  candidate.uid = series.uid;
  if (!series.master && series.overrides.empty()) return candidate;
  const model::Event& event = model::representative(series);
  candidate.start = event.start.instant();
  if (event.has_end)
    candidate.duration_seconds = (event.end.instant() - event.start.instant()).count();
  else if (event.all_day())
    candidate.duration_seconds = 86400;  // RFC 5545 3.6.1
  candidate.summary = event.summary;
  if (event.organizer) candidate.organizer = event.organizer->address;
  candidate.recurring = series.recurring();
  candidate.meeting = !event.attendees.empty();
  return candidate;
}

Matching match(const std::vector<Candidate>& exchange, const std::vector<Candidate>& caldav) {
  return Matcher(exchange, caldav).run();
}

std::string uid_of_global_object_id(std::string_view blob) {
  if (!is_global_object_id(to_hex(blob.substr(0, kDate))) || !is_consistent(blob)) return {};
  const std::string_view data = blob.substr(kHeader);
  if (data.starts_with(kWrapped)) {
    std::string_view uid = data.substr(kWrapped.size());
    while (!uid.empty() && uid.back() == '\0') uid.remove_suffix(1);
    return std::string(uid);
  }
  std::string clean(blob);
  clean.replace(kDate, 4, 4, '\0');
  return to_hex(clean);
}

std::string canonical_uid(std::string_view uid) {
  std::string blob;
  if (!is_global_object_id(uid) || !from_hex(uid, blob)) return std::string(uid);
  const std::string found = uid_of_global_object_id(blob);
  return found.empty() ? std::string(uid) : found;
}

}  // namespace caravan::sync
