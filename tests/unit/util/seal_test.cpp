// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/seal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace caravan {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class Seal : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "caravan-seal-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = name + "/seal.key";
    ASSERT_TRUE(make_seal_key(path_).value());
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] SealKeys keys() const {
    auto read = read_seal_keys(path_);
    EXPECT_TRUE(read) << read.error().what;
    return read ? std::move(*read) : SealKeys();
  }
  [[nodiscard]] std::string sealed(const std::string& name, const std::string& text) const {
    return seal(keys().keys.at(0), name, Secret(text)).value();
  }
  [[nodiscard]] std::string content(const std::string& path) const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  fs::path folder_;
  std::string path_;
};

TEST_F(Seal, WhatIsSealedOpensUnderItsName) {
  const std::string text("geheim \0 ja", 11);
  EXPECT_EQ(open_sealed(keys(), "smtp", sealed("smtp", text))->reveal(), text);
  EXPECT_EQ(open_sealed(keys(), "smtp", sealed("smtp", ""))->reveal(), "");
}

TEST_F(Seal, NothingOfTheSecretIsSeenAndNoTwoAreAlike) {
  EXPECT_THAT(sealed("smtp", "geheim"), Not(HasSubstr("geheim")));
  EXPECT_NE(sealed("smtp", "geheim"), sealed("smtp", "geheim"));
}

TEST_F(Seal, AnotherNameDoesNotOpenIt) {
  const auto opened = open_sealed(keys(), "bot", sealed("smtp", "geheim"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::denied);
  EXPECT_EQ(opened.error().code, "store_unseal");
}

TEST_F(Seal, AnotherKeyDoesNotOpenIt) {
  const std::string box = sealed("smtp", "geheim");
  ASSERT_TRUE(make_seal_key(path_ + "2").value());
  EXPECT_FALSE(open_sealed(read_seal_keys(path_ + "2").value(), "smtp", box));
}

TEST_F(Seal, WhatWasChangedDoesNotOpen) {
  const std::string box = sealed("smtp", "geheim");
  for (std::size_t at = 0; at < box.size(); ++at) {
    std::string changed = box;
    changed[at] = changed[at] == '0' ? '1' : '0';
    EXPECT_FALSE(open_sealed(keys(), "smtp", changed)) << at;
  }
  for (const std::string& other :
       {box.substr(0, box.size() - 2), box + "00", std::string(), std::string("1:"), std::string("1:zz")})
    EXPECT_FALSE(open_sealed(keys(), "smtp", other)) << other;
}

TEST_F(Seal, TheKeyIsItsOwnersAlone) {
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(content(path_).size(), 65U);
}

TEST_F(Seal, AKeyIsNeverOverwritten) {
  const std::string before = content(path_);
  EXPECT_FALSE(make_seal_key(path_).value());
  EXPECT_EQ(content(path_), before);
}

TEST_F(Seal, AKeyThatOthersCanReadIsRefusedWithTheRemedy) {
  ::chmod(path_.c_str(), 0640);
  const auto read = read_seal_keys(path_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().remedy, "run: chmod 600 " + path_);
}

TEST_F(Seal, AKeyFileThatIsNoneIsRefused) {
  const std::string good = content(path_);
  for (const std::string& text :
       {std::string(), std::string("geheim"), good.substr(1), "g" + good.substr(1), good + good}) {
    std::ofstream(path_) << text;
    EXPECT_FALSE(read_seal_keys(path_)) << text;
  }
}

TEST_F(Seal, AMissingKeySaysHowToMakeOne) {
  EXPECT_THAT(read_seal_keys("").error().what, HasSubstr("store.seal_key_file"));
  EXPECT_THAT(read_seal_keys(path_ + "x").error().remedy, HasSubstr("exodus-cli secrets init"));
}

TEST_F(Seal, WhileAKeyIsReplacedBothOpen) {
  const std::string old_box = sealed("a", "1");
  ASSERT_TRUE(begin_seal_rotation(path_));
  const SealKeys both = keys();
  ASSERT_EQ(both.keys.size(), 2U);
  const std::string new_box = seal(both.keys[1], "b", Secret("2")).value();
  EXPECT_EQ(open_sealed(keys(), "a", old_box)->reveal(), "1");
  EXPECT_EQ(open_sealed(keys(), "b", new_box)->reveal(), "2");
  ASSERT_TRUE(end_seal_rotation(path_));
  EXPECT_EQ(keys().keys.size(), 1U);
  EXPECT_FALSE(open_sealed(keys(), "a", old_box));
  EXPECT_EQ(open_sealed(keys(), "b", new_box)->reveal(), "2");
}

TEST_F(Seal, ARotationThatDiedIsGoneOnWith) {
  ASSERT_TRUE(begin_seal_rotation(path_));
  const std::string next = content(path_ + ".new");
  ASSERT_TRUE(begin_seal_rotation(path_));
  EXPECT_EQ(content(path_ + ".new"), next);
}

TEST_F(Seal, AFolderThatIsNotThereIsAClearError) {
  EXPECT_EQ(make_seal_key("/nowhere/at/all/seal.key").error().code, "store_seal_key");
  EXPECT_FALSE(SealLock::take("/nowhere/at/all/seal.key"));
  EXPECT_TRUE(SealLock::take(path_));
}

}  // namespace
}  // namespace caravan
