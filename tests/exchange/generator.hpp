// SPDX-License-Identifier: GPL-3.0-or-later
// Synthetic mailboxes: the realistic mix of events (60 % single, 25 % meetings of six, 12 % series,
// 2 % with attachments, 1 % all-day series), the same for the same seed.
#pragma once

#include <cstdint>
#include <string>

#include "world.hpp"

namespace exchange_sim {

struct GenerationPlan {
  std::size_t mailboxes = 1;
  std::size_t events = 100;
  std::uint64_t seed = 1;
  std::string domain;
  std::string zone;
};

/// From "N:M" or "N:M:SEED".
GenerationPlan read_plan(const std::string& text, const std::string& domain, const std::string& zone);
void generate(World& world, const GenerationPlan& plan);
/// Adds events with lazy attachments to the world's first mailbox.
void add_attachments(World& world, std::size_t count, std::uint64_t bytes, std::uint64_t largest);

}  // namespace exchange_sim
