// SPDX-License-Identifier: GPL-3.0-or-later
#include "put_loop.hpp"

#include <curl/curl.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace bench {
namespace {

constexpr long kPutTimeoutSeconds = 600;

size_t drop(char*, size_t size, size_t count, void*) { return size * count; }

/// One connection: takes the next resource until none is left.
void work(const Target& target, const std::vector<Resource>& resources, std::atomic<std::size_t>& next,
          std::vector<double>& milliseconds) {
  CURL* curl = curl_easy_init();
  curl_slist* headers = nullptr;
  for (const char* header : {"Content-Type: text/calendar; charset=utf-8", "If-None-Match: *", "Expect:"})
    headers = curl_slist_append(headers, header);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kPutTimeoutSeconds);
  if (!target.account.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERPWD, target.account.c_str());
  }
  for (std::size_t i = next++; i < resources.size(); i = next++) {
    const std::string url = target.collection + resources[i].name;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(resources[i].text.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, resources[i].text.data());
    const double began = now();
    if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
      fail("PUT " + url + ": " + curl_easy_strerror(code));
    milliseconds[i] = (now() - began) * 1e3;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 201 && status != 204) fail("PUT " + url + ": status " + std::to_string(status));
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
}

}  // namespace

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

std::vector<Resource> read_corpus(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("cannot read " + path);
  std::vector<Resource> resources;
  std::size_t size = 0;
  for (Resource resource; file >> resource.name >> size;) {
    file.get();
    resource.text.resize(size);
    if (!file.read(resource.text.data(), static_cast<std::streamsize>(size))) fail(path + " ends too early");
    resources.push_back(std::move(resource));
  }
  return resources;
}

Outcome put_all(const Target& target, const std::vector<Resource>& resources) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Outcome outcome;
  outcome.milliseconds.resize(resources.size());
  std::atomic<std::size_t> next{0};
  const double began = now();
  const double cpu_began = cpu_seconds();
  std::vector<std::jthread> threads;
  for (int i = 1; i < target.connections; ++i)
    threads.emplace_back([&] { work(target, resources, next, outcome.milliseconds); });
  work(target, resources, next, outcome.milliseconds);
  threads.clear();
  outcome.seconds = now() - began;
  outcome.cpu_seconds = cpu_seconds() - cpu_began;
  return outcome;
}

}  // namespace bench
