# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's exim4, run from a private folder on a free port of 127.0.0.1: a real mail server that sends nothing on."""
import email
import email.policy
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

CONFIGURATION = """
primary_hostname = mx.example.org
qualify_domain = example.org
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
deliver_drop_privilege = true
never_users =
smtp_accept_max = 50
log_selector = +smtp_connection
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.key
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data

begin acl
check_rcpt:
  deny    message = relay not permitted
          !authenticated = *
  deny    local_parts = nobody
          message = unknown user
  defer   local_parts = later
          message = mailbox is busy
  accept
check_data:
  deny    condition = ${{if match{{$header_subject:}}{{REFUSE}}}}
          message = content refused
  deny    !verify = header_syntax
          message = header syntax
  accept

begin routers
all:
  driver = accept
  transport = folder

begin transports
folder:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{caravan}}}}{{eq{{$auth3}}{{secret}}}}}}}}
  server_set_id = $auth2
"""


class Exim:
    def __init__(self, factory, certificate, port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="caravan-exim-"))
        self.port, self.authority, self.stranger = port, str(certificate.authority), str(certificate.stranger)
        shutil.copy(certificate.certificate, self.folder / "server.pem")
        shutil.copy(certificate.key, self.folder / "server.key")
        (self.folder / "exim.conf").write_text(CONFIGURATION.format(folder=self.folder, port=port))
        for name in ("spool", "log", "mail"):
            (self.folder / name).mkdir()
        who = {}
        if os.geteuid() == 0:  # with a configuration of one's own exim gives its rights up, but not for root
            owner = pwd.getpwnam("Debian-exim")
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, owner.pw_uid, owner.pw_gid)
            who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self.process = subprocess.Popen(["/usr/sbin/exim4", "-C", str(self.folder / "exim.conf"), "-bdf"],
                                        stderr=subprocess.PIPE, text=True, **who)

    def listens(self):
        assert self.process.poll() is None, self.process.stderr.read()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def options(self, **more):
        return {"url": f"smtp://localhost:{self.port}", "username": "caravan", "password": "secret",
                "ca_file": self.authority, "require_tls": True, "from": "caravan@example.org", **more}

    def messages(self):
        """Those that arrived, parsed, the oldest first."""
        paths = sorted((self.folder / "mail" / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    def by_id(self, message_id):
        return next((one for one in self.messages() if one["Message-Id"] == message_id), None)

    def log(self):
        return "".join(path.read_text() for path in (self.folder / "log").glob("*log"))

    def connections(self):
        return self.log().count("SMTP connection from")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
