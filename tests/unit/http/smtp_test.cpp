// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/smtp.hpp"

#include <gtest/gtest.h>

namespace caravan::http {
namespace {

struct Row {
  SmtpStep step;
  int status;
  Fault fault;
  std::string_view code;
};

class SmtpVerdicts : public ::testing::TestWithParam<Row> {};

TEST_P(SmtpVerdicts, SayWhatTheSenderShouldDo) {
  const auto verdict = smtp_verdict(GetParam().step, GetParam().status);
  EXPECT_EQ(verdict.fault, GetParam().fault);
  EXPECT_EQ(verdict.code, GetParam().code);
  EXPECT_FALSE(verdict.remedy.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, SmtpVerdicts,
                         ::testing::Values(Row{SmtpStep::greeting, 421, Fault::retry_later, ""},         //
                                           Row{SmtpStep::greeting, 554, Fault::retry_later, ""},         //
                                           Row{SmtpStep::hello, 502, Fault::retry_later, ""},            //
                                           Row{SmtpStep::tls, 454, Fault::retry_later, ""},              //
                                           Row{SmtpStep::auth, 454, Fault::retry_later, ""},             //
                                           Row{SmtpStep::auth, 535, Fault::denied, "credentials"},       //
                                           Row{SmtpStep::auth, 504, Fault::denied, "credentials"},       //
                                           Row{SmtpStep::sender, 451, Fault::retry_later, ""},           //
                                           Row{SmtpStep::sender, 530, Fault::denied, "credentials"},     //
                                           Row{SmtpStep::sender, 550, Fault::denied, "credentials"},     //
                                           Row{SmtpStep::sender, 552, Fault::unsupported, ""},           //
                                           Row{SmtpStep::recipient, 450, Fault::retry_later, ""},        //
                                           Row{SmtpStep::recipient, 530, Fault::denied, "credentials"},  //
                                           Row{SmtpStep::recipient, 550, Fault::not_found, ""},          //
                                           Row{SmtpStep::recipient, 554, Fault::not_found, ""},          //
                                           Row{SmtpStep::data, 451, Fault::retry_later, ""},             //
                                           Row{SmtpStep::data, 554, Fault::unsupported, ""},             //
                                           Row{SmtpStep::content, 421, Fault::retry_later, ""},          //
                                           Row{SmtpStep::content, 452, Fault::retry_later, ""},          //
                                           Row{SmtpStep::content, 530, Fault::unsupported, ""},          //
                                           Row{SmtpStep::content, 554, Fault::unsupported, ""},          //
                                           Row{SmtpStep::content, 999, Fault::retry_later, ""}));

}  // namespace
}  // namespace caravan::http
