// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/sqlite/sqlite_errors.hpp"

#include <sqlite3.h>

#include <cerrno>

namespace caravan::store {
namespace {

struct Meaning {
  int code;  ///< primary code
  Fault fault;
  const char* name;
  const char* remedy;
};

constexpr Meaning kMeanings[] = {
    {SQLITE_FULL, Fault::denied, "disk_full",
     "free space on the file system of the store and start again; nothing committed is lost"},
    {SQLITE_BUSY, Fault::retry_later, "store_busy",
     "another process holds the store for long; see `exodus-cli status`"},
    {SQLITE_LOCKED, Fault::retry_later, "store_busy",
     "another process holds the store for long; see `exodus-cli status`"},
    {SQLITE_CONSTRAINT, Fault::precondition_failed, "not_unique", ""},
    {SQLITE_NOTADB, Fault::unsupported, "store_foreign",
     "name another file in store.url, or restore a copy of the store"},
    {SQLITE_CORRUPT, Fault::malformed, "store_corrupt",
     "restore a copy (FILE.bak-N or your backup), or run `exodus-cli rebuild` with a new store"},
    {SQLITE_CANTOPEN, Fault::denied, "store_unwritable",
     "make the folder and give the user that runs Caravan write access to it"},
    {SQLITE_PERM, Fault::denied, "store_unwritable",
     "give the user that runs Caravan write access to the file and its folder"},
    {SQLITE_READONLY, Fault::denied, "store_unwritable",
     "give the user that runs Caravan write access to the file and its folder"},
    {SQLITE_AUTH, Fault::denied, "store_unwritable",
     "give the user that runs Caravan write access to the file and its folder"},
    {SQLITE_TOOBIG, Fault::malformed, "too_large", ""},
    {SQLITE_IOERR, Fault::retry_later, "store_io",
     "look at the system's log for errors of the disk that holds the store"},
    {SQLITE_NOMEM, Fault::retry_later, "out_of_memory", ""},
};

}  // namespace

Error sqlite_error(int extended_code, int system_errno, const std::string& message, const std::string& path,
                   const std::string& doing) {
  int code = extended_code & 0xff;
  if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) &&
      (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG))
    code = SQLITE_FULL;
  const std::string what = "store " + path + ": " + message + " while " + doing;
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) return make_error(meaning.fault, what, meaning.name, meaning.remedy);
  }
  return make_error(Fault::malformed, what, "sqlite_" + std::to_string(extended_code));
}

Error sqlite_error(sqlite3* connection, const std::string& path, const std::string& doing) {
  return sqlite_error(sqlite3_extended_errcode(connection), sqlite3_system_errno(connection),
                      sqlite3_errmsg(connection), path, doing);
}

}  // namespace caravan::store
