# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the figure: the shared corpus of real calendars (never copied into the repository), and the project's own
fixtures. Each file becomes a mailbox of its own, because files disagree about the same UIDs."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path

from support.process import REPOSITORY

from .reading import Unreadable, decode, read_series

#: Stands in the fixtures for the owner of the mailbox that a fixture is loaded into.
OWNER = "owner@fixtures.example.org"
FIXTURES = REPOSITORY / "tests" / "fixtures" / "series"


@dataclass
class Source:
    """A readable file and the mailbox that it becomes."""
    name: str
    address: str
    text: str
    series: dict

    @property
    def local(self):
        return self.address.split("@")[0]


def corpus_folder():
    chosen = os.environ.get("CARAVAN_ICS_CORPUS")
    return Path(chosen) if chosen else REPOSITORY.parent / "shared" / "ics-corpus"


def megabyte():
    """What is too big to be committed: a file of 1 MB in an event."""
    content = base64.b64encode(bytes(range(256)) * 4096).decode()
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Caravan//fixtures//EN", "BEGIN:VEVENT", "UID:megabyte@fixtures",
             "DTSTAMP:20260101T000000Z", "DTSTART:20270315T090000Z", "DTEND:20270315T100000Z", "SUMMARY:One megabyte",
             "ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=big.bin:",
             *(" " + content[at:at + 74] for at in range(0, len(content), 74)), "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def load(files, prefix):
    """(readable sources, {name: why not}) of (name, bytes) pairs."""
    sources, unreadable = [], {}
    for number, (name, data) in enumerate(files):
        address = f"{prefix}{number:03d}@example.com"
        text = decode(data).replace(OWNER, address)
        try:
            sources.append(Source(name, address, text, read_series(text)))
        except Unreadable as error:
            unreadable[name] = str(error)
    return sources, unreadable


def fixtures():
    files = [(path.name, path.read_bytes()) for path in sorted(FIXTURES.glob("*.ics"))]
    return load([*files, ("(generated) attachment_of_one_megabyte.ics", megabyte().encode())], "f")


def corpus():
    return load([(path.name, path.read_bytes()) for path in sorted(corpus_folder().glob("*.ics"))], "c")
