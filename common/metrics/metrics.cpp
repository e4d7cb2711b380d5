// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <stdexcept>
#include <unordered_map>

#include "util/text.hpp"

namespace caravan::metrics {
namespace {

constexpr const Family* kFamilies[] = {
    &kRequests,      &kRequestSeconds, &kFaults,       &kActions,   &kPasses,        &kPassSeconds,   &kConflicts,
    &kParked,        &kPending,        &kOpenIntents,  &kMailboxes, &kOldestSuccess, &kStoppedPlans,  &kConcurrency,
    &kBackoffs,      &kStoreSeconds,   &kStaleCommits, &kCallbacks, &kSubscriptions, &kNotifications, &kHints,
    &kLiveMailboxes, &kDueMailboxes,   &kWaitingPairs, &kLag,       &kSilence,       &kOpenConflicts, &kStoreReachable,
    &kWay,           &kDrift,          &kAudits,
};

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                       0.5,   1,      2.5,   5,    10,    30,   60,  300};

void check_labels(const Family& family, const Labels& labels) {
  const auto names = family.labels.empty() ? std::vector<std::string>() : text::split(family.labels, ',');
  bool same = names.size() == labels.size();
  for (const std::string& name : names) same = same && labels.contains(name);
  if (!same) throw std::invalid_argument(std::string(family.name) + " takes the labels: " + std::string(family.labels));
}

template <class Map>
auto& known(const Map& map, const Family& family) {
  const auto at = map.find(family.name);
  if (at == map.end()) throw std::invalid_argument(std::string(family.name) + " is not of that type");
  return *at->second;
}

}  // namespace

struct Registry::State {
  prometheus::Registry registry;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Counter>*> counters;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Gauge>*> gauges;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Histogram>*> histograms;
};

std::span<const Family* const> families() noexcept { return kFamilies; }

Registry::Registry() : state_(std::make_unique<State>()) {
  for (const Family* family : kFamilies) {
    const std::string name(family->name), help(family->help);
    switch (family->type) {
      case Type::counter:
        state_->counters[family->name] = &prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
        break;
      case Type::gauge:
        state_->gauges[family->name] = &prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
        break;
      case Type::histogram:
        state_->histograms[family->name] =
            &prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
        break;
    }
    // A family without labels is shown from the start, so that its absence is never mistaken for a zero.
    if (!family->labels.empty()) continue;
    if (family->type == Type::histogram) {
      known(state_->histograms, *family).Add({}, kSeconds);
    } else {
      add(*family, {}, 0);
    }
  }
}
Registry::~Registry() = default;

void Registry::add(const Family& family, const Labels& labels, double by) {
  check_labels(family, labels);
  if (family.type == Type::gauge) return known(state_->gauges, family).Add(labels).Increment(by);
  known(state_->counters, family).Add(labels).Increment(by);
}

void Registry::set(const Family& family, double value, const Labels& labels) {
  check_labels(family, labels);
  known(state_->gauges, family).Add(labels).Set(value);
}

void Registry::observe(const Family& family, double value, const Labels& labels) {
  check_labels(family, labels);
  known(state_->histograms, family).Add(labels, kSeconds).Observe(value);
}

double Registry::value(const Family& family, const Labels& labels) const {
  check_labels(family, labels);
  if (family.type == Type::gauge) return known(state_->gauges, family).Add(labels).Value();
  return known(state_->counters, family).Add(labels).Value();
}

std::string Registry::text() const { return prometheus::TextSerializer().Serialize(state_->registry.Collect()); }

Registry& global() {
  static Registry registry;
  return registry;
}

}  // namespace caravan::metrics
