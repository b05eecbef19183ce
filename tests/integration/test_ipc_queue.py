#!/usr/bin/python3
"""The channels of mail on its way out against peers that were taken over: queued (from submissiond, smtpd; lied to by
the remote role), the remote role, submissiond (lied to by authd and queued). As test_ipc.py.
timeout: 600"""
import base64
import os
import shutil
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from faults import FaultServer  # noqa: E402
from hostile import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403

work = scratch("ipcq-")
base = Mox(dir=os.path.join(work, "d"), start=False)
base.start()    # makes the data directory
base.stop()
MSG = b"From: <mox@localhost>\r\nTo: <you@example.org>\r\nSubject: x\r\n\r\nhello\r\n"
TRACE = b"Received: from x by y; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
QUEUE_LOCAL = 1 << 16


def add(txn=1, rcpts=(b"you@example.org",), flags=0, size=len(MSG), filekey=b"", account=b"mox", login=b"mox@localhost", sender=b"mox@localhost",
        from_=b"mox@localhost", trace=TRACE, ip=b"127.0.0.1", raw=None):
    return u(8, txn) + u(8, 2) + u(4, flags) + u(8, size) + s(filekey) + s(ip) + s(b"client") + s(account) + s(login) + s(sender) + s(from_) + \
        s(trace) + s(raw if raw is not None else b"".join(s(r) for r in rcpts))


def code_of(m):
    """The SMTP code of an answer to QUEUE_ADD; 0 when the channel was shut, or it is an error."""
    return int.from_bytes(m[3][:2], "little") if m is not None and m[0] == ANSWER else 0


def sent(results=(u(1, 0) + u(2, 250) + s(b"2.0.0") + s(b"taken"),), connected=1):
    return u(1, connected) + u(1, 0) + s(b"mx.example.org") + s(b"192.0.2.9") + s(b"TLSv1.3") + s(b"TLS_AES_256_GCM_SHA384") + s(b"".join(results))


def files_that_are_none():
    return (("an unsealed memfd", memfd(MSG, seal=False)), ("a pipe", pipe_end()), ("a directory", os.open("/", os.O_RDONLY)),
            ("a linked file", os.open(base.config, os.O_RDONLY)), ("a device", os.open("/dev/null", os.O_RDONLY)),
            ("an O_PATH descriptor", os.open(base.config, os.O_PATH)))


def command(d, verb, *args):
    """A command of the operator."""
    d.next += 1
    d.send(d.ctl, CALL, "CTL_ADMIN", d.next, s(verb) + s(b"".join(s(a) for a in args)))
    m = d.wait_ctl(d.next)
    assert m[0] == ANSWER, m
    return m[3][4:].decode()


def queued(remote):
    """A queued with an empty queue of its own keys."""
    shutil.rmtree(os.path.join(base.dir, "data", "queue"))
    os.mkdir(os.path.join(base.dir, "data", "queue"), 0o700)
    return Daemon("QUEUED", base, "queued", answers={"AUTHD": {TYPES["AUTH_QUEUE_KEYS"]: s(b"q" * 32) + s(b"d" * 32)}, "DELIVERD": {}, "REMOTE": remote})


def pause(d, seconds=0.05):
    d.during(lambda: threading.Event().wait(seconds))


def until(d, cond, what, seconds=60):
    end = time.monotonic() + seconds
    while not cond():
        if time.monotonic() > end:
            raise TimeoutError(what)
        pause(d)


