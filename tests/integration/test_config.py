#!/usr/bin/python3
"""Every key of mox.conf and domains.conf has the effect that its manual tells, seen from outside of `mox serve`;
keys that this version does not have are refused with file, line and key. The last function looks that no key
was forgotten."""
import os
import re
import smtplib
import socket
import ssl
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403
from production import PREFIX, sh, users  # noqa: E402

if os.getuid() != 0:
    check(False, "needs root")
    finish()

users()
work = scratch("config-")
off = free_offset()
SMTP, IMAP, IMAPS, SUBMISSION, SUBMISSIONS = 25 + off, 143 + off, 993 + off, 587 + off, 465 + off
seen = set()


def effect(keys, ok, what):
    """A checked statement about keys, named section.Key after the tables in lib/config/*.def."""
    seen.update(keys.split())
    return check(ok, "%s: %s" % (keys, what))


def cert(name, names):
    sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
       "%s/etc/%s.key" % (work, name), "-out", "%s/etc/%s.crt" % (work, name), "-days", "30", "-subj", "/CN=" + names[0],
       "-addext", "subjectAltName=" + ",".join("DNS:" + n for n in names))


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


TLS = "\t\tTLS:\n\t\t\tKeyCerts:\n%s"
KC = "\t\t\t\t-\n\t\t\t\t\tCertFile: %s.crt\n\t\t\t\t\tKeyFile: %s.key\n"
IPS = ["127.0.0.1", "127.0.0.5"] + (["::1"] if has_ipv6() else [])

MOX = """DataDir: ../data
LogLevel: error
PackageLogLevels:
	smtpd: debug
User: %s
Hostname: mail.example.test
AdminPasswordFile: secret/admin
Listeners:
	public:
		IPs:
%s
%s		SMTP:
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
	strict:
		IPs:
			- 127.0.0.3
		Hostname: mx2.example.test
%s			MinVersion: TLSv1.3
		SMTPMaxMessageSize: 65536
		SMTP:
			Enabled: true
			Port: %d
			RequireSTARTTLS: true
		IMAP:
			Enabled: false
			Port: %d
		IMAPS:
			Enabled: true
			Port: %d
	clear:
		IPs:
			- 127.0.0.4
%s		SMTP:
			Enabled: true
			Port: %d
			NoSTARTTLS: true
		Submission:
			Enabled: true
			Port: %d
			NoRequireSTARTTLS: true
		Submissions:
			Enabled: false
			Port: %d
		IMAP:
			Enabled: true
			Port: %d
			NoRequireSTARTTLS: true
		IMAPS:
			Enabled: false
			Port: %d
	tickets:
		IPs:
			- 127.0.0.6
%s		SMTP:
			Enabled: true
			Port: %d
			TLSSessionTicketsDisabled: false
Postmaster:
	Account: mjl
	Mailbox: Post
InitialMailboxes:
	SpecialUse:
		Sent: Verzonden
		Archive: Archief
		Draft: Kladjes
		Junk: Rommel
		Trash: Prullen/Bak
	Regular:
		- Lists
		- Work/Old
QuotaMessageSize: 200000
Workers:
	smtpd: 3
	imapd: 5
	deliverd: 2
	authhash: 3
""" % (PREFIX, "\n".join("\t\t\t- " + ip for ip in IPS), TLS % (KC % ("one", "one") + KC % ("other", "other")), SMTP, SUBMISSION, SUBMISSIONS, IMAP,
       IMAPS,
       TLS % (KC % ("mx2", "mx2")), SMTP, IMAP, IMAPS, TLS % (KC % ("one", "one")), SMTP, SUBMISSION, SUBMISSIONS,
       IMAP, IMAPS, TLS % (KC % ("one", "one")), SMTP)

DOMAINS = """Domains:
	example.test:
		Description: the first one
		LocalpartCatchallSeparator: +
		DKIM:
			Selectors:
				rsa:
					Hash: sha256
					Canonicalization:
						HeaderRelaxed: true
						BodyRelaxed: false
					Headers:
						- From
						- Subject
					DontSealHeaders: true
					Expiration: 72h
					PrivateKeyFile: rsa.pem
				ed:
					PrivateKeyFile: ed.pem
			Sign:
				- ed
	seps.test:
		LocalpartCatchallSeparators:
			- +
			- --
	case.test:
		LocalpartCaseSensitive: true
	off.test:
		Disabled: true
	catch.test: nil
Accounts:
	mjl:
		Domain: example.test
		Description: the person
		Destinations:
			mjl@example.test: nil
			Mixed@example.test: nil
			lists@example.test:
				Mailbox: Lists/New
			mjl@seps.test: nil
			Mjl@case.test: nil
			mjl@off.test: nil
			@catch.test:
				Mailbox: Rest
			never@catch.test:
				SMTPError: 550 moved away
			later@catch.test:
				SMTPError: 421 come again
			bare@catch.test:
				SMTPError: 550
	small:
		Domain: example.test
		QuotaMessageSize: 70000
		Destinations:
			small@example.test: nil
	usual:
		Domain: example.test
		Destinations:
			usual@example.test: nil
	free:
		Domain: example.test
		QuotaMessageSize: -1
		Destinations:
			free@example.test: nil
	closed:
		Domain: example.test
		LoginDisabled: gone fishing until May
		Destinations:
			closed@example.test: nil
"""


class Serve(Mox):
    def __init__(self):
        super().__init__(dir=os.path.join(work, "etc"), offset=off, start=False)

    def command(self):
        return [self.mox, "-config", self.config, "serve"]

    def write(self, mox=None, domains=None):
        for name, text in (("mox.conf", mox), ("domains.conf", domains)):
            if text is not None:
                with open(os.path.join(self.dir, name), "w") as f:
                    f.write(text)

    def wait_ready(self, timeout=90.0):
        wait_for(lambda: "ready" in (self.cli("status").stdout.split("\n") + [""] * 2)[1], "mox status", timeout)

    def reload(self, mox=None, domains=None):
        self.write(mox, domains)
        return self.cli("reload")


