# SPDX-License-Identifier: GPL-3.0-or-later
"""A catch-all SMTP server: takes every mail for everybody and keeps it."""

from email import message_from_bytes

from aiosmtpd.controller import Controller

from .process import free_port


class _Handler:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # the name is aiosmtpd's
        self.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.content)))
        return "250 taken"


class MailSink:
    def __init__(self):
        self.handler = _Handler()
        self.port = free_port()
        self.begin()

    def begin(self):
        """Takes mail again, on the same port, with what it has kept."""
        self.controller = Controller(self.handler, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    @property
    def mails(self):
        return list(self.handler.mails)

    @property
    def told(self):
        """(recipients, subject) of each mail."""
        return [(recipients, message_from_bytes(content)["Subject"]) for _, recipients, content in self.mails]

    def end(self):
        if self.controller is not None:
            self.controller.stop()
        self.controller = None
