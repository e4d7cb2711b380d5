// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/document.hpp"

#include <toml++/toml.h>

namespace caravan::config {
namespace {

Entry entry_of(const toml::key& key, const toml::node& node) {
  Entry out{Entry::Other{}, key.source().begin.line, key.source().begin.column};
  if (const auto* text = node.as_string()) {
    out.value = text->get();
  } else if (const auto* number = node.as_integer()) {
    out.value = std::int64_t{number->get()};
  } else if (const auto* truth = node.as_boolean()) {
    out.value = truth->get();
  } else if (node.is_table()) {
    out.value = Entry::Table{};
  } else if (const auto* list = node.as_array();
             list != nullptr && (list->empty() || list->is_homogeneous<std::string>())) {
    Entry::Texts texts;
    for (const toml::node& each : *list) texts.push_back(each.ref<std::string>());
    out.value = std::move(texts);
  }
  return out;
}

void flatten(const toml::table& table, const std::string& prefix, Document& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    out.emplace(name, entry_of(key, node));
    if (const toml::table* inner = node.as_table()) flatten(*inner, name + ".", out);
  }
}

}  // namespace

Result<Document> parse_document(std::string_view text, const std::string& name) {
  try {
    Document out;
    flatten(toml::parse(text, name), "", out);
    return out;
  } catch (const toml::parse_error& error) {
    const auto place = error.source().begin;
    return make_error(Fault::malformed,
                      name + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
                          std::string(error.description()),
                      "configuration", "the file is TOML (https://toml.io); see docs/configuration.md");
  }
}

}  // namespace caravan::config
