// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pass/unseal.hpp"

#include <memory>
#include <mutex>
#include <utility>

#include "store/notify_store.hpp"
#include "util/seal.hpp"

namespace caravan::app {
namespace {

class Opener {
 public:
  Opener(std::function<Result<std::unique_ptr<store::Store>>()> open_store, std::string key_file)
      : open_store_(std::move(open_store)), key_file_(std::move(key_file)) {}

  Result<Secret> open(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    if (!store_) {
      CARAVAN_TRY(opened, open_store_());
      store_ = std::move(opened);
    }
    auto secret = look(name);
    if (!secret && secret.error().code == "store_unseal") return look(name);  // the key was replaced between two looks
    return secret;
  }

 private:
  Result<Secret> look(const std::string& name) {
    CARAVAN_TRY(sealed, store_->notify().sealed(name));
    if (sealed.empty()) {
      return make_error(Fault::not_found, "the store holds no sealed secret " + name, "store_sealed",
                        "set it with `exodus-cli secrets set " + name + "`");
    }
    CARAVAN_TRY(keys, read_seal_keys(key_file_));
    return open_sealed(keys, name, sealed);
  }

  std::function<Result<std::unique_ptr<store::Store>>()> open_store_;
  std::string key_file_;
  std::mutex mutex_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace

Status unseal(Context& context) {
  auto opener = std::make_shared<Opener>(context.open_store, context.config.store.seal_key_file);
  context.config.unseal = [opener](const std::string& name) { return opener->open(name); };
  return config::unseal(context.config);
}

}  // namespace caravan::app
