#!/usr/bin/python3
"""Submission on ports 465 and 587 by programs of others: swaks, msmtp, gsasl, curl, Python's smtplib; and what is
refused. msmtp of Debian 12 binds no channel, so the -PLUS forms with tls-exporter are gsasl's, which knows
STARTTLS only; tls-server-end-point is a client of our own, on both ports.
timeout: 300"""
import base64
import hashlib
import hmac
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import net  # noqa: E402

net.enter()
net.need("swaks", "msmtp", "gsasl", "curl")
from mailhost import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403
from mailhost import PASSWORD  # noqa: E402

HOST = "mail.example.test"
with open("/etc/hosts", "a") as f:
    f.write("%s %s\n" % (net.MOX, HOST))
zone = net.Zone()
mox = MailHost()
mox.zone(zone)
zone.start()
sent = []


def sends(ok, what, out):
    check(ok, what + ("" if ok else ":\n" + out[-1500:]))


def test_swaks():
    mox.up()
    for port, tls in ((587, "--tls"), (465, "--tls-on-connect")):
        for mech in ("PLAIN", "LOGIN", "CRAM-MD5"):
            sent.append("swaks %s %d" % (mech, port))
            rc, out = net.capture("swaks", "--server", HOST, "--port", str(port), tls, "--auth", mech, "--auth-user", ADDRESS, "--auth-password",
                                  PASSWORD, "--from", ADDRESS, "--to", "other@other.test", "--h-Subject", sent[-1], "--ehlo", "client.example",
                                  "--h-From", ADDRESS)
            sends(rc == 0 and re.search(r"AUTH %s\b" % mech, out), sent[-1], out)


def test_msmtp():
    rc = os.path.join(mox.work, "msmtprc")
    for port, starttls in ((587, "on"), (465, "off")):
        for mech in ("SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"):
            sent.append("msmtp %s %d" % (mech, port))
            with open(rc, "w") as f:
                f.write("account default\nhost %s\nport %d\ntls on\ntls_starttls %s\ntls_trust_file %s\nauth %s\nuser %s\npassword %s\nfrom %s\n"
                        % (HOST, port, starttls, mox.cert, mech.lower(), ADDRESS, PASSWORD, ADDRESS))
            os.chmod(rc, 0o600)
            code, out = net.capture("msmtp", "-C", rc, "--debug", "other@other.test",
                                    input="From: %s\nTo: other@other.test\nSubject: %s\n\nhello\n" % (ADDRESS, sent[-1]))
            sends(code == 0 and "AUTH " + mech in out, sent[-1], out)


def test_gsasl():
    for mech in ("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"):
        args = ["gsasl", "--smtp", "--connect=%s:587" % HOST, "--mechanism=" + mech, "--authentication-id=" + ADDRESS,
                "--x509-ca-file=" + mox.cert, "--verbose"]
        if "PLUS" not in mech:
            args.append("--no-cb")
        rc, out = net.capture(*args, "--password=" + PASSWORD, input="")
        gs2 = [x for x in re.findall(r"(?m)^(?:AUTH \S+ )?([A-Za-z0-9+/]{20,}=*)\s*$", out)]
        first = next((base64.b64decode(x).decode("utf-8", "replace") for x in gs2), "")
        sends(rc == 0 and "235 " in out, "gsasl %s: %s" % (mech, first.split(",")[0]), out)
        if "PLUS" in mech:
            check(first.startswith("p=tls-exporter,"), "%s binds tls-exporter" % mech)
        rc, out = net.capture(*args, "--password=not the password", input="")
        check(rc != 0 and "535 5.7.8" in out, "gsasl %s, wrong password: 535 5.7.8" % mech)