m = Serve()


def conn(ip="127.0.0.1"):
    return smtplib.SMTP(ip, SMTP, local_hostname="client.example", timeout=60)


def rcpt(*addresses, ip="127.0.0.1"):
    """Replies to RCPT, as "550 5.1.1 text"."""
    c = conn(ip)
    c.ehlo()
    c.docmd("MAIL", "FROM:<a@example.org>")
    out = []
    for a in addresses:
        code, text = docmd8(c, b"RCPT TO:<" + a.encode() + b">")
        out.append("%d %s" % (code, text.decode()))
    c.close()
    return out if len(out) > 1 else out[0]


def send(to, body=b"Subject: x\r\n\r\nx\r\n", ip="127.0.0.1"):
    c = conn(ip)
    try:
        return m.send(body, rcpts=[to], conn=c)
    finally:
        c.close()


def refusal(fn, *args, **kw):
    """What an SMTP server says against it; "" when it doesn't."""
    try:
        fn(*args, **kw)
        return ""
    except smtplib.SMTPResponseException as e:
        return "%d %s" % (e.smtp_code, e.smtp_error.decode())


def imap(user="mjl@example.test", password="password-of-all", ip="127.0.0.1"):
    c = imaplib.IMAP4_SSL(ip, IMAPS, ssl_context=tls_context(), timeout=60)
    try:
        c.login(user, password)
    except Exception:
        c.shutdown()
        raise
    return c


def messages(mailbox, user="mjl@example.test"):
    """Header and text of all messages; None when there is no such mailbox."""
    c = imap(user)
    try:
        if c.select('"%s"' % mailbox, readonly=True)[0] != "OK":
            return None
        return [x[1] for x in c.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(x, tuple)]
    finally:
        c.logout()


def tls(ip, port, name=None, version=None, starttls=False):
    """A TLS connection; version is both the least and the greatest."""
    ctx = tls_context()
    if version:
        ctx.minimum_version = ctx.maximum_version = version
    s = socket.create_connection((ip, port), timeout=30)
    if starttls:
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"EHLO x\r\n")
        while not f.readline().startswith(b"250 "):
            pass
        s.sendall(b"STARTTLS\r\n")
        assert f.readline().startswith(b"220 ")
    return ctx.wrap_socket(s, server_hostname=name)


def subject(ip, port, name=None, **kw):
    """Which of our certificates: the common name."""
    with tls(ip, port, name, **kw) as s:
        der = s.getpeercert(True)
    r = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253"], input=der, stdout=subprocess.PIPE)
    return r.stdout.decode().strip().split("CN=")[1]


def accepts(ip, port, version):
    try:
        tls(ip, port, version=version).close()
        return True
    except (ssl.SSLError, OSError):
        return False


def listens(ip, port):
    try:
        socket.create_connection((ip, port), timeout=10).close()
        return True
    except OSError:
        return False


def banner(ip):
    with socket.create_connection((ip, SMTP), timeout=30) as s:
        return s.makefile("rb").readline().decode()


def test_start():
    os.makedirs(m.dir)
    os.makedirs(m.dir + "/secret")
    for name, names in (("one", ["mail.example.test"]), ("other", ["imap.example.test", "*.wild.test"]), ("mx2", ["mx2.example.test"])):
        cert(name, names)
    sh("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", m.dir + "/rsa.pem")
    sh("openssl", "genpkey", "-algorithm", "ED25519", "-out", m.dir + "/ed.pem")
    m.write(MOX, DOMAINS)
    r = m.cli("config", "test")
    check(r.returncode == 0, "config test: " + r.stdout)
    m.start()
    for a in ("mjl", "small", "usual", "free", "closed"):
        r = m.cli("setaccountpassword", a, input="password-of-all\n")
        check(r.returncode == 0, "setaccountpassword: " + r.stdout)


def test_static():
    data = os.path.join(work, "data")
    effect("mox.DataDir", os.path.exists(data + "/master.key") and os.path.isdir(data + "/accounts"), "data is there, relative to mox.conf")
    rows = m.status()
    n = {role: len({w for r, w, _ in rows if r == role and w != "-"}) for role in ("smtpd", "imapd", "deliverd", "authhash")}
    effect("mox.Workers", n == {"smtpd": 3, "imapd": 5, "deliverd": 2, "authhash": 3}, "as many processes: %s" % n)
    uids = {r: os.stat("/proc/%d" % p).st_uid for r, w, p in rows if r == "smtpd"}
    with open("/proc/%d/status" % [p for r, _, p in rows if r == "smtpd"][0]) as f:
        uid = int(re.search(r"Uid:\t(\d+)", f.read()).group(1))
    import pwd
    effect("mox.User", pwd.getpwuid(uid).pw_name == PREFIX + "-smtp", "smtpd runs as %s-smtp (%s)" % (PREFIX, uids))
    # Listeners
    for ip in IPS:
        effect("listener.IPs", all(listens(ip, p) for p in (SMTP, IMAP, IMAPS)), "all services on " + ip)
    effect("listener.IPs", not listens("127.0.0.7", SMTP), "nothing on an address that is not there")
    effect("smtp.Enabled smtp.Port imap.Enabled imap.Port imaps.Enabled imaps.Port",
           listens("127.0.0.3", SMTP) and not listens("127.0.0.3", IMAP) and listens("127.0.0.3", IMAPS) and
           listens("127.0.0.4", IMAP) and not listens("127.0.0.4", IMAPS) and not listens("127.0.0.6", IMAP), "what is enabled, on its port")
    effect("mox.Hostname listener.Hostname", banner("127.0.0.1").startswith("220 mail.example.test ") and
           banner("127.0.0.3").startswith("220 mx2.example.test "), "in the greeting")
    c = conn()
    code, text = c.ehlo()
    effect("mox.Hostname", text.startswith(b"mail.example.test\n"), "in EHLO")
    effect("listener.SMTPMaxMessageSize", b"SIZE 104857600" in text, "SIZE by default")
    c.close()


