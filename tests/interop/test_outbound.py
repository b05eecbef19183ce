#!/usr/bin/python3
"""Mail leaves: Postfix, found by MX in a local zone, gets it over TLS, byte for byte, with signatures that dkimpy
verifies (both algorithms), over one connection for several.
timeout: 300"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import net  # noqa: E402

net.enter()
import dkim  # noqa: E402

from mailhost import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403
from postfix import Postfix, as_sent  # noqa: E402
from mailhost import PASSWORD  # noqa: E402

zone = net.Zone()
mox = MailHost()
mox.zone(zone)
zone.mx("postfix.test", "mx.postfix.test")
zone.host("mx.postfix.test", net.POSTFIX)
zone.start()
postfix = Postfix(net.POSTFIX, "mx.postfix.test", "postfix.test")


def signatures(raw):
    """(algorithm, domain, selector, verdict of dkimpy) for each signature."""
    d = dkim.DKIM(raw)
    out = []
    n = len(re.findall(rb"(?mi)^DKIM-Signature:", raw.split(b"\r\n\r\n", 1)[0]))
    for i in range(n):
        try:
            ok = d.verify(idx=i)
        except dkim.DKIMException as e:
            ok = repr(e)
        tags = {k.decode(): v.decode() for k, v in d.signature_fields.items()}
        out.append((tags["a"], tags["d"], tags["s"], ok))
    return out


BOTH = [("ed25519-sha256", "example.test", "ed", True), ("rsa-sha256", "example.test", "rsa", True)]
MESSAGES = {
    "plain": letter("plain", ["bob@postfix.test"], body="hello\r\n"),
    "empty lines": letter("empty lines", ["bob@postfix.test"], body="a \t b \r\n\r\n\r\n..dot\r\n.\r\n\r\n\r\n"),
    "no body": b"From: <%s>\r\nSubject: no body\r\n\r\n" % ADDRESS.encode(),
    "8bit": letter("8bit", ["bob@postfix.test"], body="Schöne Grüße aus 北京 \r\n",
                   extra="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"),
    "folded": letter("folded", ["bob@postfix.test"], extra="X-Long: a\r\n\t b  c\r\n   d\r\nReferences: <1@x>\r\n\t<2@x>\r\nCc: <carol@postfix.test>\r\n"),
    "large": letter("large", ["bob@postfix.test"], body="0123456789" * 9 + "\r\n" + ("line of a large message " * 3 + "\r\n") * 30000),
    "long lines": letter("long lines", ["bob@postfix.test"], body="x" * 990 + "\r\n" + "y" * 900 + "\r\n"),
}


def test_signed():
    postfix.start()
    mox.up()
    c = session(mox)
    for name, text in MESSAGES.items():
        mox.send(text, sender=ADDRESS, rcpts=["bob@postfix.test"], conn=c)
    c.close()
    postfix.wait_mail("bob", len(MESSAGES), 120)
    got = {re.search(rb"(?m)^Subject: ([^\r\n]*)", r).group(1).decode(): r for r in postfix.raw("bob")}
    check(set(got) == set(MESSAGES), "all arrived: %s" % sorted(got))
    for name, text in MESSAGES.items():
        raw = as_sent(got[name])
        head, _, body = raw.partition(b"\r\n\r\n")
        check(sorted(signatures(raw)) == BOTH, "%s: both signatures verify: %s" % (name, signatures(raw)))
        check(body == text.partition(b"\r\n\r\n")[2], "%s: the body as submitted (%d, %d bytes)" % (name, len(body), len(text)))
        check(text.partition(b"\r\n\r\n")[0] in raw, "%s: the header as submitted" % name)
    raw = as_sent(got["plain"])
    for what, bad in (("body", raw.replace(b"hello", b"hallo")), ("subject", raw.replace(b"Subject: plain", b"Subject: other")),
                      ("second From", b"From: <x@y.example>\r\n" + raw), ("second Subject", b"Subject: x\r\n" + raw)):
        check(not any(v is True for *_, v in signatures(bad)), "another %s: no signature verifies" % what)
    check(len(re.findall(rb"(?m)^(Date|Message-ID):", raw)) == 2, "Date and Message-ID were added")
    check(b"with ESMTPSA" in raw and b"client.example" not in raw, "Received says how it came, and not where the user was")


def test_transport():
    log = postfix.log()
    check(re.search(r"TLS connection established from \S+mail\.example\.test|using TLSv1\.3", log + postfix.raw("bob")[0].decode("utf-8", "replace")),
          "STARTTLS was used")
    def carried():
        return [int(n) for n in re.findall(r"disconnect from \S+ .*\bmail=(\d+)", postfix.log())]
    wait_for(lambda: sum(carried()) >= len(MESSAGES), "the end of all connections")
    check(len(carried()) < len(MESSAGES), "connections carry several messages: %s" % carried())
    wait_for(lambda: not queue_rows(mox), "an empty queue")
    check(True, "the queue is empty")


def test_who_signs():
    """The domain of From says who signs; one without keys does not."""
    c = session(mox, *PEOPLE["other"])
    mox.send(letter("unsigned", ["carol@postfix.test"], sender="other@other.test"), sender="other@other.test", rcpts=["carol@postfix.test"], conn=c)
    c.close()
    raw = as_sent(postfix.wait_mail("carol"))
    check(signatures(raw) == [], "a domain without keys does not sign")
    submit(mox, "two at once", "carol@postfix.test", "dave@postfix.test")
    for who, n in (("carol", 2), ("dave", 1)):
        check(sorted(signatures(as_sent(postfix.wait_mail(who, n)))) == BOTH, "%s has a signed copy" % who)
    ids = {re.search(rb"\n\s+id (\S+)", r.split(b"Received:", 1)[1]).group(1) for r in (postfix.raw("carol")[1], postfix.raw("dave")[0])}
    check(len(ids) == 1, "two recipients of one domain: one transaction")


def test_local():
    """What stays here is signed as well."""
    submit(mox, "to my neighbour", "other@other.test")
    wait_mails(mox, "Subject: to my neighbour", user="other@other.test", password=PEOPLE["other"][1])
    c = mox.imap("other@other.test", PEOPLE["other"][1])
    c.select("INBOX", readonly=True)
    raw = c.fetch(c.search(None, "SUBJECT", '"to my neighbour"')[1][0], "(BODY.PEEK[])")[1][0][1]
    c.logout()
    check(sorted(signatures(raw)) == BOTH, "a local copy verifies: %s" % signatures(raw))


def test_smtputf8():
    """An address outside of ASCII goes to a server that can."""
    c = session(mox)
    mox.send("From: <mjl@example.test>\r\nTo: <bob@postfix.test>\r\nSubject: Grüße\r\n\r\nhello\r\n".encode(), sender=ADDRESS,
             rcpts=["bob@postfix.test"], smtputf8=True, conn=c)
    c.close()
    raw = as_sent(postfix.wait_mail("bob", len(MESSAGES) + 1))
    check("Subject: Grüße".encode() in raw and sorted(signatures(raw)) == BOTH, "a header in UTF-8, signed: %s" % signatures(raw))


def test_end():
    r = mox.cli("verifydata")
    check(r.returncode == 0, "verifydata: " + r.stdout[-300:])
    r = mox.cli("stop")
    check(r.returncode == 0 and mox.proc.wait(30) == 0, "stops")


main(test_signed, test_transport, test_who_signs, test_local, test_smtputf8, test_end)
