// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/render.hpp"

#include <algorithm>

#include "notify/document.hpp"
#include "notify/text.hpp"
#include "notify/words.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::Field;

constexpr std::size_t kTitle = 120, kLine = 300, kBody = 2000, kSubject = 200;
constexpr std::size_t kMostNames = 20;

class Renderer {
 public:
  Renderer(const Telling& telling, const Preferences& reader, const Words& words)
      : telling_(telling), reader_(reader), words_(words) {}

  Rendered run() {
    document_.was_pattern = words_.say("was", {{"text", "{text}"}});
    fill();
    Rendered out;
    out.subject = shortened(subject_, kSubject);
    out.text = as_text(document_);
    out.html = as_html(document_);
    out.markdown = as_markdown(document_);
    out.accept = words_.say("button.accept");
    out.maybe = words_.say("button.maybe");
    out.decline = words_.say("button.decline");
    return out;
  }

 private:
  void fill() {
    switch (telling_.kind) {
      case Kind::added:
        head(telling_.answer_wanted ? "invited" : "added");
        return event();
      case Kind::moved:
        head("moved");
        return event();
      case Kind::changed:
        head("changed");
        return event();
      case Kind::cancelled:
        head("cancelled");
        return event();
      case Kind::reminder:
        head("reminder");
        return event();
      case Kind::starting:
        head("starting");
        return event();
      case Kind::answered:
        return answered();
      case Kind::daily:
      case Kind::weekly:
        return digest();
      case Kind::summary:
        document_.heading = subject_ = words_.say("summary", {{"n", static_cast<std::int64_t>(telling_.count)}});
        document_.notes.push_back(words_.say("summary.text"));
        return;
      case Kind::admin:
        return admin();
    }
  }

  /// The state that the message is about.
  const Shown& event_shown() const {
    static const Shown nothing;
    return telling_.now ? *telling_.now : telling_.was ? *telling_.was : nothing;
  }

  std::string title_of(const Shown& event) const {
    const std::string title = one_line(event.summary, kTitle);
    return title.empty() ? words_.say("untitled") : title;
  }

  void head(const char* key) {
    const Shown& event = event_shown();
    document_.heading = words_.say(key, {{"title", title_of(event)}});
    subject_ = words_.say("subject", {{"heading", words_.say(key, {{"title", isolated(title_of(event))}})},
                                      {"when", words_.when(event, Words::Style::brief)}});
  }

  bool is_changed(Field field) const {
    return std::find(telling_.changed.begin(), telling_.changed.end(), field) != telling_.changed.end();
  }

  /// A row of `text`; with what it was where that is told as changed. Nothing where there is nothing to say.
  template <class Text>
  void row(const char* label, Field field, Text text) {
    const bool told = is_changed(field) && telling_.was && telling_.now;
    std::string now = text(event_shown());
    if (now.empty() && !told) return;
    if (now.empty()) now = words_.say("none");
    std::string was = told ? text(*telling_.was) : std::string();
    if (told && was.empty()) was = words_.say("none");
    if (was == now) was.clear();
    document_.rows.push_back({words_.say(label), std::move(was), std::move(now), {}});
  }

  std::string names(const std::vector<std::string>& all) const {
    std::vector<std::string> out;
    for (const auto& name : all)
      if (out.size() < kMostNames) out.push_back(one_line(name, kTitle));
    if (all.size() > out.size())
      out.push_back(words_.say("more", {{"n", static_cast<std::int64_t>(all.size() - out.size())}}));
    return text::join(out, ", ");
  }

  void event() {
    if (is_changed(Field::summary)) row("title", Field::summary, [&](const Shown& event) { return title_of(event); });
    row("when", Field::schedule, [&](const Shown& event) { return words_.when(event); });
    apart();
    row("where", Field::location, [](const Shown& event) { return one_line(event.location, kLine); });
    const Shown& event = event_shown();
    if (is_changed(Field::link) && event.link.empty())
      row("link", Field::link, [](const Shown& each) { return each.link; });
    else if (!event.link.empty() && telling_.kind != Kind::cancelled)
      document_.rows.push_back({words_.say("link"), {}, {}, event.link});
    people(event);
    if (telling_.kind == Kind::added || is_changed(Field::body)) document_.body = many_lines(event.description, kBody);
    if (telling_.answer_wanted) document_.notes.push_back(words_.say("answer_wanted"));
    document_.notes.push_back(words_.say("zone", {{"zone", reader_.zone}}));
  }