def test_tls():
    for starttls, port in ((True, SMTP), (False, IMAPS)):
        def name(ip, n=None):
            return subject(ip, port, n, starttls=starttls)
        effect("key_cert.CertFile key_cert.KeyFile", name("127.0.0.1", "imap.example.test") == "imap.example.test" and
               name("127.0.0.1", "a.wild.test") == "imap.example.test" and name("127.0.0.1", "mail.example.test") == "mail.example.test",
               "by SNI, port %d" % port)
        effect("listener.Hostname", name("127.0.0.1") == "mail.example.test" and name("127.0.0.1", "unknown.test") == "mail.example.test",
               "the certificate for other names, port %d" % port)
        effect("key_cert.CertFile", name("127.0.0.3") == "mx2.example.test" and name("127.0.0.3", "imap.example.test") == "mx2.example.test",
               "each listener has its own, port %d" % port)
    V = ssl.TLSVersion
    effect("tls.MinVersion", accepts("127.0.0.1", IMAPS, V.TLSv1_2) and accepts("127.0.0.1", IMAPS, V.TLSv1_3), "TLS 1.2 and 1.3 by default")
    effect("tls.MinVersion", not accepts("127.0.0.3", IMAPS, V.TLSv1_2) and accepts("127.0.0.3", IMAPS, V.TLSv1_3), "TLSv1.3 refuses 1.2")
    r = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % IMAPS, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    effect("tls.MinVersion", "Protocol  : TLSv1.1" not in r.stdout or "Cipher    : 0000" in r.stdout, "TLS 1.1 is refused")
    # Tickets
    t = {}
    for ip in ("127.0.0.1", "127.0.0.6"):
        s = tls(ip, SMTP, version=V.TLSv1_2, starttls=True)
        t[ip] = s.session is not None and s.session.has_ticket
        s.close()
    effect("smtp.TLSSessionTicketsDisabled", t == {"127.0.0.1": False, "127.0.0.6": True}, "tickets only where they are allowed: %s" % t)


def test_smtp_options():
    c = conn("127.0.0.4")
    code, text = c.ehlo()
    effect("smtp.NoSTARTTLS", b"STARTTLS" not in text and c.docmd("STARTTLS")[0] == 502, "no STARTTLS")
    effect("smtp.NoSTARTTLS", refusal(m.send, b"Subject: clear\r\n\r\nx\r\n", rcpts=["mjl@example.test"], conn=c) == "", "mail goes")
    c.close()
    c = conn("127.0.0.1")
    effect("smtp.NoSTARTTLS", b"STARTTLS" in c.ehlo()[1], "STARTTLS elsewhere")
    c.close()
    c = conn("127.0.0.3")
    c.ehlo()
    code, text = c.docmd("MAIL", "FROM:<a@example.org>")
    effect("smtp.RequireSTARTTLS", code == 530, "MAIL without TLS: %d %r" % (code, text))
    c.starttls(context=tls_context())
    code, text = c.ehlo()
    effect("listener.SMTPMaxMessageSize", b"SIZE 65536" in text, "announced")
    effect("smtp.RequireSTARTTLS", refusal(m.send, b"Subject: strict\r\n\r\nx\r\n", rcpts=["mjl@example.test"], conn=c) == "", "goes with TLS")
    code, text = c.docmd("MAIL", "FROM:<a@example.org> SIZE=65537")
    effect("listener.SMTPMaxMessageSize", code == 552, "SIZE=65537: %d %r" % (code, text))
    why = refusal(m.send, b"Subject: big\r\n\r\n" + b"0123456789\r\n" * 6000, rcpts=["mjl@example.test"], conn=c)
    effect("listener.SMTPMaxMessageSize", why.startswith("552 "), "a larger one without SIZE: " + why)
    c.close()
    got = messages("Inbox")
    effect("listener.Hostname", any(b"Subject: strict" in x and b"by mx2.example.test with ESMTPS" in x for x in got) and
           any(b"Subject: clear" in x and b"by mail.example.test with ESMTP" in x for x in got), "in Received")


def test_imap_options():
    c = imaplib.IMAP4("127.0.0.1", IMAP, timeout=60)
    effect("imap.NoRequireSTARTTLS", "LOGINDISABLED" in c.capabilities and "STARTTLS" in c.capabilities, "LOGINDISABLED without it")
    try:
        c.login("mjl@example.test", "password-of-all")
        effect("imap.NoRequireSTARTTLS", False, "no login in the clear")
    except imaplib.IMAP4.error as e:
        effect("imap.NoRequireSTARTTLS", "PRIVACYREQUIRED" in str(e), "no login in the clear: %s" % e)
    c.shutdown()
    c = imaplib.IMAP4("127.0.0.4", IMAP, timeout=60)
    effect("imap.NoRequireSTARTTLS", "LOGINDISABLED" not in c.capabilities, "no LOGINDISABLED with it")
    effect("imap.NoRequireSTARTTLS", c.login("mjl@example.test", "password-of-all")[0] == "OK", "login in the clear")
    c.logout()


