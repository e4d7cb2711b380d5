// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.hpp"

#include <cstdlib>

#include "util/text.hpp"

namespace caldav_fake {
namespace {

std::map<std::string, std::string> parameters(const std::string& query) {
  std::map<std::string, std::string> found;
  for (const auto& part : caravan::text::split(query, '&')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) continue;
    found[part.substr(0, equals)] = caravan::text::percent_decode(part.substr(equals + 1));
  }
  return found;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string object(const std::map<std::string, std::uint64_t>& counts) {
  std::string out;
  for (const auto& [name, count] : counts) out += (out.empty() ? "" : ",") + quoted(name) + ":" + std::to_string(count);
  return "{" + out + "}";
}

Reply json(std::string body) { return {200, {{"Content-Type", "application/json"}}, std::move(body) + "\n"}; }

}  // namespace

void Control::count(const Asked& asked) {
  ++total_;
  ++by_method_[asked.method];
  ++by_collection_[collection_of(asked.path)][asked.method];
}

std::vector<Fault> Control::faults_for(const Asked& asked) {
  std::vector<Fault> hit;
  for (auto& fault : faults_) {
    if (fault.count == 0 || (!fault.method.empty() && fault.method != asked.method)) continue;
    if (!fault.match.empty() && asked.path.find(fault.match) == std::string::npos) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.count > 0) --fault.count;
    ++faults_hit_;
    hit.push_back(fault);
  }
  std::erase_if(faults_, [](const Fault& fault) { return fault.count == 0; });
  return hit;
}

Reply Control::requests(const Asked& asked) {
  std::string collections;
  for (const auto& [path, counts] : by_collection_)
    collections += (collections.empty() ? "" : ",") + quoted(path) + ":" + object(counts);
  Reply reply = json("{\"total\":" + std::to_string(total_) + ",\"by_method\":" + object(by_method_) +
                     ",\"by_collection\":{" + collections + "}}");
  if (asked.method == "DELETE") {
    total_ = 0;
    by_method_.clear();
    by_collection_.clear();
  }
  return reply;
}

Reply Control::faults(const Asked& asked) {
  if (asked.method == "POST") {
    auto given = parameters(asked.query);
    const auto number = [&](const char* name, long otherwise) {
      return given.contains(name) ? std::strtol(given[name].c_str(), nullptr, 10) : otherwise;
    };
    Fault fault;
    fault.kind = given["kind"];
    fault.after = given["when"] == "after";
    fault.status = static_cast<int>(number("status", 503));
    fault.method = given["method"];
    fault.match = given["match"];
    fault.skip = number("skip", 0);
    fault.count = number("count", 1);
    fault.delay_ms = static_cast<int>(number("delay_ms", 0));
    fault.retry_after = given["retry_after"];
    fault.rows = static_cast<int>(number("rows", 1));
    if (fault.kind != "status" && fault.kind != "drop" && fault.kind != "truncate" && fault.kind != "short_multiget" &&
        fault.kind != "delay")
      return {400, {}, "kind must be status, drop, truncate, short_multiget or delay\n"};
    faults_.push_back(std::move(fault));
  } else if (asked.method == "DELETE") {
    faults_.clear();
  }
  return json("{\"waiting\":" + std::to_string(faults_.size()) + ",\"hit\":" + std::to_string(faults_hit_) + "}");
}

Reply Control::handle(Store& store, const Asked& asked) {
  if (asked.path == "/control/requests") return requests(asked);
  if (asked.path == "/control/faults") return faults(asked);
  if (asked.path == "/control/store") return json("{\"resources\":" + std::to_string(store.resource_count()) + "}");
  if (asked.path == "/control/nasty") {
    auto given = parameters(asked.query);
    Collection* collection = store.find(given["path"]);
    if (collection == nullptr) return {404, {}, "no such collection\n"};
    if (given["do"] == "churn")
      store.churn(*collection);
    else if (given["do"] == "forget_tokens")
      collection->oldest_token = ++collection->sequence;
    else
      return {400, {}, "do must be churn or forget_tokens\n"};
    return json("{}");
  }
  return {404, {}, "unknown control path\n"};
}

}  // namespace caldav_fake
