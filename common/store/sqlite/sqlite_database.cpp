// SPDX-License-Identifier: GPL-3.0-or-later
// The SQLite driver. WAL with synchronous=NORMAL: a commit is in the operating system's hands when it returns, so a
// killed process loses nothing; a power cut can take the last commits but never leaves a torn file. What a cut takes is
// the same as an older backup, which the engine heals (same value on both sides is no conflict and no write), and the
// price of FULL, one fsync a commit, would make the store the bottleneck of a migration.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/database.hpp"
#include "store/doorbell.hpp"
#include "store/sql_text.hpp"
#include "store/sqlite/sqlite_errors.hpp"

namespace caravan::store {
namespace {

constexpr int kBusyTimeoutMs = 20'000;
constexpr std::chrono::milliseconds kLongestWait{500};
constexpr Dialect kDialect{"INTEGER PRIMARY KEY AUTOINCREMENT",
                           "INTEGER PRIMARY KEY",
                           "TEXT",
                           "BLOB",
                           " WITHOUT ROWID",
                           "caravan_now_ms()",
                           "",
                           "",
                           ""};

/// SQLite finds a numbered parameter by its number, a named one ("$7") by looking through all names.
std::string with_numbers(std::string sql) {
  for (std::size_t at = sql.find('$'); at != std::string::npos; at = sql.find('$', at + 1))
    if (at + 1 < sql.size() && sql[at + 1] >= '0' && sql[at + 1] <= '9') sql[at] = '?';
  return sql;
}

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

/// Ends a statement's use whatever happens, so that it holds no lock and no view of the parameters.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  sqlite3_stmt* statement_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string path, std::shared_ptr<Clock> clock) : path_(std::move(path)), clock_(std::move(clock)) {}
  ~SqliteDatabase() override {
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(connection_);
  }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  Status open();

  Status begin(Purpose) override { return plain("BEGIN IMMEDIATE", "beginning a transaction"); }
  Status commit() override {
    Status done = plain("COMMIT", "committing");
    if (!done) {
      rollback();
    } else if (std::exchange(ringing_, false)) {
      bell_->ring();
    }
    return done;
  }
  void rollback() noexcept override {
    ringing_ = false;
    if (sqlite3_get_autocommit(connection_) == 0) sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

  Status ring() override {
    ringing_ = true;
    return {};
  }
  Status wait(std::chrono::milliseconds timeout) override {
    heard_ = bell_->wait(heard_, std::min(timeout, kLongestWait));
    return {};
  }

  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override {
    CARAVAN_CHECK(query(sql, parameters, [](const Row&) {}));
    return static_cast<std::int64_t>(sqlite3_changes64(connection_));
  }

  Status query(std::string_view sql, std::span<const Value> parameters, const Visit& visit) override {
    CARAVAN_TRY(statement, prepare(sql));
    const Use use(statement);
    CARAVAN_CHECK(bind(statement, parameters));
    const SqliteRow row(statement);
    for (;;) {
      const int code = sqlite3_step(statement);
      if (code == SQLITE_DONE) return {};
      if (code != SQLITE_ROW) return error("running \"" + std::string(sql.substr(0, 60)) + "\"");
      visit(row);
    }
  }

  std::size_t rows_at_once() const noexcept override { return 1; }

  Status script(std::string_view sql) override { return plain(translate(sql, kDialect), "changing the schema"); }

  Result<bool> has_table(std::string_view name) override {
    bool found = false;
    const Value parameter = name;
    CARAVAN_CHECK(query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", {&parameter, 1},
                        [&](const Row&) { found = true; }));
    return found;
  }

  Result<std::string> keep_copy(int version) override;

 private:
  Error error(const std::string& doing) const { return sqlite_error(connection_, path_, doing); }
  Status plain(const std::string& sql, const char* doing) {
    if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error(doing);
    return {};
  }
  Result<sqlite3_stmt*> prepare(std::string_view sql);
  Status bind(sqlite3_stmt* statement, std::span<const Value> parameters);
  Status make_file();

