"""`make install` into a private root, users for the roles, and `mox serve` as root: what the scripts that test
production mode share."""

import atexit
import grp
import os
import pwd
import subprocess

from moxtest import BIN, ROOT, Mox, check, dkim_keys, wait_for

PREFIX = "moxt"
ROLES = ("auth", "key", "store", "smtp", "submit", "queue", "out", "imap")
made = []

def sh(*a, **kw):
    return subprocess.run(a, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw).stdout


def users():
    """The users that the packages would make, under a prefix of the test's own."""
    for g in ("%s-read" % PREFIX,):
        if subprocess.run(["getent", "group", g], stdout=subprocess.DEVNULL).returncode != 0:
            sh("groupadd", "-r", g)
            made.append(("groupdel", g))
    for r in ROLES:
        u = "%s-%s" % (PREFIX, r)
        if subprocess.run(["getent", "passwd", u], stdout=subprocess.DEVNULL).returncode != 0:
            sh("useradd", "-r", "-U", "-d", "/nonexistent", "-s", "/usr/sbin/nologin", u)
            made.append(("userdel", u))

    def clean():
        for cmd, name in reversed(made):
            subprocess.run([cmd, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(clean)


class Production(Mox):
    """An installation below `work`; not started yet."""

    def __init__(self, work, offset=None):
        super().__init__(dir=os.path.join(work, "etc"), bin=os.path.join(work, "root", "usr", "bin"), offset=offset, start=False)
        os.makedirs(self.dir)
        self.data = os.path.join(work, "var", "lib", "mox")
        sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-keyout", self.dir + "/localhost.key", "-out", self.dir + "/localhost.crt", "-days", "30",
           "-subj", "/CN=mail.example.test", "-addext", "subjectAltName=DNS:localhost,DNS:mail.example.test")
        os.chmod(self.dir + "/localhost.key", 0o600)
        with open(self.config, "w") as f:
            f.write("""DataDir: %s
LogLevel: debug
User: %s
Hostname: mail.example.test
Listeners:
	public:
		IPs:
			- 127.0.0.1
		TLS:
			KeyCerts:
				-
					CertFile: localhost.crt
					KeyFile: localhost.key
		SMTP:
			Enabled: true
			Port: %d
		Submission:
			Enabled: true
			Port: %d
		Submissions:
			Enabled: true
			Port: %d
		IMAP:
			Enabled: true
			Port: %d
		IMAPS:
			Enabled: true
			Port: %d
Postmaster:
	Account: mjl
	Mailbox: postmaster
""" % (self.data, PREFIX, self.smtp_port, self.submission_port, self.submissions_port, self.imap_port, self.imaps_port))
        with open(os.path.join(self.dir, "domains.conf"), "w") as f:
            f.write("""Domains:
	example.test:
%s	other.test: nil
Accounts:
	mjl:
		Domain: example.test
		Destinations:
			mjl@example.test: nil
	other:
		Domain: other.test
		Destinations:
			other@other.test: nil
""" % dkim_keys(self.dir))

    def command(self):
        return [self.mox, "-config", self.config, "serve"]

    def wait_ready(self, timeout=90.0):
        wait_for(lambda: os.path.exists(os.path.join(self.data, "ctl")) and self.status(), "mox status", timeout)


def install(work):
    """Returns the root of the installation, and the folder of the daemons."""
    root = os.path.join(work, "root")
    b = os.path.dirname(BIN)
    args = ["B=" + b] + (["SAN=address,undefined"] if "san" in os.path.basename(b) else [])
    sh("make", "-s", "-C", ROOT, "install", "DESTDIR=", "prefix=" + root + "/usr", "sysconfdir=" + work + "/etc-unused", *args)
    for p in ("bin/mox", "libexec/mox/moxmaster", "libexec/mox/smtpd"):
        check(os.path.exists(os.path.join(root, "usr", p)), "installed " + p)
    return root, os.path.join(root, "usr", "libexec", "mox")
