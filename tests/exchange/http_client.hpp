// SPDX-License-Identifier: GPL-3.0-or-later
// The Loop of http.hpp over an io_context: timers, and POSTs over few kept connections. Knows no SOAP.
#pragma once

#include <memory>

#include "http.hpp"

namespace boost::asio {
class io_context;
}

namespace exchange_sim {

/// Any thread may call; tasks and answers run on the threads of the io_context.
std::unique_ptr<Loop> make_loop(boost::asio::io_context& io);

}  // namespace exchange_sim
