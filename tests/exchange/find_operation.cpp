// SPDX-License-Identifier: GPL-3.0-or-later
// FindItem: plain with restriction, order and paging (singles and masters), or with a CalendarView that
// expands series (ews-facts 4.2, 4.3).
#include <algorithm>
#include <cstdlib>

#include "bytes.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

constexpr Instant kTwoYears = 731 * kDaySeconds;

/// The property as comparable text; times sort as text because they are all UTC.
std::string path_text(const Mailbox& mailbox, const View& view, const Node& path) {
  if (path.name() == "ExtendedFieldURI") {
    auto values = extended_values(mailbox, view, ExtendedField::read(path));
    return values.empty() ? std::string() : values[0];
  }
  auto uri = path.attribute("FieldURI");
  const auto& content = *view.content;
  if (uri == "item:Subject") return content.subject;
  if (uri == "calendar:Start") return format_utc(view.start);
  if (uri == "calendar:End") return format_utc(view.end);
  if (uri == "calendar:Location") return content.location;
  if (uri == "calendar:IsAllDayEvent") return content.all_day ? "true" : "false";
  if (uri == "calendar:LegacyFreeBusyStatus") return std::string(word(kBusyWords, content.busy));
  if (uri == "item:ItemClass") return view.item->item_class;
  if (uri == "item:Sensitivity") return std::string(word(kSensitivityWords, content.sensitivity));
  if (uri == "item:Importance") return std::string(word(kImportanceWords, content.importance));
  if (uri == "item:LastModifiedTime") return format_utc(view.modified);
  if (uri == "item:DateTimeCreated") return format_utc(view.item->created);
  if (uri == "item:HasAttachments") return content.attachments.empty() ? "false" : "true";
  throw ItemError{"ErrorUnsupportedPathForQuery", "The property " + uri + " cannot be searched."};
}

std::string constant_of(const Node& condition, const Node& path) {
  auto value = condition.child("FieldURIOrConstant").child("Constant").attribute("Value");
  auto uri = path.attribute("FieldURI");
  bool time = uri == "calendar:Start" || uri == "calendar:End" || uri == "item:LastModifiedTime" ||
              uri == "item:DateTimeCreated";
  if (time) {
    if (auto instant = parse_date_time(value, *utc_zone())) return format_utc(*instant);
  }
  return value;
}

bool contains(const Mailbox& mailbox, const View& view, const Node& condition) {
  auto value = path_text(mailbox, view, condition.first());
  auto wanted = condition.child("Constant").attribute("Value");
  if (condition.attribute("ContainmentComparison").find("IgnoreCase") != std::string::npos) {
    value = to_lower(value);
    wanted = to_lower(wanted);
  }
  auto mode = condition.attribute("ContainmentMode");
  if (mode == "FullString") return value == wanted;
  if (mode == "Prefixed") return value.starts_with(wanted);
  return value.find(wanted) != std::string::npos;
}

bool matches(const Mailbox& mailbox, const View& view, const Node& condition) {
  auto name = condition.name();
  auto parts = condition.children();
  auto deeper = [&](const Node& part) { return matches(mailbox, view, part); };
  if (name == "And") return std::all_of(parts.begin(), parts.end(), deeper);
  if (name == "Or") return std::any_of(parts.begin(), parts.end(), deeper);
  if (name == "Not") return !deeper(condition.first());
  if (name == "Contains") return contains(mailbox, view, condition);
  auto path = condition.first();
  auto value = path_text(mailbox, view, path);
  if (name == "Exists") return !value.empty();
  auto wanted = constant_of(condition, path);
  if (name == "IsEqualTo") return value == wanted;
  if (name == "IsNotEqualTo") return value != wanted;
  if (name == "IsGreaterThan") return value > wanted;
  if (name == "IsGreaterThanOrEqualTo") return value >= wanted;
  if (name == "IsLessThan") return value < wanted;
  if (name == "IsLessThanOrEqualTo") return value <= wanted;
  throw ItemError{"ErrorInvalidRestriction", "The restriction " + std::string(name) + " is not known."};
}

void sort_views(const Mailbox& mailbox, std::vector<View>& views, const Node& order) {
  auto fields = order.children("FieldOrder");
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    auto path = field->first();
    bool descending = field->attribute("Order") == "Descending";
    std::stable_sort(views.begin(), views.end(), [&](const View& one, const View& two) {
      auto a = path_text(mailbox, one, path);
      auto b = path_text(mailbox, two, path);
      return descending ? b < a : a < b;
    });
  }
}

