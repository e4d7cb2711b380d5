// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/session.hpp"

namespace caravan::ews {

const char* to_string(Schema schema) noexcept {
  switch (schema) {
    case Schema::exchange_2007_sp1:
      return "Exchange2007_SP1";
    case Schema::exchange_2010_sp1:
      return "Exchange2010_SP1";
    case Schema::exchange_2010_sp2:
      return "Exchange2010_SP2";
    case Schema::exchange_2013_sp1:
      return "Exchange2013_SP1";
  }
  return "Exchange2013_SP1";
}

std::optional<Schema> older(Schema schema) noexcept {
  if (schema == Schema::exchange_2007_sp1) return std::nullopt;
  return static_cast<Schema>(static_cast<int>(schema) - 1);
}

std::string to_string(const ServerVersion& version) {
  if (!version.known()) return "an unknown version";
  const char* product = "Exchange";
  if (version.major == 8)
    product = "Exchange 2007";
  else if (version.major == 14)
    product = "Exchange 2010";
  else if (version.major == 15 && version.minor == 0)
    product = "Exchange 2013";
  else if (version.major == 15 && version.minor == 1)
    product = "Exchange 2016";
  else if (version.major == 15 && version.minor == 2)
    product = "Exchange 2019 or SE";
  else if (version.major == 15 && version.minor >= 20)
    product = "Exchange Online";
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.build) +
         "." + std::to_string(version.revision) + " (" + product + ")";
}

std::shared_ptr<Session> make_session() { return std::make_shared<Session>(); }

Session::Session() = default;

Schema Session::schema(const Address& mailbox) const {
  const std::lock_guard lock(mutex_);
  const auto found = schemas_.find(mailbox.value);
  return found == schemas_.end() ? latest_ : found->second;
}

void Session::set_schema(const Address& mailbox, Schema schema) {
  const std::lock_guard lock(mutex_);
  schemas_[mailbox.value] = schema;
  latest_ = schema;
}

ServerVersion Session::version(const Address& mailbox) const {
  const std::lock_guard lock(mutex_);
  const auto found = versions_.find(mailbox.value);
  return found == versions_.end() ? ServerVersion{} : found->second;
}

void Session::set_version(const Address& mailbox, const ServerVersion& version) {
  const std::lock_guard lock(mutex_);
  versions_[mailbox.value] = version;
}

std::optional<std::string> Session::resolved(const std::string& legacy_dn) const {
  const std::lock_guard lock(mutex_);
  const auto found = addresses_.find(legacy_dn);
  if (found == addresses_.end()) return std::nullopt;
  return found->second;
}

void Session::set_resolved(const std::string& legacy_dn, std::string address) {
  const std::lock_guard lock(mutex_);
  addresses_[legacy_dn] = std::move(address);
}

}  // namespace caravan::ews
