# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange-sim, the project's Exchange simulator, with its control endpoint (tests/exchange/README.md), and the few EWS
calls with which a test plays the user who arranges folders."""

from urllib.parse import quote
from xml.sax.saxutils import escape

import requests
from lxml import etree

from .process import Process, binary

SERVICE_USER = "svc"
SERVICE_PASSWORD = "svcpw"
DOMAIN = "example.com"

_ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
 xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/><t:ExchangeImpersonation><t:ConnectingSID>
<t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header>
<s:Body>{body}</s:Body></s:Envelope>"""
_TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
_MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"


def generated(count):
    """Addresses of the mailboxes that --generate makes."""
    return [f"user{number:04d}@{DOMAIN}" for number in range(1, count + 1)]


class Exchange:
    """One simulator. `arguments` are its command line beyond the address: --load, --generate, --deny ..."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        port_file = folder / "exchange.port"
        self.process = Process(
            "exchange-sim",
            [binary("exchange-sim"), "--listen", "127.0.0.1:0", "--port-file", port_file, "--service-user",
             f"{SERVICE_USER}:{SERVICE_PASSWORD}", *arguments], folder)
        self.process.wait_until(port_file.exists, 180)
        self.port = int(port_file.read_text())
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.base}/EWS/Exchange.asmx"
        self.session = requests.Session()

    def end(self):
        self.session.close()
        self.process.end()

    def control(self, method, path, **arguments):
        answer = self.session.request(method, f"{self.base}/control/{path}", timeout=120, **arguments)
        assert answer.status_code < 300, f"{method} /control/{path}: {answer.status_code} {answer.text}"
        return answer.json()

    # ---- counters ------------------------------------------------------------------------------------------------------
    def requests(self):
        return self.control("GET", "requests")

    def total(self):
        """SOAP operations so far, without 401 legs."""
        return self.requests()["total"]

    def reset_requests(self):
        self.control("POST", "requests/reset")

    def mails(self):
        """Every mail that Exchange would have sent."""
        return self.control("GET", "mails")

    def import_report(self):
        """What became of loaded files: `series` has one entry for each."""
        return self.control("GET", "import-report")

    # ---- what users do -------------------------------------------------------------------------------------------------
    def items(self, address):
        return self.control("GET", f"mailboxes/{quote(address)}/items")

    def put_item(self, address, uid, text):
        """Creates or replaces a series from iCalendar text, as its owner would in Outlook."""
        return self.control("PUT", f"mailboxes/{quote(address)}/items/{quote(uid, safe='')}", data=text.encode())

    def delete_item(self, address, uid):
        return self.control("DELETE", f"mailboxes/{quote(address)}/items/{quote(uid, safe='')}")

    def mutate(self, address, **counts):
        """change, change_exception, delete, move_time: how many series of each; answers their UIDs."""
        return self.control("POST", "mutate", json={"mailbox": address, **counts})

    # ---- what goes wrong -----------------------------------------------------------------------------------------------
    def fault(self, **rule):
        self.control("POST", "faults", json=rule)

    def clear_faults(self):
        self.control("POST", "faults/reset")

    def poison(self, address, uid, kind="corrupt"):
        return self.control("POST", "poison", json={"mailbox": address, "uid": uid, "kind": kind})

    def hide(self, address, fraction=1.0, invalidate_state=False):
        """The folder lists that many of its items no longer, as after a restore of an older database."""
        return self.control("POST", "hide", json={"mailbox": address, "fraction": fraction,
                                                  "invalidate_state": invalidate_state})

    def unhide(self, address):
        return self.control("POST", "unhide", json={"mailbox": address})

    # ---- folders, by EWS -----------------------------------------------------------------------------------------------
    def call(self, address, body):
        answer = self.session.post(self.url, data=_ENVELOPE.format(address=escape(address), body=body).encode(),
                                   auth=(SERVICE_USER, SERVICE_PASSWORD), timeout=60,
                                   headers={"Content-Type": "text/xml; charset=utf-8"})
        tree = etree.fromstring(answer.content)
        codes = [code.text for code in tree.iter(f"{_MESSAGES}ResponseCode")]
        assert answer.status_code == 200 and codes and set(codes) == {"NoError"}, answer.text
        return tree

    def create_calendar(self, address, name):
        """A further calendar folder; gives its id."""
        tree = self.call(address, f"""<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="calendar"/>
            </m:ParentFolderId><m:Folders><t:CalendarFolder><t:FolderClass>IPF.Appointment</t:FolderClass>
            <t:DisplayName>{escape(name)}</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>""")
        return next(tree.iter(f"{_TYPES}FolderId")).get("Id")

    def move_to(self, address, uid, folder_id):
        """Moves a series into another calendar folder, which gives it a new item id."""
        item = next(row for row in self.items(address) if row["uid"] == uid)
        self.call(address, f"""<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder_id}"/></m:ToFolderId>
            <m:ItemIds><t:ItemId Id="{item['item_id']}" ChangeKey="{item['change_key']}"/></m:ItemIds></m:MoveItem>""")
