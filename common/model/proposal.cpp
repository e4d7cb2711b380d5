// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/proposal.hpp"

#include <algorithm>

namespace caravan::model {
namespace {

bool is_proposal(const std::pair<std::string, std::string>& parameter) { return parameter.first == kProposedParameter; }

std::optional<Instant> instant(const std::string& text) {
  Instant out;
  return parse_rfc3339(text, out) ? std::optional(out) : std::nullopt;
}

}  // namespace

Proposal proposal_of(const Attendee& attendee) {
  const auto found = std::find_if(attendee.extra.begin(), attendee.extra.end(), is_proposal);
  if (found == attendee.extra.end()) return {};
  const std::string& text = found->second;
  const auto slash = text.find('/');
  return {instant(text.substr(0, slash)), slash == std::string::npos ? std::nullopt : instant(text.substr(slash + 1))};
}

void set_proposal(Attendee& attendee, const Proposal& proposal) {
  std::erase_if(attendee.extra, is_proposal);
  if (!proposal.start && !proposal.end) return;
  const auto text = [](const std::optional<Instant>& time) { return time ? to_rfc3339(*time) : std::string(); };
  attendee.extra.emplace_back(kProposedParameter, text(proposal.start) + '/' + text(proposal.end));
}

std::string proposals(const Series& series) {
  std::string out;
  const auto of_event = [&](const Event& event) {
    for (const auto& attendee : event.attendees)
      for (const auto& parameter : attendee.extra)
        if (is_proposal(parameter))
          out += (event.recurrence_id ? to_string(*event.recurrence_id) : "") + '\t' + attendee.address + '\t' +
                 parameter.second + '\n';
  };
  if (series.master) of_event(*series.master);
  for (const auto& event : series.overrides) of_event(event);
  return out;
}

}  // namespace caravan::model