def test_queued():
    calls = []

    def take(body):
        calls.append(body)
        return sent()
    d = queued({TYPES["REMOTE_SEND"]: take})
    hostile(d, "SUBMITD", "QUEUE_ADD", add(), lambda: [memfd(MSG)], "IMAPD")
    until(d, lambda: calls, "a delivery")
    pause(d, 0.5)
    check(len(calls) == 1, "a request that comes again is queued once (%d deliveries)" % len(calls))
    d.mark()
    for what, fd in files_that_are_none():
        m = d.request("SUBMITD", "QUEUE_ADD", add(100), [fd])
        check(code_of(m) != 250, "QUEUE_ADD with %s is refused (%d)" % (what, code_of(m)))
    for what, body in (
            ("a size that is larger", add(101, size=len(MSG) + 1)), ("a size that is huge", add(102, size=1 << 62)), ("a size beyond all", add(103, size=(1 << 64) - 1)),
            ("a key of another length", add(104, filekey=b"k")), ("a key, and a memfd that is no ciphertext", add(105, filekey=b"k" * 32)),
            ("no recipients", add(106, rcpts=())), ("a cut list of recipients", add(107, raw=s(b"you@example.org")[:-1])),
            ("an empty recipient", add(109, rcpts=(b"",))),
            ("a line end in a recipient", add(110, rcpts=(b"you@example.org\r\nx",))), ("a NUL in a recipient", add(111, rcpts=(b"you\0@example.org",))),
            ("a line end in the sender", add(112, sender=b"a@b.c\r\nRCPT TO:<x@y.z>")), ("a trace without line end", add(113, trace=b"Received: x")),
            ("a recipient that is too long", add(115, raw=s(b"x" * 400 + b"@example.org")))):
        m = d.request("SUBMITD", "QUEUE_ADD", body, [memfd(MSG)])
        check(code_of(m) != 250, "QUEUE_ADD with %s is refused (%d)" % (what, code_of(m)))
    n = len(calls)
    for what, body in (("mail to elsewhere", add(120, account=b"")), ("mail in the name of an account", add(121, flags=QUEUE_LOCAL)),
                       ("both", add(122))):
        m = d.request("SMTPD", "QUEUE_ADD", body, [memfd(MSG)])
        check(code_of(m) != 250, "QUEUE_ADD from smtpd with %s is refused (%d)" % (what, code_of(m)))
    pause(d, 0.3)
    check(len(calls) == n, "and nothing is sent")
    p = d.add_peer("SUBMITD", 5)
    m = d.on(p, "QUEUE_ADD", add(130), [memfd(MSG)])
    check(code_of(m) == 250, "a good one is taken meanwhile")
    p.close()
    until(d, lambda: len(calls) == n + 1, "a delivery")
    unknown_types(d, "SUBMITD", ("QUEUE_ADD",))
    unknown_types(d, "SMTPD", ("QUEUE_ADD",))
    unknown_types(d, "REMOTE", ())
    unknown_types(d, "DELIVERD", ())
    unknown_types(d, "AUTHD", ())
    d.end()


def test_lying_remote():
    """False results: the message stays until a good one comes; nothing is forgotten."""
    current = [None]
    calls = []

    def answer(body):
        calls.append(body)
        return current[0]
    d = queued({TYPES["REMOTE_SEND"]: answer})
    good = sent()
    p = d.add_peer("SUBMITD", 5)
    results = [("no results", sent(())), ("two results", sent((u(1, 0) + u(2, 250) + s(b"") + s(b""),) * 2)), ("a result out of range", sent((u(1, 9) + u(2, 250) + s(b"") + s(b""),))),
               ("a cut result", sent((u(1, 0) + u(2, 250),))), ("noise", sent((os.urandom(60),)))]
    all_lies = [x for x in lies(good) if not x.what.startswith("cut at") or int(x.what[7:]) % 5 == 0] + results
    bad = []
    expected = []
    for i, lie in enumerate(all_lies):
        what = lie.what if isinstance(lie, Lie) else lie[0]
        current[0] = lie if isinstance(lie, Lie) else lie[1]
        n = len(calls)
        m = d.on(p, "QUEUE_ADD", add(1000 + i, rcpts=(b"you@d%d.example" % i,)), [memfd(MSG)])
        if code_of(m) != 250:
            bad.append((what, "QUEUE_ADD %d" % code_of(m)))
        until(d, lambda: len(calls) > n, "an attempt")
        pause(d)
        if what != "a descriptor":      # it is closed, and the answer holds
            expected.append(b"you@d%d.example" % i)
    check(not bad, "messages are taken while the remote role lies: %s" % bad)
    # Those whose fate nobody knows wait; all of them are there.
    current[0] = good
    del calls[:]
    left = {x.split("\t")[12].encode() for x in command(d, b"list").splitlines() if x.startswith("rcpt")}
    served = lambda: {c[c.rfind(b"you@d"):] for c in calls}     # noqa: E731

    def all_done():
        command(d, b"schedule", b"now=true")
        return not [x for x in command(d, b"list").splitlines() if x.startswith("rcpt")]
    until(d, all_done, "an empty queue", 90)
    lost = [x for x in expected if x not in left and x not in served()]
    check(not lost, "after a lie each message is still queued: %d of %d%s" % (len(expected) - len(lost), len(expected), ", but not %s" % lost if lost else ""))
    check(served() >= left, "and is sent when the truth comes")
    p.close()
    d.end()


