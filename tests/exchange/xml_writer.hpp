// SPDX-License-Identifier: GPL-3.0-or-later
// Builds an answer as text, piece by piece, in the order the schema asks for. A piece can also be
// content that is made while it is sent (large attachments). Must not know any operation.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exchange_sim {

/// Bytes that are computed from a seed when they are sent, so that a gigabyte costs no memory.
struct LazyContent {
  std::uint64_t seed = 0;
  std::uint64_t size = 0;
};

/// Fills `out` with the content's bytes [offset, offset + length).
void fill_lazy(const LazyContent& content, std::uint64_t offset, char* out, std::size_t length);

/// One part of an answer's body: text, or lazy content to be sent as base64.
struct BodyPiece {
  std::string text;
  LazyContent lazy;
  bool is_lazy = false;
  std::uint64_t length() const { return is_lazy ? (lazy.size + 2) / 3 * 4 : text.size(); }
};

class XmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void open(std::string_view name, Attributes attributes = {});
  void close();
  /// An element without content.
  void empty(std::string_view name, Attributes attributes = {});
  void text(std::string_view name, std::string_view value, Attributes attributes = {});
  void boolean(std::string_view name, bool value) { text(name, value ? "true" : "false"); }
  void number(std::string_view name, std::int64_t value) { text(name, std::to_string(value)); }
  void content(std::string_view value) { escape(value); }
  void raw(std::string_view xml) { out_ += xml; }
  void lazy(const LazyContent& content);
  std::vector<BodyPiece> take();

  /// A place to go back to when an answer turns out to be an error.
  struct Mark {
    std::size_t length;
    std::size_t depth;
    std::size_t pieces;
  };
  Mark mark() const { return {out_.size(), open_.size(), pieces_.size()}; }
  /// Only while no lazy content was written since the mark.
  void rollback(const Mark& mark);

 private:
  void start(std::string_view name, Attributes attributes);
  void escape(std::string_view value);

  std::string out_;
  std::vector<BodyPiece> pieces_;
  std::vector<std::string> open_;
};

}  // namespace exchange_sim
