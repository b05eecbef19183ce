#!/usr/bin/python3
"""No plaintext of any message, password or key in files or logs; damaged blobs are an error for that
message alone."""
import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

work = scratch("plain-")
mox = Mox(dir=os.path.join(work, "d"), env={"TMPDIR": os.path.join(work, "t")}, start=False)
os.mkdir(os.path.join(work, "t"))
SECRETS = [b"SubjectMarkerQuokka", b"BodyMarkerWombat", b"attachmentMarkerNumbat", b"senderquoll@example.org",
           b"BigBodyMarkerBilby", b"appendMarkerDingo"]
NEWPASS = "correct horse Battery9"


def find(needles):
    hits = []
    for base, _, files in os.walk(work):
        for f in files:
            p = os.path.join(base, f)
            try:
                with open(p, "rb") as fh:
                    data = fh.read()
            except OSError:
                continue
            low = data.lower()
            for n in needles:
                if n.lower() in low:
                    hits.append((n, p))
    return hits


def test_secrets():
    mox.start()
    r = mox.cli("loglevels", "trace")
    check(r.returncode == 0, "loglevels trace: " + r.stdout)
    small = (b"From: <senderquoll@example.org>\r\nSubject: SubjectMarkerQuokka\r\nMIME-Version: 1.0\r\n"
             b"Content-Type: text/plain; name=attachmentMarkerNumbat\r\n\r\nBodyMarkerWombat\r\n")
    mox.send(small)
    mox.send(small.replace(b"BodyMarker", b"BigBodyMarkerBilby") + b"BigBodyMarkerBilby filler\r\n" * 40000)
    c = mox.imap()
    c.select("INBOX")
    typ, _ = c.append("INBOX", None, None, b"Subject: appendMarkerDingo\r\n\r\nappendMarkerDingo\r\n")
    check(typ == "OK", "append")
    typ, d = c.fetch("1:*", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[])")
    check(sum(len(x[1]) for x in d if isinstance(x, tuple)) > 1000000, "all readable")
    c.logout()
    r = mox.cli("setaccountpassword", "mox", input=NEWPASS + "\n")
    check(r.returncode == 0, "setaccountpassword: " + r.stdout)
    mox.imap(password=NEWPASS).logout()
    try:
        mox.imap().logout()
        check(False, "the old password is refused")
    except imaplib.IMAP4.error:
        check(True, "the old password is refused")
    hits = find(SECRETS + [NEWPASS.encode(), PASSWORD.encode()])
    check(not hits, "nothing readable in files: %s" % hits[:8])
    log = "\n".join(mox.log).encode()
    secret_in_log = [s for s in SECRETS + [NEWPASS.encode()] if s.lower() in log.lower() and s != b"senderquoll@example.org"]
    check(not secret_in_log, "nothing in logs at level trace: %s" % secret_in_log)
    with open(os.path.join(mox.dir, "data", "master.key"), "rb") as f:
        key = f.read()
    others = [h for h in find([key]) if not h[1].endswith("master.key")]
    check(not others, "the master key is in no other file: %s" % others)
    st = os.stat(os.path.join(mox.dir, "data", "master.key"))
    check(st.st_mode & 0o077 == 0, "the master key is private")


# Addresses and domains are in logs, for the operator; in files they are as secret as the text.
QUEUED_TEXT = [b"QueueSubjectKowari", b"QueueBodyDunnart", b"QueueBigPademelon"]
QUEUED_ADDRESSES = [b"rcptmarkerbettong", b"domainmarkerdibbler", b"failedmarkerpotoroo", b"gonemarkerwoylie", b"namemarkerdrop"]


def submit(m, password, subject, body, *rcpts):
    c = smtplib.SMTP_SSL("127.0.0.1", m.submissions_port, local_hostname="client.example", timeout=60, context=tls_context())
    c.login(USER, password)
    m.send(b"From: namemarkerdrop <%s>\r\nTo: <%s>\r\nSubject: %s\r\n\r\n%s\r\n" % (USER.encode(), rcpts[0].encode(), subject, body), sender=USER,
           rcpts=rcpts, conn=c)
    c.close()


def scram_secrets(password):
    """What of a password is stored for SCRAM, and could be used to log in or to guess it."""
    out = []
    for mech, name in (("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")):
        c = smtplib.SMTP_SSL("127.0.0.1", mox.submissions_port, local_hostname="client.example", timeout=60, context=tls_context())
        c.ehlo()
        code, text = c.docmd("AUTH", mech + " " + base64.b64encode(b"n,,n=%s,r=abcdefghijklmnop" % USER.encode()).decode())
        f = dict(x.split(b"=", 1) for x in base64.b64decode(text).split(b","))
        c.docmd("*")
        c.close()
        salted = hashlib.pbkdf2_hmac(name, password.encode(), base64.b64decode(f[b"s"]), int(f[b"i"]))
        client = hmac.new(salted, b"Client Key", name).digest()
        for key in (salted, client, hashlib.new(name, client).digest(), hmac.new(salted, b"Server Key", name).digest()):
            out += [key, base64.b64encode(key), key.hex().encode()]
    return out


