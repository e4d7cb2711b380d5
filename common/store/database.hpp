// SPDX-License-Identifier: GPL-3.0-or-later
// The small driver under SqlStore: one connection that runs statements with $1.. parameters, prepared once and kept.
// A driver knows its library and its error codes; it knows no table. Texts may hold words in braces that each
// driver replaces when it prepares them: {serial}, {row}, {key}, {bytes} (columns), {clustered} (after a table whose
// rows lie in the order of its primary key, where the database can do that), {now_ms} (the store's clock),
// {skip_locked}, {for_share}, {for_update}.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace caravan::store {

/// Bytes that are no text.
struct Bytes {
  std::string_view value;
};

/// A parameter. Texts and bytes are views: they must live until the call returns.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, Bytes>;

/// One row of an answer; valid during the visit only.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual bool null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;
};
using Visit = std::function<void(const Row&)>;

/// One connection, used by one thread at a time. No exception of the library below leaves it.
class Database {
 public:
  virtual ~Database() = default;

  enum class Purpose {
    write,   ///< a batch
    schema,  ///< an upgrade: no other process may upgrade at the same time
  };
  [[nodiscard]] virtual Status begin(Purpose purpose) = 0;
  /// Fault::in_doubt where the connection was lost before the answer came.
  [[nodiscard]] virtual Status commit() = 0;
  virtual void rollback() noexcept = 0;

  /// Wakes those who wait(), when the transaction in hand is committed.
  [[nodiscard]] virtual Status ring() = 0;
  /// Returns when somebody rang since the last wait (the first one returns at once), at the latest after `timeout`, and
  /// sometimes for nothing. SQLite hears only the bells of this process, so it waits half a second at most.
  [[nodiscard]] virtual Status wait(std::chrono::milliseconds timeout) = 0;

  /// Runs one statement; the number of rows it changed.
  [[nodiscard]] virtual Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) = 0;
  /// Runs one statement and shows each row of its answer.
  [[nodiscard]] virtual Status query(std::string_view sql, std::span<const Value> parameters, const Visit& visit) = 0;
  /// How many rows one INSERT should hold at most: the more, the better, where a server is asked; SQLite is fastest
  /// with single rows (short texts to prepare, no journal of the statement's own).
  [[nodiscard]] virtual std::size_t rows_at_once() const noexcept = 0;
  /// Runs several statements without parameters (a migration).
  [[nodiscard]] virtual Status script(std::string_view sql) = 0;
  /// Whether a table of that name exists in this database (and schema).
  [[nodiscard]] virtual Result<bool> has_table(std::string_view name) = 0;
  /// Keeps a copy of what is committed, before an upgrade from `version`; where it is, or empty: none is made.
  [[nodiscard]] virtual Result<std::string> keep_copy(int version) = 0;
};

/// Opens or makes the file; mode 0600. `clock` is the store's time.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, std::shared_ptr<Clock> clock);
/// `url` as libpq takes it: several hosts, options. Connects at once and again after a loss.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(const std::string& url);

/// Runs `body` between begin and commit; rolls back where it fails.
template <class Body>
[[nodiscard]] Status transact(Database& database, Database::Purpose purpose, Body&& body) {
  CARAVAN_CHECK(database.begin(purpose));
  if (Status done = body(); !done) {
    database.rollback();
    return done;
  }
  return database.commit();
}

}  // namespace caravan::store