def test_remote():
    mx = FaultServer("127.0.0.1", port=base.smtp_port)
    d = Daemon("REMOTE", base, "deliverd-remote", answers={})

    def send(rcpts=(b"you@example.org",), size=len(MSG), domain=b"example.org", filekey=b"", prefix=TRACE, sender=b"mox@localhost", raw=None):
        return u(8, 1) + u(8, 2) + u(4, 0) + u(4, 1) + u(8, size) + s(filekey) + s(sender) + s(domain) + s(prefix) + \
            s(raw if raw is not None else b"".join(s(r) for r in rcpts))

    def outcome(m):
        """The first result; None when there is no answer."""
        if m is None or m[0] != ANSWER:
            return None
        rest = m[3][2:]
        for _ in range(4):
            n = int.from_bytes(rest[:4], "little")
            rest = rest[4 + n:]
        return rest[4]
    m = d.request("QUEUED", "REMOTE_SEND", send(), [memfd(MSG)])
    check(outcome(m) == 0 and mx.taken[0].data == TRACE + MSG, "a good one is sent, with what stands in front")
    n = len(mx.taken)
    for what, fd in files_that_are_none():
        m = d.request("QUEUED", "REMOTE_SEND", send(), [fd])
        check(outcome(m) != 0, "REMOTE_SEND with %s is not sent" % what)
    for what, body in (
            ("a size that is larger", send(size=len(MSG) + 1)), ("a huge size", send(size=1 << 62)), ("a size beyond all", send(size=(1 << 64) - 1)),
            ("no recipients", send(())), ("a cut list", send(raw=s(b"you@example.org")[:-1])), ("a line end in a recipient", send((b"you@example.org>\r\nDATA",))),
            ("a line end in the sender", send(sender=b"a@b.c>\r\nRCPT TO:<x@y.z")), ("a NUL in a recipient", send((b"you\0@example.org",))),
            ("a key that does not fit", send(filekey=b"k" * 32)), ("a short key", send(filekey=b"k")), ("a domain with noise", send(domain=b"exa mple\r\n.org")),
            ("no domain", send(domain=b""))):
        m = d.request("QUEUED", "REMOTE_SEND", body, [memfd(MSG)])
        if outcome(m) == 0 and what in ("a domain with noise", "no domain"):
            continue    # localserve knows one destination
        check(outcome(m) != 0, "REMOTE_SEND with %s is not sent" % what)
    check(all(t.data == TRACE + MSG and t.rcpts == ["you@example.org"] for t in mx.taken), "nothing else reached the server (%d)" % (len(mx.taken) - n))
    hostile(d, "QUEUED", "REMOTE_SEND", send(), lambda: [memfd(MSG)], "SMTPD")
    unknown_types(d, "QUEUED", ("REMOTE_SEND",))
    until(d, lambda: mx.open == 0, "connections that wait for another message to be closed")
    d.end()
    mx.stop()