  void people(const Shown& event) {
    if (!event.organizer.empty()) plain("organizer", one_line(event.organizer, kTitle));
    const bool whole = telling_.kind == Kind::added || telling_.kind == Kind::reminder;
    if (whole && !event.attendees.empty()) plain("attendees", names(event.attendees));
    if (!telling_.attendees_added.empty()) plain("attendees_added", names(telling_.attendees_added));
    if (!telling_.attendees_removed.empty()) plain("attendees_removed", names(telling_.attendees_removed));
  }

  void plain(const char* label, std::string text) {
    document_.rows.push_back({words_.say(label), {}, std::move(text), {}});
  }

  void apart() {
    std::vector<std::string> dates;
    for (const auto& time : event_shown().apart) dates.push_back(words_.date(time, Words::Style::brief));
    if (!dates.empty()) plain("apart", words_.list(dates));
  }

  void answered() {
    const auto count = static_cast<std::int64_t>(telling_.answers.size());
    const Shown& event = event_shown();
    const auto heading = [&](const std::string& title) {
      return words_.say("answered", {{"n", count}, {"title", title}});
    };
    document_.heading = heading(title_of(event));
    subject_ = words_.say("subject", {{"heading", heading(isolated(title_of(event)))},
                                      {"when", words_.when(event, Words::Style::brief)}});
    for (const auto& answer : telling_.answers) {
      std::string text = words_.say(answer_name(answer.participation));
      if (answer.proposed_start)
        text += ", " +
                words_.say("proposed", {{"when", words_.range(*answer.proposed_start,
                                                              answer.proposed_end.value_or(*answer.proposed_start))}});
      document_.rows.push_back({one_line(answer.who, kTitle), {}, std::move(text), {}});
    }
    plain("when", words_.when(event));
    document_.notes.push_back(words_.say("zone", {{"zone", reader_.zone}}));
  }

  void digest() {
    const std::string day = telling_.day ? words_.date(*telling_.day) : std::string();
    document_.heading = subject_ = words_.say(telling_.kind == Kind::daily ? "daily" : "weekly", {{"day", day}});
    document_.table = agenda_table(telling_.agenda, words_, telling_.kind == Kind::weekly);
    if (telling_.agenda.empty()) document_.notes.push_back(words_.say("nothing_planned"));
    document_.notes.push_back(words_.say("zone", {{"zone", reader_.zone}}));
  }

  void admin() {
    static constexpr std::string_view kTopics[] = {"stale", "subscription", "brake", "conflict", "parked"};
    const bool known = std::find(std::begin(kTopics), std::end(kTopics), telling_.topic) != std::end(kTopics);
    document_.heading = subject_ = words_.say(known ? "admin." + telling_.topic : "admin");
    if (telling_.count > 1)
      document_.notes.push_back(words_.say("admin.count", {{"n", static_cast<std::int64_t>(telling_.count)}}));
    document_.body = many_lines(telling_.detail, kBody);
  }

  const Telling& telling_;
  const Preferences& reader_;
  const Words& words_;
  Document document_;
  std::string subject_;
};

}  // namespace

Table agenda_table(const std::vector<AgendaLine>& lines, const Words& words, bool with_day) {
  Table out;
  out.head = {words.say("time"), words.say("title"), words.say("where"), words.say("link")};
  for (const auto& line : lines) {
    std::string title = one_line(line.event.summary, kTitle);
    if (title.empty()) title = words.say("untitled");
    if (line.answer_wanted) title += " " + words.say("no_answer_yet");
    const auto& [start, end] = std::tie(line.event.start, line.event.end);
    Cell link;
    if (!line.event.link.empty()) link = {words.say("link"), line.event.link};
    out.rows.push_back({{with_day ? words.range(start, end, Words::Style::brief) : words.times(start, end), {}},
                        {std::move(title), {}},
                        {one_line(line.event.location, kTitle), {}},
                        std::move(link)});
  }
  return out;
}

Rendered render(const Telling& telling, const Preferences& reader, const model::ZoneBook& zones, Instant now) {
  const Words words(reader, zones, now);
  return Renderer(telling, reader, words).run();
}

}  // namespace caravan::notify
