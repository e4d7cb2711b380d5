#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the organizer of the quick start's third act: invites somebody in Exchange (by EWS, with python3-exchangelib), moves
the meeting, and shows what the guest is told of it by mail and in the chat.

    move_a_meeting.py EWS_URL EWS_USER EWS_PASSWORD ORGANIZER GUEST MAIL_FOLDER CHAT_URL

Exit code: 0 both were told of both, 1 something did not arrive within two minutes."""

import pathlib
import sys
import time
import warnings
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import requests
from exchangelib import (BASIC, IMPERSONATION, Account, Build, CalendarItem, Configuration, Credentials, EWSDateTime, EWSTimeZone,
                         Version)

PATIENCE = 120
TITLE = "Quarterly planning"
ZONE = ZoneInfo("Europe/Berlin")


def wait(what, seen):
    """Polls until `seen` gives something; None after PATIENCE."""
    begin = time.monotonic()
    while not (found := seen()):
        if time.monotonic() - begin > PATIENCE:
            print(f"  {what} did not arrive within {PATIENCE} s")
            return None
        time.sleep(0.1)
    return found


def mails(folder, guest):
    """Those to the guest, oldest first."""
    letters = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml")))
    return [letter for letter in letters if guest in letter["To"] and TITLE in letter["Subject"]]


def posts(chat, guest):
    answer = requests.get(f"{chat}/control/posts", params={"user": guest}, timeout=30)
    answer.raise_for_status()
    return [post["message"] for post in answer.json() if TITLE in post["message"]]


def indented(text):
    return "".join(f"    | {line}\n" for line in text.strip().splitlines())


def main(url, user, password, organizer, guest, folder, chat):
    warnings.simplefilter("ignore")
    configuration = Configuration(service_endpoint=url, auth_type=BASIC, credentials=Credentials(user, password),
                                  version=Version(Build(15, 1, 2507, 39), api_version="Exchange2016"))
    account = Account(organizer, config=configuration, autodiscover=False, access_type=IMPERSONATION)
    start = (datetime.now(ZONE) + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    meeting = CalendarItem(account=account, folder=account.calendar, subject=TITLE, location="Room 7",
                           start=account_time(start), end=account_time(start + timedelta(hours=1)),
                           required_attendees=[guest])
    folder, complete = pathlib.Path(folder), True
    for number, deed in enumerate(("invites", "moves it by two hours:"), 1):
        print(f"{organizer} {deed} {guest if number == 1 else ''}".rstrip())
        if number == 1:
            meeting.save(send_meeting_invitations="SendToAllAndSaveCopy")
        else:
            meeting.start += timedelta(hours=2)
            meeting.end += timedelta(hours=2)
            meeting.save(update_fields=["start", "end"], send_meeting_invitations="SendToAllAndSaveCopy")
        letters = wait("the mail", lambda: (found := mails(folder, guest))[number - 1:] and found)
        told = wait("the message in the chat", lambda: (found := posts(chat, guest))[number - 1:] and found)
        complete = complete and bool(letters and told)
        if letters:
            letter = letters[number - 1]
            print(f"  mail to {letter['To']}: {letter['Subject']}\n{indented(letter.get_body(('plain',)).get_content())}")
        if told:
            print(f"  in the chat:\n{indented(told[number - 1])}")
    return 0 if complete else 1


def account_time(moment):
    return EWSDateTime.from_datetime(moment.replace(tzinfo=None)).replace(tzinfo=EWSTimeZone(str(ZONE)))


if __name__ == "__main__":
    if len(sys.argv) != 8:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
