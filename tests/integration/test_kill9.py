#!/usr/bin/python3
"""kill -9 of each daemon, and of all at once, at random moments under load: what was answered 250 or OK
is in the mailbox, exactly once."""
import collections
import os
import random
import re
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

ROUNDS = int(os.environ.get("MOX_KILL_ROUNDS", "50"))
SEED = int(os.environ.get("MOX_SEED", "0")) or random.randrange(1 << 30)
rng = random.Random(SEED)
print("seed", SEED)
mox = Mox()
acked = set()
tried = set()
lock = threading.Lock()
stop = threading.Event()
counter = [0]


def marker(kind):
    with lock:
        counter[0] += 1
        m = "%s-%06d" % (kind, counter[0])
        tried.add(m)
        return m


def body(m):
    size = rng.choice([200, 3000, 20000, 50000, 150000])
    return ("From: a@example.org\r\nSubject: %s\r\nX-Marker: %s\r\n\r\n" % (m, m)).encode() + b"x" * 70 + b"\r\n" * (size // 70) + m.encode() + b"\r\n"


def smtp_load():
    c = None
    while not stop.is_set():
        m = marker("smtp")
        try:
            c = c or mox.smtp(timeout=20)
            mox.send(body(m), conn=c)
            with lock:
                acked.add(m)
        except Exception:
            c = None
            stop.wait(0.02)


def imap_load():
    c = None
    while not stop.is_set():
        m = marker("imap")
        try:
            c = c or mox.imap()
            typ, _ = c.append("INBOX", None, None, body(m))
            if typ == "OK":
                with lock:
                    acked.add(m)
        except Exception:
            c = None
            stop.wait(0.02)


def victims():
    """Each role's processes: workers and the daemon's parent."""
    rows = collections.defaultdict(list)
    for role, worker, pid in mox.status():
        rows[role].append(pid)
    return rows


def test_rounds():
    threads = [threading.Thread(target=f) for f in (smtp_load, smtp_load, smtp_load, imap_load, imap_load)]
    for t in threads:
        t.start()
    roles = ["smtpd", "imapd", "deliverd", "authd", "authhash", "acmekey", "all", "all-and-master"]
    for i in range(ROUNDS):
        role = roles[i % len(roles)]
        try:
            rows = wait_for(victims, "status", 30)
        except TimeoutError:
            check(False, "mox status answers in round %d" % i)
            break
        threading.Event().wait(rng.uniform(0.05, 0.4))
        if role == "all-and-master":
            pids = [p for p, _ in mox.processes()]
        elif role == "all":
            pids = [p for r in rows for p in rows[r] if r != "master"]
        else:
            pids = [rng.choice(rows[role])] if rows.get(role) else []
            if not pids:
                check(False, "a process of role %s exists" % role)
                continue
        for p in pids:
            kill(p, signal.SIGKILL)
        if role == "all-and-master":
            mox.proc.wait(10)
            wait_for(lambda: not mox.processes(), "all processes to be gone", 20)
            mox.start()
        before = len(acked)
        try:
            wait_for(lambda: len(acked) > before + 3, "progress after killing " + role, 60)
        except TimeoutError as e:
            check(False, str(e))
            break
    stop.set()
    for t in threads:
        t.join(90)
    check(True, "%d rounds, %d of %d answered" % (ROUNDS, len(acked), len(tried)))


def test_all_there():
    c = mox.imap()
    c.select("INBOX", readonly=True)
    typ, data = c.fetch("1:*", "(UID BODY.PEEK[HEADER.FIELDS (X-Marker)])")
    found = collections.Counter()
    for d in data:
        if isinstance(d, tuple):
            m = re.search(rb"X-Marker: (\S+)", d[1])
            if m:
                found[m.group(1).decode()] += 1
    c.logout()
    lost = [m for m in acked if found[m] == 0]
    twice = [m for m in acked if found[m] > 1]
    check(not lost, "nothing answered is lost %s" % lost[:5])
    check(not twice, "nothing answered is there twice %s" % twice[:5])
    print("not answered but there: %d" % len([m for m in found if m not in acked]))
    r = mox.cli("verifydata", timeout=300)
    check(r.returncode == 0, "verifydata is clean: " + r.stdout[-800:])
    check(mox.stop() == 0, "stops")


main(test_rounds, test_all_there)
