// SPDX-License-Identifier: GPL-3.0-or-later
// A CalDAV collection in memory: it stores text under hrefs with etags, and people edit it. Its manners are those of
// the servers in docs/quirks.md, one by one; its troubles are those of the network.
#pragma once
#include <deque>
#include <map>
#include <set>

#include "support/world/events.hpp"
#include "support/world/fate.hpp"
#include "sync/ports.hpp"

namespace caravan::world {

/// What kind of server it is; the engine learns of it through traits().
struct Manners {
  bool exists = true;           ///< the collection is there before the first pass
  bool tells_etag = true;       ///< an ETag comes back from PUT
  bool read_back = false;       ///< what it stored has to be looked at, whatever ETag it told
  bool rewrites = false;        ///< re-serialises what it stores; where it is read back, adds an X- property too
  bool one_uid_once = true;     ///< refuses a UID that another resource has
  bool names_the_other = true;  ///< and says which
  bool weak_versions = false;   ///< the etag is the content's: delete and recreate repeats it
  bool conditions_ignored = false;
  bool bulk_fill = false;
  std::string fill_prefix = {};         ///< of the names that it gives to what it is filled with
  bool foretells_fill = true;           ///< and whether that can be foreseen
  std::size_t longest_fill_uid = 1000;  ///< a longer one, and it fails whole
  int fill_zones_since = 0;             ///< the VTIMEZONEs in it are its own making, with rules from this year on
  bool orphans_refused = false;
  bool forgets_short_lives = false;  ///< does not name what came and went since the token (RFC 6578 allows both)
};

class FakeCaldav final : public sync::CaldavPort {
 public:
  FakeCaldav(Fate& fate, Href collection);
  Manners manners;

  // What people do.
  void put(const model::Series& series);
  void put_text(const Uid& uid, std::string text);
  /// As a resource of its own, whether or not the UID is there.
  void put_beside(const model::Series& series);
  /// What stands there of this UID, a second time: as a process does that was stopped at its send and woke.
  void double_resource(const Uid& uid);
  void edit(const Uid& uid, const Edit& change);
  /// Of several with this UID the one that series() shows.
  void remove(const Uid& uid);
  /// A new etag, the same content.
  void touch(const Uid& uid);
  void remove_collection();

  // What goes wrong.
  void trouble_next_write(Trouble trouble, int times = 1);
  /// The next call that only reads fails, after `skip` that work.
  void fail_next(Error error, int skip = 0) { failures_.push_back({skip, std::move(error)}); }
  /// Of the next read, the last rows do not come.
  void cut_next_read(std::size_t rows) { cut_rows_ = rows; }
  void lose_every_token() { ++generation_; }
  /// What people do in `deed` to resources that are there is named by no list of changes, only by a whole listing.
  void untold(const std::function<void()>& deed);
  void refuse(const Uid& uid) { refused_.insert(uid); }
  void refuse_nothing() { refused_.clear(); }
  /// Somebody does this just before, or just after, the next write reaches its resource.
  void before_next_write(std::function<void()> deed) { before_write_ = std::move(deed); }
  void after_next_write(std::function<void()> deed) { after_write_ = std::move(deed); }
  void forget_troubles();

  // What a test looks at.
  [[nodiscard]] bool has(const Uid& uid) const { return count(uid) > 0; }
  [[nodiscard]] std::size_t count(const Uid& uid) const;
  [[nodiscard]] std::size_t size() const noexcept { return resources_.size(); }
  [[nodiscard]] bool collection_exists() const noexcept { return manners.exists; }
  [[nodiscard]] std::string text(const Uid& uid) const;  ///< empty: there is none
  [[nodiscard]] model::Series series(const Uid& uid) const;
  /// An empty series where the resource is not there or can't be read.
  [[nodiscard]] model::Series series_at(const Href& href) const;
  [[nodiscard]] Etag etag(const Uid& uid) const;
  [[nodiscard]] std::vector<Uid> uids() const;
  [[nodiscard]] std::vector<Href> hrefs() const;
  [[nodiscard]] int writes() const noexcept { return puts + deletes + fills + collections_made; }
  int puts = 0, deletes = 0, fills = 0, collections_made = 0;  ///< requests of ours that arrived
  int reads = 0, listings = 0;
  int requests = 0;                           ///< of any kind; one that reads or writes many counts once
  std::function<void(const Uid&)> on_delete;  ///< told of each resource that we remove

  // sync::CaldavPort
  [[nodiscard]] const sync::CaldavTraits& traits() const override;
  [[nodiscard]] Href href_for(const Uid& uid) const override;
  [[nodiscard]] Href filled_href_for(const Uid& uid) const override;
  [[nodiscard]] std::string silenced(std::string text) const override { return text; }
  Result<sync::CaldavListing> list() override;
  Result<sync::CaldavChanges> changes_since(const SyncToken& token) override;
  void read(std::span<const Href> hrefs, const std::function<void(std::size_t, sync::CaldavAnswer)>& done) override;
  void write(std::span<const sync::CaldavWrite> writes,
             const std::function<void(std::size_t, Result<sync::CaldavWritten>)>& done) override;
  void remove(std::span<const sync::CaldavRemoval> removals,
              const std::function<void(std::size_t, Status)>& done) override;
  Result<bool> exists() override;
  Result<bool> make() override;
  Status fill(const std::string& file, std::uint64_t size) override;
  Status set_properties() override;

 private:
  struct Resource {
    Etag etag;
    std::string text;
    Uid uid;
  };
  struct Failure {
    int skip = 0;
    Error error;
  };
  Etag store(const Href& href, std::string text);
  void drop(const Href& href);
  std::optional<Href> href_of(const Uid& uid) const;
  std::optional<Error> call();
  std::optional<Trouble> next_trouble();
  Result<sync::CaldavWritten> accept(const sync::CaldavWrite& write);
  SyncToken token() const;

  Fate& fate_;
  Href collection_;
  std::map<Href, Resource> resources_;
  std::map<Href, std::uint64_t> last_change_;  ///< of every href that ever was
  std::map<Href, std::uint64_t> made_;         ///< since when a resource stands there, or stood there last
  std::deque<Trouble> troubles_;
  std::deque<Failure> failures_;
  std::set<Uid> refused_;
  std::function<void()> before_write_, after_write_;
  std::size_t cut_rows_ = 0;
  std::uint64_t sequence_ = 0;
  int generation_ = 1;
  mutable sync::CaldavTraits traits_;
};

}  // namespace caravan::world