def test_lying_to_submissiond():
    """authd and queued lie: a temporary failure for the client; the next one is served."""
    ls = socket.socket()
    ls.bind(("127.0.0.1", 0))
    ls.listen(50)
    auth, queue, store = {}, {}, {}
    d = Daemon("SUBMITD", base, "submissiond", listeners=[(2, ls)], answers={
        "ACMEKEY": {TYPES["KEY_SIGN"]: sign_body(os.path.join(base.dir, "localhost.key")), TYPES["KEY_TICKETS"]: TICKETS},
        "AUTHD": auth, "QUEUED": queue, "DELIVERD": store})

    def login_r(result=0, account=b"mox", address=b"mox@localhost"):
        return u(1, result) + s(b"text") + u(8, 5) + s(account) + s(address) + s(b"") * 3 + u(4, 0) + u(4, 0)
    challenge = u(1, 1) + u(8, 9) + s(b"r=abcdefghijklmnopqrst,s=QSXCR+Q6sek8bf92,i=4096") + login_r(0, b"", b"").replace(s(b"text"), s(b""), 1)
    done = u(1, 0) + u(8, 9) + s(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") + login_r()
    taken = u(2, 250) + s(b"2.0.0") + s(b"Accepted") + u(8, 7)
    good_login, good_rcpt = login_r(), u(2, 250) + s(b"2.1.5") + s(b"ok") + s(b"mox") + u(4, 0)
    auth[TYPES["AUTH_LOGIN"]], queue[TYPES["QUEUE_ADD"]], store[TYPES["RCPT_CHECK"]] = good_login, taken, good_rcpt
    sasl = [challenge, done]
    auth[TYPES["AUTH_SASL"]] = lambda body: sasl[1] if body[8:16] != u(8, 0) else sasl[0]
    plain = ["AUTH PLAIN " + base64.b64encode(b"\0mox@localhost\0secret").decode()]
    scram = ["AUTH SCRAM-SHA-256 " + base64.b64encode(b"n,,n=mox@localhost,r=abcdefghij").decode(), base64.b64encode(b"c=biws,r=x,p=y").decode(), ""]

    def session(login=plain, rcpt="mox@localhost"):
        """The codes of one submission, to the first refusal."""
        c = socket.create_connection(ls.getsockname(), 30)
        t = tls_context().wrap_socket(c)
        f = t.makefile("rb")
        t.settimeout(60)
        out = []

        def step(line):
            if line is not None:
                t.sendall(line.encode() + b"\r\n")
            while True:
                x = f.readline()
                if not x:
                    out.append(0)
                    return 0
                if x[3:4] != b"-":
                    out.append(int(x[:3]))
                    return out[-1]
        try:
            for line in [None, "EHLO client.example"] + login + ["MAIL FROM:<mox@localhost>", "RCPT TO:<%s>" % rcpt, "DATA",
                                                               MSG.decode() + "."]:
                if not 200 <= step(line) < 400:
                    break
        finally:
            t.close()
        return out

    def final(*a):
        r = d.during(lambda: session(*a))
        return r[-1] if isinstance(r, list) else r
    check(final() == 250, "a submission with PLAIN")
    check(final(scram) == 250, "a submission with SCRAM")
    bad = []

    def lie(table, typ, what, value, *a):
        table[TYPES[typ]] = value
        code = final(*a)
        if not (isinstance(code, int) and 400 <= code < 500) and what != "a descriptor":
            bad.append((typ, what, code))

    def restore():
        auth[TYPES["AUTH_LOGIN"]], queue[TYPES["QUEUE_ADD"]], store[TYPES["RCPT_CHECK"]] = good_login, taken, good_rcpt
        sasl[:] = [challenge, done]
        auth[TYPES["AUTH_SASL"]] = lambda body: sasl[1] if body[8:16] != u(8, 0) else sasl[0]
    for x in lies(good_login):
        if not x.what.startswith("cut at") or int(x.what[7:]) % 4 == 0:
            lie(auth, "AUTH_LOGIN", x.what, x)
    for what, body in (("a result out of range", login_r(9)), ("no account", login_r(account=b"")), ("a NUL in the account", login_r(account=b"m\0x")),
                       ("a NUL in the address", login_r(address=b"m\0x@localhost"))):
        lie(auth, "AUTH_LOGIN", what, body)
    check(not bad, "false answers to AUTH_LOGIN are 4xx: %s" % bad[:5])
    restore()
    check(final() == 250, "the next client is served")
    bad.clear()
    for x in lies(challenge):
        if not x.what.startswith("cut at") or int(x.what[7:]) % 8 == 0:
            lie(auth, "AUTH_SASL", x.what, x, scram)
    restore()
    for i in range(0, len(done), 8):
        sasl[1] = done[:i]
        lie(auth, "AUTH_SASL", "last cut at %d" % i, lambda body: sasl[1] if body[8:16] != u(8, 0) else sasl[0], scram)
    check(not bad, "false answers to AUTH_SASL are 4xx: %s" % bad[:5])
    restore()
    check(final(scram) == 250, "the next client is served")
    bad.clear()
    for x in lies(taken):
        # What was cut may have been queued: it is asked again, and the worst is a refusal for now.
        if not x.what.startswith("cut at") or int(x.what[7:]) % 6 == 0:
            lie(queue, "QUEUE_ADD", x.what, x)
    for what, body in (("a code out of range", u(2, 9999) + taken[2:]), ("a code of no kind", u(2, 150) + taken[2:]), ("a code that asks for more", u(2, 354) + taken[2:])):
        lie(queue, "QUEUE_ADD", what, body)
    queue[TYPES["QUEUE_ADD"]] = u(2, 451) + s(b"4.3.0") + s(b"x\r\n250 injected") + u(8, 0)
    check(final() != 250, "a line end in a text reaches no client")
    check(not bad, "false answers of queued are 4xx: %s" % bad[:5])
    restore()
    check(final() == 250, "the next client is served then")
    d.end()


def test_reports():
    base.sanitizer_reports()


TESTS = (test_queued, test_lying_remote, test_remote, test_lying_to_submissiond, test_reports)
main(*[t for t in TESTS if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]])
