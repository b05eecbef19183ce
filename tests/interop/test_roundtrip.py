#!/usr/bin/python3
"""A thousand varied messages by SMTP, read back by mbsync and offlineimap byte for byte; IDLE hears
every arrival."""
import collections
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403
import gen_messages  # noqa: E402

N = int(os.environ.get("MOX_ROUNDTRIP", "1000"))
work = scratch("roundtrip-")
mox = Mox(dir=os.path.join(work, "d"))
sent = collections.Counter()


def crlf(b):
    return re.sub(rb"\r?\n", b"\r\n", b)


def test_send_with_idle():
    """Every message is accepted, and a client in IDLE hears of all of them."""
    idle = Idle(mox)
    heard = []

    def listen():
        try:
            while not heard or heard[-1] < N:
                heard.append(idle.wait_exists((heard[-1] if heard else 0) + 1, timeout=120))
        except Exception as e:  # noqa: BLE001
            heard.append(-1)
            print("idle:", e)
    t = threading.Thread(target=listen)
    t.start()
    messages = list(gen_messages.messages(N, 1))
    lock = threading.Lock()
    errors = []

    def sender():
        c = mox.smtp()
        while True:
            with lock:
                if not messages:
                    break
                frm, rcpts, body, utf8 = messages.pop()
            try:
                mox.send(body, "x@example.org" if not utf8 else "bj\u00f6rn@example.org", [USER], utf8, c)
            except Exception as e:  # noqa: BLE001
                errors.append((e, body[:300]))
                c = mox.smtp()
                continue
            if not body.endswith(b"\r\n"):
                body += b"\r\n"
            with lock:
                sent[body] += 1
        c.quit()
    ts = [threading.Thread(target=sender) for _ in range(4)]
    for x in ts:
        x.start()
    for x in ts:
        x.join()
    for e in errors[:5]:
        print(e)
    check(not errors, "%d messages accepted" % N)
    t.join(180)
    check(heard and heard[-1] == N, "IDLE heard of all %d (%d notices)" % (N, len(heard)))
    idle.close()


def compare(maildir, who, want=None, raw_wanted=None):
    """Files of a maildir against what was sent, or (raw_wanted) whole messages against a client's own
    rendering of them."""
    want = sent if want is None else want
    if raw_wanted is not None:
        have = collections.Counter()
        for sub in ("new", "cur"):
            for f in os.listdir(os.path.join(maildir, sub)):
                with open(os.path.join(maildir, sub, f), "rb") as fh:
                    have[fh.read()] += 1
        for m in list(raw_wanted - have)[:2]:
            print("missing:", m[:1500])
        for m in list(have - raw_wanted)[:2]:
            print("extra:", m[:1500])
        check(have == raw_wanted, "%s: %d messages byte for byte as it renders them (%d differ)" %
              (who, sum(have.values()), sum((raw_wanted - have).values())))
        return
    got = collections.Counter()
    bad = 0
    for sub in ("new", "cur"):
        d = os.path.join(maildir, sub)
        for f in os.listdir(d) if os.path.isdir(d) else ():
            with open(os.path.join(d, f), "rb") as fh:
                raw = crlf(fh.read())
            raw = re.sub(rb"\AX-TUID: [^\r\n]*\r\n|(?<=\r\n)X-TUID: [^\r\n]*\r\n", b"", raw, count=1)
            s = strip_trace(raw)
            if s is None:
                bad += 1
                if bad < 4:
                    print("no trace header in", f, raw[:600])
                continue
            got[s] += 1
    check(bad == 0, "%s: every message has our Received field" % who)
    missing = want - got
    extra = got - want
    for m in list(missing)[:3]:
        print("missing:", m[:400], len(m))
    for m in list(extra)[:3]:
        print("extra:", m[:400], len(m))
    check(sum(got.values()) == sum(want.values()) and not missing and not extra,
          "%s: %d messages byte for byte (missing %d, other %d)" %
          (who, sum(got.values()), sum(missing.values()), sum(extra.values())))


def headers_only():
    """Messages without an empty line, which RFC 5322 allows; mbsync can't store them and says so."""
    return collections.Counter({m: n for m, n in sent.items() if b"\r\n\r\n" not in m and not m.startswith(b"\r\n")})


def run(cmd, what, known=0, **kw):
    r = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, **kw)
    warn = [x for x in r.stdout.splitlines() if re.search(r"(?i)\b(warning|error|unexpected|traceback)\b", x)]
    skipped = [x for x in warn if re.search(r"Warning: message \d+ from far side has incomplete header; skipping", x)]
    if known and len(skipped) == known:
        warn = [x for x in warn if x not in skipped]
    if r.returncode != 0 or warn:
        print(r.stdout[-3000:])
    check(r.returncode == 0, what + " ends with 0")
    check(not warn, what + " prints no warning or error")
    return r.stdout


