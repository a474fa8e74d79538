# SPDX-License-Identifier: LGPL-2.1-or-later

"""A throw-away certification authority and server certificates, made with the openssl program."""

import os
import subprocess


class CertificateError(Exception):
    """openssl failed; the message has its words."""


def _openssl(*arguments, folder):
    result = subprocess.run(("openssl",) + arguments, cwd=folder, capture_output=True, check=False,
                            stdin=subprocess.DEVNULL, timeout=30)
    if result.returncode:
        raise CertificateError("openssl %s: %s" % (
            arguments[0], result.stderr.decode("utf-8", "replace").strip()))


class Authority:
    """Made in `folder` on first use. Certificates: good, wrong_host, expired, self_signed."""

    KINDS = ("good", "wrong_host", "expired", "self_signed")

    def __init__(self, folder):
        self.folder = folder
        self.made = False

    @property
    def pem(self):
        return os.path.join(self.folder, "ca.pem")

    @property
    def der(self):
        return os.path.join(self.folder, "ca.der")

    def make(self):
        if self.made:
            return
        os.makedirs(self.folder, exist_ok=True)
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650",
                 "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Concierge test authority",
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign", folder=self.folder)
        _openssl("x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der", folder=self.folder)
        with open(os.path.join(self.folder, "ca.conf"), "w", encoding="ascii") as file:
            file.write("[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\n"
                       "new_certs_dir=.\ndefault_md=sha256\npolicy=any\nunique_subject=no\n"
                       "copy_extensions=copy\n[any]\ncommonName=supplied\n")
        with open(os.path.join(self.folder, "serial"), "w", encoding="ascii") as file:
            file.write("01\n")
        with open(os.path.join(self.folder, "index.txt"), "w", encoding="ascii"):
            pass
        self.made = True

    def certificate(self, kind):
        """Returns the paths of a certificate and its key."""
        if kind not in self.KINDS:
            raise CertificateError("certificates are " + ", ".join(self.KINDS))
        self.make()
        pem = os.path.join(self.folder, kind + ".pem")
        key = os.path.join(self.folder, kind + ".key")
        if os.path.exists(pem):
            return pem, key
        names = "DNS:elsewhere.invalid" if kind == "wrong_host" else "DNS:localhost,IP:127.0.0.1"
        common = "/CN=elsewhere.invalid" if kind == "wrong_host" else "/CN=localhost"
        if kind == "self_signed":
            _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                     "-keyout", key, "-out", pem, "-subj", common,
                     "-addext", "subjectAltName=" + names, folder=self.folder)
            return pem, key
        dates = (["-startdate", "20100101000000Z", "-enddate", "20110101000000Z"]
                 if kind == "expired" else ["-days", "30"])
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", kind + ".csr",
                 "-subj", common, "-addext", "subjectAltName=" + names, folder=self.folder)
        _openssl("ca", "-batch", "-config", "ca.conf", "-notext", "-cert", "ca.pem",
                 "-keyfile", "ca.key", "-in", kind + ".csr", "-out", pem, *dates,
                 folder=self.folder)
        return pem, key
