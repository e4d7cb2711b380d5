# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts exchange-sim on a free port, talks SOAP and JSON to it, and ends it by its process id."""
import base64
import http.client
import json
import os
import pathlib
import subprocess
import time
import urllib.parse

import pytest
from lxml import etree

HERE = pathlib.Path(__file__).resolve().parent
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NS = {"t": TYPES, "m": MESSAGES, "s": SOAP}


def schema_folder():
    return pathlib.Path(os.environ.get("CARAVAN_EWS_SCHEMA", HERE.parents[3] / "shared" / "ews-schema"))


@pytest.fixture(scope="session")
def schema():
    """Microsoft's schema, for answers and for what the simulator posts."""
    folder = schema_folder()
    if not (folder / "all.xsd").exists():
        pytest.skip(f"Microsoft's schema is not at {folder}; set CARAVAN_EWS_SCHEMA")
    return etree.XMLSchema(etree.parse(str(folder / "all.xsd")))


def binary():
    path = os.environ.get("EXCHANGE_SIM")
    if not path or not os.path.exists(path):
        pytest.skip("EXCHANGE_SIM does not name the exchange-sim binary")
    return path


class Simulator:
    def __init__(self, directory, *arguments):
        port_file = directory / "port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [binary(), "--listen", "127.0.0.1:0", "--port-file", str(port_file), *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not port_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError(f"exchange-sim ended with {self.process.returncode}")
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def http(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def control(self, method, path, body=None):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else b""
        status, _, answer = self.http(method, "/control/" + path, data)
        assert status == 200, (status, answer)
        return json.loads(answer)

    def request(self, body, mailbox="", version="Exchange2013_SP1", user="svc:svcpw", header=""):
        """A SOAP request and its HTTP headers."""
        acting = ""
        if mailbox:
            acting = (f"<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{mailbox}"
                      "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>")
        envelope = (f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{TYPES}" '
                    f'xmlns:m="{MESSAGES}"><s:Header><t:RequestServerVersion Version="{version}"/>{acting}{header}'
                    f"</s:Header><s:Body>{body}</s:Body></s:Envelope>")
        login = base64.b64encode(user.encode()).decode()
        return envelope.encode(), {"Content-Type": "text/xml; charset=utf-8", "Authorization": "Basic " + login}

    def soap(self, body, mailbox="", **how):
        envelope, headers = self.request(body, mailbox, **how)
        return self.http("POST", "/EWS/Exchange.asmx", envelope, headers)

    def open(self, body, mailbox="", **how):
        """The answer as it comes in, for streams; the caller closes its connection."""
        envelope, headers = self.request(body, mailbox, **how)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", "/EWS/Exchange.asmx", body=envelope, headers=headers)
        return connection, connection.getresponse()

    def items_path(self, mailbox, uid):
        return f"mailboxes/{mailbox}/items/{urllib.parse.quote(uid, safe='')}"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    """One calendar with every kind of event, one empty one, and two generated ones."""
    directory = tmp_path_factory.mktemp("sim")
    made = Simulator(directory, "--load", f"anna@example.com={HERE / 'events'}", "--user", "anna@example.com:annapw",
                     "--user", "ben@example.com:benpw", "--generate", "2:200:7", "--domain", "example.com",
                     "--deny", "secret@example.com=ErrorImpersonateUserDenied")
    yield made
    made.stop()


@pytest.fixture()
def start(tmp_path):
    """Starts further simulators with other arguments."""
    running = []

    def run(*arguments):
        directory = tmp_path / str(len(running))
        directory.mkdir()
        running.append(Simulator(directory, *arguments))
        return running[-1]

    yield run
    for one in running:
        one.stop()
