// SPDX-License-Identifier: GPL-3.0-or-later
// secrets, notify and prefs as whole commands over a real SQLite store and a real key file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exodus/cli/program.hpp"
#include "store/notify_store.hpp"
#include "util/seal.hpp"

namespace caravan::exodus::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class TellingCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caravan-cli-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    configure("password = \"x\"");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void configure(const std::string& password, const std::string& more = "") const {
    std::ofstream(folder_ / "caravan.toml")
        << "[exchange]\nurl = \"https://mail.example.org/EWS/Exchange.asmx\"\nusername = \"svc\"\n"
        << password
        << "\n[caldav]\nurl = \"https://dav.example.org/\"\nusername = \"svc\"\npassword = \"x\"\nhome = "
           "\"/{local}/\"\n[store]\nurl = \"sqlite:"
        << (folder_ / "caravan.db").string() << "\"\nseal_key_file = \"" << key_file() << "\"\n"
        << more;
  }
  [[nodiscard]] std::string key_file() const { return (folder_ / "seal.key").string(); }
  std::unique_ptr<store::Store> store() const {
    auto opened = store::open("sqlite:" + (folder_ / "caravan.db").string(), system_clock());
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? std::move(*opened) : nullptr;
  }
  int run(std::vector<std::string> words) {
    out_.str("");
    err_.str("");
    Surroundings around{.out = out_,
                        .err = err_,
                        .clock = system_clock(),
                        .sleeper = system_sleeper(),
                        .stop = {},
                        .confirm = [](const std::string&) { return std::nullopt; },
                        .operations = operations_,
                        .read_secret = [this](const std::string&) -> Result<Secret> { return Secret(typed_); }};
    words.insert(words.begin(), {"--config", (folder_ / "caravan.toml").string()});
    return run_program(words, around);
  }
  Json document(std::vector<std::string> words, int expected = 0) {
    words.emplace_back("--json");
    EXPECT_EQ(run(words), expected) << out_.str() << err_.str();
    Json json = Json::parse(out_.str(), nullptr, false);
    EXPECT_TRUE(json.is_object()) << out_.str();
    EXPECT_EQ(json.value("exit", -1), expected);
    return json;
  }
  [[nodiscard]] std::string opened(const std::string& name) const {
    const auto keys = read_seal_keys(key_file());
    EXPECT_TRUE(keys) << keys.error().what;
    const auto secret = open_sealed(*keys, name, store()->notify().sealed(name).value());
    return secret ? secret->reveal() : "(" + secret.error().code + ")";
  }
  /// Two messages of Anna's, the first of them given up.
  void add_messages() const {
    const auto store = this->store();
    store::OutboxMessage message;
    message.channel = "mail";
    message.mailbox = Address("anna@example.org");
    message.kind = "moved";
    message.payload = R"({"title":"Secret plans"})";
    for (const char* thread : {"u1", "u2"}) {
      message.key = message.thread = thread;
      ASSERT_TRUE(store->notify().add_messages({message}));
    }
    const auto claimed = store->notify().claim_messages("mail", "h", 1, std::chrono::seconds(60)).value();
    ASSERT_TRUE(store->notify().settle_messages("h", {{claimed.at(0).id, "dead", {}, "550 no such user", ""}}));
  }
  void add_mailbox() const {
    store::Batch batch;
    batch.mailboxes.emplace_back();
    batch.mailboxes.back().address = Address("anna@example.org");
    batch.mailboxes.back().zone = "Asia/Tokyo";
    ASSERT_TRUE(store()->commit(batch));
  }
  static std::string value_of(const Json& document, const std::string& name, const char* key = "value") {
    for (const Json& row : document.at("preferences"))
      if (row.at("name") == name) return row.at(key).is_string() ? row.at(key).get<std::string>() : row.at(key).dump();
    return "(none)";
  }

  std::filesystem::path folder_;
  std::string typed_ = "geheim";
  std::ostringstream out_, err_;
  Operations operations_;
};

TEST_F(TellingCommands, TheKeyIsMadeOnce) {
  EXPECT_TRUE(document({"secrets", "init"}).at("made"));
  EXPECT_FALSE(document({"secrets", "init"}).at("made"));
}

