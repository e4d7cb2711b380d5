// SPDX-License-Identifier: GPL-3.0-or-later
// Kept <-> the text of our second extended property: JSON, small keys, only what is there. A text that a later version
// wrote, or that somebody damaged, is read as nothing. Private to common/ews.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "ews/mapping/kept.hpp"

namespace caravan::ews::mapping {

/// The most bytes that are put into the property (ews-facts 5.4: values of 32 KB and more are refused).
inline constexpr std::size_t kMostKept = 30000;

std::string to_text(const Kept& kept);
/// Nothing where the text can't be read.
std::optional<Kept> kept_from(std::string_view text);

/// Stands in the property for a text that is too long: its SHA-256, by which it is looked up elsewhere.
std::string reference_to(const Digest& text);
/// The digest, where the text is a reference.
std::optional<Digest> reference_in(std::string_view text);

}  // namespace caravan::ews::mapping
