// SPDX-License-Identifier: GPL-3.0-or-later
// What the Clients of one server and account share: schema versions agreed on, addresses resolved, zones compared.
// Thread-safe. Private to common/ews.
#pragma once
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "ews/client.hpp"
#include "ews/mapping/time_zone.hpp"

namespace caravan::ews {

/// The schema versions that we speak, ascending. ews-facts 1.2: the newest calendar features are in Exchange2013_SP1,
/// which every server from 15.0.847 to 15.2 accepts.
enum class Schema : std::uint8_t { exchange_2007_sp1, exchange_2010_sp1, exchange_2010_sp2, exchange_2013_sp1 };
const char* to_string(Schema schema) noexcept;
/// The next older one; nullopt at the end.
std::optional<Schema> older(Schema schema) noexcept;

class Session {
 public:
  Session();
  /// The schema to use for this mailbox: mailboxes of one organisation can live on servers of different age.
  Schema schema(const Address& mailbox) const;
  void set_schema(const Address& mailbox, Schema schema);

  ServerVersion version(const Address& mailbox) const;
  void set_version(const Address& mailbox, const ServerVersion& version);

  /// The SMTP address of a legacy DN: nullopt = never asked, empty = the directory has none.
  std::optional<std::string> resolved(const std::string& legacy_dn) const;
  void set_resolved(const std::string& legacy_dn, std::string address);

  mapping::ZoneCache& zones() noexcept { return zones_; }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Schema> schemas_;
  std::unordered_map<std::string, ServerVersion> versions_;
  std::unordered_map<std::string, std::string> addresses_;
  Schema latest_ = Schema::exchange_2013_sp1;  // what worked last, for a mailbox not seen yet
  mapping::ZoneCache zones_;
};

}  // namespace caravan::ews
