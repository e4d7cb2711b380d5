// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/multistatus.hpp"

#include <libxml/parser.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>

#include "util/text.hpp"

namespace caravan::caldav {
namespace {

constexpr std::string_view kMultistatus = "{DAV:}multistatus";
constexpr std::string_view kError = "{DAV:}error";
constexpr std::string_view kHref = "{DAV:}href";

std::string_view view(const xmlChar* text) { return text == nullptr ? "" : reinterpret_cast<const char*>(text); }

std::string clark(const xmlChar* uri, const xmlChar* local) {
  std::string_view space = view(uri);
  if (space == "DAV") space = "DAV:";  // SOGo 5.8's error bodies
  std::string name;
  name.reserve(space.size() + 2 + view(local).size());
  name.append("{").append(space).append("}").append(view(local));
  return name;
}

int status_of(std::string_view line) {  // "HTTP/1.1 404 Not Found"
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status >= 100 && status <= 999 ? status : 0;
}

/// Follows the elements of one document.
class Reader {
 public:
  Reader(bool accepts_error_root, std::function<void(Row&&)> on_row)
      : accepts_error_root_(accepts_error_root), on_row_(std::move(on_row)) {}

  void start(std::string name, int attribute_count, const xmlChar** attributes);
  void end();
  void text(std::string_view piece) {
    if (property_) property_->text += piece;
    if (!property_ || in_property_href_) text_ += piece;
  }
  void fail(std::string why) {
    if (failure.empty()) failure = std::move(why);
  }

  std::string failure;
  std::string root;
  MultistatusEnd found;

 private:
  void start_in_property(std::string name, int attribute_count, const xmlChar** attributes);
  void end_in_row(const std::string& name);

