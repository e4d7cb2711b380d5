# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx as a TLS proxy before a plain server, with a certificate that is good, expired, self-signed or for another name."""

import subprocess
from pathlib import Path

from .process import SYSTEM_PATH, Process, accepts, free_port

_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
worker_processes 1;
{user}
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_max_body_size 200m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.crt;
    ssl_certificate_key {folder}/server.key;
    location / {{
      proxy_pass {target};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }}
  }}
}}
"""

_AUTHORITY = """\
[ca]
default_ca = here
[here]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
policy = anything
copy_extensions = copy
[anything]
commonName = supplied
[req]
distinguished_name = name
[name]
"""


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, stdin=subprocess.DEVNULL,
                   capture_output=True, env={"PATH": SYSTEM_PATH})


class TlsProxy:
    """`certificate`: good | expired | self_signed | other_name. `ca_file` is what an administrator would trust."""

    def __init__(self, folder, target, certificate="good"):
        self.folder = Path(folder) / f"tls-{certificate}"
        self.folder.mkdir()
        self.ca_file = self.folder / "ca.crt"
        self._make_certificate(certificate)
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}/"
        import os
        (self.folder / "nginx.conf").write_text(_NGINX.format(
            folder=self.folder, port=self.port, target=target.rstrip("/"), user="user root;" if os.geteuid() == 0 else ""))
        self.process = Process("nginx", ["/usr/sbin/nginx", "-p", self.folder, "-e", self.folder / "nginx-error.log", "-c",
                                         self.folder / "nginx.conf"], self.folder)
        self.process.wait_until(lambda: accepts(self.port))

    def _make_certificate(self, kind):
        folder = self.folder
        (folder / "ca.conf").write_text(_AUTHORITY.format(folder=folder))
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("01\n")
        _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-subj",
                 "/CN=Caravan test authority", "-days", "30")
        name = "DNS:elsewhere.example.org" if kind == "other_name" else "IP:127.0.0.1"
        if kind == "self_signed":
            _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.crt",
                     "-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={name}", "-days", "30")
            return
        _openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj",
                 "/CN=server", "-addext", f"subjectAltName={name}")
        dates = (["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if kind == "expired" else
                 ["-days", "30"])
        _openssl(folder, "ca", "-batch", "-config", "ca.conf", "-in", "server.csr", "-out", "server.crt", "-notext", *dates)

    def end(self):
        self.process.end()
