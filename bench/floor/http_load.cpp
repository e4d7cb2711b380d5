// SPDX-License-Identifier: GPL-3.0-or-later
// bench-http-load BASE_URL PATHS_FILE BODY_FILE CONNECTIONS SECONDS
// POSTs the body to BASE_URL + each line of the file by turns, over so many keep-alive connections, each sending its
// next request when it has its answer. Prints
// {"answers","ok","named","seconds","cpu_seconds","milliseconds":{"p50","p99","max"}}.
#include <curl/curl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "put_loop.hpp"

namespace {

size_t drop(char*, size_t size, size_t count, void*) { return size * count; }

struct Load {
  std::string base, body;
  std::vector<std::string> paths;
  std::size_t next = 0, ok = 0;
  std::vector<double> milliseconds;

  void prepare(CURL* curl) { curl_easy_setopt(curl, CURLOPT_URL, (base + paths[next++ % paths.size()]).c_str()); }
  void ended(CURL* curl) {
    long status = 0;
    curl_off_t took = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &took);
    ok += status == 200 ? 1 : 0;
    milliseconds.push_back(static_cast<double>(took) / 1e3);
  }
};

CURL* make(Load& load, curl_slist* headers) {
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(load.body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, load.body.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
  return curl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) bench::fail("usage: bench-http-load BASE_URL PATHS_FILE BODY_FILE CONNECTIONS SECONDS");
  Load load;
  load.base = argv[1];
  std::ifstream paths(argv[2]), body(argv[3], std::ios::binary);
  for (std::string line; std::getline(paths, line);) load.paths.push_back(line);
  if (load.paths.empty() || !body) bench::fail("nothing to send");
  load.body.assign(std::istreambuf_iterator<char>(body), {});
  const int connections = std::max(1, std::atoi(argv[4]));
  const double wanted = std::atof(argv[5]);

  curl_global_init(CURL_GLOBAL_DEFAULT);
  curl_slist* headers = nullptr;
  for (const char* header : {"Content-Type: text/xml; charset=utf-8", "Expect:"})
    headers = curl_slist_append(headers, header);
  CURLM* multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
  std::vector<CURL*> handles;
  const double began = bench::now(), cpu_began = bench::cpu_seconds();
  for (int i = 0; i < connections; ++i) {
    handles.push_back(make(load, headers));
    load.prepare(handles.back());
    curl_multi_add_handle(multi, handles.back());
  }
  for (int running = connections; running > 0;) {
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* curl = message->easy_handle;
      const CURLcode code = message->data.result;
      if (code != CURLE_OK) bench::fail(std::string("POST: ") + curl_easy_strerror(code));
      load.ended(curl);
      curl_multi_remove_handle(multi, curl);
      if (bench::now() - began >= wanted) continue;
      load.prepare(curl);
      curl_multi_add_handle(multi, curl);
      running = std::max(running, 1);
    }
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
  const double seconds = bench::now() - began, cpu = bench::cpu_seconds() - cpu_began;
  for (CURL* curl : handles) curl_easy_cleanup(curl);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);

  auto& all = load.milliseconds;
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  std::printf(
      "{\"answers\":%zu,\"ok\":%zu,\"named\":%zu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"milliseconds\":{\"p50\":"
      "%.3f,\"p99\":%.3f,\"max\":%.3f}}\n",
      all.size(), load.ok, std::min(load.next, load.paths.size()), seconds, cpu, at(0.5), at(0.99), all.back());
}
