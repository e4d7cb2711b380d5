# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy that keeps what goes through it, and one migration through two of them: the EWS answers and the bytes that Caravan
PUTs, for the bare loops to use again."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from support.caldav_fake import CalDavFake
from support.exchange import Exchange

from .rig import write_corpus

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not hasattr(self, "upstream"):
            self.upstream = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=120)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        self.upstream.request(self.command, self.path, body=body or None, headers={**headers, "Content-Length": str(len(body))})
        answer = self.upstream.getresponse()
        content = answer.read()
        with self.server.lock:
            self.server.seen.append((self.command, self.path, answer.status, body, content))
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP - {"server"}:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_PROPFIND = do_PROPPATCH = do_REPORT = _forward
    do_MKCALENDAR = do_MKCOL = do_HEAD = _forward


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that closes its connection is nothing to tell of."""


class Recorder:
    """Stands before a server and looks like it: `url`, `username` and what else a configuration takes."""

    def __init__(self, server):
        self.behind = server
        self.http = _Server(("127.0.0.1", 0), _Handler)
        self.http.target, self.http.seen, self.http.lock = server.port, [], threading.Lock()
        self.url = server.url.replace(f":{server.port}", f":{self.http.server_address[1]}")
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def __getattr__(self, name):
        return getattr(self.behind, name)

    @property
    def seen(self):
        with self.http.lock:
            return list(self.http.seen)

    def end(self):
        self.http.shutdown()
        self.http.server_close()


def record(rig, arguments, addresses, like=None):
    """One migration of the simulator's mailboxes (`arguments`) into a CalDAV fake that looks `like` a server; gives the corpus
    of what was PUT, with the folder of the EWS answers."""
    source = rig.start(Exchange, *arguments)
    fake = rig.start(CalDavFake, *(["--server-header", like] if like else []))
    exchange, caldav = Recorder(source), Recorder(fake)
    try:
        rig.migrate(rig.caravan(exchange, caldav, addresses, {"caldav": {"bulk_fill": "off"}}))
        place = rig.place("recorded")
        puts = [(unquote(path).rsplit("/", 1)[-1], body) for command, path, status, body, _ in caldav.seen
                if command == "PUT" and status in (200, 201, 204)]
        corpus = write_corpus(place / "corpus", puts)
        corpus.answers = place / "answers"
        corpus.answers.mkdir()
        answers = [content for command, _, status, _, content in exchange.seen if command == "POST" and status == 200]
        for number, content in enumerate(answers):
            (corpus.answers / f"{number:06d}.xml").write_bytes(content)
        size = sum(len(body) for _, body in puts)
        rig.say(f"recorded {len(puts)} resources, {size / max(1, len(puts)):.0f} bytes each, and {len(answers)} EWS answers")
        return corpus
    finally:
        exchange.end()
        caldav.end()
        rig.end(fake, source)