  std::string path_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<Doorbell> bell_ = doorbell_of(path_);
  std::uint64_t heard_ = bell_->rings() - 1;  ///< the first wait is none: something may have come before it
  bool ringing_ = false;
  sqlite3* connection_ = nullptr;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements_;
};

void now_ms(sqlite3_context* context, int, sqlite3_value**) {
  const auto* clock = static_cast<const Clock*>(sqlite3_user_data(context));
  sqlite3_result_int64(context, clock->now_ms().time_since_epoch().count());
}

Error system_error(const std::string& path, const char* doing, int number) {
  const int code = number == ENOSPC || number == EDQUOT ? SQLITE_FULL : SQLITE_CANTOPEN;
  return sqlite_error(code, number, std::strerror(number), path, doing);
}

/// The file exists with mode 0600 before SQLite sees it (its -wal and -shm take the same mode), whatever the umask is.
/// An existing file is never opened and closed here: that would drop the locks which SQLite holds on it through other
/// connections of this process (POSIX advisory locks; sqlite.org/howtocorrupt.html 2.2).
Status SqliteDatabase::make_file() {
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0) {
    if (errno != ENOENT) return system_error(path_, "opening the file", errno);
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno == EEXIST ? make_file() : system_error(path_, "opening the file", errno);
    ::close(file);
    return {};
  }
  if (!S_ISREG(facts.st_mode)) return sqlite_error(SQLITE_NOTADB, 0, "not a regular file", path_, "opening the file");
  if ((facts.st_mode & 077) != 0) ::chmod(path_.c_str(), 0600);  // where it is not ours SQLite will say what is wrong
  return {};
}

Status SqliteDatabase::open() {
  // One at a time: whoever makes the file has closed it before another connection of this process takes a lock on it.
  static std::mutex opening;
  const std::scoped_lock lock(opening);
  CARAVAN_CHECK(make_file());
  if (sqlite3_open_v2(path_.c_str(), &connection_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
    return error("opening the file");
  }
  sqlite3_extended_result_codes(connection_, 1);
  sqlite3_busy_timeout(connection_, kBusyTimeoutMs);
  sqlite3_create_function(connection_, "caravan_now_ms", 0, SQLITE_UTF8, clock_.get(), now_ms, nullptr, nullptr);
  // The first statement that reads the file finds out what it is. Deleted texts (everybody's private events) are
  // overwritten where that costs no further write. A checkpoint syncs the disk, and what was changed twice since the
  // last one is written once: one each 64 MB, not each 4. Two processes that open a new file at once can each hold what
  // the other one needs: SQLite then answers busy at once, whatever the time-out, and one of the two has to try again.
  Status logged = plain("PRAGMA journal_mode = WAL", "opening the file");
  for (int tries = 0; !logged && logged.error().code == "store_busy" && tries < 40; ++tries) {
    sqlite3_sleep(25);
    logged = plain("PRAGMA journal_mode = WAL", "opening the file");
  }
  CARAVAN_CHECK(std::move(logged));
  return plain(
      "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA secure_delete = FAST; PRAGMA cache_size = -16000;"
      "PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY",
      "opening the file");
}

Result<sqlite3_stmt*> SqliteDatabase::prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  const std::string text = with_numbers(translate(sql, kDialect));
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return error("preparing \"" + text.substr(0, 200) + "\"");
  }
  return statements_.emplace(sql, statement).first->second;
}

Status SqliteDatabase::bind(sqlite3_stmt* statement, std::span<const Value> parameters) {
  const int count = sqlite3_bind_parameter_count(statement);
  for (int index = 1; index <= count; ++index) {
    const Value& value = parameters[static_cast<std::size_t>(index) - 1];
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      code = sqlite3_bind_int64(statement, index, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      const char* bytes = text->data() == nullptr ? "" : text->data();  // a null pointer would bind NULL
      code = sqlite3_bind_text64(statement, index, bytes, text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
      code = sqlite3_bind_blob64(statement, index, bytes->value.data(), bytes->value.size(), SQLITE_STATIC);
    } else {
      code = sqlite3_bind_null(statement, index);
    }
    if (code != SQLITE_OK) return error("binding a parameter");
  }
  return {};
}

/// The copy is made by a second connection, which sees what is committed while this one holds the write lock.
Result<std::string> SqliteDatabase::keep_copy(int version) {
  const std::string base = path_ + ".bak-" + std::to_string(version);
  std::string name = base;
  int file = -1;
  for (int attempt = 2; (file = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0; ++attempt) {
    if (errno != EEXIST || attempt > 1000) return system_error(name, "making the copy before an upgrade", errno);
    name = base + "." + std::to_string(attempt);
  }
  sqlite3* reader = nullptr;
  int code = sqlite3_open_v2(path_.c_str(), &reader, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code == SQLITE_OK) {
    char* sql = sqlite3_mprintf("VACUUM INTO %Q", name.c_str());
    code = sqlite3_exec(reader, sql, nullptr, nullptr, nullptr);
    sqlite3_free(sql);
  }
  Status done;
  if (code != SQLITE_OK) done = sqlite_error(reader, name, "making the copy before an upgrade");
  sqlite3_close_v2(reader);
  if (done && ::fsync(file) != 0) done = system_error(name, "making the copy before an upgrade", errno);
  ::close(file);
  if (!done) {
    ::unlink(name.c_str());
    return std::move(done).error();
  }
  return name;
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, std::shared_ptr<Clock> clock) {
  auto database = std::make_unique<SqliteDatabase>(path, std::move(clock));
  CARAVAN_CHECK(database->open());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace caravan::store
