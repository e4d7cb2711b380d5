// SPDX-License-Identifier: GPL-3.0-or-later
#include "contract/ews/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "util/text.hpp"

namespace caravan::ews::test {

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port for the scripted server");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  stop_ = true;
  thread_.join();
  close(listener_);
}

void ScriptedServer::serve() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) continue;
    converse(connection);
    close(connection);
  }
}

/// One request a connection: simple, and enough.
void ScriptedServer::converse(int connection) {
  std::string text;
  std::size_t wanted = std::string::npos, head = std::string::npos;
  char piece[16384];
  while (!stop_ && (head == std::string::npos || text.size() < wanted)) {
    pollfd waiting{connection, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const ssize_t got = recv(connection, piece, sizeof piece, 0);
    if (got <= 0) return;
    text.append(piece, static_cast<std::size_t>(got));
    if (head != std::string::npos) continue;
    head = text.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    const auto length = text::lower(text.substr(0, head)).find("content-length:");
    wanted = head + 4 + (length == std::string::npos ? 0 : std::stoul(text.substr(length + 15)));
  }
  if (stop_) return;
  const Scripted answer = script_(text.substr(head + 4));
  const std::string out =
      "HTTP/1.1 " + std::to_string(answer.status) + " X\r\nContent-Type: text/xml; charset=utf-8\r\n" + answer.headers +
      "Content-Length: " + std::to_string(answer.body.size()) + "\r\nConnection: close\r\n\r\n" + answer.body;
  for (std::size_t at = 0; at < out.size();) {
    const ssize_t sent = send(connection, out.data() + at, out.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += static_cast<std::size_t>(sent);
  }
}

std::vector<std::string> ids_in(const std::string& request_body) {
  std::vector<std::string> ids;
  constexpr std::string_view kStart = "ItemId Id=\"";
  for (auto at = request_body.find(kStart); at != std::string::npos; at = request_body.find(kStart, at)) {
    at += kStart.size();
    ids.push_back(request_body.substr(at, request_body.find('"', at) - at));
  }
  return ids;
}

std::string get_item_answer(const std::string& messages) {
  return R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" )"
         R"(xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body><m:GetItemResponse>)"
         "<m:ResponseMessages>" +
         messages + "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";
}

std::string good_message(const std::string& id) {
  return R"(<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items>)"
         R"(<t:CalendarItem><t:ItemId Id=")" +
         id + R"(" ChangeKey="K"/><t:Subject>)" + id + "</t:Subject><t:UID>uid-" + id +
         "</t:UID><t:Start>2026-06-01T10:00:00Z</t:Start><t:End>2026-06-01T11:00:00Z</t:End></t:CalendarItem>"
         "</m:Items></m:GetItemResponseMessage>";
}

std::string error_message(const std::string& code, const std::string& response_class) {
  return "<m:GetItemResponseMessage ResponseClass=\"" + response_class +
         "\"><m:MessageText>no</m:MessageText><m:ResponseCode>" + code +
         "</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Items/></m:GetItemResponseMessage>";
}

}  // namespace caravan::ews::test
