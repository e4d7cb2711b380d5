// SPDX-License-Identifier: GPL-3.0-or-later
// secrets init, set, list, rotate, remove: credentials sealed in the store (util/seal.hpp).
#include "app/format.hpp"
#include "exodus/cli/documents.hpp"
#include "exodus/cli/session.hpp"
#include "exodus/cli/table.hpp"
#include "store/notify_store.hpp"
#include "util/crash_point.hpp"
#include "util/seal.hpp"

namespace caravan::exodus::cli {

namespace {

const std::string& key_file(const Session& session) { return session.context.config.store.seal_key_file; }

Status must_be_known(store::Store& store, const std::string& name) {
  CARAVAN_TRY(sealed, store.notify().sealed(name));
  if (!sealed.empty()) return {};
  return make_error(Fault::not_found, "there is no secret " + name, "not_found",
                    "`exodus-cli secrets list` shows those that there are.");
}

}  // namespace

Result<Answer> secrets_init_command(Session& session) {
  const std::string& path = key_file(session);
  bool made = false;
  if (!path.empty()) {
    CARAVAN_TRY(fresh, make_seal_key(path));
    made = fresh;
  }
  CARAVAN_CHECK(read_seal_keys(path));
  return Answer{Exit::done, seal_key_document(path, made),
                (made ? "Made the key " + path +
                            ". Keep a copy of it apart from the store's backups: without it nothing "
                            "that is sealed can be opened.\n"
                      : "The key " + path + " is there already; it stays as it is.\n")};
}

Result<Answer> secrets_set_command(Session& session) {
  const std::string& name = session.arguments.name;
  CARAVAN_CHECK(read_seal_keys(key_file(session)));  // before anybody types
  CARAVAN_TRY(secret, session.around.read_secret("Secret " + name + ": "));
  if (secret.empty()) return make_error(Fault::malformed, "the secret is empty", "usage", "Nothing was changed.");
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(lock, SealLock::take(key_file(session)));
  CARAVAN_TRY(keys, read_seal_keys(key_file(session)));
  CARAVAN_TRY(sealed, seal(keys.keys.front(), name, secret));
  CARAVAN_CHECK(store->notify().set_sealed({{name, sealed}}));
  return Answer{Exit::done, done_document("secrets set", name),
                name + " is sealed in the store. Name it as sealed:" + name +
                    " in a mailbox list, or as ..._sealed = \"" + name + "\" in the configuration.\n"};
}

Result<Answer> secrets_list_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(names, store->notify().sealed_names());
  std::vector<SealedRow> rows;
  if (!names.empty()) {
    CARAVAN_TRY(keys, read_seal_keys(key_file(session)));
    for (const std::string& name : names) {
      CARAVAN_TRY(sealed, store->notify().sealed(name));
      rows.push_back({name, open_sealed(keys, name, sealed).has_value()});
    }
  }
  Table table({{"Name", app::Align::left, 128}, {"Opens"}});
  for (const SealedRow& row : rows) table.row({row.name, row.opens ? "yes" : "no: sealed with another key"});
  return Answer{Exit::done, secrets_document(rows), table.empty() ? "No secret is sealed.\n" : table.str()};
}

/// The new key is there before anything is sealed with it, and the old one until nothing is.
Result<Answer> secrets_rotate_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(lock, SealLock::take(key_file(session)));
  CARAVAN_CHECK(read_seal_keys(key_file(session)));
  CARAVAN_CHECK(begin_seal_rotation(key_file(session)));
  crash_point("seal_key_made");
  CARAVAN_TRY(keys, read_seal_keys(key_file(session)));
  CARAVAN_TRY(names, store->notify().sealed_names());
  std::vector<std::pair<std::string, std::string>> rows;
  for (const std::string& name : names) {
    CARAVAN_TRY(sealed, store->notify().sealed(name));
    CARAVAN_TRY(secret, open_sealed(keys, name, sealed));
    CARAVAN_TRY(again, seal(keys.keys.back(), name, secret));
    rows.emplace_back(name, std::move(again));
  }
  CARAVAN_CHECK(store->notify().set_sealed(rows));
  crash_point("secrets_resealed");
  CARAVAN_CHECK(end_seal_rotation(key_file(session)));
  return Answer{Exit::done, rotated_document(rows.size()),
                app::count(rows.size(), "secret is", "secrets are") + " sealed with a new key now. Put a copy of " +
                    key_file(session) + " where the old one was kept, and on the other machines of this store.\n"};
}

Result<Answer> secrets_remove_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_CHECK(must_be_known(*store, session.arguments.name));
  CARAVAN_CHECK(store->notify().set_sealed({{session.arguments.name, ""}}));
  return Answer{Exit::done, done_document("secrets remove", session.arguments.name),
                session.arguments.name + " is removed from the store.\n"};
}

}  // namespace caravan::exodus::cli
