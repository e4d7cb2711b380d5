// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/html_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "util/text.hpp"

namespace caravan::model {
namespace {

const std::unordered_map<std::string_view, std::uint32_t>& entities() {
  static const std::unordered_map<std::string_view, std::uint32_t> table = {
      {"amp", '&'},       {"lt", '<'},        {"gt", '>'},        {"quot", '"'},      {"apos", '\''},
      {"nbsp", ' '},      {"iexcl", 161},     {"cent", 162},      {"pound", 163},     {"curren", 164},
      {"yen", 165},       {"brvbar", 166},    {"sect", 167},      {"uml", 168},       {"copy", 169},
      {"ordf", 170},      {"laquo", 171},     {"not", 172},       {"shy", 173},       {"reg", 174},
      {"macr", 175},      {"deg", 176},       {"plusmn", 177},    {"sup2", 178},      {"sup3", 179},
      {"acute", 180},     {"micro", 181},     {"para", 182},      {"middot", 183},    {"cedil", 184},
      {"sup1", 185},      {"ordm", 186},      {"raquo", 187},     {"frac14", 188},    {"frac12", 189},
      {"frac34", 190},    {"iquest", 191},    {"Agrave", 192},    {"Aacute", 193},    {"Acirc", 194},
      {"Atilde", 195},    {"Auml", 196},      {"Aring", 197},     {"AElig", 198},     {"Ccedil", 199},
      {"Egrave", 200},    {"Eacute", 201},    {"Ecirc", 202},     {"Euml", 203},      {"Igrave", 204},
      {"Iacute", 205},    {"Icirc", 206},     {"Iuml", 207},      {"ETH", 208},       {"Ntilde", 209},
      {"Ograve", 210},    {"Oacute", 211},    {"Ocirc", 212},     {"Otilde", 213},    {"Ouml", 214},
      {"times", 215},     {"Oslash", 216},    {"Ugrave", 217},    {"Uacute", 218},    {"Ucirc", 219},
      {"Uuml", 220},      {"Yacute", 221},    {"THORN", 222},     {"szlig", 223},     {"agrave", 224},
      {"aacute", 225},    {"acirc", 226},     {"atilde", 227},    {"auml", 228},      {"aring", 229},
      {"aelig", 230},     {"ccedil", 231},    {"egrave", 232},    {"eacute", 233},    {"ecirc", 234},
      {"euml", 235},      {"igrave", 236},    {"iacute", 237},    {"icirc", 238},     {"iuml", 239},
      {"eth", 240},       {"ntilde", 241},    {"ograve", 242},    {"oacute", 243},    {"ocirc", 244},
      {"otilde", 245},    {"ouml", 246},      {"divide", 247},    {"oslash", 248},    {"ugrave", 249},
      {"uacute", 250},    {"ucirc", 251},     {"uuml", 252},      {"yacute", 253},    {"thorn", 254},
      {"yuml", 255},      {"OElig", 338},     {"oelig", 339},     {"Scaron", 352},    {"scaron", 353},
      {"ensp", ' '},      {"emsp", ' '},      {"thinsp", ' '},    {"zwnj", 0x200C},   {"zwj", 0x200D},
      {"ndash", 0x2013},  {"mdash", 0x2014},  {"lsquo", 0x2018},  {"rsquo", 0x2019},  {"sbquo", 0x201A},
      {"ldquo", 0x201C},  {"rdquo", 0x201D},  {"bdquo", 0x201E},  {"dagger", 0x2020}, {"bull", 0x2022},
      {"hellip", 0x2026}, {"permil", 0x2030}, {"lsaquo", 0x2039}, {"rsaquo", 0x203A}, {"euro", 0x20AC},
      {"trade", 0x2122},  {"larr", 0x2190},   {"uarr", 0x2191},   {"rarr", 0x2192},   {"darr", 0x2193},
      {"minus", 0x2212},  {"infin", 0x221E},  {"ne", 0x2260},     {"le", 0x2264},     {"ge", 0x2265}};
  return table;
}

void append_code(std::string& out, std::uint32_t code) {
  if (code == 160) code = ' ';
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

/// Decodes the reference at the '&'; 0 where there is none. Returns the length consumed.
std::size_t append_entity(std::string& out, std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && end < 12 &&
         (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '#'))
    ++end;
  const auto name = text.substr(1, end - 1);
  const std::size_t length = end < text.size() && text[end] == ';' ? end + 1 : end;
  if (name.size() >= 2 && name[0] == '#') {
    const bool hex = name[1] == 'x' || name[1] == 'X';
    std::uint32_t code = 0;
    for (const char c : name.substr(hex ? 2 : 1)) {
      const std::uint32_t digit = c >= '0' && c <= '9' ? static_cast<std::uint32_t>(c - '0')
                                  : hex && std::isxdigit(static_cast<unsigned char>(c)) != 0
                                      ? static_cast<std::uint32_t>(c | 0x20) - 'a' + 10U
                                      : 99U;
      if (digit == 99U || code > 0x110000) return 0;
      code = code * (hex ? 16U : 10U) + digit;
    }
    append_code(out, code);
    return length;
  }
  const auto found = entities().find(name);
  if (found == entities().end() || length == end) return 0;
  append_code(out, found->second);
  return length;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto used = text[at] == '&' ? append_entity(out, text.substr(at)) : 0;
    if (used == 0) out += text[at];
    at += used == 0 ? 1 : used;
  }
  return out;
}

struct Tag {
  std::string name;  ///< lower case
  bool closing = false;
  std::string_view attributes;
};

/// The value of an attribute, decoded.
std::string attribute(std::string_view attributes, std::string_view wanted) {
  for (std::size_t at = 0; at < attributes.size();) {
    const auto start = attributes.find_first_not_of(" \t\r\n/", at);
    if (start == std::string_view::npos) return {};
    const auto stop = std::min(attributes.find_first_of("= \t\r\n", start), attributes.size());
    const auto name = attributes.substr(start, stop - start);
    at = std::max(stop, start + 1);
    auto equals = attributes.find_first_not_of(" \t\r\n", stop);
    if (equals == std::string_view::npos || attributes[equals] != '=') continue;
    auto begin = attributes.find_first_not_of(" \t\r\n", equals + 1);
    if (begin == std::string_view::npos) return {};
    const char quote = attributes[begin];
    const bool quoted = quote == '"' || quote == '\'';
    if (quoted) ++begin;
    const auto end = std::min(quoted ? attributes.find(quote, begin) : attributes.find_first_of(" \t\r\n", begin),
                              attributes.size());
    if (text::equal_ignoring_case(name, wanted)) return decode(attributes.substr(begin, end - begin));
    at = end + (quoted ? 1 : 0);
  }
  return {};
}

bool is_block(const std::string& name) {
  static const std::unordered_set<std::string> names = {
      "p",       "div",    "h1",     "h2",      "h3",    "h4",       "h5",         "h6",   "table",  "tr",
      "ul",      "ol",     "li",     "dl",      "dt",    "dd",       "blockquote", "pre",  "hr",     "section",
      "article", "header", "footer", "address", "form",  "fieldset", "body",       "html", "center", "figure",
      "main",    "nav",    "aside",  "caption", "thead", "tbody",    "tfoot"};
  return names.contains(name);
}

/// A block that readers set off with a blank line.
bool is_paragraph(const std::string& name) {
  return name == "p" || name == "ul" || name == "ol" || name == "table" || name == "blockquote" || name == "pre" ||
         (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6');
}

bool is_dropped(const std::string& name) {
  return name == "style" || name == "script" || name == "head" || name == "title" || name == "template";
}

class Renderer {
 public:
  explicit Renderer(std::string_view html) : html_(html) {}

  std::string run() {
    while (at_ < html_.size()) {
      if (html_[at_] == '<' && take_markup()) continue;
      if (html_[at_] == '&') {
        std::string decoded;
        if (const auto used = append_entity(decoded, html_.substr(at_))) {
          at_ += used;
          for (const char c : decoded) put(c);
          continue;
        }
      }
      put(html_[at_++]);
    }
    while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  void put(char c) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
    if (preformatted_ > 0 && c == '\n') return line_break();
    if (blank && preformatted_ == 0) {
      pending_space_ = pending_space_ || (!out_.empty() && out_.back() != '\n' && pending_breaks_ == 0);
      return;
    }
    if (c == '\r') return;
    flush_breaks();
    if (pending_space_ && !out_.empty() && out_.back() != '\n' && out_.back() != ' ') out_ += ' ';
    pending_space_ = false;
    out_ += c;
  }

  void put(std::string_view text) {
    for (const char c : text) put(c);
  }

  /// Wants `count` line ends before the next character; never more than a blank line.
  void want_breaks(int count) {
    pending_space_ = false;
    pending_breaks_ = std::max(pending_breaks_, count);
  }

  void line_break() {
    pending_space_ = false;
    pending_breaks_ = std::min(pending_breaks_ + 1, 2);
  }

  void flush_breaks() {
    if (!out_.empty())
      while (pending_breaks_ > 0) out_ += '\n', --pending_breaks_;
    pending_breaks_ = 0;
  }

  /// At a '<'. False where it is a plain character.
  bool take_markup() {
    const auto rest = html_.substr(at_);
    if (rest.substr(0, 4) == "<!--") return skip_past("-->");
    if (rest.size() > 1 && (rest[1] == '!' || rest[1] == '?')) return skip_past(">");
    const std::size_t name_at = rest.size() > 1 && rest[1] == '/' ? 2 : 1;
    if (rest.size() <= name_at || std::isalpha(static_cast<unsigned char>(rest[name_at])) == 0) return false;
    Tag tag;
    tag.closing = name_at == 2;
    std::size_t end = name_at;
    while (end < rest.size() && end < name_at + 30 &&
           (std::isalnum(static_cast<unsigned char>(rest[end])) != 0 || rest[end] == ':' || rest[end] == '-'))
      ++end;
    tag.name = text::lower(rest.substr(name_at, end - name_at));
    const auto close = tag_end(rest, end);
    tag.attributes = rest.substr(end, close - end);
    at_ += std::min(close + 1, rest.size());
    take(tag);
    return true;
  }

  static std::size_t tag_end(std::string_view rest, std::size_t at) noexcept {
    char quote = '\0';
    std::size_t plain = std::string_view::npos;  // a '>' inside quotes that may never close
    for (; at < rest.size(); ++at) {
      const char c = rest[at];
      if (quote == '\0' && c == '>') return at;
      if (quote != '\0' && c == '>' && plain == std::string_view::npos) plain = at;
      if (quote == '\0' && (c == '"' || c == '\''))
        quote = c;
      else if (c == quote)
        quote = '\0';
      if (plain != std::string_view::npos && at - plain > 4096) return plain;
    }
    return std::min(plain, rest.size());
  }

  bool skip_past(std::string_view mark) {
    const auto end = html_.find(mark, at_);
    at_ = end == std::string_view::npos ? html_.size() : end + mark.size();
    return true;
  }

  void take(const Tag& tag) {
    if (is_dropped(tag.name)) {
      if (!tag.closing) skip_element(tag.name);
      return;
    }
    if (tag.name == "br") return line_break();
    if (tag.name == "a") return tag.closing ? close_link() : open_link(attribute(tag.attributes, "href"));
    if (tag.name == "td" || tag.name == "th") {
      if (!tag.closing && !out_.empty() && pending_breaks_ == 0) pending_space_ = true;
      return;
    }
    if (tag.name == "img" && !tag.closing) return put(attribute(tag.attributes, "alt"));
    if (!is_block(tag.name)) return;
    const bool list = tag.name == "ul" || tag.name == "ol";
    if (list && tag.closing) list_depth_ = std::max(0, list_depth_ - 1);
    want_breaks(is_paragraph(tag.name) && list_depth_ == 0 ? 2 : 1);
    if (list && !tag.closing) ++list_depth_;
    if (tag.name == "pre") preformatted_ = std::max(0, preformatted_ + (tag.closing ? -1 : 1));
    if (tag.name == "li" && !tag.closing) put("- ");
    if (tag.name == "li" && !tag.closing) pending_space_ = true;
  }

  void skip_element(const std::string& name) {
    const std::string end = "</" + name;
    for (auto at = html_.find("</", at_); at != std::string_view::npos; at = html_.find("</", at + 2)) {
      if (!text::equal_ignoring_case(html_.substr(at, end.size()), end)) continue;
      at_ = at;
      return static_cast<void>(skip_past(">"));
    }
    at_ = name == "head" || name == "title" ? at_ : html_.size();
  }

  void open_link(std::string address) {
    link_ = std::move(address);
    link_text_at_ = out_.size();
  }

  void close_link() {
    const std::string address(text::trim(link_));
    link_.clear();
    if (address.empty() || address[0] == '#' || link_text_at_ > out_.size()) return;
    const auto shown = text::trim(std::string_view(out_).substr(link_text_at_));
    const bool same = address == shown || address == "mailto:" + std::string(shown) ||
                      address == "tel:" + std::string(shown) || address == std::string(shown) + "/" ||
                      address == "http://" + std::string(shown) || address == "https://" + std::string(shown);
    if (same || text::equal_ignoring_case(address.substr(0, 11), "javascript:")) return;
    if (!shown.empty()) pending_space_ = true;
    put("<");
    put(address);
    put(">");
  }

  std::string_view html_;
  std::size_t at_ = 0, link_text_at_ = 0;
  std::string out_, link_;
  bool pending_space_ = false;
  int pending_breaks_ = 0, preformatted_ = 0, list_depth_ = 0;
};

}  // namespace

std::string html_to_text(std::string_view html) { return Renderer(html).run(); }

}  // namespace caravan::model
