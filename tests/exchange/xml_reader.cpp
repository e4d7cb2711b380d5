// SPDX-License-Identifier: GPL-3.0-or-later
// The libxml2 side of xml_reader.hpp.
#include "xml_reader.hpp"

#include <libxml/parser.h>

namespace exchange_sim {
namespace {
std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}
std::string owned(xmlChar* text) {
  std::string out(view(text));
  if (text != nullptr) xmlFree(text);
  return out;
}
}  // namespace

std::string_view Node::name() const { return node_ == nullptr ? std::string_view() : view(node_->name); }

Node Node::first() const {
  if (node_ == nullptr) return {};
  return Node(xmlFirstElementChild(node_));
}

Node Node::child(std::string_view local_name) const {
  if (node_ == nullptr) return {};
  for (auto at = xmlFirstElementChild(node_); at != nullptr; at = xmlNextElementSibling(at)) {
    if (view(at->name) == local_name) return Node(at);
  }
  return {};
}

std::vector<Node> Node::children() const {
  std::vector<Node> out;
  if (node_ == nullptr) return out;
  for (auto at = xmlFirstElementChild(node_); at != nullptr; at = xmlNextElementSibling(at)) out.emplace_back(at);
  return out;
}

std::vector<Node> Node::children(std::string_view local_name) const {
  std::vector<Node> out;
  for (auto node : children()) {
    if (node.name() == local_name) out.push_back(node);
  }
  return out;
}

std::string Node::text() const { return node_ == nullptr ? std::string() : owned(xmlNodeGetContent(node_)); }

std::string Node::attribute(const char* name) const {
  if (node_ == nullptr) return {};
  return owned(xmlGetNoNsProp(node_, reinterpret_cast<const xmlChar*>(name)));
}

bool Node::has_attribute(const char* name) const {
  return node_ != nullptr && xmlHasProp(node_, reinterpret_cast<const xmlChar*>(name)) != nullptr;
}

bool Node::in_namespace(std::string_view uri) const {
  return node_ != nullptr && node_->ns != nullptr && view(node_->ns->href) == uri;
}

Document::Document(std::string_view xml) : doc_(nullptr, xmlFreeDoc) {
  doc_.reset(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                           XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
}

Node Document::root() const { return doc_ ? Node(xmlDocGetRootElement(doc_.get())) : Node(); }

}  // namespace exchange_sim