class Wire:
    """A raw session; `source` is the address it comes from."""

    def __init__(self, port, source=net.V4 + "20", tls=True):
        s = socket.create_connection((mox.ip, port), timeout=60, source_address=(source, 0))
        self.s = s
        if port == 465:
            self.wrap()
        else:
            self.f = s.makefile("rb")
        self.said = []
        self.reply()
        self.ehlo = self.cmd("EHLO client.example")
        if port == 587 and tls:
            assert self.cmd("STARTTLS").startswith("220"), self.said
            self.wrap()
            self.ehlo = self.cmd("EHLO client.example")

    def wrap(self):
        self.s = tls_context().wrap_socket(self.s, server_hostname=HOST)
        self.f = self.s.makefile("rb")

    def reply(self):
        out = []
        while True:
            x = self.f.readline()
            if not x:
                raise EOFError(out)
            out.append(x.decode())
            if x[3:4] != b"-":
                self.said.append("".join(out))
                return self.said[-1]

    def cmd(self, line):
        self.s.sendall(line.encode() + b"\r\n")
        return self.reply()

    def close(self):
        self.f.close()
        self.s.close()


def b64(b):
    return base64.b64encode(b if isinstance(b, bytes) else b.encode()).decode()


def scram(w, mech, user, password, binding=None, flag=None):
    """RFC 5802, in a dozen lines; the replies after the first step. The server's proof is checked."""
    name = "sha1" if "SHA-1" in mech and "256" not in mech else "sha256"

    def mac(k, m):
        return hmac.new(k, m, name).digest()
    gs2 = (flag or ("p=tls-server-end-point" if binding else "n")) + ",,"
    bare = "n=%s,r=%s" % (user, b64(os.urandom(18)))
    r = w.cmd("AUTH %s %s" % (mech, b64(gs2 + bare)))
    if not r.startswith("334 "):
        return r, None, None
    first = base64.b64decode(r[4:]).decode()
    f = dict(x.split("=", 1) for x in first.split(","))
    salted = hashlib.pbkdf2_hmac(name, password.encode(), base64.b64decode(f["s"]), int(f["i"]))
    final = "c=%s,r=%s" % (b64(gs2.encode() + (binding or b"")), f["r"])
    auth = ("%s,%s,%s" % (bare, first, final)).encode()
    key = mac(salted, b"Client Key")
    sig = mac(hashlib.new(name, key).digest(), auth)
    r = w.cmd(b64("%s,p=%s" % (final, b64(bytes(a ^ b for a, b in zip(key, sig))))))
    good = r.startswith("334 ") and base64.b64decode(r[4:]).decode() == "v=" + b64(mac(mac(salted, b"Server Key"), auth))
    if good:
        r = w.cmd("")
    return r, f, good


def test_end_point():
    for port in (587, 465):
        for mech in ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"):
            w = Wire(port)
            check(mech in w.ehlo.split(), "port %d offers %s" % (port, mech))
            cert = hashlib.sha256(w.s.getpeercert(binary_form=True)).digest()
            r, f, proof = scram(w, mech, ADDRESS, PASSWORD, cert)
            check(r.startswith("235 2.7.0") and proof, "%s with tls-server-end-point on %d: %s" % (mech, port, r.strip()))
            w.close()
            w = Wire(port)
            r, _, _ = scram(w, mech, ADDRESS, PASSWORD, hashlib.sha256(b"another certificate").digest())
            check(r.startswith("535 "), "bound to another certificate: %s" % r.strip())
            w.close()
    w = Wire(587)
    r, _, _ = scram(w, "SCRAM-SHA-256", ADDRESS, PASSWORD, flag="y")
    check(r.startswith("535 "), "who was told that there is no -PLUS was lied to: %s" % r.strip())
    w.close()


def test_curl():
    for url in ("smtps://%s:465" % HOST, "smtp://%s:587" % HOST):
        for mech in ("PLAIN", "CRAM-MD5"):
            sent.append("curl %s %s" % (mech, url[-3:]))
            rc, out = net.capture("curl", "-sSv", "--ssl-reqd", "--cacert", mox.cert, "--user", ADDRESS + ":" + PASSWORD, "--login-options",
                                  "AUTH=" + mech, "--mail-from", ADDRESS, "--mail-rcpt", "other@other.test", "-T", "-", url,
                                  input="From: %s\r\nTo: other@other.test\r\nSubject: %s\r\n\r\nhello\r\n" % (ADDRESS, sent[-1]))
            sends(rc == 0 and "AUTH " + mech in out, sent[-1], out)


