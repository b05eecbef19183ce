#!/usr/bin/python3
"""Reload while 50 clients work, a broken configuration at reload, crashes of workers: no client of another
worker notices."""
import os
import re
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

mox = Mox()


class Clients:
    """25 IMAP and 25 SMTP clients, each on one connection that it keeps; counts what went wrong."""

    def __init__(self):
        self.stop = threading.Event()
        self.errors = []
        self.rounds = [0] * 50
        self.threads = [threading.Thread(target=self.imap if i % 2 else self.smtp, args=(i,)) for i in range(50)]
        for t in self.threads:
            t.start()

    def imap(self, i):
        try:
            c = mox.imap()
            c.select("INBOX", readonly=True)
            while not self.stop.is_set():
                if c.noop()[0] != "OK":
                    raise RuntimeError("noop")
                c.fetch("1", "(FLAGS)")
                self.rounds[i] += 1
                self.stop.wait(0.02)
            c.logout()
        except Exception as e:  # noqa: BLE001
            self.errors.append((i, repr(e)))

    def smtp(self, i):
        try:
            c = mox.smtp()
            c.ehlo()
            while not self.stop.is_set():
                for line in ("MAIL FROM:<a@example.org>", "RCPT TO:<%s>" % USER, "RSET"):
                    code, text = c.docmd(line)
                    if code != 250:
                        raise RuntimeError("%s: %d %s" % (line, code, text))
                self.rounds[i] += 1
                self.stop.wait(0.02)
            c.quit()
        except Exception as e:  # noqa: BLE001
            self.errors.append((i, repr(e)))

    def wait_round(self):
        """Every client that still lives has done two more rounds."""
        before = list(self.rounds)
        dead = {i for i, _ in self.errors}
        wait_for(lambda: all(self.rounds[i] >= before[i] + 2 or i in {x for x, _ in self.errors} for i in range(50) if i not in dead),
                 "a round of all clients", 60)

    def end(self):
        self.stop.set()
        for t in self.threads:
            t.join(60)
        return self.errors


def test_reload():
    mox.send(b"Subject: one\r\n\r\nhello\r\n")
    cl = Clients()
    cl.wait_round()
    dom = os.path.join(mox.dir, "domains.conf")
    with open(dom) as f:
        good = f.read()
    for i in range(5):
        r = mox.cli("reload")
        check(r.returncode == 0, "reload %d: %s" % (i, r.stdout.strip()))
        cl.wait_round()
    with open(dom, "w") as f:
        f.write(good + "Bogus: true\n")
    r = mox.cli("reload")
    check(r.returncode != 0 and "Bogus" in r.stdout and "domains.conf:" in r.stdout,
          "a broken configuration is refused with file, line and key: " + r.stdout.strip())
    cl.wait_round()
    with open(dom, "w") as f:
        f.write(good)
    n = len(mox.log)
    mox.proc.send_signal(signal.SIGHUP)
    mox.wait_log(r"(?i)reload", since=n)
    cl.wait_round()
    check(mox.cli("reload").returncode == 0, "the repaired one is taken")
    # New account by the command, in force at once, comments kept
    with open(dom, "w") as f:
        f.write("# a comment of the operator\n" + good)
    r = mox.cli("config", "account", "add", "second", "second@localhost")
    check(r.returncode == 0, "config account add: " + r.stdout.strip())
    with open(dom) as f:
        text = f.read()
    check("# a comment of the operator" in text and "second@localhost" in text, "the edit keeps comments")
    r = mox.cli("setaccountpassword", "second", input="second-password\n")
    check(r.returncode == 0, "setaccountpassword: " + r.stdout.strip())
    mox.send(b"Subject: to second\r\n\r\nhello\r\n", rcpts=["second@localhost"])
    c = mox.imap("second@localhost", "second-password")
    check(c.select("INBOX")[1][0] == b"1", "the new account receives and reads")
    c.logout()
    cl.wait_round()
    errors = cl.end()
    check(not errors, "50 clients noticed nothing: %s" % errors[:3])


def test_worker_crash():
    for role in ("imapd", "smtpd"):
        workers = [p for r, w, p in mox.status() if r == role and w != "-"]
        check(len(workers) >= 2, "%s has %d workers" % (role, len(workers)))
        cl = Clients()
        cl.wait_round()
        kill(workers[0], signal.SIGKILL)
        cl.wait_round()
        new = wait_for(lambda: [p for r, w, p in mox.status() if r == role and w != "-" and p not in workers],
                       "a new worker", 30)
        check(len(new) == 1, "%s: one worker was replaced" % role)
        errors = cl.end()
        mine = [e for e in errors if (e[0] % 2 == 1) == (role == "imapd")]
        check(len(errors) == len(mine), "clients of other daemons noticed nothing: %s" % errors[:3])
        check(len(mine) < 25, "clients of other %s workers noticed nothing (%d of 25 ended)" % (role, len(mine)))
    for role in ("deliverd", "authd", "authhash", "acmekey"):
        pid = [p for r, w, p in mox.status() if r == role and w != "-"][0]
        kill(pid, signal.SIGKILL)

        def works():
            try:
                mox.send(b"Subject: after %s\r\n\r\nhello\r\n" % role.encode())
                c = mox.imap()
                c.select("INBOX", readonly=True)
                n = len(c.search(None, "SUBJECT", '"after %s"' % role)[1][0].split())
                c.logout()
                return n >= 1
            except Exception:  # noqa: BLE001
                return False
        wait_for(works, "service after killing " + role, 30)
        check(True, "service is back after killing " + role)


def test_session_over_deliverd_crash():
    """A logged-in session survives the death of the account's writer and of authd."""
    c = mox.imap()
    c.select("INBOX")
    for role in ("deliverd", "authd"):
        for p in [p for r, w, p in mox.status() if r == role and w != "-"]:
            kill(p, signal.SIGKILL)
        check(c.noop()[0] == "OK", "NOOP after killing " + role)

        def flags():
            typ, d = c.store("1", "+FLAGS", "(\\Flagged)")
            return typ == "OK"
        if role == "deliverd":
            wait_for(flags, "STORE to work in the same session", 30)
            check(True, "STORE works again in the same session after killing " + role)
    c.logout()


def test_crash_loop():
    """A daemon that can't live is restarted with growing delays, the rest goes on."""
    c = mox.imap()
    for _ in range(6):
        rows = [p for r, w, p in mox.status() if r == "smtpd" and w != "-"]
        for p in rows:
            kill(p, signal.SIGKILL)
        check(c.noop()[0] == "OK", "imapd is untouched")
    lines = [x for x in mox.log if "delay=" in x and "smtpd" in x]
    delays = [int(re.search(r"delay=(\d+)", x).group(1)) for x in lines]
    check(delays and max(delays) > min(delays), "delays grow: %s" % delays[-8:])
    wait_for(lambda: connects(), "smtpd to be back", 60)
    c.logout()


def connects():
    try:
        mox.smtp(timeout=5).quit()
        return True
    except Exception:  # noqa: BLE001
        return False


def test_end():
    check(mox.stop() == 0, "stops with 0")


main(test_reload, test_worker_crash, test_session_over_deliverd_crash, test_crash_loop, test_end)