std::vector<View> calendar_view(const Mailbox& mailbox, const Folder& folder, const Node& node, const Call& call) {
  if (!folder.is_calendar()) {
    throw ItemError{"ErrorCalendarFolderIsInvalidForCalendarView", "The folder is not a calendar."};
  }
  auto from = parse_date_time(node.attribute("StartDate"), *call.context_zone);
  auto to = parse_date_time(node.attribute("EndDate"), *call.context_zone);
  if (!from || !to || *to < *from) throw ItemError{"ErrorInvalidArgument", "The view's dates are invalid."};
  if (*to - *from > kTwoYears) throw ItemError{"ErrorCalendarViewRangeTooBig", "The view is longer than two years."};
  std::vector<View> out;
  for (auto number : folder.items) {
    for (const auto& view : views_between(*const_cast<Mailbox&>(mailbox).item(number), *from, *to)) out.push_back(view);
  }
  std::sort(out.begin(), out.end(), [](const View& one, const View& two) {
    return one.start != two.start ? one.start < two.start : one.item->number < two.item->number;
  });
  if (node.has_attribute("MaxEntriesReturned")) {
    auto most = std::strtoul(node.attribute("MaxEntriesReturned").c_str(), nullptr, 10);
    if (out.size() > most) out.resize(most);
  }
  return out;
}

std::vector<View> plain_view(Mailbox& mailbox, const Folder& folder, const Node& request) {
  std::vector<View> out;
  auto restriction = request.child("Restriction");
  for (auto at = folder.items.rbegin(); at != folder.items.rend(); ++at) {
    auto view = view_of(*mailbox.item(*at));
    if (!restriction || matches(mailbox, view, restriction.first())) out.push_back(view);
  }
  if (auto order = request.child("SortOrder")) sort_views(mailbox, out, order);
  return out;
}

void write_page(XmlWriter& out, const Mailbox& mailbox, const std::vector<View>& views, const Shape& shape,
                std::size_t from, std::size_t to, bool paged) {
  auto total = std::to_string(views.size());
  bool last = to == views.size();
  if (paged) {
    out.open("m:RootFolder", {{"IndexedPagingOffset", std::to_string(to)},
                              {"TotalItemsInView", total},
                              {"IncludesLastItemInRange", last ? "true" : "false"}});
  } else {
    out.open("m:RootFolder", {{"TotalItemsInView", total}, {"IncludesLastItemInRange", "true"}});
  }
  out.open("t:Items");
  for (auto i = from; i < to; ++i) write_calendar_item(out, mailbox, views[i], shape);
  out.close();
  out.close();
}

}  // namespace

void find_items(Call& call, const Node& request, XmlWriter& out) {
  auto shape = Shape::read(request.child("ItemShape"));
  shape.bodies_allowed = false;
  auto calendar = request.child("CalendarView");
  auto paging = request.child("IndexedPageItemView");
  open_response(out, "FindItem");
  for (const auto& id : request.child("ParentFolderIds").children()) {
    respond(out, "m:FindItemResponseMessage", "", [&] {
      auto place = find_folder(call, id);
      auto& mailbox = *place.mailbox;
      std::lock_guard lock(mailbox.mutex);
      const auto& folder = *mailbox.folder(place.folder);
      if (calendar) {
        auto views = calendar_view(mailbox, folder, calendar, call);
        write_page(out, mailbox, views, shape, 0, views.size(), false);
        return;
      }
      auto views = plain_view(mailbox, folder, request);
      std::size_t offset = std::strtoul(paging.attribute("Offset").c_str(), nullptr, 10);
      std::size_t limit = request.child("Restriction") ? 250 : 1000;
      std::size_t most = paging.has_attribute("MaxEntriesReturned")
                             ? std::strtoul(paging.attribute("MaxEntriesReturned").c_str(), nullptr, 10)
                             : limit;
      if (paging.attribute("BasePoint") == "End") std::reverse(views.begin(), views.end());
      auto from = std::min(offset, views.size());
      write_page(out, mailbox, views, shape, from, std::min(views.size(), from + std::min(most, limit)), true);
    });
  }
  close_response(out);
}

}  // namespace exchange_sim