def test_recipients():
    r = rcpt("mjl@example.test", "nobody@example.test", "x@elsewhere.example", "mjl@[127.0.0.1]", "mjl@sub.example.test", "mjl%elsewhere.example@example.test",
             "@elsewhere.example:mjl@example.test")
    check(r[0].startswith("250 "), "known: " + r[0])
    check(r[1].startswith("550 5.1.1 "), "unknown recipient: " + r[1])
    for x in r[2:5]:
        check(x.startswith("550 5.7.1 "), "no relay: " + x)
    check(r[5].startswith("550 5.1.1 "), "percent hack: " + r[5])
    r = rcpt("mjl@off.test", "nobody@off.test")
    effect("domain.Disabled", all(x.startswith("450 4.2.1 ") for x in r), str(r))
    r = rcpt("mjl+x@example.test", "MJL+x+y@example.test", "mjl--x@example.test", "+x@example.test")
    effect("domain.LocalpartCatchallSeparator", [x[:3] for x in r] == ["250", "250", "550", "550"], str(r))
    r = rcpt("mjl+x@seps.test", "mjl--x@seps.test", "mjl-x@seps.test", "mjl@seps.test", "mjl+x@case.test")
    effect("domain.LocalpartCatchallSeparators", [x[:3] for x in r] == ["250", "250", "550", "250", "550"], str(r))
    r = rcpt("mixed@example.test", "MIXED@example.test", "Mjl@case.test", "mjl@case.test")
    effect("domain.LocalpartCaseSensitive", [x[:3] for x in r] == ["250", "250", "250", "550"], str(r))
    r = rcpt("never@catch.test", "later@catch.test", "bare@catch.test", "other@catch.test")
    effect("destination.SMTPError", r[0] == "550 5.1.1 moved away" and r[1].startswith("451 4.") and r[1].endswith("come again") and
           r[2].startswith("550 5.1.1 ") and r[3].startswith("250 "), str(r))
    send("any@catch.test", b"Subject: caught\r\n\r\nx\r\n")
    send("lists@example.test", b"Subject: listed\r\n\r\nx\r\n")
    send("mjl+shop@example.test", b"Subject: plus\r\n\r\nx\r\n")
    effect("destination.Mailbox", b"Subject: caught" in b"".join(messages("Rest") or []) and b"Subject: listed" in b"".join(messages("Lists/New") or []),
           "mail is in its mailbox")
    effect("destination.Mailbox", any(b"Delivered-To: mjl+shop@example.test" in x for x in messages("Inbox")), "Inbox by default")


def test_postmaster():
    to = ["postmaster@example.test", "POSTMASTER@seps.test", "PostMaster@case.test", "postmaster", "postmaster@mail.example.test", "postmaster@mx2.example.test"]
    for a in to:
        send(a, b"Subject: to " + a.encode() + b"\r\n\r\nx\r\n")
    got = b"".join(messages("Post") or [])
    missing = [a for a in to if b"Subject: to " + a.encode() + b"\r\n" not in got]
    effect("postmaster.Account postmaster.Mailbox", not missing, "has mail for every domain and host name, missing: %s" % missing)
    send("postmaster@catch.test", b"Subject: to the rest\r\n\r\nx\r\n")
    effect("postmaster.Account", b"Subject: to the rest" in b"".join(messages("Rest")), "a catch-all is an address of its own")
    effect("postmaster.Account", rcpt("postmaster@elsewhere.example").startswith("550 5.7.1"), "not for other domains")


def test_initial_mailboxes():
    c = imap("usual@example.test")
    have = {}
    for line in c.list()[1]:
        flags, name = re.match(rb'\((.*?)\) "/" "?([^"]*)"?$', line).groups()
        have[name.decode()] = flags.decode()
    c.logout()
    for key, name, use in (("sent", "Verzonden", "\\Sent"), ("archive", "Archief", "\\Archive"), ("draft", "Kladjes", "\\Drafts"), ("junk", "Rommel", "\\Junk"),
                           ("trash", "Prullen/Bak", "\\Trash")):
        effect("special_use." + key.capitalize(), use in have.get(name, ""), "%s has %s: %s" % (name, use, have.get(name)))
    effect("initial_mailboxes.Regular", "Lists" in have and "Work/Old" in have, "there from the start")
    check(not {"Sent", "Drafts", "Junk", "Trash", "Archive"} & set(have) and "INBOX" in {x.upper() for x in have}, "and no others: %s" % sorted(have))


def test_quota():
    body = b"Subject: q\r\n\r\n" + b"0123456789012345678901234567890123456789012345678901234567\r\n" * 1000
    for who, key, fits in (("small", "account.QuotaMessageSize", 1), ("usual", "mox.QuotaMessageSize", 3), ("free", "account.QuotaMessageSize", 5)):
        why = [refusal(send, who + "@example.test", body) for _ in range(fits)]
        effect(key, not any(why), "%s: %d messages of 60 KB fit: %s" % (who, fits, why))
        if who == "free":
            continue
        why = refusal(send, who + "@example.test", body)
        effect(key, why.startswith("452 4.2.2 "), "%s: one more: %s" % (who, why))
        check(refusal(send, who + "@example.test") == "", who + ": a small one still fits")
        c = imap(who + "@example.test")
        typ, text = c.append("INBOX", None, None, body)
        effect(key, typ == "NO" and b"[OVERQUOTA]" in text[0], "%s: APPEND: %s %s" % (who, typ, text))
        check(c.select("INBOX")[1][0] == b"%d" % (fits + 1), who + ": has what was accepted")
        typ, text = c.copy("1", "Lists")
        effect(key, typ == "NO" and b"[OVERQUOTA]" in text[0], "%s: COPY: %s %s" % (who, typ, text))
        # With the space given back it goes on.
        c.store("1", "+FLAGS", "\\Deleted")
        c.expunge()
        c.logout()
        effect(key, refusal(send, who + "@example.test", body) == "", who + ": fits again after EXPUNGE")


def test_login_disabled():
    try:
        imap("closed@example.test").logout()
        effect("account.LoginDisabled", False, "no login")
    except imaplib.IMAP4.error as e:
        effect("account.LoginDisabled", "gone fishing until May" in str(e), "the text is told: %s" % e)
    try:
        imap("closed@example.test", "wrong-password").logout()
    except imaplib.IMAP4.error as e:
        check("fishing" not in str(e), "but not to who has no password: %s" % e)
    effect("account.LoginDisabled", refusal(send, "closed@example.test") == "", "mail still arrives")