  const bool accepts_error_root_;
  const std::function<void(Row&&)> on_row_;
  std::vector<std::string> open_;
  std::optional<Row> row_;
  std::optional<Property> property_;
  std::size_t property_depth_ = 0;
  std::size_t error_depth_ = 0;  // 0: outside
  bool in_propstat_ = false;
  bool in_prop_ = false;
  bool in_property_href_ = false;
  std::string text_;
};

void Reader::start(std::string name, int attribute_count, const xmlChar** attributes) {
  open_.push_back(name);
  if (open_.size() > 100) return fail("elements are nested too deeply");
  if (open_.size() == 1) {
    root = name;
    if (accepts_error_root_ && name != kMultistatus) {
      row_.emplace();
      error_depth_ = name == kError ? 1 : 0;
    } else if (name != kMultistatus) {
      fail("the answer is " + name + " instead of a multistatus");
    }
    return;
  }
  if (property_) return start_in_property(std::move(name), attribute_count, attributes);
  text_.clear();
  if (!row_) {
    if (name == "{DAV:}response") row_.emplace();
  } else if (in_prop_) {
    property_.emplace();
    property_->name = std::move(name);
    property_depth_ = open_.size();
  } else if (error_depth_ != 0) {
    if (name != kHref) row_->conditions.push_back(std::move(name));
  } else if (name == kError) {
    error_depth_ = open_.size();
  } else if (name == "{DAV:}propstat") {
    row_->propstats.emplace_back();
    in_propstat_ = true;
  } else if (name == "{DAV:}prop") {
    if (in_propstat_) in_prop_ = true;
  }
}

void Reader::start_in_property(std::string name, int attribute_count, const xmlChar** attributes) {
  if (name == kHref) {
    in_property_href_ = true;
    text_.clear();
  }
  property_->elements.push_back(std::move(name));
  for (int i = 0; i < attribute_count; ++i) {
    const xmlChar** attribute = attributes + static_cast<std::ptrdiff_t>(i) * 5;  // local, prefix, uri, value, end
    if (view(attribute[0]) == "name")
      property_->names.emplace_back(reinterpret_cast<const char*>(attribute[3]),
                                    reinterpret_cast<const char*>(attribute[4]));
  }
}

void Reader::end() {
  const std::string name = std::move(open_.back());
  const std::size_t depth = open_.size();
  open_.pop_back();
  if (property_) {
    if (name == kHref && in_property_href_) {
      property_->hrefs.emplace_back(text::trim(text_));
      in_property_href_ = false;
    }
    if (depth == property_depth_) {
      row_->propstats.back().properties.push_back(std::move(*property_));
      property_.reset();
    }
    return;
  }
  if (row_) {
    if (error_depth_ != 0) {
      if (name == kHref && !row_->conflict_href)
        row_->conflict_href = std::string(text::trim(text_));
      else if (name != kError && !text::trim(text_).empty())
        row_->description = std::string(text::trim(text_));
      if (depth == error_depth_) error_depth_ = 0;
    } else {
      end_in_row(name);
    }
    if (depth == 1 || name == "{DAV:}response") {
      ++found.rows;
      on_row_(std::move(*row_));
      row_.reset();
      in_propstat_ = in_prop_ = false;  // a row inside a row: what the outer one had open ends with it
      error_depth_ = 0;
    }
  } else if (name == "{DAV:}sync-token" && depth == 2) {
    found.sync_token = std::string(text::trim(text_));
  }
  text_.clear();
}

void Reader::end_in_row(const std::string& name) {
  if (name == "{DAV:}prop") {
    in_prop_ = false;
  } else if (name == "{DAV:}propstat") {
    in_propstat_ = false;
  } else if (name == "{DAV:}status") {
    const int status = status_of(text::trim(text_));
    if (in_propstat_)
      row_->propstats.back().status = status;
    else
      row_->status = status;
  } else if (name == kHref && !in_propstat_) {
    row_->href = std::string(text::trim(text_));
  } else if (name == "{DAV:}responsedescription") {
    row_->description = std::string(text::trim(text_));
  }
}

Reader& reader(void* context) { return *static_cast<Reader*>(static_cast<xmlParserCtxtPtr>(context)->_private); }

template <class Work>
void guarded(void* context, const Work& work) noexcept {
  try {
    Reader& target = reader(context);
    if (target.failure.empty()) work(target);
    if (!target.failure.empty()) xmlStopParser(static_cast<xmlParserCtxtPtr>(context));
  } catch (...) {
    xmlStopParser(static_cast<xmlParserCtxtPtr>(context));
  }
}

void on_start(void* context, const xmlChar* local, const xmlChar*, const xmlChar* uri, int, const xmlChar**, int count,
              int, const xmlChar** attributes) {
  guarded(context, [&](Reader& target) { target.start(clark(uri, local), count, attributes); });
}
void on_end(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  guarded(context, [](Reader& target) { target.end(); });
}
void on_text(void* context, const xmlChar* text, int length) {
  guarded(context, [&](Reader& target) {
    target.text(std::string_view(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)));
  });
}
void on_doctype(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  // No entity of any kind is ever declared, so none can grow or reach out.
  guarded(context, [](Reader& target) { target.fail("it has a DOCTYPE, which is refused"); });
}
void on_message(void*, const char*, ...) {}  // libxml2 prints to stderr otherwise

Status run(std::string_view xml, Reader& target) {
  xmlSAXHandler handler;
  std::memset(&handler, 0, sizeof handler);
  handler.initialized = XML_SAX2_MAGIC;
  handler.startElementNs = on_start;
  handler.endElementNs = on_end;
  handler.characters = on_text;
  handler.cdataBlock = on_text;
  handler.internalSubset = on_doctype;
  handler.warning = on_message;
  handler.error = on_message;
  const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> context(
      xmlCreatePushParserCtxt(&handler, nullptr, nullptr, 0, nullptr), &xmlFreeParserCtxt);
  if (!context) return make_error(Fault::retry_later, "No memory for reading an answer.");
  context->_private = &target;
  // HUGE: one attachment can exceed libxml2's limit for a text; there are no entities that could abuse it.
  xmlCtxtUseOptions(context.get(), XML_PARSE_NONET | XML_PARSE_HUGE);
  constexpr std::size_t kPiece = 1U << 20U;
  for (std::size_t at = 0; at < xml.size() && target.failure.empty(); at += kPiece) {
    const auto piece = xml.substr(at, kPiece);
    if (xmlParseChunk(context.get(), piece.data(), static_cast<int>(piece.size()), 0) != 0) break;
  }
  if (target.failure.empty()) xmlParseChunk(context.get(), nullptr, 0, 1);
  if (!target.failure.empty())
    return make_error(Fault::malformed, "The server's XML can't be used: " + target.failure + ".");
  if (context->wellFormed == 0) {
    const xmlError* problem = xmlCtxtGetLastError(context.get());
    std::string detail = problem != nullptr && problem->message != nullptr ? problem->message : "it is not well-formed";
    if (problem != nullptr) detail = std::string(text::trim(detail)) + " in line " + std::to_string(problem->line);
    return make_error(Fault::malformed, "The server's XML can't be used: " + detail + ".");
  }
  return {};
}

}  // namespace