TEST_F(TellingCommands, ASecretIsSealedAndNeverShown) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  EXPECT_EQ(document({"secrets", "set", "mail"}).at("id"), "mail");
  EXPECT_EQ(opened("mail"), "geheim");
  EXPECT_THAT(store()->notify().sealed("mail").value(), Not(HasSubstr("geheim")));
  ASSERT_EQ(run({"secrets", "list"}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("mail"), Not(HasSubstr("geheim"))));
}

TEST_F(TellingCommands, WithoutAKeyNothingIsSealed) {
  EXPECT_EQ(document({"secrets", "set", "mail"}, 2).at("error").at("code"), "store_seal_key");
}

TEST_F(TellingCommands, ASecretIsNeverAnArgument) {
  EXPECT_EQ(run({"secrets", "set", "mail", "geheim"}), 2);
  EXPECT_EQ(run({"secrets", "set", "a b"}), 2);
}

TEST_F(TellingCommands, AnEmptySecretIsRefused) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  typed_.clear();
  EXPECT_EQ(run({"secrets", "set", "mail"}), 2);
}

TEST_F(TellingCommands, ARotationSealsEverythingAnew) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  ASSERT_EQ(run({"secrets", "set", "a"}), 0);
  ASSERT_EQ(run({"secrets", "set", "b"}), 0);
  const SealKeys before = read_seal_keys(key_file()).value();
  EXPECT_EQ(document({"secrets", "rotate"}).at("sealed"), 2);
  EXPECT_EQ(opened("a") + opened("b"), "geheimgeheim");
  EXPECT_FALSE(open_sealed(before, "a", store()->notify().sealed("a").value()));
  EXPECT_FALSE(std::filesystem::exists(key_file() + ".new"));
}

/// Between the transaction and the rename: the store is sealed with the new key, FILE is still the old one.
TEST_F(TellingCommands, ARotationThatDiedIsFinishedByTheNext) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  ASSERT_EQ(run({"secrets", "set", "a"}), 0);
  ASSERT_TRUE(begin_seal_rotation(key_file()));
  const SealKeys keys = read_seal_keys(key_file()).value();
  ASSERT_TRUE(store()->notify().set_sealed({{"a", seal(keys.keys.at(1), "a", Secret("geheim")).value()}}));
  EXPECT_EQ(opened("a"), "geheim");
  ASSERT_EQ(run({"secrets", "set", "b"}), 0);
  EXPECT_EQ(document({"secrets", "rotate"}).at("sealed"), 2);
  EXPECT_EQ(opened("a") + opened("b"), "geheimgeheim");
}

TEST_F(TellingCommands, ARotationThatCanNotOpenOneChangesNothing) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  ASSERT_EQ(run({"secrets", "set", "a"}), 0);
  ASSERT_TRUE(store()->notify().set_sealed({{"b", "1:00"}}));
  EXPECT_EQ(document({"secrets", "rotate"}, 2).at("error").at("code"), "store_unseal");
  EXPECT_EQ(opened("a"), "geheim");
  const Json rows = document({"secrets", "list"}).at("secrets");
  EXPECT_EQ(rows.dump(), R"([{"name":"a","opens":true},{"name":"b","opens":false}])");
}

TEST_F(TellingCommands, ASecretIsRemoved) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  ASSERT_EQ(run({"secrets", "set", "a"}), 0);
  ASSERT_EQ(run({"secrets", "remove", "a"}), 0);
  EXPECT_EQ(document({"secrets", "remove", "a"}, 2).at("error").at("code"), "not_found");
}

TEST_F(TellingCommands, ACommandThatAsksServersGetsItsSealedSecrets) {
  ASSERT_EQ(run({"secrets", "init"}), 0);
  ASSERT_EQ(run({"secrets", "set", "exchange"}), 0);
  configure("password_sealed = \"exchange\"");
  std::string seen, listed;
  operations_.doctor = [&](const Context& context, const auto&, std::stop_token) {
    seen = context.config.exchange.password.reveal();
    listed = config::resolve({config::SecretReference::Kind::sealed, "exchange"}, context.config.unseal)->reveal();
    return DoctorOutcome{{}, Exit::done};
  };
  ASSERT_EQ(run({"doctor"}), 0) << err_.str();
  EXPECT_EQ(seen, "geheim");
  EXPECT_EQ(listed, "geheim");
}

TEST_F(TellingCommands, AMissingSealedSecretStopsWhatNeedsItAndNothingElse) {
  configure("password_sealed = \"exchange\"");
  EXPECT_EQ(run({"migrate", "anna@example.org"}), 2);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("exchange.password_sealed"), HasSubstr("exodus-cli secrets")));
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_EQ(run({"secrets", "init"}), 0);
}

