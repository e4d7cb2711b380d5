# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/mattermost's simulator as a server of the tests."""

from pathlib import Path

import requests

from .process import Process, wait_for

SIMULATOR = Path(__file__).resolve().parents[2] / "mattermost" / "mattermost-sim"
TOKEN = "bot-token-of-the-test"


class Mattermost:
    def __init__(self, folder, *people):
        port_file = Path(folder) / "mattermost.port"
        users = [word for address in people for word in ("--user", address)]
        self.process = Process("mattermost-sim", ["/usr/bin/python3", SIMULATOR, "--listen", "127.0.0.1:0", "--port-file",
                                                  port_file, "--token", TOKEN, *users], folder)
        self.process.wait_until(lambda: port_file.exists() and port_file.read_text().strip())
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def end(self):
        self.process.end()

    def control(self, method, path, **arguments):
        answer = requests.request(method, f"{self.url}/control/{path}", timeout=60, **arguments)
        answer.raise_for_status()
        return answer.json()

    def posts(self, person):
        """What the bot and the person wrote to each other, oldest first."""
        return self.control("GET", "posts", params={"user": person})

    def wait_post(self, person, text, seconds=30):
        """The first post to the person that holds the text."""
        return wait_for(lambda: next((post for post in self.posts(person) if text in post["message"]), None), seconds,
                        f"a post with {text!r}")
