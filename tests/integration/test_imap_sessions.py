#!/usr/bin/python3
"""Several IMAP sessions of one account: what each is told of the others' changes, and when (RFC 9051 7.5.1,
RFC 2180); IDLE; clients that leave in the middle of everything."""
import os
import random
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

mox = Mox()
MESSAGE = b"From: a@example.org\r\nSubject: x\r\n\r\nhello\r\n"


class Session:
    """Lines as they are on the wire."""

    def __init__(self, mailbox=None):
        self.s = tls_context().wrap_socket(socket.create_connection(("127.0.0.1", mox.imaps_port), timeout=60))
        self.f = self.s.makefile("rb")
        self.n = 0
        self.f.readline()
        self.ok("LOGIN %s %s" % (USER, PASSWORD))
        if mailbox:
            self.ok("SELECT " + mailbox)

    def send(self, data):
        self.s.sendall(data)

    def line(self):
        return self.f.readline().decode("utf-8", "replace").rstrip("\r\n")

    def cmd(self, text):
        """The untagged lines and the tagged one without its tag."""
        self.n += 1
        tag = "t%d" % self.n
        self.send(("%s %s\r\n" % (tag, text)).encode())
        out = []
        while True:
            l = self.line()
            if not l or l.startswith("* BYE"):
                return out, l
            if l.startswith(tag + " "):
                return out, l[len(tag) + 1:]
            out.append(l)

    def ok(self, text):
        out, end = self.cmd(text)
        if not end.startswith("OK"):
            raise RuntimeError("%s: %s" % (text, end))
        return out

    def append(self, mailbox, n=1, flags=""):
        for _ in range(n):
            self.n += 1
            tag = "t%d" % self.n
            self.send(("%s APPEND %s (%s) {%d+}\r\n" % (tag, mailbox, flags, len(MESSAGE))).encode() + MESSAGE + b"\r\n")
            while not self.line().startswith(tag + " OK"):
                pass

    def close(self):
        self.f.close()
        self.s.close()


def fresh(name, n):
    s = Session()
    s.cmd("DELETE " + name)
    s.ok("CREATE " + name)
    s.append(name, n)
    s.ok("SELECT " + name)
    return s


def test_expunge_waits():
    """EXPUNGE is not told during FETCH, STORE and SEARCH; the message keeps its number until it is."""
    a = fresh("e", 5)
    b = Session("e")
    b.ok("FETCH 1:5 UID")
    a.ok("UID STORE 2,4 +FLAGS.SILENT (\\Deleted)")
    check(a.ok("EXPUNGE") == ["* 4 EXPUNGE", "* 2 EXPUNGE"], "the session that expunges hears it at once")
    out, end = b.cmd("FETCH 1:5 UID")
    check([l for l in out if "EXPUNGE" in l] == [], "the other does not during FETCH")
    check(out == ["* 1 FETCH (UID 1)", "* 3 FETCH (UID 3)", "* 5 FETCH (UID 5)"], "numbers stay: %r" % out)
    check("[EXPUNGEISSUED]" in end, "and it is told why: " + end)
    out, end = b.cmd("STORE 5 +FLAGS (\\Flagged)")
    check(out == ["* 5 FETCH (FLAGS (\\Flagged))"] and end.startswith("OK"), "nor during STORE: %r" % out)
    check(b.ok("SEARCH ALL") == ["* SEARCH 1 3 5"], "nor during SEARCH")
    check(b.ok("NOOP") == ["* 4 EXPUNGE", "* 2 EXPUNGE"], "but with NOOP")
    check(b.ok("FETCH 1:* UID") == ["* 1 FETCH (UID 1)", "* 2 FETCH (UID 3)", "* 3 FETCH (UID 5)"], "then numbers move")
    check(a.ok("NOOP") == ["* 3 FETCH (UID 5 FLAGS (\\Flagged))"], "and the first one hears of the flag")
    a.close(), b.close()


def test_lazy_numbers():
    """A session that never needed numbers still gets the right ones after others expunged and appended."""
    a = fresh("l", 6)
    b = Session("l")
    a.ok("UID STORE 1,6 +FLAGS.SILENT (\\Deleted)")
    a.ok("EXPUNGE")
    a.append("l", 2)
    out, _ = b.cmd("FETCH 1:* UID")
    check(out == ["* 8 EXISTS"] + ["* %d FETCH (UID %d)" % (n, u) for n, u in
                                   ((2, 2), (3, 3), (4, 4), (5, 5), (7, 7), (8, 8))], "view of the moment: %r" % out)
    check(b.ok("NOOP") == ["* 6 EXPUNGE", "* 1 EXPUNGE"], "then the expunges")
    check(b.ok("UID SEARCH ALL") == ["* SEARCH 2 3 4 5 7 8"], "then all is as it is")
    a.close(), b.close()


