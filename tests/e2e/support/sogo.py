# SPDX-License-Identifier: GPL-3.0-or-later
"""SOGo with its own PostgreSQL and memcached, mail switched on, and a catch-all SMTP server behind it. Everything is given
on sogod's command line (GNUstep reads defaults there first), so that no file of the system is touched."""

import os
import pwd
import shutil
from pathlib import Path

import requests

from . import postgres
from .mail_sink import MailSink
from .process import SYSTEM_PATH, Process, accepts, free_port

_TABLES = {"SOGoProfileURL": "sogo_user_profile", "OCSFolderInfoURL": "sogo_folder_info",
           "OCSSessionsFolderURL": "sogo_sessions_folder", "OCSStoreURL": "sogo_store", "OCSAclURL": "sogo_acl",
           "OCSCacheFolderURL": "sogo_cache_folder"}


def missing():
    """What this machine lacks to run SOGo, as a sentence; empty where nothing."""
    if not Path("/usr/sbin/sogod").exists():
        return "the package sogo is not installed"
    if not shutil.which("memcached", path=SYSTEM_PATH):
        return "the package memcached is not installed"
    if not postgres.available():
        return "the package postgresql is not installed"
    return ""


class Sogo:
    kind = "sogo"
    access = "service"
    username, password = "svc", "svcpw"
    home = "/SOGo/dav/{local}/Calendar/"
    domain = "example.org"

    def __init__(self, folder, users):
        self.folder = Path(folder)
        self.mail = MailSink()
        self.database = postgres.Postgres(folder)
        rows = ",".join(f"('{name}','{name}','{name}pw','{name.title()} Example','{name}@{self.domain}')"
                        for name in [*users, self.username])
        self.database.sql("create user sogo; create database sogo owner sogo;")
        self.database.sql("create table sogo_users(c_uid text primary key, c_name text, c_password text, c_cn text, "
                          f"mail text); insert into sogo_users values {rows};", "sogo", "sogo")
        cache_port = free_port()
        self.memcached = Process("memcached", ["/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", cache_port,
                                               "-U", "0", "-m", "64"], folder)
        self.memcached.wait_until(lambda: accepts(cache_port))
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/SOGo/dav/"
        work = self.folder / "sogo"
        work.mkdir()
        if os.geteuid() == 0:
            account = pwd.getpwnam("sogo")
            shutil.chown(work, account.pw_uid, account.pw_gid)
        base = self.database.url("sogo", "sogo")
        source = ("({type = sql; id = users; viewURL = \"%s/sogo_users\"; userPasswordAlgorithm = none; "
                  "canAuthenticate = YES; isAddressBook = YES; displayName = \"Users\";})" % base)
        defaults = {
            "WOPort": f"127.0.0.1:{self.port}", "WOWorkersCount": "3", "WOPidFile": work / "sogo.pid",
            "WOLogFile": "-", "WONoDetach": "YES", **{key: f"{base}/{table}" for key, table in _TABLES.items()},
            "SOGoMemcachedHost": f"127.0.0.1:{cache_port}", "SOGoMailDomain": self.domain,
            "SOGoSuperUsernames": f"({self.username})", "SOGoAppointmentSendEMailNotifications": "YES",
            "SOGoMailingMechanism": "smtp", "SOGoSMTPServer": f"smtp://127.0.0.1:{self.mail.port}",
            "SOGoUserSources": source, "SOGoTimeZone": "Europe/Berlin"}
        arguments = [str(word) for key, value in defaults.items() for word in (f"-{key}", value)]
        self.process = Process("sogo", postgres.as_user("sogo", ["/usr/sbin/sogod", *arguments]), self.folder,
                               {"PATH": SYSTEM_PATH, "HOME": str(work), "LANG": "C.UTF-8"})
        self.process.wait_until(self._answers, 60)

    def request(self, method, path, **arguments):
        return requests.request(method, f"{self.origin}{path}", auth=(self.username, self.password), timeout=60,
                                **arguments)

    def _answers(self):
        try:
            return self.request("PROPFIND", "/SOGo/dav/svc/", headers={"Depth": "0"}).status_code == 207
        except requests.RequestException:
            return False

    def hrefs(self, user, collection):
        """Names of the resources of one calendar."""
        from lxml import etree
        answer = self.request("PROPFIND", f"/SOGo/dav/{user}/Calendar/{collection}/", headers={"Depth": "1"},
                              data='<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>')
        if answer.status_code == 404:
            return []
        tree = etree.fromstring(answer.content, etree.XMLParser(recover=True))
        return sorted(href.text.rsplit("/", 1)[-1] for href in tree.iter("{DAV:}href")
                      if href.text.endswith(".ics"))

    def resources(self, user, collection="exchange"):
        return {name: self.request("GET", f"/SOGo/dav/{user}/Calendar/{collection}/{name}").text
                for name in self.hrefs(user, collection)}

    def end(self):
        self.process.end(patience=40)
        self.memcached.end()
        self.database.end()
        self.mail.end()
