// SPDX-License-Identifier: GPL-3.0-or-later
// Writing of XML text; see xml_writer.hpp. Characters that XML 1.0 forbids are written as
// character references, as Exchange does (ews-facts 10.5).
#include "xml_writer.hpp"

#include <cstring>

namespace exchange_sim {

void fill_lazy(const LazyContent& content, std::uint64_t offset, char* out, std::size_t length) {
  for (std::size_t i = 0; i < length;) {
    std::uint64_t block = (offset + i) / 8;
    std::uint64_t value = (block + 1) * 0x9E3779B97F4A7C15ull ^ content.seed * 0xBF58476D1CE4E5B9ull;
    value ^= value >> 31;
    value *= 0x94D049BB133111EBull;
    value ^= value >> 29;
    char bytes[8];
    std::memcpy(bytes, &value, 8);
    std::size_t from = (offset + i) % 8;
    std::size_t count = std::min<std::size_t>(8 - from, length - i);
    std::memcpy(out + i, bytes + from, count);
    i += count;
  }
}

void XmlWriter::escape(std::string_view value) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto c = static_cast<unsigned char>(value[i]);
    std::string_view with;
    std::string reference;
    if (c == '<')
      with = "&lt;";
    else if (c == '>')
      with = "&gt;";
    else if (c == '&')
      with = "&amp;";
    else if (c == '"')
      with = "&quot;";
    else if (c == '\r')
      with = "&#xD;";
    else if (c < 0x20 && c != '\n' && c != '\t') {
      static constexpr char kDigits[] = "0123456789ABCDEF";
      reference = c < 16 ? std::string("&#x") + kDigits[c] + ";" : std::string("&#x1") + kDigits[c - 16] + ";";
      with = reference;
    } else {
      continue;
    }
    out_.append(value.substr(plain, i - plain));
    out_ += with;
    plain = i + 1;
  }
  out_.append(value.substr(plain));
}

void XmlWriter::start(std::string_view name, Attributes attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& [key, value] : attributes) {
    out_ += ' ';
    out_ += key;
    out_ += "=\"";
    escape(value);
    out_ += '"';
  }
}

void XmlWriter::open(std::string_view name, Attributes attributes) {
  start(name, attributes);
  out_ += '>';
  open_.emplace_back(name);
}

void XmlWriter::close() {
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
}

void XmlWriter::empty(std::string_view name, Attributes attributes) {
  start(name, attributes);
  out_ += "/>";
}

void XmlWriter::text(std::string_view name, std::string_view value, Attributes attributes) {
  start(name, attributes);
  if (value.empty()) {
    out_ += "/>";
    return;
  }
  out_ += '>';
  escape(value);
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void XmlWriter::lazy(const LazyContent& content) {
  BodyPiece before;
  before.text = std::move(out_);
  out_.clear();
  pieces_.push_back(std::move(before));
  BodyPiece piece;
  piece.lazy = content;
  piece.is_lazy = true;
  pieces_.push_back(std::move(piece));
}

void XmlWriter::rollback(const Mark& mark) {
  if (pieces_.size() != mark.pieces) return;
  out_.resize(mark.length);
  open_.resize(mark.depth);
}

std::vector<BodyPiece> XmlWriter::take() {
  BodyPiece last;
  last.text = std::move(out_);
  out_.clear();
  pieces_.push_back(std::move(last));
  return std::move(pieces_);
}

}  // namespace exchange_sim