def test_changes_of_others():
    a = fresh("c", 3)
    b = Session("c")
    a.ok("STORE 2 +FLAGS.SILENT (\\Seen $Junk)")
    check(b.ok("NOOP") == ["* 2 FETCH (UID 2 FLAGS (\\Seen $Junk))"], "flags of the other session")
    check(a.ok("NOOP") == [], "not one's own, silently set")
    a.ok("STORE 2 +FLAGS.SILENT (newword)")
    out = b.ok("NOOP")
    check(len(out) == 3 and out[0].endswith(" newword)") and out[2] == "* 2 FETCH (UID 2 FLAGS (\\Seen $Junk newword))",
          "a new keyword comes with FLAGS: %r" % out)
    a.ok("STORE 1 -FLAGS.SILENT (newword)")
    a.append("c")
    check(b.ok("NOOP") == ["* 4 EXISTS"], "nothing changed but a new message")
    b.ok("STORE 1:4 +FLAGS.SILENT (\\Answered)")
    a.ok("STORE 1 +FLAGS.SILENT (\\Draft)")
    out = b.ok("STORE 2 +FLAGS (\\Flagged)")
    check("* 2 FETCH (FLAGS (\\Seen \\Answered \\Flagged $Junk newword))" in out, "one's own STORE is answered: %r" % out)
    check(any(l.startswith("* 1 FETCH") and "\\Draft" in l for l in out + b.ok("NOOP")), "and the other's told")
    a.close(), b.close()


def test_moves():
    a = fresh("m1", 4)
    a.cmd("DELETE m2")
    a.ok("CREATE m2")
    b = Session("m2")
    out = a.ok("MOVE 2:3 m2")
    check(re.match(r"\* OK \[COPYUID \d+ 2:3 1:2\]", out[0]) and out[1:] == ["* 3 EXPUNGE", "* 2 EXPUNGE"], "MOVE: %r" % out)
    check(b.ok("NOOP") == ["* 2 EXISTS"], "the target grows")
    a.ok("COPY 1:2 m1")
    check(a.ok("FETCH 1:* UID") == ["* 1 FETCH (UID 1)", "* 2 FETCH (UID 4)", "* 3 FETCH (UID 5)", "* 4 FETCH (UID 6)"],
          "COPY into the same mailbox")
    a.close(), b.close()


def test_deleted_mailbox():
    a = fresh("d", 1)
    b = Session()
    b.ok("DELETE d")
    check(a.cmd("NOOP")[1].startswith("* BYE [NONEXISTENT]"), "a session whose mailbox is gone ends with BYE")
    a = fresh("d", 1)
    b.ok("RENAME d d2")
    check(a.ok("FETCH 1 UID") == ["* 1 FETCH (UID 1)"], "but one whose mailbox was renamed goes on")
    b.ok("DELETE d2")
    a.close(), b.close()


def test_idle():
    a = fresh("i", 2)
    b = Session("i")
    b.send(b"x IDLE\r\n")
    check(b.line() == "+ idling", "IDLE")
    late = []
    for _ in range(20):
        t = time.monotonic()
        a.append("i")
        if not b.line().endswith(" EXISTS"):
            late.append(9)
        late.append(time.monotonic() - t)
    late.sort()
    print("     notified after %.1f ms (median), %.1f ms (worst), the APPEND included" % (late[10] * 1000, late[-1] * 1000))
    check(late[-1] < 5, "IDLE hears of 20 messages, each at once")
    a.ok("STORE 3 +FLAGS.SILENT (\\Deleted)")
    check(b.line() == "* 3 FETCH (UID 3 FLAGS (\\Deleted))", "of flags")
    a.ok("EXPUNGE")
    check(b.line() == "* 3 EXPUNGE", "of expunges")
    b.send(b"DONE\r\n")
    check(b.line() == "x OK IDLE completed", "DONE")
    # Many sessions on all workers.
    many = [Session("i") for _ in range(12)]
    for s in many:
        s.send(b"x IDLE\r\n")
        s.line()
    a.append("i")
    check(all(s.line() == "* 22 EXISTS" for s in many), "12 sessions in IDLE all hear of one message")
    for s in many + [a, b]:
        s.close()


def test_rude_clients():
    """Sessions that are cut anywhere; the server goes on and nothing is left half done."""
    rnd = random.Random(11)
    a = fresh("r", 3)
    before = {p for r, w, p in mox.status() if r == "imapd"}
    cmds = [b"SELECT r", b"FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY[])", b"STORE 1:* +FLAGS (x)", b"SEARCH TEXT hello",
            b"COPY 1:* r", b'LIST "" * RETURN (STATUS (MESSAGES))', b"IDLE\r\nDONE", b"NOOP", b"CLOSE", b"SELECT r",
            b"APPEND r {200+}\r\n" + b"x" * 200, b"APPEND r {500000+}\r\n" + b"y" * 300000, b"SEARCH {100000+}\r\n" + b"z" * 5000]
    for _ in range(60):
        data = b"a LOGIN %s %s\r\n" % (USER.encode(), PASSWORD.encode())
        for k in range(rnd.randrange(1, 9)):
            data += b"t%d " % k + rnd.choice(cmds) + b"\r\n"
        s = tls_context().wrap_socket(socket.create_connection(("127.0.0.1", mox.imaps_port), timeout=60))
        s.settimeout(rnd.random() * 0.1 + 0.001)
        try:
            s.sendall(data[:rnd.randrange(len(data))])
            if rnd.random() < 0.5:
                s.recv(100)
        except OSError:
            pass
        s.close()
    out = a.ok("FETCH 1:* (UID FLAGS RFC822.SIZE)")
    check(len(out) >= 3, "the mailbox is there")
    check({p for r, w, p in mox.status() if r == "imapd"} == before, "the same workers serve")
    n = len([l for l in out if " FETCH " in l])
    check(len([l for l in Session("r").ok("FETCH 1:* UID") if " FETCH " in l]) == n, "another session sees the same %d messages" % n)
    a.close()


def test_end():
    check(mox.stop() == 0, "ends after Ctrl-C")


main(test_expunge_waits, test_lazy_numbers, test_changes_of_others, test_moves, test_deleted_mailbox, test_idle,
     test_rude_clients, test_end)