def test_mbsync():
    m = os.path.join(work, "mbsync")
    os.makedirs(m)
    rc = os.path.join(work, "mbsyncrc")
    with open(rc, "w") as f:
        f.write("""IMAPAccount mox
Host localhost
Port %d
User %s
Pass %s
SSLType IMAPS
CertificateFile %s

IMAPStore far
Account mox

MaildirStore near
Path %s/
Inbox %s/INBOX
SubFolders Verbatim

Channel mox
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
""" % (mox.imaps_port, USER, PASSWORD, os.path.join(mox.dir, "localhost.crt"), m, m))
    short = headers_only()
    k = sum(short.values())
    run(["mbsync", "-c", rc, "-a"], "mbsync", known=k)
    compare(os.path.join(m, "INBOX"), "mbsync", sent - short)
    run(["mbsync", "-c", rc, "-a"], "mbsync again", known=k)
    compare(os.path.join(m, "INBOX"), "mbsync again", sent - short)
    # upload: a message put into the local folder arrives on the server, a flag too
    with open(os.path.join(m, "INBOX", "cur", "1.local.host:2,FS"), "wb") as f:
        f.write(b"From: me@example.org\nSubject: uploaded by mbsync\n\nhello\n")
    run(["mbsync", "-c", rc, "-a"], "mbsync upload", known=k)
    c = mox.imap()
    c.select("INBOX", readonly=True)
    typ, d = c.search(None, "SUBJECT", '"uploaded by mbsync"')
    check(typ == "OK" and len(d[0].split()) == 1, "mbsync: the uploaded message is there once")
    typ, fl = c.fetch(d[0].split()[0], "(FLAGS)")
    check(b"\\Flagged" in fl[0] and b"\\Seen" in fl[0], "mbsync: with its flags")
    uid = c.search(None, "SUBJECT", '"uploaded by mbsync"')[1][0]
    c.logout()
    c = mox.imap()
    c.select("INBOX")
    c.store(uid, "+FLAGS", "\\Deleted")
    c.expunge()
    c.logout()


def fetch_all():
    """Every message by imaplib, whole."""
    c = mox.imap()
    c.select("INBOX", readonly=True)
    out = [x[1] for x in c.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(x, tuple)]
    c.logout()
    return out


def test_imaplib():
    got = collections.Counter(strip_trace(x) for x in fetch_all())
    check(got == sent, "imaplib: %d messages byte for byte (%d differ)" % (sum(got.values()), sum((sent - got).values())))


def offlineimap_rendering(raws):
    """What offlineimap writes for these bytes: it parses each message with Python's email package and
    writes the parse, with these two policies (offlineimap/folder/Base.py), which reflows some fields."""
    import email.parser
    import email.policy
    rfc = email.policy.default.clone(cte_type="8bit", utf8=True, refold_source="none", linesep="\r\n")
    out = email.policy.default.clone(cte_type="8bit", utf8=True, refold_source="none")
    return collections.Counter(email.parser.BytesParser(policy=rfc).parsebytes(x).as_bytes(policy=out) for x in raws)


def test_offlineimap():
    m = os.path.join(work, "offlineimap")
    rc = os.path.join(work, "offlineimaprc")
    with open(rc, "w") as f:
        f.write("""[general]
accounts = mox
ui = basic
metadata = %s/oi-meta
[Account mox]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = %s
[Repository far]
type = IMAP
remotehost = localhost
remoteport = %d
remoteuser = %s
remotepass = %s
ssl = yes
sslcacertfile = %s
folderfilter = lambda name: name == 'INBOX'
""" % (work, m, mox.imaps_port, USER, PASSWORD, os.path.join(mox.dir, "localhost.crt")))
    run(["/usr/bin/offlineimap", "-c", rc, "-o"], "offlineimap")
    compare(os.path.join(m, "INBOX"), "offlineimap", raw_wanted=offlineimap_rendering(fetch_all()))


def test_stop():
    r = mox.cli("verifydata")
    check(r.returncode == 0, "verifydata: " + r.stdout[-500:])
    check(mox.stop() == 0, "localserve ends with 0 after Ctrl-C")
    mox.start()
    c = mox.imap()
    typ, d = c.select("INBOX", readonly=True)
    check(int(d[0]) == N, "a second run finds the %d messages again" % N)
    c.logout()
    mox.stop()


main(test_send_with_idle, test_imaplib, test_mbsync, test_offlineimap, test_stop)
