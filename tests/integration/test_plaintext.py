#!/usr/bin/python3
"""No plaintext of any message, password or key in files or logs; damaged blobs are an error for that
message alone."""
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


main(test_secrets, test_damage)
