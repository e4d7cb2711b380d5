#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the two users of the quick start's second act: one changes an event in Exchange (by EWS, with python3-exchangelib),
the other one in the CalDAV store; both wait until they see the other side's change, and say how long it took.

    edit_both_sides.py EWS_URL EWS_USER EWS_PASSWORD ADDRESS CALENDAR_URL DAV_USER DAV_PASSWORD

Exit code: 0 both arrived, 1 one did not within a minute."""

import sys
import time
import warnings
from xml.etree import ElementTree

import icalendar
import requests
from exchangelib import BASIC, IMPERSONATION, Account, Build, Configuration, Credentials, Version
from exchangelib.errors import ErrorItemNotFound

PATIENCE = 60
QUERY = """<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><C:filter>
<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match collation="i;octet">{uid}
</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""


def wait(what, seen):
    """Polls until `seen` is true; gives the milliseconds, or None after a minute."""
    begin = time.monotonic()
    while not seen():
        if time.monotonic() - begin > PATIENCE:
            print(f"{what} did not arrive within {PATIENCE} s")
            return None
        time.sleep(0.01)
    took = round((time.monotonic() - begin) * 1000)
    print(f"{what} arrived after {took} ms")
    return took


class Calendar:
    """A CalDAV calendar, as a client of its owner sees it."""

    def __init__(self, url, user, password):
        self.url, self.http = url, requests.Session()
        self.http.auth = (user, password)

    def find(self, uid):
        """The address of the resource that holds the UID."""
        answer = self.http.request("REPORT", self.url, data=QUERY.format(uid=uid).replace("\n", ""), timeout=30,
                                   headers={"Depth": "1", "Content-Type": "application/xml; charset=utf-8"})
        answer.raise_for_status()
        href = ElementTree.fromstring(answer.content).find("{DAV:}response/{DAV:}href")
        return requests.compat.urljoin(self.url, href.text)

    def read(self, address):
        answer = self.http.get(address, timeout=30)
        answer.raise_for_status()
        return answer

    def title(self, address):
        return str(icalendar.Calendar.from_ical(self.read(address).content).walk("VEVENT")[0]["SUMMARY"])

    def rename(self, address, title):
        stored = self.read(address)
        changed = icalendar.Calendar.from_ical(stored.content)
        changed.walk("VEVENT")[0]["SUMMARY"] = icalendar.vText(title)
        answer = self.http.put(address, data=changed.to_ical(), timeout=30,
                               headers={"If-Match": stored.headers["ETag"], "Content-Type": "text/calendar; charset=utf-8"})
        answer.raise_for_status()


def main(ews_url, ews_user, ews_password, address, calendar_url, dav_user, dav_password):
    warnings.simplefilter("ignore")
    configuration = Configuration(service_endpoint=ews_url, auth_type=BASIC, credentials=Credentials(ews_user, ews_password),
                                  version=Version(Build(15, 1, 2507, 39), api_version="Exchange2016"))
    account = Account(address, config=configuration, autodiscover=False, access_type=IMPERSONATION)
    calendar = Calendar(calendar_url, dav_user, dav_password)
    item = next(item for item in account.calendar.all().order_by("start") if item.type == "Single" and not item.is_meeting)
    resource = calendar.find(item.uid)

    def on_exchange():
        try:
            return account.calendar.get(id=item.id).subject
        except ErrorItemNotFound:
            return None

    print(f"The event {item.subject!r} of {address}, starting {item.start:%Y-%m-%d %H:%M} UTC:")
    item.subject = "Changed in Exchange"
    item.save(update_fields=["subject"], send_meeting_invitations="SendToNone")
    there = wait("  Exchange -> CalDAV: the new title 'Changed in Exchange'", lambda: calendar.title(resource) == item.subject)
    calendar.rename(resource, "Changed in the CalDAV store")
    back = wait("  CalDAV -> Exchange: the new title 'Changed in the CalDAV store'",
                lambda: on_exchange() == "Changed in the CalDAV store")
    return 0 if there is not None and back is not None else 1


if __name__ == "__main__":
    if len(sys.argv) != 8:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
