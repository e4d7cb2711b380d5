// SPDX-License-Identifier: GPL-3.0-or-later
// TLS failures are told apart, each with what to do: against openssl's own test server with certificates made on the
// spot.
#include <cstdlib>

#include "contract/caldav/support.hpp"

namespace caravan::tests {
namespace {

constexpr const char* kOpenssl = "/usr/bin/openssl";

class TlsTest : public testing::Test {
 protected:
  /// Starts a server whose self-signed certificate is for `host` and lasts `days` from today.
  void start(const std::string& host, const std::string& days) {
    if (!std::filesystem::exists(kOpenssl)) GTEST_SKIP() << "the Debian package openssl is not installed";
    const std::string base = folder_.path().string();
    folder_.write("names", "subjectAltName=" + host + "\n");
    const std::string quiet = " >/dev/null 2>&1";
    ASSERT_EQ(std::system((std::string(kOpenssl) + " req -new -newkey rsa:2048 -nodes -subj /CN=test -keyout " + base +
                           "/key.pem -out " + base + "/request.pem" + quiet)
                              .c_str()),
              0);
    ASSERT_EQ(std::system((std::string(kOpenssl) + " x509 -req -in " + base + "/request.pem -signkey " + base +
                           "/key.pem -days " + days + " -extfile " + base + "/names -out " + certificate() + quiet)
                              .c_str()),
              0);
    const int port = free_port();
    server_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{kOpenssl, "s_server", "-quiet", "-www", "-accept", "127.0.0.1:" + std::to_string(port),
                                 "-key", base + "/key.pem", "-cert", certificate()},
        base + "/log");
    ASSERT_TRUE(wait_for_port(port, *server_));
    request_.url = "https://127.0.0.1:" + std::to_string(port) + "/";
  }
  [[nodiscard]] std::string certificate() const { return (folder_.path() / "certificate.pem").string(); }
  Result<http::Response> ask(const std::string& ca_file) {
    http::Options options;
    options.ca_file = ca_file;
    return http::Client(std::move(options)).perform(request_);
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> server_;
  http::Request request_;
};

TEST_F(TlsTest, ATrustedCertificateIsAccepted) {
  start("IP:127.0.0.1", "2");
  const auto response = ask(certificate());
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 200);
}
TEST_F(TlsTest, AnUnknownIssuerIsNamedWithCaFileAsTheRemedy) {
  start("IP:127.0.0.1", "2");
  const auto response = ask("");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, "tls-unknown-issuer") << response.error().what;
  EXPECT_EQ(response.error().fault, Fault::denied);
  EXPECT_NE(response.error().remedy.find("ca_file"), std::string::npos);
}
TEST_F(TlsTest, AnExpiredCertificateIsToldApart) {
  start("IP:127.0.0.1", "-1");
  const auto response = ask(certificate());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, "tls-expired") << response.error().what;
}
TEST_F(TlsTest, ACertificateForAnotherHostIsToldApart) {
  start("DNS:other.example.org", "2");
  const auto response = ask(certificate());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, "tls-host-name") << response.error().what;
}
TEST_F(TlsTest, AMissingCaFileIsToldApart) {
  start("IP:127.0.0.1", "2");
  const auto response = ask("/nonexistent/ca.pem");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, "tls-ca-file") << response.error().what;
}

}  // namespace
}  // namespace caravan::tests
