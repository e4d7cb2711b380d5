# SPDX-License-Identifier: GPL-3.0-or-later
"""caldav-fake, the project's CalDAV server of constant cost, with counters and faults (tests/support/caldav_fake/README.md).
What it holds is read through plain WebDAV requests of our own."""

from urllib.parse import unquote
from xml.sax.saxutils import escape

import requests
from lxml import etree

from .process import Process, binary

_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"


class CalDavFake:
    kind = "fake"
    access = "service"
    username, password = "svc", "davpw"
    home = "/{local}/"

    def __init__(self, folder, *arguments):
        self.folder = folder
        port_file = folder / "caldav.port"
        self.process = Process("caldav-fake", [binary("caldav-fake"), "--listen", "127.0.0.1:0", "--port-file", port_file,
                                               "--user", f"{self.username}:{self.password}", *arguments], folder)
        self.process.wait_until(port_file.exists)
        self.port = int(port_file.read_text())
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.base}/"
        self.session = requests.Session()
        self.session.auth = (self.username, self.password)

    def end(self):
        self.session.close()
        self.process.end()

    # ---- control -------------------------------------------------------------------------------------------------------
    def control(self, verb, page, **query):
        answer = self.session.request(verb, f"{self.base}/control/{page}", params=query, timeout=120)
        assert answer.status_code < 300, f"{verb} /control/{page}: {answer.status_code} {answer.text}"
        return answer.json()

    def requests(self):
        return self.control("GET", "requests")

    def reset_requests(self):
        self.control("DELETE", "requests")

    def count(self, method):
        """Requests with this method since the last reset."""
        return self.requests()["by_method"].get(method, 0)

    def writes(self):
        """Everything that could have changed something."""
        counted = self.requests()["by_method"]
        return sum(counted.get(name, 0) for name in ("PUT", "DELETE", "MKCALENDAR", "MKCOL", "PROPPATCH", "MOVE", "COPY", "POST"))

    def fault(self, **rule):
        self.control("POST", "faults", **rule)

    def nasty(self, what, path):
        self.control("POST", "nasty", do=what, path=path)

    # ---- what other clients do -----------------------------------------------------------------------------------------
    def put(self, user, collection, name, text):
        answer = self.session.put(f"{self.base}/{user}/{collection}/{name}", data=text.encode(), timeout=60,
                                  headers={"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status_code in (200, 201, 204), f"{answer.status_code} {answer.text}"

    def delete(self, user, collection, name):
        answer = self.session.delete(f"{self.base}/{user}/{collection}/{name}", timeout=60)
        assert answer.status_code in (200, 204), f"{answer.status_code} {answer.text}"

    def make_calendar(self, user, collection):
        self.session.request("MKCOL", f"{self.base}/{user}/", timeout=60)
        answer = self.session.request("MKCALENDAR", f"{self.base}/{user}/{collection}/", timeout=60)
        assert answer.status_code == 201, f"{answer.status_code} {answer.text}"

    def _report(self, path, body):
        answer = self.session.request("REPORT", f"{self.base}{path}", data=body.encode(), timeout=300,
                                      headers={"Content-Type": "application/xml", "Depth": "1"})
        if answer.status_code == 404:
            return None
        assert answer.status_code == 207, f"{answer.status_code} {answer.text}"
        return etree.fromstring(answer.content, etree.XMLParser(huge_tree=True))

    def hrefs(self, user, collection="exchange"):
        """Names of the resources of a calendar; empty where it does not exist."""
        token, found = "", []
        while True:
            tree = self._report(f"/{user}/{collection}/", '<sync-collection xmlns="DAV:"><sync-token>' + escape(token) +
                                "</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>")
            if tree is None:
                return []
            more = False
            for response in tree.iter(f"{_DAV}response"):
                status = response.findtext(f"{_DAV}status") or ""
                more = more or " 507" in status
                if " 404" not in status and " 507" not in status:
                    found.append(response.findtext(f"{_DAV}href"))
            token = tree.findtext(f"{_DAV}sync-token") or ""
            if not more:
                return sorted(found)

    def resources(self, user, collection="exchange"):
        """Resource name -> iCalendar text."""
        found, hrefs = {}, self.hrefs(user, collection)
        for at in range(0, len(hrefs), 500):
            wanted = "".join(f"<D:href>{escape(href)}</D:href>" for href in hrefs[at:at + 500])
            tree = self._report(f"/{user}/{collection}/", '<C:calendar-multiget xmlns:D="DAV:" '
                                'xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>'
                                f"{wanted}</C:calendar-multiget>")
            for response in tree.iter(f"{_DAV}response"):
                name = unquote(response.findtext(f"{_DAV}href")).rsplit("/", 1)[-1]
                data = next(response.iter(f"{_CAL}calendar-data"), None)
                if data is not None:
                    found[name] = data.text or ""
        assert len(found) == len(hrefs), f"{len(hrefs)} listed, {len(found)} given"
        return found