def test_lists():
    r = m.cli("config", "account", "list")
    effect("account.Description", "mjl\tthe person\n" in r.stdout and "closed\t(login disabled)\n" in r.stdout, "in the list: " + r.stdout)
    r = m.cli("config", "domain", "list")
    effect("domain.Description", "example.test\tthe first one\n" in r.stdout and "off.test\t(disabled)\n" in r.stdout, "in the list: " + r.stdout)


def test_log_levels():
    with m.lock:
        lines = list(m.log)
    pkgs = {(x.group(1), x.group(2)) for x in (re.search(r"\bl=(\w+) .*?\bpkg=(\w+)", y) for y in lines) if x}
    low = {x for x in pkgs if x[0] in ("info", "debug", "trace")}
    effect("mox.PackageLogLevels", ("info", "smtpd") in low, "smtpd logs what is below error")
    effect("mox.LogLevel", all(p == "smtpd" for _, p in low), "the others do not: %s" % sorted(low))
    since = len(m.log)
    r = m.reload(MOX.replace("\tsmtpd: debug\n", "\timapd: info\n").replace("LogLevel: error", "LogLevel: warn"))
    check(r.returncode == 0, "reload: " + r.stdout)
    imap().logout()
    m.wait_log(r"pkg=imapd", since=since)
    effect("mox.PackageLogLevels", rcpt("nobody@example.test").startswith("550") and not any("pkg=smtpd" in x for x in m.log[since:]), "in force after a reload")
    m.reload(MOX)


def reason(mox=MOX, domains=DOMAINS, cmd=("config", "test")):
    m.write(mox, domains)
    r = m.cli(*cmd)
    return r.stdout if r.returncode != 0 else ""


def line_of(text, line):
    return text.split("\n").index(line) + 1


def test_submission():
    effect("submission.Enabled submission.Port", listens("127.0.0.1", SUBMISSION) and not listens("127.0.0.3", SUBMISSION), "where it is on")
    effect("submissions.Enabled submissions.Port", accepts("127.0.0.1", SUBMISSIONS, ssl.TLSVersion.TLSv1_3) and
           not listens("127.0.0.4", SUBMISSIONS), "where it is on")
    offers = {}
    for ip in ("127.0.0.1", "127.0.0.4"):
        c = smtplib.SMTP(ip, SUBMISSION, timeout=60)
        c.ehlo()
        offers[ip] = c.has_extn("auth")
        c.close()
    effect("submission.NoRequireSTARTTLS", not offers["127.0.0.1"] and offers["127.0.0.4"], "AUTH in the clear where it is allowed: %r" % offers)


def signatures(text="x"):
    """Tags of each DKIM-Signature of a message that mjl sends, by selector."""
    name = "dkim-%d" % signatures.count
    signatures.count += 1
    with smtplib.SMTP_SSL("127.0.0.1", SUBMISSIONS, context=tls_context(), timeout=60) as c:
        c.login("mjl@example.test", "password-of-all")
        c.sendmail("mjl@example.test", ["usual@example.test"], "From: mjl@example.test\r\nSubject: %s\r\n\r\nx\r\n" % name)
    got = []

    def arrived():
        got[:] = [x for x in messages("INBOX", "usual@example.test") if b"Subject: " + name.encode() in x]
        return got
    wait_for(arrived, "the message")
    fields = re.findall(rb"(?m)^DKIM-Signature:((?:.*\r\n[ \t])*.*\r\n)", got[0].split(b"\r\n\r\n")[0] + b"\r\n")
    tags = [dict(t.split("=", 1) for t in re.sub(r"\s", "", f.decode()).split(";")) for f in fields]
    return {t["s"]: t for t in tags}


signatures.count = 0


def test_dkim():
    """What signs, and how; keys that can't."""
    sh("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:768", "-out", m.dir + "/short.pem")
    sh("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", m.dir + "/ec.pem")
    sh("openssl", "pkey", "-in", m.dir + "/rsa.pem", "-aes256", "-passout", "pass:secret", "-out", m.dir + "/locked.pem")
    key = "domains.conf:%d: Domains.example.test.DKIM.Selectors.rsa.PrivateKeyFile: " % line_of(DOMAINS, "\t\t\t\t\tPrivateKeyFile: rsa.pem")
    for f in ("short.pem", "ec.pem", "locked.pem", "one.crt", "missing.pem"):
        why = reason(domains=DOMAINS.replace("rsa.pem", f))
        effect("selector.PrivateKeyFile", key in why, "%s: %s" % (f, why.strip()))
        why = reason(domains=DOMAINS.replace("rsa.pem", f), cmd=("reload",))
        effect("selector.PrivateKeyFile", f in why, "a reload refuses it: " + why.strip())
    for k, old, new in (("dkim.Sign", "- ed\n", "- none\n"), ("selector.Hash", "sha256", "sha1"), ("selector.Headers", "- Subject", "- Sub ject"),
                        ("selector.DontSealHeaders", "DontSealHeaders: true", "DontSealHeaders: x"), ("selector.Expiration", "72h", "3d"),
                        ("canonicalization.HeaderRelaxed", "HeaderRelaxed: true", "HeaderRelaxed: relaxed"),
                        ("canonicalization.BodyRelaxed", "BodyRelaxed: false", "BodyRelaxed: 0")):
        why = reason(domains=DOMAINS.replace(old, new))
        # a list is reported where it begins
        line = DOMAINS[:DOMAINS.index(old)].count("\n") + (0 if old.startswith("- ") and k == "dkim.Sign" else -1 if old.startswith("- ") else 1)
        effect(k, "domains.conf:%d: Domains.example.test.DKIM." % line in why, why.strip())
    r = m.reload(MOX, DOMAINS)
    check(r.returncode == 0, "reload: " + r.stdout)
    tags = signatures()
    effect("dkim.Sign", list(tags) == ["ed"] and tags["ed"]["d"] == "example.test", "one selector signs: %r" % tags)
    effect("selector.PrivateKeyFile", tags["ed"]["a"] == "ed25519-sha256", "with its key")
    effect("selector.Headers selector.DontSealHeaders canonicalization.HeaderRelaxed canonicalization.BodyRelaxed selector.Expiration",
           tags["ed"]["c"] == "relaxed/relaxed" and "x" not in tags["ed"] and tags["ed"]["h"].startswith("From:From:To:Cc:Bcc:"),
           "without them: %r" % tags["ed"])
    r = m.reload(MOX, DOMAINS.replace("\t\t\t\t- ed\n", "\t\t\t\t- ed\n\t\t\t\t- rsa\n"))
    check(r.returncode == 0, "reload: " + r.stdout)
    tags = signatures()
    effect("dkim.Sign", list(tags) == ["ed", "rsa"], "two selectors sign, in order")
    effect("selector.Hash", tags["rsa"]["a"] == "rsa-sha256", "sha256")
    effect("selector.Headers selector.DontSealHeaders", tags["rsa"]["h"] == "From:Subject", "these, once")
    effect("canonicalization.HeaderRelaxed canonicalization.BodyRelaxed", tags["rsa"]["c"] == "relaxed/simple", tags["rsa"]["c"])
    effect("selector.Expiration", int(tags["rsa"]["x"]) - int(tags["rsa"]["t"]) == 72 * 3600, "72h")