const Property* Row::find(std::string_view name) const noexcept {
  for (const auto& propstat : propstats) {
    if (propstat.status / 100 != 2) continue;
    for (const auto& property : propstat.properties)
      if (property.name == name) return &property;
  }
  return nullptr;
}

int Row::worst_status() const noexcept {
  if (status) return *status;
  for (const auto& propstat : propstats)
    if (propstat.status / 100 != 2) return propstat.status;
  return 200;
}

Result<MultistatusEnd> parse_multistatus(std::string_view xml, const std::function<void(Row&&)>& on_row) {
  std::string repaired;
  if (xml.find("&#") != std::string_view::npos) {
    repaired = repair_references(xml);
    xml = repaired;
  }
  Reader target(false, on_row);
  CARAVAN_CHECK(run(xml, target));
  return std::move(target.found);
}

bool DavError::says(std::string_view local_name) const noexcept {
  return std::any_of(conditions.begin(), conditions.end(), [&](const std::string& name) {
    const auto brace = name.find('}');
    return std::string_view(name).substr(brace + 1) == local_name;
  });
}

DavError parse_error(std::string_view body) {
  DavError error;
  body = text::trim(body);
  if (!body.starts_with("<")) return error;
  const std::string repaired = repair_references(body);
  Reader target(true, [&](Row&& row) {
    const int status = row.worst_status();
    if (error.status / 100 != 2 && error.status != 0) return;
    error.status = status;
    error.conditions = std::move(row.conditions);
    error.href = std::move(row.conflict_href);
    error.description = std::move(row.description);
  });
  if (!run(repaired, target)) return {};
  if (target.root != kMultistatus) error.status = 0;
  return error;
}

std::string repair_references(std::string_view xml) {
  // Reads "&#123;" or "&#x1F;" at `at`; 0 where there is none. `length` gets its size.
  const auto reference = [&](std::size_t at, std::size_t& length) -> std::uint32_t {
    if (xml.substr(at, 2) != "&#") return 0;
    const auto end = xml.substr(at, 12).find(';');
    if (end == std::string_view::npos) return 0;
    auto digits = xml.substr(at + 2, end - 2);
    const bool hex = digits.starts_with("x");
    if (hex) digits.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (problem != std::errc{} || stop != digits.data() + digits.size()) return 0;
    length = end + 1;
    return code;
  };
  std::string out;
  out.reserve(xml.size());
  for (std::size_t at = 0;;) {
    const auto next = xml.find("&#", at);
    out += xml.substr(at, next == std::string_view::npos ? next : next - at);
    if (next == std::string_view::npos) return out;
    std::size_t length = 0, second_length = 0;
    const std::uint32_t code = reference(next, length);
    if (length == 0) {
      out += "&#";
      at = next + 2;
      continue;
    }
    at = next + length;
    const std::uint32_t second = code >= 0xD800 && code <= 0xDBFF ? reference(at, second_length) : 0;
    if (second >= 0xDC00 && second <= 0xDFFF) {
      const std::uint32_t joined = 0x10000 + ((code - 0xD800) << 10U) + (second - 0xDC00);
      out.append("&#").append(std::to_string(joined)).append(";");
      at += second_length;
    } else if ((code >= 0xD800 && code <= 0xDFFF)) {
      out += "\xEF\xBF\xBD";  // half a character: the replacement character
    } else if ((code >= 0x20 || code == 9 || code == 10 || code == 13) && code != 0xFFFE && code != 0xFFFF &&
               code <= 0x10FFFF) {
      out += xml.substr(next, length);
    }
  }
}

}  // namespace caravan::caldav
