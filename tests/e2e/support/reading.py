# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick looks into stored resources, for tests that ask for one property; the fidelity figure has its own comparator."""

import re
from collections import Counter


def unfold(text):
    return re.sub(r"\r?\n[ \t]", "", text)


def values(text, name):
    """All values of a property anywhere in the text, parameters left out."""
    return re.findall(rf"(?mi)^{name}(?:;[^:\r\n]*)?:(.*?)\r?$", unfold(text))


def uid_of(text):
    """The one UID of a resource."""
    found = set(values(text, "UID"))
    assert len(found) == 1, f"{len(found)} UIDs in one resource"
    return found.pop()


def uids(resources):
    """UID -> number of resources that hold it."""
    return Counter(uid_of(text) for text in resources.values())


def by_uid(resources):
    return {uid_of(text): text for text in resources.values()}


def summaries(resources):
    """UID -> title of the master."""
    found = {}
    for text in resources.values():
        for event in re.findall(r"(?s)BEGIN:VEVENT\r?\n(.*?)END:VEVENT", unfold(text)):
            if not re.search(r"(?mi)^RECURRENCE-ID", event):
                found[uid_of(text)] = (values(event, "SUMMARY") or [""])[0]
    return found
