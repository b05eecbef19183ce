#!/usr/bin/python3
"""kill -9 of each daemon, and of all at once, at random moments under submission load, with a server that records
what it took: what was answered 250 is delivered or still queued. A message may arrive twice only where the
server's answer was lost, because a process between it and the queue died just then; those are counted.
timeout: 600"""
import collections
import os
import random
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import net  # noqa: E402

net.enter()
from faults import FaultServer  # noqa: E402
from mailhost import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403

ROUNDS = int(os.environ.get("MOX_KILL_ROUNDS", "50"))
SEED = int(os.environ.get("MOX_SEED", "0")) or random.randrange(1 << 30)
LOCAL, LOCAL_PASSWORD = PEOPLE["other"]
rng = random.Random(SEED)
print("seed", SEED)
zone = net.Zone()
mox = MailHost()
mox.zone(zone)
zone.mx("sink.test", "mx.sink.test")
zone.host("mx.sink.test", net.SINK)
for i in range(20):
    zone.mx("d%d.test" % i, "mx.sink.test")
zone.start()
acked, tried = {}, set()    # marker: recipients
lock = threading.Lock()
stop = threading.Event()
counter = [0]
kills = []      # (time, role)
sink = FaultServer(net.SINK)
# Who hears of a server's answer before it is recorded.
ON_THE_WAY = ("remote", "queued", "all", "all-and-master")


def load(n):
    c = None
    while not stop.is_set():
        with lock:
            counter[0] += 1
            m = "marker-%06d" % counter[0]
            tried.add(m)
            rcpts = rng.choice([["a@sink.test"], ["a@sink.test", "b@sink.test"], ["a@d%d.test" % rng.randrange(20)], [LOCAL],
                                ["a@sink.test", LOCAL]])
            size = rng.choice([200, 200, 3000, 20000, 300000])
        text = letter(m, rcpts, body="x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * (size // 72), extra="X-Marker: %s\r\n" % m)
        try:
            c = c or session(mox, implicit=n % 2 == 0, source=net.V4 + str(40 + n), timeout=30)
            mox.send(text, sender=ADDRESS, rcpts=rcpts, conn=c)
            with lock:
                acked[m] = rcpts
        except Exception:
            c = None
            stop.wait(0.05)


def victims():
    rows = collections.defaultdict(list)
    for role, _, pid in mox.status():
        rows[role].append(pid)
    return rows


def strike(role):
    rows = wait_for(victims, "status", 30)
    threading.Event().wait(rng.uniform(0.05, 0.5))
    if role == "all-and-master":
        pids = [p for p, _ in mox.processes()]
    elif role == "all":
        pids = [p for r in rows for p in rows[r] if r != "master"]
    else:
        pids = [rng.choice(rows[role])] if rows.get(role) else []
        check(pids, "a process of role %s exists" % role) if not pids else None
    kills.append((time.monotonic(), role))
    for p in pids:
        kill(p, signal.SIGKILL)
    if role == "all-and-master":
        mox.proc.wait(10)
        wait_for(lambda: not mox.processes(), "all processes to be gone", 20)
        mox.start()


def test_rounds():
    mox.up()
    threads = [threading.Thread(target=load, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    roles = ["queued", "remote", "submissiond"] + [r for r in procs() if r not in ("queued", "remote", "submissiond")] + \
        ["queued", "remote", "all", "all-and-master"]
    start = time.monotonic()
    done = 0
    for i in range(ROUNDS):
        role = roles[i % len(roles)]
        try:
            strike(role)
            a, n = len(acked), len(sink.taken)
            wait_for(lambda: len(acked) > a + 3 and len(sink.taken) > n + 3, "progress after killing " + role, 60)
        except TimeoutError as e:
            check(False, "round %d: %s" % (i, e))
            break
        done += 1
    stop.set()
    for t in threads:
        t.join(90)
    check(done == ROUNDS, "%d rounds in %d seconds, %d of %d answered 250" % (done, time.monotonic() - start, len(acked), len(tried)))


def markers(raw):
    m = re.search(rb"(?m)^X-Marker: (\S+)", raw)
    return m.group(1).decode() if m else None


def local_copies():
    c = mox.imap(LOCAL, LOCAL_PASSWORD)
    n = int(c.select("INBOX", readonly=True)[1][0])
    found = collections.Counter()
    for d in c.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (X-Marker)])")[1] if n else []:
        if isinstance(d, tuple):
            found[markers(d[1])] += 1
    c.logout()
    return found


def test_all_there():
    def drained():
        if not queue_rows(mox):
            return True
        schedule(mox)
        threading.Event().wait(0.5)
        return False
    before = len(queue_rows(mox))
    wait_for(drained, "an empty queue", 180)
    print("recipients still queued when the load ended: %d" % before)
    arrived = collections.defaultdict(list)     # (marker, recipient): times
    for t in sink.taken:
        for r in t.rcpts:
            arrived[markers(t.data), r].append(t.at)
    local = local_copies()
    lost = [(m, r) for m, rcpts in acked.items() for r in rcpts if (not arrived[m, r] if r != LOCAL else not local[m])]
    check(not lost, "everything that was answered 250 arrived: %d recipients%s" % (sum(len(r) for r in acked.values()),
                                                                               ", but %s" % lost[:5] if lost else ""))
    # A process on the way died before the answer, or within the time until it is recorded (LIM_QUEUE_SYNC_MS, and what
    # a loaded machine adds).
    twice = [(k, at) for k, v in arrived.items() for at in v[:-1]]
    after = {x: min([t - x[1] for t, role in kills if role in ON_THE_WAY and t - x[1] > -0.1], default=1e9) for x in twice}
    odd = [x for x in twice if after[x] > 1]
    check(not odd, "twice only where the answer was lost: %d of %d, killed at most %.3f s after it%s" %
          (len(twice), len(arrived), max(after.values(), default=0), ", but %s" % odd[:3] if odd else ""))
    check(not [m for m in local if local[m] > 1], "local copies are there once: %d" % len(local))
    print("not answered but there: %d" % len({m for m, _ in arrived} - set(acked)))
    reports = mails(mox, "multipart/report")
    check(not reports, "nobody was told of a failure: %d" % len(reports))
    r = mox.cli("verifydata", timeout=300)
    check(r.returncode == 0, "verifydata is clean: " + r.stdout[-800:])
    r = mox.cli("stop")
    check(r.returncode == 0 and mox.proc.wait(30) == 0, "stops")


main(test_rounds, test_all_there)
