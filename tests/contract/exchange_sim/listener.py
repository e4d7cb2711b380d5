# SPDX-License-Identifier: GPL-3.0-or-later
"""A place to which push notifications go: it collects them and answers as it is told."""
import http.server
import threading
import time

from lxml import etree

from conftest import NS

ANSWER = ('<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
          '<SendNotificationResult xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><SubscriptionStatus>{}'
          "</SubscriptionStatus></SendNotificationResult></s:Body></s:Envelope>")


class Call:
    """One notification that arrived."""

    def __init__(self, path, body):
        self.path = path
        self.at = time.monotonic()
        self.tree = etree.fromstring(body)
        self.notification = self.tree.find(".//m:Notification", NS)
        self.code = self.tree.findtext(".//m:ResponseCode", namespaces=NS)
        self.subscription = self.notification.findtext("t:SubscriptionId", namespaces=NS)
        self.previous = self.notification.findtext("t:PreviousWatermark", namespaces=NS)
        self.more = self.notification.findtext("t:MoreEvents", namespaces=NS) == "true"
        self.events = self.notification.xpath("*[substring(local-name(), string-length(local-name()) - 4) = 'Event']")
        self.kinds = [etree.QName(event).localname for event in self.events]
        self.watermark = self.events[-1].findtext("t:Watermark", namespaces=NS)

    def items(self, kind):
        return [event.find("t:ItemId", NS).get("Id") for event, name in zip(self.events, self.kinds)
                if name == kind and event.find("t:ItemId", NS) is not None]


class Listener:
    """`status` is what it answers: a SubscriptionStatus, an HTTP status number, or None to close without answer."""

    def __init__(self):
        self.calls, self.status, self.connections = [], "OK", 0
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                listener.connections += 1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "text/xml; charset=utf-8"
                listener.calls.append(Call(self.path, body))
                if listener.status is None:
                    self.close_connection = True
                    return
                number = listener.status if isinstance(listener.status, int) else 200
                answer = b"" if number != 200 else ANSWER.format(listener.status).encode()
                self.send_response(number)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def wait(self, wanted, seconds=10):
        """The calls, as soon as `wanted(calls)` holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if wanted(self.calls):
                return list(self.calls)
            time.sleep(0.005)
        raise AssertionError(f"not in {seconds} s: {[call.kinds for call in self.calls]}")

    def wait_for_item(self, kind, seconds=10):
        """The first item id that an event of this kind names."""
        calls = self.wait(lambda calls: any(call.items(kind) for call in calls), seconds)
        return next(call.items(kind)[0] for call in calls if call.items(kind))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