def test_queue():
    """What waits in the queue, what failed, what went."""
    submit(mox, NEWPASS, b"QueueSubjectKowari", b"QueueBodyDunnart", "rcptmarkerbettong-temperror@domainmarkerdibbler.example")
    submit(mox, NEWPASS, b"QueueSubjectKowari", b"QueueBigPademelon filler\r\n" * 40000, "rcptmarkerbettong-x451@domainmarkerdibbler.example")
    submit(mox, NEWPASS, b"QueueSubjectKowari", b"QueueBodyDunnart", "failedmarkerpotoroo-permerror@domainmarkerdibbler.example", "gonemarkerwoylie@domainmarkerdibbler.example")

    def waiting():
        rows = [json.loads(x) for x in mox.cli("queue", "list", "-json").stdout.splitlines() if x.startswith("{")]
        return len(rows) == 2 and all(r["attempts"] == 1 and r["state"] == "queued" for r in rows) and rows
    wait_for(waiting, "two messages that wait for their next attempt")
    d = os.path.join(mox.dir, "data", "queue")
    files = [os.path.join(b, f) for b, _, fs in os.walk(d) for f in fs]
    check(sum(os.path.getsize(f) for f in files) > 1000000 and any("/msg/" in f for f in files), "the queue is in files: %s" % [os.path.basename(f) for f in files])
    hits = find(QUEUED_TEXT + QUEUED_ADDRESSES + [NEWPASS.encode()])
    check(not hits, "nothing readable in files: %s" % hits[:8])
    hits = find(scram_secrets(NEWPASS))
    check(not hits, "no secret of SCRAM in files: %s" % hits[:4])
    log = "\n".join(mox.log).encode().lower()
    leaked = [x for x in QUEUED_TEXT + [NEWPASS.encode(), base64.b64encode(b"\0%s\0%s" % (USER.encode(), NEWPASS.encode()))] if x.lower() in log]
    check(not leaked, "nothing in logs at level trace: %s" % leaked)
    r = mox.cli("queue", "drop", "-all")
    check(r.returncode == 0, "dropped: " + r.stdout)
    hits = find(QUEUED_TEXT + QUEUED_ADDRESSES)
    check(not hits, "nor afterwards: %s" % hits[:8])


def account_dir():
    return os.path.join(mox.dir, "data", "accounts", "mox")


def files():
    out = []
    for base, _, fs in os.walk(os.path.join(account_dir(), "msg")):
        out += [os.path.join(base, f) for f in fs]
    return sorted(out)


def readable(password):
    """UIDs whose body can be fetched, one by one."""
    c = mox.imap(password=password)
    c.select("INBOX", readonly=True)
    uids = c.uid("SEARCH", "ALL")[1][0].split()
    good = []
    for u in uids:
        typ, d = c.uid("FETCH", u, "(BODY.PEEK[])")
        if typ == "OK" and any(isinstance(x, tuple) for x in d):
            good.append(u)
    check(c.noop()[0] == "OK", "the connection lives after damaged messages")
    c.logout()
    return uids, good


def test_damage():
    for i in range(4):
        mox.send(b"From: a@example.org\r\nSubject: big %d\r\n\r\n" % i + (b"%d" % i * 70 + b"\r\n") * 2000)
    before, good = readable(NEWPASS)
    check(before == good, "all readable before")
    fs = files()
    check(len(fs) >= 5, "large messages are files of their own (%d)" % len(fs))
    with open(fs[-1], "r+b") as f:
        f.seek(70000)
        b = f.read(1)
        f.seek(70000)
        f.write(bytes([b[0] ^ 1]))
    with open(fs[-2], "r+b") as f:
        f.truncate(os.path.getsize(fs[-2]) - 20000)
    a, b = fs[-3], fs[-4]
    os.rename(a, a + ".x")
    os.rename(b, a)
    os.rename(a + ".x", b)
    mox.stop()
    mox.start(wait=False)
    wait_for(lambda: login_ok(NEWPASS), "a login", 60)
    uids, good = readable(NEWPASS)
    check(uids == before, "the mailbox is whole")
    check(len(good) == len(before) - 4, "flipped, truncated and two swapped blobs fail, the others read (%d of %d)" %
          (len(good), len(before)))
    r = mox.cli("verifydata", timeout=300)
    check(r.returncode != 0, "verifydata finds them")
    mox.stop()


def login_ok(p):
    try:
        mox.imap(password=p).logout()
        return True
    except (OSError, imaplib.IMAP4.error):
        return False


main(test_secrets, test_queue, test_damage)