def test_dkim_commands():
    """Keys at rest, and keys of a new domain."""
    before = os.stat(m.dir + "/rsa.pem")
    os.chmod(m.dir + "/rsa.pem", 0o640)
    r = m.cli("dkim", "seal", "example.test")
    with open(m.dir + "/rsa.pem") as f:
        text = f.read()
    after = os.stat(m.dir + "/rsa.pem")
    check(r.returncode == 0 and text.startswith("mox sealed DKIM key\nv=DKIM1;h=sha256;k=rsa;p=") and "PRIVATE" not in text,
          "mox dkim seal: " + r.stdout)
    check((after.st_uid, after.st_gid, after.st_mode & 0o777) == (before.st_uid, before.st_gid, 0o640), "owner and mode stay")
    r = m.cli("dkim", "seal")
    check(r.returncode == 0 and r.stdout.count("was sealed already") == 2, "a second time: " + r.stdout)
    check(m.cli("config", "test").returncode == 0 and m.cli("reload").returncode == 0 and list(signatures()) == ["ed", "rsa"],
          "sealed keys sign")
    r = m.cli("dkim", "seal", "nobody.test")
    check(r.returncode == 1 and "there is no domain" in r.stdout, r.stdout.strip())

    r = m.cli("config", "domain", "add", "new.test", "mjl")
    files = sorted(os.listdir(m.dir + "/dkim"))
    year = files[0][:4]
    check(r.returncode == 0 and [re.sub(r"\d{8}T\d{6}", "TIME", f) for f in files] ==
          [year + "a._domainkey.new.test.TIME.rsa2048.privatekey.pkcs8.pem", year + "b._domainkey.new.test.TIME.ed25519.privatekey.pkcs8.pem"],
          "config domain add: keys %r" % files)
    check(all(os.stat("%s/dkim/%s" % (m.dir, f)).st_mode & 0o777 == 0o600 for f in files), "that only root reads")
    check(re.search(r'(?m)^%sa\._domainkey\.new\.test\. TXT "v=DKIM1;h=sha256;k=rsa;p=' % year, r.stdout) and
          re.search(r'(?m)^%sb\._domainkey\.new\.test\. TXT "v=DKIM1;h=sha256;k=ed25519;p=' % year, r.stdout), "and records: " + r.stdout)
    check(m.cli("config", "test").returncode == 0, "the configuration is good")
    r = m.cli("config", "domain", "add", "new.test", "mjl")
    check(r.returncode == 1 and "already" in r.stdout and sorted(os.listdir(m.dir + "/dkim")) == files, "a second time: " + r.stdout)
    check(m.cli("config", "domain", "rm", "new.test").returncode == 0, "config domain rm")
    r = m.cli("loglevels", "debug", "nobody")
    check(r.returncode == 1 and "there are master, authd" in r.stdout, "mox loglevels: " + r.stdout)


def admin(verb, *args):
    """One command for authd on the control socket, as master's clients speak; (True, text) or (False, text)."""
    def s(b):
        return len(b).to_bytes(4, "little") + b

    def number(path, macro, name):
        with open(os.path.join(ROOT, path)) as f:
            return re.findall(r"(?m)^%s\((\w+)," % macro, f.read()).index(name) + 1
    role = number("lib/base/procs.def", "PROC", "AUTHD")
    typ = number("lib/ipc/messages.def", "IPC_MSG", "CTL_COMMAND")
    body = bytes([role]) + s(verb.encode()) + s(b"".join(s(a.encode()) for a in args))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as c:
        c.settimeout(30)
        c.connect(os.path.join(work, "data", "ctl"))
        c.send(bytes([1, 1]) + typ.to_bytes(2, "little") + (1).to_bytes(8, "little") + len(body).to_bytes(4, "little") + b"\0" + body)
        d = c.recv(65536)
    return d[1] == 2, d[17:].decode("utf-8", "replace")