TEST_F(TellingCommands, MessagesAreListedWithoutWhatTheySay) {
  add_messages();
  const Json rows = document({"notify", "list", "--mailbox", "Anna@example.org"}).at("messages");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("thread"), "u2");
  EXPECT_EQ(rows[1].at("error"), "550 no such user");
  EXPECT_THAT(rows.dump(), Not(HasSubstr("Secret plans")));
  ASSERT_EQ(run({"notify", "list"}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("anna@example.org"), Not(HasSubstr("Secret plans"))));
  EXPECT_EQ(document({"notify", "list", "--content"}).at("messages")[0].at("content").at("title"), "Secret plans");
}

TEST_F(TellingCommands, MessagesAreListedByState) {
  add_messages();
  EXPECT_EQ(document({"notify", "list", "--state", "queued"}).at("messages").size(), 1U);
  EXPECT_EQ(run({"notify", "list", "--state", "lost"}), 2);
}

TEST_F(TellingCommands, DeadMessagesAreListedAndRetried) {
  add_messages();
  const Json rows = document({"notify", "dead", "list"}).at("messages");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(document({"notify", "dead", "retry", rows[0].at("id").dump()}).at("queued"), 1);
  EXPECT_EQ(document({"notify", "dead", "retry", rows[0].at("id").dump()}, 2).at("error").at("code"), "not_found");
  EXPECT_EQ(document({"notify", "dead", "retry", "--all"}).at("queued"), 0);
  EXPECT_EQ(run({"notify", "dead", "retry"}), 2);
  EXPECT_EQ(run({"notify", "dead", "retry", "x"}), 2);
}

TEST_F(TellingCommands, ExplainShowsTheMessagesOfASeries) {
  add_messages();
  const Json rows = document({"explain", "anna@example.org", "u1"}).at("messages");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("state"), "dead");
  ASSERT_EQ(run({"explain", "anna@example.org", "u1"}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("550 no such user"), Not(HasSubstr("Secret plans"))));
}

TEST_F(TellingCommands, PreferencesAreShownWithTheirOrigin) {
  add_mailbox();
  configure("password = \"x\"", "[notify.defaults]\nlead = \"15\"\n");
  const Json shown = document({"prefs", "show", "anna@example.org"});
  EXPECT_EQ(value_of(shown, "lead"), "15");
  EXPECT_EQ(value_of(shown, "zone"), "Asia/Tokyo");
  EXPECT_EQ(value_of(shown, "lead", "own"), "false");
}

TEST_F(TellingCommands, APreferenceIsSetAndTakenBack) {
  add_mailbox();
  EXPECT_EQ(value_of(document({"prefs", "set", "anna@example.org", "lead", "25"}), "lead"), "25");
  EXPECT_EQ(value_of(document({"prefs", "show", "ANNA@example.org"}), "lead", "own"), "true");
  EXPECT_EQ(value_of(document({"prefs", "set", "anna@example.org", "lead"}), "lead"), "10");
}

TEST_F(TellingCommands, ABadPreferenceSaysWhatIsAllowed) {
  add_mailbox();
  EXPECT_EQ(run({"prefs", "set", "anna@example.org", "lead", "soon"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("0 to 1440 minutes"));
  EXPECT_EQ(run({"prefs", "set", "anna@example.org", "laed", "5"}), 2);
}

TEST_F(TellingCommands, StrangersHaveNoPreferencesButAdministratorsHave) {
  store();
  EXPECT_EQ(document({"prefs", "show", "it@example.org"}, 2).at("error").at("code"), "not_found");
  configure("password = \"x\"", "[notify]\nadmins = [\"it@example.org\"]\n");
  EXPECT_EQ(value_of(document({"prefs", "set", "it@example.org", "language", "ru"}), "language"), "ru");
}

TEST_F(TellingCommands, ABadDefaultIsNamed) {
  add_mailbox();
  configure("password = \"x\"", "[notify.defaults]\nlead = \"soon\"\n");
  const Json error = document({"prefs", "show", "anna@example.org"}, 2).at("error");
  EXPECT_EQ(error.at("code"), "configuration");
  EXPECT_THAT(error.at("what").get<std::string>(), HasSubstr("notify.defaults.lead"));
}

}  // namespace
}  // namespace caravan::exodus::cli
