// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a SOAP request with libxml2 into a tree and looks things up in it by local name.
// Entities and network access are off. Must not know any operation.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exchange_sim {

/// A place in the tree; the null node answers every question with "nothing".
class Node {
 public:
  Node() = default;
  explicit Node(xmlNodePtr node) : node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }
  std::string_view name() const;
  Node child(std::string_view local_name) const;
  Node first() const;
  std::vector<Node> children() const;
  std::vector<Node> children(std::string_view local_name) const;
  std::string text() const;
  std::string text(std::string_view child_name) const { return child(child_name).text(); }
  std::string attribute(const char* name) const;
  bool has_attribute(const char* name) const;
  /// Whether this element stands in the given namespace.
  bool in_namespace(std::string_view uri) const;

 private:
  xmlNodePtr node_ = nullptr;
};

class Document {
 public:
  /// Nothing in `root()` when the text is not well formed.
  explicit Document(std::string_view xml);
  Node root() const;
  xmlDocPtr get() const { return doc_.get(); }

 private:
  std::unique_ptr<xmlDoc, void (*)(xmlDocPtr)> doc_;
};

}  // namespace exchange_sim
