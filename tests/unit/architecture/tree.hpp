// SPDX-License-Identifier: GPL-3.0-or-later
// The project's own source files, as text, for tests that hold them to the rules.
#pragma once
#include <string>
#include <vector>

namespace caravan::architecture {

struct SourceFile {
  std::string path;  ///< from the project's root
  std::vector<std::string> lines;
};

/// All files below the folders (from the project's root) whose names end with one of `endings`, in the order of their
/// paths.
std::vector<SourceFile> files(const std::vector<std::string>& folders, const std::vector<std::string>& endings);
SourceFile file(const std::string& path);

/// What the file includes: the names between the quotes, or between the angle brackets.
std::vector<std::string> project_includes(const SourceFile& source);
std::vector<std::string> system_includes(const SourceFile& source);

/// The folder that holds the file ("common/ews/mapping/event.cpp" -> "common/ews/mapping").
std::string folder_of(const std::string& path);
/// Every text between `before` and the next `after` in one line of the file.
std::vector<std::string> texts_between(const SourceFile& source, const std::string& before, const std::string& after);

}  // namespace caravan::architecture
