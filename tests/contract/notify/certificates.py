# SPDX-License-Identifier: GPL-3.0-or-later
"""A throw-away authority, and certificates of it for localhost and for another name, by the openssl command."""
import collections
import subprocess

Certificate = collections.namedtuple("Certificate", "authority certificate key both other stranger")


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def authority(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout",
            f"{name}.key", "-out", f"{name}.pem")
    return directory / f"{name}.pem"


def signed(directory, name, names):
    """A certificate of the authority with its key behind it, in one file."""
    (directory / "names").write_text(f"subjectAltName={names}\n")
    openssl(directory, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out",
            "request")
    openssl(directory, "x509", "-req", "-in", "request", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.pem")
    both = directory / f"{name}-both.pem"
    both.write_text((directory / f"{name}.pem").read_text() + (directory / f"{name}.key").read_text())
    return both


def make(directory):
    trusted = authority(directory, "authority")
    stranger = authority(directory, "stranger")
    both = signed(directory, "localhost", "DNS:localhost,IP:127.0.0.1")
    other = signed(directory, "other", "DNS:other.example.org")
    return Certificate(trusted, directory / "localhost.pem", directory / "localhost.key", both, other, stranger)
