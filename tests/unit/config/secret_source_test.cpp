// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/secret_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace caravan::config {
namespace {

class SecretFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caravan-secret-XXXXXX").string();
    const int file = ::mkstemp(name.data());
    ASSERT_GE(file, 0);
    ::close(file);
    path_ = name;
  }
  void TearDown() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  std::string path_;
};

TEST_F(SecretFile, IsReadWithoutItsLastLineEnd) {
  write(" geheim \r\n");
  EXPECT_EQ(read_secret_file(path_)->reveal(), " geheim ");
}

TEST_F(SecretFile, ThatOthersCanReadIsRefusedWithTheRemedy) {
  write("geheim");
  ::chmod(path_.c_str(), 0640);
  const auto secret = read_secret_file(path_);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().fault, Fault::denied);
  EXPECT_EQ(secret.error().remedy, "run: chmod 600 " + path_);
}

TEST_F(SecretFile, ThatIsEmptyIsRefused) {
  write("\n");
  EXPECT_FALSE(read_secret_file(path_));
}

TEST(SecretFileElsewhere, ThatIsMissingOrAFolderIsRefused) {
  EXPECT_FALSE(read_secret_file("/nowhere/secret"));
  EXPECT_FALSE(read_secret_file("/"));
}

TEST(SecretReference, KnowsThreeForms) {
  EXPECT_EQ(parse_secret_reference("file:/a b")->name, "/a b");
  EXPECT_EQ(parse_secret_reference("env:A")->kind, SecretReference::Kind::environment);
  EXPECT_EQ(parse_secret_reference("sealed:anna")->kind, SecretReference::Kind::sealed);
  EXPECT_TRUE(parse_secret_reference("")->empty());
}

TEST(SecretReference, ABareSecretIsRefusedWithoutRepeatingIt) {
  const auto reference = parse_secret_reference("hunter2");
  ASSERT_FALSE(reference);
  EXPECT_EQ(reference.error().what.find("hunter2"), std::string::npos);
}

TEST(SecretReference, ASealedOneNeedsTheStore) {
  EXPECT_EQ(resolve({SecretReference::Kind::sealed, "anna"}, {}).error().fault, Fault::unsupported);
}

TEST(SecretReference, ASealedOneIsOpenedByItsName) {
  const Unseal unseal = [](const std::string& name) -> Result<Secret> { return Secret("secret of " + name); };
  EXPECT_EQ(resolve({SecretReference::Kind::sealed, "anna"}, unseal)->reveal(), "secret of anna");
}

TEST(SecretReference, TheEnvironmentIsResolved) {
  ::setenv("CARAVAN_TEST_ENV", "x", 1);
  EXPECT_EQ(resolve({SecretReference::Kind::environment, "CARAVAN_TEST_ENV"}, {})->reveal(), "x");
}

}  // namespace
}  // namespace caravan::config
