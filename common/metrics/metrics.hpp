// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers about a running program in Prometheus' text format. The names are listed here and nowhere else made up; they
// are part of docs/interface.md. Labels never hold addresses, UIDs or texts: their number must stay small. Thread-safe.
// prometheus-cpp stays in metrics.cpp.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace caravan::metrics {

enum class Type : std::uint8_t { counter, gauge, histogram };

/// What a name means. The registry knows these families and no others.
struct Family {
  std::string_view name;
  Type type;
  std::string_view help;
  std::string_view labels;  ///< comma-separated names of the labels that every sample has
};

inline constexpr Family kRequests{"caravan_requests_total", Type::counter, "SOAP operations and DAV methods sent",
                                  "side,operation"};
inline constexpr Family kRequestSeconds{"caravan_request_seconds", Type::histogram, "Time to the answer of a request",
                                        "side"};
inline constexpr Family kFaults{"caravan_faults_total", Type::counter,
                                "Requests that failed, by what the caller should do", "side,fault"};
inline constexpr Family kActions{"caravan_actions_total", Type::counter,
                                 "What was done to series: created, updated, deleted, linked", "side,action"};
inline constexpr Family kPasses{"caravan_passes_total", Type::counter, "Passes over calendar pairs, by outcome",
                                "outcome"};
inline constexpr Family kPassSeconds{"caravan_pass_seconds", Type::histogram, "Duration of a pass over one pair", ""};
inline constexpr Family kConflicts{"caravan_conflicts_total", Type::counter, "True conflicts found", "winner"};
inline constexpr Family kParked{"caravan_parked", Type::gauge, "Objects that are parked and not accepted", ""};
inline constexpr Family kPending{"caravan_pending_changes", Type::gauge, "Changes listed and not yet worked", ""};
inline constexpr Family kOpenIntents{"caravan_open_intents", Type::gauge, "Writes whose outcome is not yet committed",
                                     ""};
inline constexpr Family kMailboxes{"caravan_mailboxes", Type::gauge, "Mailboxes by state", "state"};
inline constexpr Family kOldestSuccess{"caravan_oldest_success_seconds", Type::gauge,
                                       "Age of the least recent success of a subscribed mailbox", ""};
inline constexpr Family kStoppedPlans{"caravan_stopped_plans", Type::gauge, "Plans of deletes that wait for approval",
                                      ""};
inline constexpr Family kConcurrency{"caravan_concurrency_limit", Type::gauge,
                                     "Requests that the limiter admits at a time", "side"};
inline constexpr Family kBackoffs{"caravan_backoffs_total", Type::counter, "Answers that told Caravan to wait", "side"};
inline constexpr Family kStoreSeconds{"caravan_store_commit_seconds", Type::histogram,
                                      "Duration of a commit to the mapping database", ""};
inline constexpr Family kStoreReachable{"caravan_store_reachable", Type::gauge,
                                        "1 where the mapping database answered when these numbers were asked for", ""};
inline constexpr Family kStaleCommits{"caravan_stale_commits_total", Type::counter,
                                      "Commits refused because the lease was lost", ""};
inline constexpr Family kCallbacks{"caravan_callbacks_total", Type::counter,
                                   "Exchange's callbacks, by how they were answered", "answer"};
inline constexpr Family kHints{"caravan_hints_total", Type::counter,
                               "Hints of CalDAV servers, by how they were answered", "answer"};
inline constexpr Family kLiveMailboxes{"caravan_live_mailboxes", Type::gauge, "Mailboxes under live sync", ""};
inline constexpr Family kDueMailboxes{"caravan_due_mailboxes", Type::gauge,
                                      "Mailboxes under live sync whose time to be looked at has come", ""};
inline constexpr Family kWaitingPairs{"caravan_waiting_pairs", Type::gauge,
                                      "Calendar pairs with a hint that no pass has served yet", "side"};
inline constexpr Family kLag{"caravan_lag_seconds", Type::gauge, "Age of the oldest hint that no pass has served yet",
                             "side"};
inline constexpr Family kSilence{"caravan_subscription_silence_seconds", Type::gauge,
                                 "Longest time that a live subscription was not heard of", ""};
inline constexpr Family kDrift{"caravan_drift_total", Type::counter,
                               "Series that an audit found otherwise than the store said", "side,kind"};
inline constexpr Family kAudits{"caravan_audits_total", Type::counter, "Audits of mailboxes, by what they found",
                                "outcome"};
inline constexpr Family kOpenConflicts{"caravan_open_conflicts", Type::gauge, "Conflicts that nobody has resolved", ""};
inline constexpr Family kSubscriptions{"caravan_subscriptions", Type::gauge, "Live subscriptions by kind", "kind"};
inline constexpr Family kWay{"caravan_notifications_by", Type::gauge,
                             "1 for the way in which changes on Exchange are learned of, 0 for the others", "way"};
inline constexpr Family kNotifications{"caravan_notifications_total", Type::counter,
                                       "Messages to people, by channel and outcome", "channel,outcome"};

std::span<const Family* const> families() noexcept;

using Labels = std::map<std::string, std::string>;

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Counters and gauges. A label set that is not the family's is an error of the program: std::invalid_argument.
  void add(const Family& family, const Labels& labels = {}, double by = 1);
  void set(const Family& family, double value, const Labels& labels = {});
  /// Histograms; seconds.
  void observe(const Family& family, double value, const Labels& labels = {});
  /// The value of a counter or gauge; 0 where it was never touched.
  [[nodiscard]] double value(const Family& family, const Labels& labels = {}) const;
  /// The exposition for /metrics (text/plain; version=0.0.4).
  [[nodiscard]] std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The registry of this process.
Registry& global();

}  // namespace caravan::metrics
