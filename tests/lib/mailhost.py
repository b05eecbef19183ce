"""mox in production mode at net.MOX inside net.enter(), on the usual ports: accounts, DKIM keys and the zone of
its domain."""

import email
import email.policy
import json
import os
import re
import smtplib

import net
from moxtest import Mox, check, dkim_keys, dkim_txt, scratch, tls_context, wait_for
from production import Production, install, sh, users

# account: address, password
PEOPLE = {"mjl": ("mjl@example.test", "password-of-mjl"), "other": ("other@other.test", "password-of-other")}
ADDRESS, PASSWORD = PEOPLE["mjl"]

DOMAINS = """Domains:
	example.test:
%(dkim)s	other.test: nil
Accounts:
	mjl:
		Domain: example.test
		Destinations:
			mjl@example.test: nil
			info@example.test: nil
	other:
		Domain: other.test
		Destinations:
			other@other.test: nil
"""


class MailHost(Production):
    ip = net.MOX

    def __init__(self, work=None, domains=DOMAINS):
        self.work = work or scratch("host-")
        users()
        install(self.work)
        super().__init__(self.work, offset=0)
        with open(self.config) as f:
            text = f.read().replace("- 127.0.0.1", "- %s\n\t\t\t- ::1" % self.ip)
        with open(self.config, "w") as f:
            f.write(text)
        with open(os.path.join(self.dir, "domains.conf"), "w") as f:
            f.write(domains % {"dkim": dkim_keys(self.dir)})
        self.cert = os.path.join(self.dir, "localhost.crt")

    def zone(self, z):
        """What DNS says about it."""
        z.mx("example.test", "mail.example.test")
        z.mx("other.test", "mail.example.test")
        z.host("mail.example.test", self.ip)
        for name in ("rsa", "ed"):
            z.txt(name + "._domainkey.example.test", dkim_txt("%s/dkim-%s.key" % (self.dir, name)))

    def up(self):
        self.start()
        for name, (_, password) in PEOPLE.items():
            r = self.cli("setaccountpassword", name, input=password + "\n")
            check(r.returncode == 0, "setaccountpassword %s: %s" % (name, r.stdout))
        return self

    def imap(self, user=ADDRESS, password=PASSWORD, tls=True):
        return super().imap(user, password, tls)


def session(mox, user=ADDRESS, password=PASSWORD, implicit=False, source=None, timeout=60):
    """A logged in submission session; `source` is the address that it comes from."""
    cls = smtplib.SMTP_SSL if implicit else smtplib.SMTP
    kw = {"context": tls_context()} if implicit else {}
    c = cls(mox.ip, mox.submissions_port if implicit else mox.submission_port, local_hostname="client.example", timeout=timeout,
            source_address=(source, 0) if source else None, **kw)
    if not implicit:
        c.starttls(context=tls_context())
    c.login(user, password)
    return c


def letter(subject, to, sender=ADDRESS, body="hello\r\n", extra=""):
    return ("From: <%s>\r\nTo: %s\r\nSubject: %s\r\n%s\r\n%s" % (sender, ", ".join("<%s>" % t for t in to), subject, extra, body)).encode()


def submit(mox, subject, *to, conn=None, sender=ADDRESS, **kw):
    """One message; the text of the reply."""
    c = conn or session(mox)
    try:
        return mox.send(letter(subject, to, sender, **kw), sender=sender, rcpts=to, conn=c)
    finally:
        if conn is None:
            c.close()


def mails(mox, pattern="", user=ADDRESS, password=PASSWORD, box="INBOX"):
    """Messages of a mailbox whose raw text matches, parsed by Python's email."""
    c = mox.imap(user, password)
    try:
        if c.select(box, readonly=True)[1][0] == b"0":
            return []
        _, d = c.fetch("1:*", "(BODY.PEEK[])")
        raw = [x[1] for x in d if isinstance(x, tuple)]
        return [email.message_from_bytes(x, policy=email.policy.default) for x in raw if re.search(pattern.encode(), x)]
    finally:
        c.logout()


def wait_mails(mox, pattern, n=1, timeout=60, **kw):
    got = []

    def there():
        got[:] = mails(mox, pattern, **kw)
        return len(got) >= n
    wait_for(there, "%d messages with %s" % (n, pattern), timeout)
    return got


class Report:
    """A delivery status notification: fields by recipient; checks its form (RFC 3464) on the way."""

    def __init__(self, m):
        self.m = m
        ok = m.get_content_type() == "multipart/report" and m.get_param("report-type") == "delivery-status"
        parts = list(m.iter_parts()) if m.is_multipart() else []
        ok = ok and len(parts) == 3 and parts[0].get_content_type() == "text/plain" and \
            parts[1].get_content_type() in ("message/delivery-status", "message/global-delivery-status") and \
            parts[2].get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
        check(ok, "the notification is a report of three parts")
        check(not m.defects, "without defects: %s" % m.defects)
        check(m["Auto-Submitted"] == "auto-replied", "it is auto-replied")
        self.human = parts[0].get_content()
        # Python knows message/delivery-status, not the form in UTF-8 (RFC 6533).
        text = parts[1].as_bytes().partition(b"\n\n")[2].strip().replace(b"\r\n", b"\n")
        blocks = [email.message_from_bytes(b, policy=email.policy.default) for b in re.split(rb"\n\n+", text)]
        self.message = blocks[0]
        self.rcpts = {str(b["Final-Recipient"]).split(";", 1)[1].strip(): b for b in blocks[1:] if b["Final-Recipient"]}
        self.original = parts[2]

    def fields(self, rcpt):
        """(action, status, diagnostic code)"""
        b = self.rcpts[rcpt]
        return b["Action"], b["Status"], re.sub(r"\s+", " ", str(b["Diagnostic-Code"] or ""))


def queue_rows(mox):
    """What `mox queue list -json` says: a dict for each recipient."""
    r = mox.cli("queue", "list", "-json")
    if r.returncode != 0:
        raise RuntimeError(r.stdout)
    return [json.loads(x) for x in r.stdout.splitlines() if x.startswith("{")]


def operate(mox, what, *args, to=None):
    """`mox queue hold` and so on, of a recipient or all."""
    r = mox.cli("queue", what, *(["-to", to] if to else []), *args)
    check(r.returncode == 0, "queue %s %s: %s" % (what, to or "", r.stdout.strip())) if r.returncode else None
    return r.stdout


def schedule(mox, to=None):
    """All, or a recipient, is due now."""
    return operate(mox, "schedule", "-now", "0", to=to)
