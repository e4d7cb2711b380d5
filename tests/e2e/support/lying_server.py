# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that answer, but not what they should: a login page instead of XML, success with nothing behind it, an empty
multistatus, a redirect to another host, a body that ends too early. And a proxy that cuts chosen answers of a real one."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

LIES = {
    "login_page": (200, {"Content-Type": "text/html"}, b"<html><body><form>Please log in</form></body></html>"),
    "empty_success": (200, {}, b""),
    "empty_multistatus": (207, {"Content-Type": "application/xml"}, b'<multistatus xmlns="DAV:"/>'),
    "garbage": (207, {"Content-Type": "application/xml"}, b"<multistatus xmlns='DAV:'><response><href>/a"),
    "redirect_elsewhere": (302, {"Location": "http://elsewhere.invalid/"}, b""),
    "doctype": (207, {"Content-Type": "application/xml"},
                b'<!DOCTYPE a [<!ENTITY b "boom">]><multistatus xmlns="DAV:">&b;</multistatus>'),
    "not_found": (404, {"Content-Type": "text/plain"}, b"no such page"),
    "server_error": (500, {"Content-Type": "text/html"}, b"<h1>Internal Server Error</h1>"),
}


class _Server:
    def __init__(self, handler):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class LyingServer(_Server):
    """Gives the one lie to every request, and keeps what it was asked, credentials included."""

    def __init__(self, lie):
        status, headers, body = LIES[lie]
        self.seen = seen = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return self.handle_any
                raise AttributeError(name)

            def log_message(self, *_):
                """The tests look at what was seen, not at a log."""

        super().__init__(Handler)


class CuttingProxy(_Server):
    """Passes everything to `target`; `cut(request body, answer body)` gives the part of the answer that gets through, or
    None for the whole. What is missing was announced in Content-Length: the connection ends in the middle."""

    def __init__(self, target, cut):
        target = target.rstrip("/")
        session = requests.Session()
        self.cuts = cuts = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "accept-encoding")}
                answer = session.request(self.command, target + self.path, data=sent, headers=headers, timeout=120,
                                         allow_redirects=False)
                part = cut(sent, answer.content)
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding", "content-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                if part is not None:
                    cuts.append(len(part))
                    self.close_connection = True
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.content if part is None else part)

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return self.handle_any
                raise AttributeError(name)

            def log_message(self, *_):
                """Nobody reads it."""

        super().__init__(Handler)
