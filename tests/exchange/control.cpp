// SPDX-License-Identifier: GPL-3.0-or-later
// Routes of the control endpoint; see control.hpp and README.md for paths and JSON.
#include "control.hpp"

#include "bytes.hpp"

namespace exchange_sim {
namespace {

std::string percent_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto hex = text[i] == '%' ? hex_decode(text.substr(i + 1, 2)) : std::nullopt;
    if (hex && hex->size() == 1) {
      out += *hex;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

ControlRequest parse(const HttpRequest& request) {
  ControlRequest out{request.method, {}, {}, request.body};
  auto question = request.target.find('?');
  auto path = request.target.substr(0, question);
  for (std::size_t at = 1; at <= path.size();) {
    auto end = std::min(path.find('/', at), path.size());
    if (end > at) out.path.push_back(percent_decoded(path.substr(at, end - at)));
    at = end + 1;
  }
  out.path.erase(out.path.begin());
  auto query = question == std::string::npos ? std::string() : request.target.substr(question + 1);
  for (std::size_t at = 0; at < query.size();) {
    auto end = std::min(query.find('&', at), query.size());
    auto part = query.substr(at, end - at);
    auto equals = part.find('=');
    if (equals != std::string::npos) out.query[part.substr(0, equals)] = percent_decoded(part.substr(equals + 1));
    at = end + 1;
  }
  return out;
}

Json show_requests(Server& server) {
  auto counts = server.counters.snapshot();
  return {{"total", counts.total},
          {"by_operation", counts.by_operation},
          {"unauthorized", counts.unauthorized},
          {"inside_back_off", server.throttle.inside_back_off()},
          {"tokens_offered", server.throttle.offered()},
          {"tokens_spent", server.throttle.spent()}};
}

Json show_mailboxes(Server& server) {
  Json out = Json::array();
  for (auto* mailbox : server.world.all()) {
    std::lock_guard lock(mailbox->mutex);
    Json folders = Json::array();
    for (const auto& [number, folder] : mailbox->folders) {
      folders.push_back({{"id", encode_id({IdKind::folder, mailbox->index, number, 0, false, 0})},
                         {"name", folder.display_name},
                         {"class", folder.folder_class},
                         {"distinguished", folder.distinguished},
                         {"items", folder.items.size()}});
    }
    out.push_back({{"address", mailbox->address}, {"zone", mailbox->iana_zone}, {"folders", folders}});
  }
  return out;
}

Json show_items(Server& server, const std::string& address) {
  auto& mailbox = control_mailbox(server, address);
  std::lock_guard lock(mailbox.mutex);
  Json out = Json::array();
  for (const auto& [number, folder] : mailbox.folders) {
    if (!folder.is_calendar()) continue;
    for (auto item_number : folder.items) {
      const auto& item = *mailbox.item(item_number);
      auto view = view_of(item);
      out.push_back({{"uid", item.uid},
                     {"item_id", item_id_of(mailbox, view)},
                     {"change_key", encode_change_key(mailbox.index, item.change)},
                     {"type", item.is_master() ? "RecurringMaster" : "Single"},
                     {"subject", item.content.subject},
                     {"folder", folder.display_name}});
    }
  }
  return out;
}

Json show_occurrences(Server& server, const ControlRequest& request) {
  auto& mailbox = control_mailbox(server, request.path.at(1));
  auto query = request.query;
  auto from = parse_date_time(query["start"], *mailbox.zone);
  auto to = parse_date_time(query["end"], *mailbox.zone);
  if (!from || !to) throw ControlError{400, "start and end are wanted as dates or times"};
  std::lock_guard lock(mailbox.mutex);
  Json out = Json::array();
  for (auto number : mailbox.calendar().items) {
    for (const auto& view : views_between(*mailbox.item(number), *from, *to)) {
      out.push_back({{"uid", view.item->uid},
                     {"start", format_utc(view.start)},
                     {"end", format_utc(view.end)},
                     {"exception", view.is_exception},
                     {"subject", view.content->subject},
                     {"original_start", view.day ? Json(format_utc(view.item->original_start(*view.day))) : Json()}});
    }
  }
  return out;
}

Json show_report(Server& server) {
  Json series = Json::array();
  std::map<std::string, std::size_t> refusals;
  std::map<std::string, std::size_t> losses;
  std::size_t imported = 0;
  for (const auto& entry : server.report.series()) {
    Json lost = Json::array();
    for (auto loss : entry.losses) {
      lost.push_back(loss_word(loss));
      ++losses[loss_word(loss)];
    }
    bool good = entry.refusal == Refusal::none;
    if (good)
      ++imported;
    else
      ++refusals[refusal_word(entry.refusal)];
    series.push_back({{"file", entry.file},
                      {"mailbox", entry.mailbox},
                      {"uid", entry.uid},
                      {"result", good ? "imported" : "not_expressible"},
                      {"reason", good ? Json() : Json(refusal_word(entry.refusal))},
                      {"losses", lost},
                      {"detail", entry.detail}});
  }
  return {{"imported", imported}, {"not_expressible", refusals}, {"losses", losses}, {"series", series}};
}

Json show_mails(Server& server) {
  Json out = Json::array();
  for (const auto& mail : server.world.mails()) {
    out.push_back({{"mailbox", mail.mailbox},
                   {"kind", mail.kind},
                   {"subject", mail.subject},
                   {"uid", mail.uid},
                   {"mode", mail.mode},
                   {"answer", mail.answer.empty() ? Json() : Json(mail.answer)},
                   {"to", mail.to}});
  }
  return out;
}

Json add_fault(Server& server, const Json& body) {
  static const std::set<std::string> kinds = {
      "delay",    "drop",        "drop_after", "http_500_before",    "http_500_after", "http_503",
      "truncate", "server_busy", "garbage",    "invalid_sync_state", "soap_fault",     "touch_after"};
  FaultRule rule;
  rule.operation = body.value("operation", "*");
  rule.mailbox = body.value("mailbox", "*");
  rule.kind = body.value("kind", "");
  rule.code = body.value("code", "");
  rule.count = body.value("count", 1L);
  rule.after = body.value("after", 0L);
  rule.ms = body.value("ms", rule.kind == "server_busy" || rule.kind == "http_503" ? 1000L : 0L);
  if (!kinds.contains(rule.kind)) throw ControlError{400, "unknown kind of fault: " + rule.kind};
  server.faults.add(rule);
  return Json::object();
}

Json get_route(Server& server, const ControlRequest& request) {
  const auto& path = request.path;
  if (path.size() == 1 && path[0] == "requests") return show_requests(server);
  if (path.size() == 1 && path[0] == "mailboxes") return show_mailboxes(server);
  if (path.size() == 1 && path[0] == "import-report") return show_report(server);
  if (path.size() == 1 && path[0] == "mails") return show_mails(server);
  if (path.size() == 1 && path[0] == "notifications") return show_notifications(server);
  if (path.size() == 3 && path[0] == "mailboxes" && path[2] == "items") return show_items(server, path[1]);
  if (path.size() == 3 && path[0] == "mailboxes" && path[2] == "occurrences") return show_occurrences(server, request);
  throw ControlError{404, "no such path"};
}

Json post_route(Server& server, const ControlRequest& request) {
  const auto& path = request.path;
  if (path.size() == 2 && path[0] == "requests" && path[1] == "reset") {
    server.counters.reset();
    server.throttle.reset();
    return Json::object();
  }
  if (path.size() == 2 && path[0] == "faults" && path[1] == "reset") {
    server.faults.reset();
    return Json::object();
  }
  if (path.size() == 2 && path[0] == "notifications") return notifications_route(server, path[1], request.json());
  if (path.size() == 1 && path[0] == "faults") return add_fault(server, request.json());
  if (path.size() == 1 && path[0] == "mutate") return mutate(server, request.json());
  if (path.size() == 1 && path[0] == "poison") return poison_item(server, request.json());
  if (path.size() == 1 && path[0] == "hide") return hide_items(server, request.json());
  if (path.size() == 1 && path[0] == "unhide") return unhide_items(server, request.json());
  if (path.size() == 3 && path[0] == "mailboxes" && path[2] == "touch")
    return touch_item(server, path[1], request.json());
  throw ControlError{404, "no such path"};
}

Json route(Server& server, const ControlRequest& request) {
  const auto& path = request.path;
  if (request.method == "GET") return get_route(server, request);
  if (request.method == "POST") return post_route(server, request);
  bool item = path.size() == 4 && path[0] == "mailboxes" && path[2] == "items";
  if (request.method == "PUT" && item) return put_item(server, path[1], path[3], request.body);
  if (request.method == "DELETE" && item) return delete_item_of(server, path[1], path[3]);
  throw ControlError{405, "no such method"};
}

}  // namespace

Json ControlRequest::json() const {
  if (body.empty()) return Json::object();
  auto parsed = Json::parse(body, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) throw ControlError{400, "a JSON object is wanted"};
  return parsed;
}

Mailbox& control_mailbox(Server& server, const std::string& address) {
  auto* mailbox = server.world.find(address);
  if (mailbox == nullptr) throw ControlError{404, "no such mailbox: " + address};
  return *mailbox;
}

HttpResponse answer_control(Server& server, const HttpRequest& request) {
  HttpResponse response;
  response.content_type = "application/json";
  try {
    auto parsed = parse(request);
    response.set_body(route(server, parsed).dump(-1, ' ', false, Json::error_handler_t::replace));
  } catch (const ControlError& error) {
    response.status = error.status;
    response.set_body(Json{{"error", error.message}}.dump());
  } catch (const Json::exception& error) {
    response.status = 400;
    response.set_body(Json{{"error", error.what()}}.dump());
  }
  return response;
}

}  // namespace exchange_sim
