// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/architecture/tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace caravan::architecture {
namespace {

const std::string& root() {
  static const std::string path = CARAVAN_SOURCE_DIR;
  return path;
}

bool ends_with_any(const std::string& name, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) { return name.ends_with(ending); });
}

}  // namespace

SourceFile file(const std::string& path) {
  SourceFile out{path, {}};
  std::ifstream stream(root() + '/' + path);
  for (std::string line; std::getline(stream, line);) out.lines.push_back(std::move(line));
  return out;
}

std::vector<SourceFile> files(const std::vector<std::string>& folders, const std::vector<std::string>& endings) {
  std::vector<std::string> paths;
  for (const auto& folder : folders) {
    const std::filesystem::path start = std::filesystem::path(root()) / folder;
    if (!std::filesystem::is_directory(start)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(start))
      if (entry.is_regular_file() && ends_with_any(entry.path().filename().string(), endings))
        paths.push_back(std::filesystem::relative(entry.path(), root()).string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<SourceFile> out;
  for (const auto& path : paths) out.push_back(file(path));
  return out;
}

std::vector<std::string> texts_between(const SourceFile& source, const std::string& before, const std::string& after) {
  std::vector<std::string> out;
  for (const auto& line : source.lines) {
    for (auto at = line.find(before); at != std::string::npos; at = line.find(before, at + 1)) {
      const auto begin = at + before.size();
      const auto end = line.find(after, begin);
      if (end != std::string::npos) out.push_back(line.substr(begin, end - begin));
    }
  }
  return out;
}

std::vector<std::string> project_includes(const SourceFile& source) {
  return texts_between(source, "#include \"", "\"");
}
std::vector<std::string> system_includes(const SourceFile& source) { return texts_between(source, "#include <", ">"); }

std::string folder_of(const std::string& path) { return path.substr(0, path.find_last_of('/')); }

}  // namespace caravan::architecture