def test_python():
    for implicit in (False, True):
        sent.append("smtplib %s" % implicit)
        submit(mox, sent[-1], "other@other.test", conn=session(mox, implicit=implicit))


def test_arrived():
    wait_for(lambda: len(mails(mox, user="other@other.test", password=PEOPLE["other"][1])) >= len(sent), "all messages")
    got = mails(mox, user="other@other.test", password=PEOPLE["other"][1])
    check(sorted(m["Subject"] for m in got) == sorted(sent), "each arrived once: %d" % len(got))
    check(all(m["Date"] and re.fullmatch(r"<[^<>@ ]+@[^<>@ ]+>", m["Message-ID"]) for m in got), "with Date and Message-ID")
    check(all("with ESMTPSA" in m["Received"] or "ESMTPSA" in " ".join(m.get_all("Received")) for m in got), "Received says ESMTPSA")
    check(all(ADDRESS in m["Return-Path"] for m in got), "Return-Path is the sender")


def test_header():
    c = session(mox)
    text = ("From: <%s>\r\nTo: <other@other.test>\r\nBcc: <info@example.test>,\r\n <secret@elsewhere.example>\r\nSubject: with bcc\r\n"
            "Message-ID: <mine@client.example>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nX-Last: 1\r\n\r\nbody\r\n" % ADDRESS).encode()
    mox.send(text, sender=ADDRESS, rcpts=["other@other.test", "info@example.test"], conn=c)
    for who, pw in PEOPLE.values():
        m = wait_mails(mox, "Subject: with bcc", user=who, password=pw)[0]
        check(m["Bcc"] is None and b"secret@" not in m.as_bytes(), "%s: Bcc is dropped" % who)
        check(m.get_all("Message-ID") == ["<mine@client.example>"] and len(m.get_all("Date")) == 1, "%s: what was there stays" % who)
        check(m.get_content() == "body\r\n", "%s: the body as it was: %r" % (who, m.get_content()))
    c.close()


def outcome(c, sender, rcpt="other@other.test", text=None):
    """Replies to MAIL, RCPT and the message, up to the first refusal."""
    c.ehlo_or_helo_if_needed()
    out = []
    for line in ("MAIL FROM:<%s>" % sender, "RCPT TO:<%s>" % rcpt, "DATA"):
        code, t = c.docmd(line)
        out.append("%d %s" % (code, t.decode()))
        if code >= 400:
            c.docmd("RSET")
            return out
    c.send(dotstuff(text or letter("refused?", [rcpt])))
    code, t = c.getreply()
    return out + ["%d %s" % (code, t.decode())]


def test_senders():
    c = session(mox)
    for bad in ("other@other.test", "nobody@example.test", "mjl@elsewhere.example"):
        r = outcome(c, bad)
        check(len(r) == 1 and r[0].startswith("550 5.7.1"), "MAIL FROM another's address %s: %s" % (bad, r))
        r = outcome(c, ADDRESS, text=letter("x", ["other@other.test"], sender=bad))
        check(len(r) == 4 and r[3].startswith("550 5.7.1"), "From another's address %s: %s" % (bad, r))
    r = outcome(c, ADDRESS, text=b"From: <%s>, <other@other.test>\r\nSubject: x\r\n\r\nx\r\n" % ADDRESS.encode())
    check(len(r) == 4 and r[3].startswith("55"), "two addresses in From: %s" % r)
    r = outcome(c, ADDRESS, text=b"Subject: x\r\n\r\nx\r\n")
    check(len(r) == 4 and r[3].startswith("55"), "no From: %s" % r)
    r = outcome(c, "info@example.test", text=letter("info", ["other@other.test"], sender="info@example.test"))
    check(r[-1].startswith("250"), "another address of the account: %s" % r)
    r = outcome(c, ADDRESS, rcpt="nobody@other.test")
    check(len(r) == 2 and r[1].startswith("550"), "an unknown user here is refused at once: %s" % r)
    c.close()


