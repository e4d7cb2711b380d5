// SPDX-License-Identifier: GPL-3.0-or-later
// ResolveNames, GetServerTimeZones, ConvertId and GetUserAvailability.
#include <algorithm>
#include <cstdlib>

#include "bytes.hpp"
#include "soap.hpp"

namespace exchange_sim {

void resolve_names(Call& call, const Node& request, XmlWriter& out) {
  auto wanted = to_lower(request.text("UnresolvedEntry"));
  if (wanted.starts_with("smtp:")) wanted = wanted.substr(5);
  std::vector<Mailbox*> found;
  for (auto* mailbox : call.world.all()) {
    auto address = to_lower(mailbox->address);
    if (address == wanted) {
      found = {mailbox};
      break;
    }
    if (address.starts_with(wanted) && found.size() < 100) found.push_back(mailbox);
  }
  open_response(out, "ResolveNames");
  if (found.empty()) {
    respond(out, "m:ResolveNamesResponseMessage", "", [&] {
      throw ItemError{"ErrorNameResolutionNoResults", "No results were found."};
    });
    close_response(out);
    return;
  }
  bool several = found.size() > 1;
  out.open("m:ResolveNamesResponseMessage", {{"ResponseClass", several ? "Warning" : "Success"}});
  if (several) out.text("m:MessageText", "Multiple results were found.");
  out.text("m:ResponseCode", several ? "ErrorNameResolutionMultipleResults" : "NoError");
  if (several) out.number("m:DescriptiveLinkKey", 0);
  out.open("m:ResolutionSet",
           {{"TotalItemsInView", std::to_string(found.size())}, {"IncludesLastItemInRange", "true"}});
  for (auto* mailbox : found) {
    out.open("t:Resolution");
    write_mailbox(out, "t:Mailbox", {mailbox->display_name, mailbox->address});
    if (request.attribute("ReturnFullContactData") == "true") {
      out.open("t:Contact");
      out.text("t:DisplayName", mailbox->display_name);
      out.open("t:EmailAddresses");
      out.text("t:Entry", "SMTP:" + mailbox->address, {{"Key", "EmailAddress1"}});
      out.close();
      out.close();
    }
    out.close();
  }
  out.close();
  out.close();
  close_response(out);
}

void get_server_time_zones(Call&, const Node& request, XmlWriter& out) {
  bool full = request.attribute("ReturnFullTimeZoneData") != "false";
  std::vector<std::string> ids;
  for (const auto& id : request.child("Ids").children()) {
    if (std::find(ids.begin(), ids.end(), id.text()) == ids.end()) ids.push_back(id.text());
  }
  if (!request.child("Ids")) ids = all_windows_ids();
  open_response(out, "GetServerTimeZones");
  respond(out, "m:GetServerTimeZonesResponseMessage", "<m:TimeZoneDefinitions/>", [&] {
    out.open("m:TimeZoneDefinitions");
    for (const auto& id : ids) {
      auto zone = zone_by_windows_id(id);
      if (zone) write_zone(out, "t:TimeZoneDefinition", *zone, current_time(), full);
    }
    out.close();
  });
  close_response(out);
}

void convert_id(Call& call, const Node& request, XmlWriter& out) {
  auto format = request.attribute("DestinationFormat");
  open_response(out, "ConvertId");
  for (const auto& id : request.child("SourceIds").children()) {
    respond(out, "m:ConvertIdResponseMessage", "", [&] {
      auto text = id.attribute("Id");
      auto from = id.attribute("Format");
      auto bytes = from == "HexEntryId" ? hex_decode(text) : base64_decode(text);
      auto key = bytes ? decode_id(base64_encode(*bytes)) : std::nullopt;
      if (!key) throw ItemError{"ErrorInvalidIdMalformed", "Id is malformed."};
      auto* mailbox = call.world.at(key->mailbox);
      auto converted = format == "HexEntryId" ? hex_upper(*bytes) : base64_encode(*bytes);
      out.raw("<m:AlternateId xsi:type=\"t:AlternateIdType\" Format=\"" + format + "\" Id=\"" + converted +
              "\" Mailbox=\"");
      out.content(mailbox != nullptr ? mailbox->address : id.attribute("Mailbox"));
      out.raw("\"/>");
    });
  }
  close_response(out);
}

namespace {

struct Window {
  Instant start = 0;
  Instant end = 0;
  int bias_minutes = 0;
  int interval = 30;
  std::string view;
};

/// Times are local to the request's zone. Only its standard bias is applied: clients send UTC, as
/// ews-facts 11.1 advises.
Window read_window(const Node& request) {
  Window out;
  auto options = request.child("FreeBusyViewOptions");
  out.bias_minutes = std::atoi(request.child("TimeZone").text("Bias").c_str());
  auto start = parse_date_time(options.child("TimeWindow").text("StartTime"), *utc_zone());
  auto end = parse_date_time(options.child("TimeWindow").text("EndTime"), *utc_zone());
  if (!start || !end || *end <= *start) throw SoapFault{"ErrorInvalidTimeInterval", "The time window is invalid.", {}};
  if (*end - *start > 62 * kDaySeconds) throw SoapFault{"ErrorTimeIntervalTooBig", "The time window is too long.", {}};
  out.start = *start + out.bias_minutes * 60;
  out.end = *end + out.bias_minutes * 60;
  if (auto text = options.text("MergedFreeBusyIntervalInMinutes"); !text.empty())
    out.interval = std::max(5, std::atoi(text.c_str()));
  out.view = options.text("RequestedView");
  return out;
}

char merged_digit(BusyStatus busy) {
  switch (busy) {
    case BusyStatus::free:
      return '0';
    case BusyStatus::tentative:
      return '1';
    case BusyStatus::busy:
      return '2';
    case BusyStatus::oof:
      return '3';
    case BusyStatus::working_elsewhere:
    case BusyStatus::no_data:
      return '4';
  }
  return '4';
}

std::string merged(const std::vector<View>& views, const Window& window) {
  std::string out(static_cast<std::size_t>((window.end - window.start) / (window.interval * 60)), '0');
  for (const auto& view : views) {
    char digit = merged_digit(view.content->busy);
    for (std::size_t i = 0; i < out.size(); ++i) {
      Instant from = window.start + static_cast<Instant>(i) * window.interval * 60;
      bool overlaps = view.start < from + window.interval * 60 && view.end > from;
      if (overlaps && digit > out[i]) out[i] = digit;
    }
  }
  return out;
}

void write_event(XmlWriter& out, const Mailbox& mailbox, const View& view, const Window& window) {
  out.open("t:CalendarEvent");
  out.text("t:StartTime", format_local(view.start - window.bias_minutes * 60));
  out.text("t:EndTime", format_local(view.end - window.bias_minutes * 60));
  out.text("t:BusyType", word(kBusyWords, view.content->busy));
  if (window.view.starts_with("Detailed")) {
    bool secret = view.content->sensitivity == Sensitivity::private_;
    out.open("t:CalendarEventDetails");
    out.text("t:ID", item_id_of(mailbox, view));
    out.text("t:Subject", secret ? std::string("Private") : view.content->subject);
    out.text("t:Location", secret ? std::string() : view.content->location);
    out.boolean("t:IsMeeting", (view.content->state & kStateMeeting) != 0);
    out.boolean("t:IsRecurring", view.day.has_value());
    out.boolean("t:IsException", view.is_exception);
    out.boolean("t:IsReminderSet", view.content->reminder_is_set);
    out.boolean("t:IsPrivate", secret);
    out.close();
  }
  out.close();
}

void write_working_hours(XmlWriter& out, const Mailbox& mailbox) {
  auto rules = mailbox.zone->rules_near(current_time());
  auto change = [&](const char* name, int bias, const YearlyChange& rule) {
    out.open(name);
    out.number("t:Bias", bias);
    out.text("t:Time", rules.has_daylight ? format_local(rule.seconds).substr(11) : "00:00:00");
    out.number("t:DayOrder", rules.has_daylight ? (rule.occurrence < 0 ? 5 : rule.occurrence) : 1);
    out.number("t:Month", rules.has_daylight ? rule.month : 1);
    out.text("t:DayOfWeek", kWeekdayNames[rule.weekday]);
    out.close();
  };
  out.open("t:WorkingHours");
  out.open("t:TimeZone");
  out.number("t:Bias", -rules.standard_offset / 60);
  change("t:StandardTime", 0, rules.to_standard);
  change("t:DaylightTime", rules.has_daylight ? -(rules.daylight_offset - rules.standard_offset) / 60 : 0,
         rules.to_daylight);
  out.close();
  out.open("t:WorkingPeriodArray");
  out.open("t:WorkingPeriod");
  out.text("t:DayOfWeek", "Monday Tuesday Wednesday Thursday Friday");
  out.number("t:StartTimeInMinutes", 480);
  out.number("t:EndTimeInMinutes", 1020);
  out.close();
  out.close();
  out.close();
}

void write_free_busy(Call& call, XmlWriter& out, const std::string& address, const Window& window) {
  auto* mailbox = call.world.find(address);
  out.open("m:FreeBusyResponse");
  if (mailbox == nullptr) {
    respond(out, "m:ResponseMessage", "", [&] {
      throw ItemError{"ErrorMailRecipientNotFound", "Unable to resolve e-mail address " + address + "."};
    });
    out.close();
    return;
  }
  out.open("m:ResponseMessage", {{"ResponseClass", "Success"}});
  out.text("m:ResponseCode", "NoError");
  out.close();
  std::lock_guard lock(mailbox->mutex);
  std::vector<View> views;
  for (auto number : mailbox->calendar().items) {
    for (const auto& view : views_between(*mailbox->item(number), window.start, window.end)) {
      if (view.content->busy != BusyStatus::free) views.push_back(view);
    }
  }
  std::sort(views.begin(), views.end(), [](const View& one, const View& two) { return one.start < two.start; });
  auto kind = window.view.empty() ? std::string("FreeBusy") : window.view;
  out.open("m:FreeBusyView");
  out.text("t:FreeBusyViewType", kind);
  if (kind.find("Merged") != std::string::npos) out.text("t:MergedFreeBusy", merged(views, window));
  if (kind != "MergedOnly" && !views.empty()) {
    out.open("t:CalendarEventArray");
    for (const auto& view : views) write_event(out, *mailbox, view, window);
    out.close();
  }
  write_working_hours(out, *mailbox);
  out.close();
  out.close();
}

}  // namespace

void get_user_availability(Call& call, const Node& request, XmlWriter& out) {
  auto window = read_window(request);
  auto wanted = request.child("MailboxDataArray").children("MailboxData");
  if (wanted.size() > 100) throw SoapFault{"ErrorMailboxDataArrayTooBig", "Too many mailboxes.", {}};
  out.open("m:GetUserAvailabilityResponse");
  out.open("m:FreeBusyResponseArray");
  for (const auto& data : wanted) write_free_busy(call, out, data.child("Email").text("Address"), window);
  out.close();
  out.close();
}

}  // namespace exchange_sim
