// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/postgres/postgres_errors.hpp"

#include <string_view>

#include "util/text.hpp"

namespace caravan::store {
namespace {

struct Meaning {
  std::string_view prefix;  ///< of the SQLSTATE; the first that fits counts
  Fault fault;
  const char* name;
  const char* remedy;
};

constexpr Meaning kMeanings[] = {
    {"08", Fault::retry_later, "store_unreachable", ""},      // connection exception
    {"22021", Fault::malformed, "invalid_text", ""},          // character not in repertoire
    {"23505", Fault::precondition_failed, "not_unique", ""},  // unique violation
    {"25006", Fault::retry_later, "store_read_only",
     "name all servers in store.url, so that the writable one is found"},
    {"28", Fault::denied, "store_credentials", "check user and password in store.url"},
    {"3D000", Fault::denied, "store_no_database", "create the database that store.url names"},
    {"40001", Fault::retry_later, "store_busy", ""},   // serialization failure
    {"40P01", Fault::retry_later, "store_busy", ""},   // deadlock
    {"40003", Fault::in_doubt, "store_in_doubt", ""},  // statement completion unknown
    {"42501", Fault::denied, "store_rights",
     "give the role of store.url the rights to create and change tables in its schema"},
    {"53100", Fault::denied, "disk_full", "free space on the database server; nothing committed is lost"},
    {"53200", Fault::retry_later, "out_of_memory", ""},
    {"53300", Fault::retry_later, "store_connections", "raise max_connections on the server or run fewer programs"},
    {"54000", Fault::malformed, "too_large", ""},          // program limit exceeded
    {"55P03", Fault::retry_later, "store_busy", ""},       // lock not available
    {"57014", Fault::retry_later, "store_busy", ""},       // query cancelled by a timeout
    {"57P", Fault::retry_later, "store_unreachable", ""},  // shutting down, starting up
    {"58", Fault::retry_later, "store_io", "look at the log of the database server"},
    {"XX001", Fault::malformed, "store_corrupt", "restore the database from a backup"},
};

}  // namespace

Error postgres_error(const std::string& sqlstate, const std::string& message, const std::string& doing) {
  const std::string what = "store: " + std::string(text::trim(message)) + " while " + doing;
  if (sqlstate.empty()) return make_error(Fault::retry_later, what, "store_unreachable");
  for (const Meaning& meaning : kMeanings) {
    if (sqlstate.starts_with(meaning.prefix)) return make_error(meaning.fault, what, meaning.name, meaning.remedy);
  }
  return make_error(Fault::malformed, what, "sqlstate_" + sqlstate);
}

bool connection_lost(const std::string& sqlstate) noexcept {
  return sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25006";
}

Error postgres_connect_error(const std::string& message) {
  const std::string what = "store: " + std::string(text::trim(message));
  for (const char* sign : {"authentication failed", "no password supplied", "no pg_hba.conf entry"}) {
    if (message.find(sign) != std::string::npos) {
      return make_error(Fault::denied, what, "store_credentials",
                        "check user and password in store.url and the server's pg_hba.conf");
    }
  }
  if (message.find("database \"") != std::string::npos && message.find("does not exist") != std::string::npos) {
    return make_error(Fault::denied, what, "store_no_database", "create the database that store.url names");
  }
  return make_error(Fault::retry_later, what, "store_unreachable",
                    "check the hosts in store.url and that the server runs");
}

}  // namespace caravan::store
