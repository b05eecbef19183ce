#!/usr/bin/python3
"""A user's day: a mail program with Thunderbird's settings (IMAP and submission over TLS, a Sent folder, drafts)
receives from a correspondent at Postfix, replies, the reply arrives, Postfix answers, and the answer is heard by
IDLE on a connection that stayed open.
timeout: 300"""
import email.utils
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import net  # noqa: E402

net.enter()
from email.message import EmailMessage  # noqa: E402

from mailhost import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403
from postfix import Postfix  # noqa: E402
from mailhost import PASSWORD  # noqa: E402

HOST = "mail.example.test"
BOB = "bob@postfix.test"
with open("/etc/hosts", "a") as f:
    f.write("%s %s\n" % (net.MOX, HOST))
zone = net.Zone()
mox = MailHost()
mox.zone(zone)
zone.mx("postfix.test", "mx.postfix.test")
zone.host("mx.postfix.test", net.POSTFIX)
zone.start()
postfix = Postfix(net.POSTFIX, "mx.postfix.test", "postfix.test")


class Program:
    """What a mail program does, as seen on the wire. The certificate is checked."""

    def __init__(self):
        self.ctx = ssl.create_default_context(cafile=mox.cert)
        self.idle = Idle(mox, user=ADDRESS, password=PASSWORD)
        self.imap = imaplib.IMAP4_SSL(HOST, 993, ssl_context=self.ctx, timeout=60)
        # Thunderbird: AUTHENTICATE PLAIN, ID, ENABLE, LIST with SPECIAL-USE.
        self.imap.authenticate("PLAIN", lambda _: ("\0%s\0%s" % (ADDRESS, PASSWORD)).encode())
        self.imap.xatom("ID", '("name" "Thunderbird" "version" "115.0")')
        self.imap.list()
        for box in ("Sent", "Drafts"):
            if self.imap.status(box, "(MESSAGES)")[0] != "OK":
                check(self.imap.create(box)[0] == "OK", "creates " + box)
            self.imap.subscribe(box)
        check(self.imap.select("INBOX")[0] == "OK", "opens the inbox")

    def wait_new(self, n):
        """The n-th message of the inbox, once IDLE has told of it: (number, parsed)."""
        self.idle.wait_exists(n)
        self.imap.noop()
        typ, d = self.imap.uid("FETCH", "1:*", "(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID References In-Reply-To)])")
        assert typ == "OK"
        typ, d = self.imap.fetch(str(n), "(BODY[])")
        assert typ == "OK"
        return email.message_from_bytes(d[0][1], policy=email.policy.default)

    def draft(self, m):
        check(self.imap.append("Drafts", "(\\Draft)", None, m.as_bytes(policy=email.policy.SMTP))[0] == "OK", "saves a draft")

    def send(self, m, *rcpts):
        with smtplib.SMTP_SSL(HOST, 465, context=self.ctx, local_hostname="[127.0.0.1]", timeout=60) as c:
            c.login(ADDRESS, PASSWORD)
            check(c.has_extn("size") and c.has_extn("8bitmime"), "submission offers SIZE and 8BITMIME")
            c.sendmail(ADDRESS, rcpts, m.as_bytes(policy=email.policy.SMTP))
        check(self.imap.append("Sent", "(\\Seen)", None, m.as_bytes(policy=email.policy.SMTP))[0] == "OK", "keeps a copy in Sent")
        self.imap.select("Drafts")
        self.imap.store("1:*", "+FLAGS", "(\\Deleted)")
        self.imap.expunge()
        check(self.imap.select("Drafts")[1][0] == b"0", "the draft is gone")
        self.imap.select("INBOX")


def message(subject, text, sender, to, answers=None):
    m = EmailMessage()
    m["From"], m["To"], m["Subject"] = sender, to, subject
    m["Date"] = email.utils.formatdate(localtime=True)
    m["Message-ID"] = email.utils.make_msgid(domain=sender.rpartition("@")[2])
    if answers is not None:
        m["In-Reply-To"] = answers["Message-ID"]
        m["References"] = " ".join(x for x in (answers["References"], answers["Message-ID"]) if x)
    m.set_content(text)
    return m


def test_day():
    postfix.start()
    mox.up()
    me = Program()
    # Morning: Bob writes, by his own server, which finds ours by MX.
    first = message("Lunch?", "Shall we have lunch?\n\nBob\n", BOB, ADDRESS)
    first.add_attachment(b"%PDF-1.4 " + bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="menu.pdf")
    postfix.sendmail(first.as_bytes(), BOB, ADDRESS)
    got = me.wait_new(1)
    check(got["Subject"] == "Lunch?" and got["Message-ID"] == first["Message-ID"], "IDLE tells of Bob's letter; it is the one he sent")
    att = list(got.iter_attachments())
    check(len(att) == 1 and att[0].get_content() == b"%PDF-1.4 " + bytes(range(256)) * 40, "with its attachment")
    check("by mail.example.test" in got["Received"] or any("by mail.example.test" in r for r in got.get_all("Received")), "by way of our server")
    # Noon: a reply, drafted, sent, kept.
    reply = message("Re: Lunch?", "Gerne! Um zwölf?\n\n> Shall we have lunch?\n", ADDRESS, BOB, got)
    me.draft(reply)
    me.send(reply, BOB)
    me.imap.store("1", "+FLAGS", "(\\Answered)")
    at_bob = postfix.parsed("bob")
    check(at_bob["In-Reply-To"] == first["Message-ID"] and at_bob["Message-ID"] == reply["Message-ID"], "the reply arrives at Postfix")
    check(len(at_bob.get_all("DKIM-Signature", [])) == 2, "signed twice")
    check("Gerne! Um zwölf?" in at_bob.get_payload(decode=True).decode(), "as it was written")
    # Afternoon: Bob answers; Postfix wrote the message down, so it answers what it got.
    second = message("Re: Lunch?", "Noon it is.\n", BOB, ADDRESS, at_bob)
    postfix.sendmail(second.as_bytes(), BOB, ADDRESS)
    got = me.wait_new(2)
    check(got["In-Reply-To"] == reply["Message-ID"] and got.get_content().splitlines() == ["Noon it is."], "his answer is heard by IDLE")
    # A mistyped address comes back.
    me.send(message("Hello", "Hello\n", ADDRESS, "bobb@postfix.test"), "bobb@postfix.test")
    got = me.wait_new(3)
    r = Report(got)
    check(r.fields("bobb@postfix.test")[0] == "failed" and "550" in r.fields("bobb@postfix.test")[2], "what Postfix refuses comes back as a report")
    # Evening: flags are there, mail is found, everything is in its place.
    check(b"\\Answered" in me.imap.fetch("1", "(FLAGS)")[1][0], "the first letter is marked as answered")
    check(me.imap.search(None, "FROM", "bob", "BODY", "noon")[1][0] == b"2", "search finds the answer")
    check(me.imap.select("Sent")[1][0] == b"2", "two letters in Sent")
    me.imap.logout()
    me.idle.close()
    wait_for(lambda: not queue_rows(mox), "an empty queue")
    check(True, "the queue is empty")
    r = mox.cli("verifydata")
    check(r.returncode == 0, "verifydata: " + r.stdout[-300:])
    r = mox.cli("stop")
    check(r.returncode == 0 and mox.proc.wait(30) == 0, "stops")


main(test_day)