def test_admin_password():
    path = os.path.join(m.dir, "secret", "admin")
    key = "mox.AdminPasswordFile"
    ok, text = admin("checkadminpassword", "password of the admin")
    effect(key, not ok and "no administrator's password" in text, "before: " + text)
    r = m.cli("setadminpassword", input="short\n")
    effect(key, r.returncode == 1 and "shorter" in r.stdout and not os.path.exists(path), "a bad one writes nothing: " + r.stdout)
    for password in ("password of the admin", "and the next one"):
        r = m.cli("setadminpassword", input=password + "\n")
        st = os.stat(path)
        with open(path) as f:
            text = f.read()
        effect(key, r.returncode == 0 and text.startswith("$argon2id$") and text.count("\n") == 1, "has the hash: " + r.stdout)
        effect(key, stat.S_IMODE(st.st_mode) == 0o600 and st.st_uid == 0, "only root reads it: %o" % st.st_mode)
        effect(key, admin("checkadminpassword", password)[0], "verified at once")
        effect(key, "wrong password" in admin("checkadminpassword", "Password of the admin")[1], "another is refused")
    check(not any(b"argon2id" in open(os.path.join(b, f), "rb").read() for b, _, fs in os.walk(os.path.join(work, "data", "auth")) for f in fs),
          "the hash is nowhere else")
    check(os.listdir(os.path.dirname(path)) == ["admin"], "no other file is left")
    # A crash of authd, and what a reload finds
    pid = [p for r, w, p in m.status() if r == "authd" and w == "0"][0]
    kill(pid, signal.SIGKILL)
    wait_for(lambda: admin("checkadminpassword", "and the next one")[0], "authd with the file again")
    effect(key, True, "a new authd gets it")
    with open(path, "w") as f:
        f.write("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68\n")
    since = len(m.log)
    m.reload()
    m.wait_log("authd.adminpassword.unusable", since=since)
    effect(key, "no argon2id hash" in admin("checkadminpassword", "and the next one")[1], "another's hash is told")
    os.unlink(path)
    m.reload()
    effect(key, "no administrator's password" in admin("checkadminpassword", "and the next one")[1], "removed, it is gone after a reload")
    # A place where it can't be written; then none at all
    m.reload(MOX.replace("secret/admin", "nowhere/admin"))
    r = m.cli("setadminpassword", input="password of the admin\n")
    effect(key, r.returncode == 1 and "AdminPasswordFile" in r.stdout and "nowhere" in r.stdout, r.stdout.strip())
    m.write(MOX.replace("AdminPasswordFile: secret/admin\n", ""))
    for _ in range(2):
        r = m.cli("setadminpassword", input="password of the admin\n")
        effect(key, r.returncode == 1 and "AdminPasswordFile" in r.stdout, "without the key: " + r.stdout.strip())
        m.cli("reload")
    m.write(MOX)
    r = m.cli("setadminpassword", input="password of the admin\n")
    effect(key, r.returncode == 1 and "reload" in r.stdout, "before the reload: " + r.stdout.strip())
    r = m.reload(MOX)
    check(r.returncode == 0, "reload: " + r.stdout)


def test_reload():
    """What needs no restart is in force after a reload, and what needs one is refused."""
    m.write(MOX.replace("DataDir: ../data", "DataDir: ../data2"))
    since = len(m.log)
    m.proc.send_signal(signal.SIGHUP)   # mox looks for the control socket in the new place
    effect("mox.DataDir", "needs a restart" in m.wait_log("DataDir", since=since), "needs a restart")
    for old, new, key in (("User: " + PREFIX, "User: nobody", "User"), ("smtpd: 3", "smtpd: 4", "Workers"),
                          ("\t\t\tPort: %d" % SMTP, "\t\t\tPort: %d" % (SMTP + 1), "Port"), ("- 127.0.0.3", "- 127.0.0.8", "IPs")):
        r = m.reload(MOX.replace(old, new, 1))
        check(r.returncode == 1 and key in r.stdout and "restart" in r.stdout, "%s needs a restart: %s" % (key, r.stdout.strip()))
    r = m.reload(MOX.replace("MinVersion: TLSv1.3", "MinVersion: TLSv1.2").replace("\t\t\tNoSTARTTLS: true\n", "").replace("\t\t\tRequireSTARTTLS: true\n", "")
                 .replace("65536", "70000").replace("mx2.example.test", "mx3.example.test").replace("QuotaMessageSize: 200000", "QuotaMessageSize: 1000000")
                 .replace("Mailbox: Post", "Mailbox: Post2").replace("\t\t\tNoRequireSTARTTLS: true\n", "").replace("\t\t\tTLSSessionTicketsDisabled: false\n", "")
                 .replace("CertFile: other.crt", "CertFile: mx2.crt").replace("KeyFile: other.key", "KeyFile: mx2.key"),
                 DOMAINS.replace("Disabled: true", "Disabled: false").replace("\t\tLoginDisabled: gone fishing until May\n", ""))
    check(r.returncode == 0, "reload: " + r.stdout)
    effect("tls.MinVersion", accepts("127.0.0.3", IMAPS, ssl.TLSVersion.TLSv1_2), "after a reload")
    c = conn("127.0.0.4")
    effect("smtp.NoSTARTTLS", b"STARTTLS" in c.ehlo()[1], "after a reload")
    c.close()
    c = conn("127.0.0.3")
    text = c.ehlo()[1]
    effect("listener.SMTPMaxMessageSize listener.Hostname", b"SIZE 70000" in text and text.startswith(b"mx3."), "after a reload")
    effect("smtp.RequireSTARTTLS", c.docmd("MAIL", "FROM:<a@example.org>")[0] == 250, "after a reload")
    c.close()
    s = tls("127.0.0.6", SMTP, version=ssl.TLSVersion.TLSv1_2, starttls=True)
    effect("smtp.TLSSessionTicketsDisabled", s.session is None or not s.session.has_ticket, "after a reload")
    s.close()
    effect("key_cert.CertFile key_cert.KeyFile", subject("127.0.0.1", IMAPS, "mx2.example.test") == "mx2.example.test", "after a reload")
    c = imaplib.IMAP4("127.0.0.4", IMAP, timeout=60)
    effect("imap.NoRequireSTARTTLS", "LOGINDISABLED" in c.capabilities, "after a reload")
    c.shutdown()
    effect("mox.QuotaMessageSize", refusal(send, "usual@example.test", b"Subject: q\r\n\r\n" + b"x\r\n" * 80000) == "", "after a reload")
    send("postmaster@example.test")
    effect("postmaster.Mailbox", messages("Post2") is not None, "after a reload")
    effect("domain.Disabled", rcpt("mjl@off.test").startswith("250"), "after a reload")
    imap("closed@example.test").logout()
    effect("account.LoginDisabled", True, "after a reload")
    r = m.reload(MOX, DOMAINS)
    check(r.returncode == 0, "reload: " + r.stdout)