def test_refused():
    w = Wire(587, tls=False)
    check("AUTH" not in w.ehlo and "STARTTLS" in w.ehlo, "no AUTH is offered in the clear")
    for mech, arg in (("PLAIN", b64("\0%s\0%s" % (ADDRESS, PASSWORD))), ("LOGIN", ""), ("CRAM-MD5", ""), ("SCRAM-SHA-256", b64("n,,n=x,r=y"))):
        r = w.cmd("AUTH %s %s" % (mech, arg))
        check(r.startswith("538 5.7.11"), "AUTH %s in the clear: %s" % (mech, r.strip()))
    w.close()
    for port in (587, 465):
        w = Wire(port)
        offered = re.search(r"(?m)^250.AUTH (.*)\r", w.ehlo).group(1).split()
        check(set(offered) == {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"},
              "port %d offers %s" % (port, " ".join(offered)))
        for mech in ("GSSAPI", "DIGEST-MD5", "XOAUTH2", "X"):
            r = w.cmd("AUTH " + mech)
            check(r.startswith("504 5.5.4"), "AUTH %s: %s" % (mech, r.strip()))
        r = w.cmd("MAIL FROM:<%s>" % ADDRESS)
        check(r.startswith("530 5.7.0"), "MAIL without AUTH: %s" % r.strip())
        r = w.cmd("AUTH PLAIN ===")
        check(r.startswith("501 5.5.2"), "no base64: %s" % r.strip())
        r = w.cmd("AUTH LOGIN")
        r = w.cmd("*")
        check(r.startswith("501"), "cancelled: %s" % r.strip())
        w.close()


def attempt(mech, user, password, source):
    """What the server says in one attempt, with what is random masked."""
    w = Wire(587, source)
    w.said = []
    fields = None
    if mech == "PLAIN":
        w.cmd("AUTH PLAIN " + b64("\0%s\0%s" % (user, password)))
    elif mech == "LOGIN":
        w.cmd("AUTH LOGIN")
        w.cmd(b64(user))
        w.cmd(b64(password))
    elif mech == "CRAM-MD5":
        challenge = base64.b64decode(w.cmd("AUTH CRAM-MD5")[4:])
        w.cmd(b64("%s %s" % (user, hmac.new(password.encode(), challenge, "md5").hexdigest())))
        w.said[0] = re.sub(r"[A-Za-z0-9+/=]+(?=[.@])", "#", challenge.decode())
    else:
        _, fields, _ = scram(w, mech, user, password)
        w.said[0] = "%d i=%s s:%d r:%d" % (len(w.said[0]), fields["i"], len(fields["s"]), len(fields["r"]))
    w.close()
    return w.said, fields


def hashes():
    """Password verifications that authd has begun."""
    return sum("authd.hash.begun" in x for x in mox.log)


def test_alike():
    """A wrong password and an unknown user: the same bytes, the same work."""
    for i, mech in enumerate(("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")):
        known, f1 = attempt(mech, ADDRESS, "wrong password", net.V4 + str(30 + i))
        unknown, f2 = attempt(mech, "nosuch@example.test", "wrong password", net.V4 + str(40 + i))
        check(known == unknown and known[-1].startswith("535 5.7.8"), "%s: %s and %s" % (mech, known, unknown))
        if f1:
            _, again = attempt(mech, "nosuch@example.test", "wrong password", net.V4 + str(40 + i))
            _, another = attempt(mech, "nosuch2@example.test", "wrong password", net.V4 + str(50 + i))
            check(f2["s"] == again["s"] and f2["s"] != another["s"], mech + ": the salt of an unknown user stays, and is its own")
    # authd says in its log when a hash begins: one for each attempt, whoever it is.
    for who in (ADDRESS, "nosuch@example.test"):
        n = hashes()
        for i in range(5):
            attempt("PLAIN", who, "wrong password", net.V4 + str(55 + i))
        wait_for(lambda: hashes() - n >= 5, "five hashes for " + who)
        check(hashes() - n == 5, "%s: one hash for each attempt (%d of 5)" % (who, hashes() - n))


def test_end():
    check(mox.cli("verifydata").returncode == 0, "verifydata")
    r = mox.cli("stop")
    check(r.returncode == 0 and mox.proc.wait(30) == 0, "stops")


main(test_swaks, test_msmtp, test_gsasl, test_end_point, test_curl, test_python, test_arrived, test_header, test_senders, test_refused,
     test_alike, test_end)
