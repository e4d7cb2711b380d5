#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server for the quick start's third act: takes every mail for everybody and keeps it in a folder.

    mail_sink.py FOLDER PORT_FILE"""

import pathlib
import signal
import socket
import sys

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, folder):
        self.folder, self.count = pathlib.Path(folder), 0

    async def handle_DATA(self, _server, _session, envelope):  # the name is aiosmtpd's
        self.count += 1
        unfinished = self.folder / f"{self.count:04}.part"
        unfinished.write_bytes(bytes(envelope.content))
        unfinished.rename(self.folder / f"{self.count:04}.eml")
        return "250 taken"


def main(folder, port_file):
    with socket.socket() as free:  # aiosmtpd takes no port 0
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    pathlib.Path(port_file).write_text(f"{port}\n")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__)
        sys.exit(2)
    main(*sys.argv[1:])