def test_refused():
    """Values that can't have their effect: file, line and key."""
    for key, where, mox, domains in (
            ("tls.MinVersion", "mox.conf:%d: Listeners.strict.TLS.MinVersion: expected TLSv1.2 or TLSv1.3: TLS 1.0 and 1.1 are not supported"
             % line_of(MOX, "\t\t\tMinVersion: TLSv1.3"), MOX.replace("TLSv1.3", "TLSv1.1"), DOMAINS),
            ("key_cert.KeyFile", ".KeyFile: ", MOX.replace("KeyFile: mx2.key", "KeyFile: none.key"), DOMAINS),
            ("key_cert.CertFile", ".CertFile: ", MOX.replace("CertFile: mx2.crt", "CertFile: none.crt"), DOMAINS),
            ("key_cert.KeyFile", ".KeyFile: one.key: is not the key of the certificate", MOX.replace("KeyFile: mx2.key", "KeyFile: one.key"), DOMAINS),
            ("mox.PackageLogLevels", "mox.conf:4: PackageLogLevels.queue: there is no daemon", MOX.replace("\tsmtpd: debug", "\tqueue: debug"), DOMAINS),
            ("postmaster.Account", "Postmaster.Account: there is no account", MOX.replace("Account: mjl", "Account: nobody"), DOMAINS),
            ("account.Domain", "Accounts.mjl.Domain: \"else.test\" is not in Domains", MOX, DOMAINS.replace("Domain: example.test", "Domain: else.test", 1)),
            ("destination.SMTPError", "never@catch.test.SMTPError: expected", MOX, DOMAINS.replace("550 moved away", "250 fine"))):
        why = reason(mox, domains)
        effect(key, where in why, why.strip())
    m.write(MOX, DOMAINS)
    r = m.cli("config", "domain", "rm", "example.test")
    effect("account.Domain", r.returncode == 1, "a domain of an account stays: " + r.stdout.strip())
    m.reload(MOX, DOMAINS)


def tables(path):
    """Sections in the order of the file: {section: [(kind, name, type of section)]}."""
    with open(os.path.join(ROOT, path)) as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    out = {}
    for kind, args in re.findall(r"(?m)^(SECTION_BEGIN|KEY|SUB|LATER)\(([^\n]*)", text):
        a = [x.strip(' ")') for x in args.split(",")]
        if kind == "SECTION_BEGIN":
            now = out[a[0]] = []
        else:
            now.append((kind, a[0] if kind == "LATER" else a[1], a[3] if kind == "SUB" else None))
    return out


def test_later():
    """Keys of mox that this version does not have, each in its place in the sample."""
    n = 0
    for path, top, file, cmd in (("lib/config/mox.def", "mox", "mox.conf", "describe-static"), ("lib/config/domains.def", "domains", "domains.conf", "describe-domains")):
        t = tables(path)
        sample = m.cli("config", cmd).stdout.split("\n")
        paths = {top: (0, "", 0)}     # section: line behind which its keys begin, their path, their depth
        for section in reversed(t):   # a section stands before those that hold it
            if section not in paths:
                continue
            line, head, depth = paths[section]
            for kind, name, sub in t[section]:
                if kind != "SUB":
                    continue
                i = sample.index("\t" * depth + name + ":", line) + 1
                path = (head + "." if head else "") + name
                # the entry of a map or list
                below = next(j for j in range(i, len(sample)) if sample[j].strip() and not sample[j].strip().startswith("#"))
                entry = sample[below].strip()
                if entry == "-" or entry.split(":")[0] not in [x for _, x, _ in t[sub]]:
                    paths[sub] = (below + 1, path + ("" if entry == "-" else "." + entry.rstrip(":")), depth + 2)
                else:
                    paths[sub] = (i, path, depth + 1)
        for section, rows in t.items():
            for kind, name, _ in rows:
                if kind != "LATER":
                    continue
                line, head, depth = paths[section]
                text = sample[:line] + ["\t" * depth + name + ": x"] + sample[line:]
                why = reason("\n".join(text), DOMAINS) if top == "mox" else reason(MOX, "\n".join(text))
                want = "%s:%d: %s%s: this version of mox does not implement" % (file, line + 1, head + "." if head else "", name)
                n += check(want in why, want) or (print(why) or 0)
                text[line] = text[line].replace(name, "No" + name + "Such")
                why = reason("\n".join(text), DOMAINS) if top == "mox" else reason(MOX, "\n".join(text))
                if ": unknown key" not in why:
                    check(False, "unknown key beside %s: %s" % (want, why))
    check(n > 60, "%d keys" % n)
    m.write(MOX, DOMAINS)


def test_all():
    """Every key has a check here."""
    keys = {"%s.%s" % (s, n) for p in ("lib/config/mox.def", "lib/config/domains.def") for s, rows in tables(p).items() for k, n, _ in rows if k == "KEY"}
    check(len(keys) > 50 and not keys - seen, "%d keys; without a check: %s" % (len(keys), sorted(keys - seen)))
    check(not seen - keys, "checks of keys that are not there: %s" % sorted(seen - keys))


def test_stop():
    check(m.cli("stop").returncode == 0 and m.proc.wait(30) == 0, "stops")


main(test_start, test_static, test_tls, test_smtp_options, test_imap_options, test_recipients, test_postmaster, test_initial_mailboxes, test_quota,
     test_login_disabled, test_lists, test_log_levels, test_submission, test_dkim, test_dkim_commands, test_admin_password, test_reload, test_refused, test_later, test_all, test_stop)
