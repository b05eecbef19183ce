#!/usr/bin/python3
"""Every IPC channel against a peer that was taken over: requests cut at every byte, wrong types, wrong
senders, wrong descriptors, unsealed memfds, peers that die. The script plays master for one real daemon
at a time. Only the lying channel may end; the worker lives and serves the next one."""
import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403


def names(path, macro, skip=()):
    with open(os.path.join(ROOT, path)) as f:
        return [m for m in re.findall(r"(?m)^%s\((\w+)," % macro, f.read()) if m not in skip]


TYPES = {n: i + 1 for i, n in enumerate(names("lib/ipc/messages.def", "IPC_MSG"))}
ROLES = {n: i + 1 for i, n in enumerate(names("lib/base/procs.def", "PROC"))}
CALL, ANSWER, ERROR, NOTIFY = 1, 2, 3, 4
F_ADD_SEALS, SEALS = 1033, 1 | 2 | 4 | 8


def u(width, v):
    return int(v).to_bytes(width, "little")


def s(b):
    return u(4, len(b)) + b


def packet(kind, typ, ident, body, nfds=0, version=1, length=None):
    return bytes([version, kind]) + u(2, typ) + u(8, ident) + u(4, len(body) if length is None else length) + bytes([nfds]) + body


def memfd(data, seal=True):
    fd = os.memfd_create("t", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    if seal:
        fcntl.fcntl(fd, F_ADD_SEALS, SEALS)
    return fd


class Daemon:
    """A real daemon program whose master, and whose peers, are this script."""

    def __init__(self, role, mox, program, arg=None, answers=None, listeners=(), certs=0):
        self.role, self.mox = role, mox
        self.answers = answers or {}
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ctl, wctl = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.parent, self.ctl = ours, ctl
        for x in (ours, ctl):
            x.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        env = dict(mox.env)
        self.err = open(os.path.join(work, role + ".log"), "wb")
        fd = theirs.fileno()

        def setup():
            os.dup2(fd, 3)
        self.proc = subprocess.Popen([os.path.join(BIN, program)] + ([arg] if arg else []), preexec_fn=setup,
                                     pass_fds=(3,), env=env, stdin=subprocess.DEVNULL, stdout=self.err, stderr=self.err,
                                     start_new_session=True)
        theirs.close()
        workers = b"".join(u(4, 1) for _ in range(len(ROLES) + 1))
        self.send(self.parent, NOTIFY, "CTL_START", 0, u(1, ROLES[role]) + u(4, 1) + u(4, 0) * 3 +
                  s(os.path.join(mox.dir, "data").encode()) + s(self.tmp().encode()) + s(workers))
        socket.send_fds(self.parent, [packet(CALL, TYPES["CTL_SPAWN"], 1, u(4, 0), 1)], [wctl.fileno()])
        wctl.close()
        k, t, i, body, _ = self.recv(self.parent)
        assert k == ANSWER, (k, t, body)
        self.pid = int.from_bytes(body[:4], "little")
        self.peers = {}
        self.next = 10
        conf = b""
        for f in ("mox.conf", "domains.conf"):
            with open(os.path.join(mox.dir, f), "rb") as fh:
                conf += fh.read()
        self.files()
        for i in listeners:
            self.listen(i)
        text = self.config_text()
        socket.send_fds(self.ctl, [packet(CALL, TYPES["CTL_RELOAD"], 2, b"", 1)], [memfd(text)])
        self.wait_ctl(2)
        for r in self.answers:
            self.peers[r] = self.add_peer(r)
        self.send(self.ctl, NOTIFY, "CTL_GO", 0, b"")
        while True:
            k, t, i, body, _ = self.recv(self.ctl)
            if t == TYPES["CTL_READY"]:
                assert body == s(b""), body
                break
            self.ctl_other(k, t, i)

    def tmp(self):
        d = os.path.join(self.mox.dir, "data", "tmp")
        have = sorted(os.listdir(d)) if os.path.isdir(d) else []
        want = {"SMTPD": "smtp", "IMAPD": "imap"}.get(self.role)
        return next((x for x in have if want and x.endswith(want)), have[0] if have else "x")

    def config_text(self):
        """The text that master would send; `mox config filter` is what it uses."""
        r = self.mox.cli("config", "filter", self.role.lower())
        if r.returncode != 0:
            raise RuntimeError(r.stdout)
        return r.stdout.encode()

    def files(self):
        def put(kind, num, path):
            fd = os.open(path, os.O_RDONLY)
            socket.send_fds(self.ctl, [packet(NOTIFY, TYPES["CTL_FILE"], 0, u(1, kind) + u(4, num), 1)], [fd])
            os.close(fd)
        if self.role == "AUTHD":
            put(0, 0, os.path.join(self.mox.dir, "data", "master.key"))
        if self.role == "ACMEKEY":
            put(1, 0, os.path.join(self.mox.dir, "localhost.key"))
        if self.role in ("ACMEKEY", "SMTPD", "IMAPD"):
            put(2, 0, os.path.join(self.mox.dir, "localhost.crt"))

    def listen(self, service):
        num, sock = service
        socket.send_fds(self.ctl, [packet(NOTIFY, TYPES["CTL_LISTEN"], 0, u(1, num) + s(b"local"), 1)], [sock.fileno()])

    def send(self, sock, kind, typ, ident, body):
        sock.send(packet(kind, TYPES[typ], ident, body))

    def recv(self, sock, timeout=30):
        """Next packet; answers what the daemon asks of its fake peers meanwhile."""
        while True:
            socks = [sock] + list(self.peers.values())
            r, _, _ = select.select(socks, [], [], timeout)
            if not r:
                raise TimeoutError("nothing from " + self.role)
            if sock in r:
                data, fds, _, _ = socket.recv_fds(sock, 70000, 8)
                if not data:
                    return None
                return (data[1], int.from_bytes(data[2:4], "little"), int.from_bytes(data[4:12], "little"), data[17:], fds)
            for x in r:
                for role, p in self.peers.items():
                    if p is x:
                        self.serve(role, p)

    def serve(self, role, p):
        data, fds, _, _ = socket.recv_fds(p, 70000, 8)
        for f in fds:
            os.close(f)
        if not data:
            return
        kind, typ, ident = data[1], int.from_bytes(data[2:4], "little"), int.from_bytes(data[4:12], "little")
        a = self.answers[role].get(typ)
        if kind == CALL and a is not None:
            a = a(data[17:]) if callable(a) else a
            if a is not None:
                p.send(packet(ANSWER, typ, ident, a))

    def ctl_other(self, k, t, i):
        if k == CALL:
            self.ctl.send(packet(ANSWER, t, i, b""))

    def wait_ctl(self, ident):
        while True:
            m = self.recv(self.ctl)
            assert m is not None, "worker of %s ended" % self.role
            if m[0] in (ANSWER, ERROR) and m[2] == ident:
                return m
            self.ctl_other(*m[:3])

    def add_peer(self, role, num=0):
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        socket.send_fds(self.ctl, [packet(NOTIFY, TYPES["CTL_PEER"], 0, u(1, ROLES[role]) + u(4, num), 1)], [b.fileno()])
        b.close()
        return a

    def alive(self):
        self.next += 1
        self.send(self.ctl, CALL, "CTL_ALIVE", self.next, b"")
        return self.wait_ctl(self.next)[0] == ANSWER

    def request(self, role, typ, body, fds=()):
        """A request on a fresh channel that claims to be `role`; the answer, or None when it was shut."""
        p = self.add_peer(role)
        try:
            p.settimeout(30)
            self.raw(p, packet(CALL, TYPES[typ], 7, body, len(fds)), fds)
            m = self.recv(p)
            return m
        except (ConnectionResetError, BrokenPipeError):
            return None
        finally:
            p.close()

    def raw(self, p, data, fds=()):
        if fds:
            socket.send_fds(p, [data], list(fds))
        else:
            p.send(data)

    def refuses(self, role, data, fds=()):
        """The packet makes the daemon shut the channel."""
        p = self.add_peer(role)
        try:
            self.raw(p, data, fds)
            m = self.recv(p)
            return m is None
        except (ConnectionResetError, BrokenPipeError):
            return True
        finally:
            p.close()

    def end(self):
        alive = self.proc.poll() is None and os.path.exists("/proc/%d" % self.pid)
        check(alive, self.role + " still runs")
        self.parent.close()
        self.ctl.close()
        for p in self.peers.values():
            p.close()
        try:
            self.proc.wait(20)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            check(False, self.role + " ends when its master is gone")
        self.err.close()


def hostile(d, role, typ, good, makefds, wrong_role, unsealed=True):
    """All the ways to get one message wrong."""
    what = "%s from %s: " % (typ, role)
    m = d.request(role, typ, good, makefds())
    check(m is not None and m[0] in (ANSWER, ERROR), what + "a good one is answered")
    n = len(makefds())
    bad = 0
    for i in range(len(good)):
        if not d.refuses(role, packet(CALL, TYPES[typ], 7, good[:i], n), makefds()):
            bad += 1
    check(bad == 0, what + "cut at each of %d bytes shuts the channel (%d did not)" % (len(good), bad))
    check(d.refuses(role, packet(CALL, TYPES[typ], 7, good + b"\0", n), makefds()), what + "trailing byte")
    check(d.refuses(wrong_role, packet(CALL, TYPES[typ], 7, good, n), makefds()), what + "from " + wrong_role)
    check(d.refuses(role, packet(CALL, TYPES[typ], 7, good, n + 1), list(makefds()) + [memfd(b"x")]), what + "one descriptor too many")
    if n:
        check(d.refuses(role, packet(CALL, TYPES[typ], 7, good, 0)), what + "no descriptor")
    check(d.refuses(role, packet(CALL, TYPES[typ], 7, good, n, length=len(good) + 5), makefds()), what + "wrong length")
    check(d.refuses(role, packet(CALL, TYPES[typ], 7, good, n, version=9), makefds()), what + "wrong version")
    check(d.refuses(role, packet(9, TYPES[typ], 7, good, n), makefds()), what + "wrong kind")
    p = d.add_peer(role)
    d.raw(p, packet(CALL, TYPES[typ], 7, good, n), makefds())
    p.close()
    check(d.alive(), what + "a caller that dies before its answer")
    m = d.request(role, typ, good, makefds())
    check(m is not None and m[0] in (ANSWER, ERROR), what + "the next caller is served")


work = scratch("ipc-")
base = Mox(dir=os.path.join(work, "d"), start=False)
subprocess.run(base.command() + ["-initonly"], env=base.env, check=True, stdout=subprocess.DEVNULL)
PUB = bytes.fromhex("de9edb7d7b7dbcb4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")    # a valid X25519 point
CAP = bytes(range(32))


def unknown_types(d, role, accepted):
    bad = []
    for name, t in TYPES.items():
        if name not in accepted and not d.refuses(role, packet(CALL, t, 7, b"")):
            bad.append(name)
    check(not bad, "%s: every other type from %s shuts the channel %s" % (d.role, role, bad))
    check(d.refuses(role, packet(CALL, 9999, 7, b"")), "%s: a type that does not exist" % d.role)
    check(d.refuses(role, b"\x01"), "%s: one byte" % d.role)
    check(d.refuses(role, os.urandom(500)), "%s: noise" % d.role)
    check(d.refuses(role, packet(ANSWER, TYPES["CTL_ALIVE"], 99, b"")) or d.alive(), "%s: an answer to nothing" % d.role)
    check(d.alive(), "%s lives" % d.role)


def fake_authd():
    return {TYPES["AUTH_LOG_KEY"]: s(b"k" * 32), TYPES["AUTH_ACCOUNT_KEYS"]: s(PUB) + s(b"i" * 32)}


def test_deliverd():
    d = Daemon("DELIVERD", base, "deliverd", answers={"AUTHD": fake_authd()})
    msg = b"Subject: x\r\n\r\nhello\r\n"
    check_body = u(8, 1) + s(b"a@example.org") + s(b"mox@localhost") + s(b"127.0.0.1")
    hostile(d, "SMTPD", "RCPT_CHECK", check_body, tuple, "IMAPD")
    rc = s(b"mox@localhost") + s(b"mox")
    body = u(8, 1) + u(8, 2) + u(4, 0) + u(8, len(msg)) + s(b"") + s(b"127.0.0.1") + s(b"client") + s(b"a@example.org") + \
        s(b"Received: from x by y; Sat, 21 Nov 2026 10:00:00 +0000\r\n") + s(rc)
    hostile(d, "SMTPD", "DELIVER", body, lambda: [memfd(msg)], "AUTHD")
    for what, fd in (("an unsealed memfd", memfd(msg, seal=False)), ("a pipe", os.pipe()[0]), ("a directory", os.open("/", os.O_RDONLY)),
                     ("a linked file", os.open(base.config, os.O_RDONLY)), ("a terminal or device", os.open("/dev/null", os.O_RDONLY))):
        m = d.request("SMTPD", "DELIVER", body, [fd])
        ok = m is None or m[0] == ERROR or (m[0] == ANSWER and b"\xfa\x00" not in m[3][5:7])
        check(ok, "DELIVER with %s is refused" % what)
    for what, body2 in (("a size that is not the file's", body.replace(u(8, len(msg)), u(8, 1 << 40), 1)),
                        ("an account with a path", body.replace(s(b"mox"), s(b"../x"))),
                        ("another account", body.replace(s(b"mox"), s(b"nobody")))):
        m = d.request("SMTPD", "DELIVER", body2, [memfd(msg)])
        check(m is None or m[0] == ERROR or b"\xfa\x00" != m[3][5:7], "DELIVER with %s is refused" % what)
    cap = s(CAP) + s(b"mox") + u(4, 3) + u(1, ROLES["IMAPD"]) + u(4, 0)
    d.raw(d.peers["AUTHD"], packet(CALL, TYPES["CAP_ADD"], 77, cap))
    check(d.recv(d.peers["AUTHD"])[0] == ANSWER, "CAP_ADD from authd is answered")
    check(d.refuses("IMAPD", packet(CALL, TYPES["CAP_ADD"], 7, cap)), "CAP_ADD from imapd shuts the channel")
    check(d.refuses("SMTPD", packet(CALL, TYPES["CAP_ADD"], 7, cap)), "CAP_ADD from smtpd shuts the channel")
    # a capability binds the calling worker; add_peer makes a new channel for the same number
    stores = {
        "STORE_OPEN": s(CAP),
        "STORE_APPEND": s(CAP) + u(8, 1) + u(4, 0) + s(b"") + u(8, 0) + u(8, len(msg)) + s(b""),
        "STORE_FLAGS": s(CAP) + u(8, 1) + u(1, 1) + u(4, 1) + s(b"") + u(8, 0) + s(u(4, 1) + u(4, 1)),
        "STORE_COPY": s(CAP) + u(8, 1) + u(8, 2) + u(1, 0) + s(u(4, 1) + u(4, 1)),
        "STORE_EXPUNGE": s(CAP) + u(8, 1) + u(1, 0) + s(u(4, 9) + u(4, 9)),
        "STORE_CREATE": s(CAP) + s(b"Box") + u(4, 0),
        "STORE_RENAME": s(CAP) + s(b"Box") + s(b"Box2"),
        "STORE_SUBSCRIBE": s(CAP) + s(b"Box2") + u(1, 1),
        "STORE_DELETE": s(CAP) + s(b"Box2"),
    }
    for typ, good in stores.items():
        fds = (lambda: [memfd(msg)]) if typ == "STORE_APPEND" else list
        n = len(fds())
        m = d.request("IMAPD", typ, good.replace(CAP, bytes(32)), fds())
        check(m is None or m[0] == ERROR, typ + " without a capability is refused")
        bad = sum(not d.refuses("IMAPD", packet(CALL, TYPES[typ], 7, good[:i], n), fds()) for i in range(len(good)))
        check(bad == 0, typ + ": cut at each of %d bytes shuts the channel (%d did not)" % (len(good), bad))
        check(d.refuses("SMTPD", packet(CALL, TYPES[typ], 7, good, n), fds()), typ + " from smtpd shuts the channel")
    # malformed sets: descending, zero, cut
    for setbytes in (u(4, 9) + u(4, 3), u(4, 0) + u(4, 0), u(4, 1), u(4, 5) + u(4, 6) + u(4, 1) + u(4, 2)):
        m = d.request("IMAPD", "STORE_EXPUNGE", s(CAP) + u(8, 1) + u(1, 0) + s(setbytes))
        check(m is None or m[0] == ERROR, "a malformed set is refused")
    for name in (b"../../etc", b"a/../b", b"\xff\xfe", b"x" * 999, b"a\0b", b"a//b", b"#x", b"a\r\nb"):
        m = d.request("IMAPD", "STORE_CREATE", s(CAP) + s(name) + u(4, 0))
        check(m is None or m[0] == ERROR, "mailbox name %r is refused" % name[:12])
    unknown_types(d, "SMTPD", ("RCPT_CHECK", "DELIVER"))
    unknown_types(d, "IMAPD", tuple(stores) + ("STORE_KEYWRAP",))
    check(not os.path.exists(os.path.join(base.dir, "data", "x")), "nothing outside of the accounts")
    d.end()


def test_authd():
    d = Daemon("AUTHD", base, "authd", answers={
        "AUTHHASH": {TYPES["HASH_VERIFY"]: u(1, 0) + u(1, 0)},
        "DELIVERD": {TYPES["CAP_ADD"]: b""}})
    login = u(8, 1) + s(b"mox@localhost") + s(b"wrong-password") + s(b"imap") + s(b"PLAIN") + s(b"127.0.0.1") + u(1, 1)
    hostile(d, "IMAPD", "AUTH_LOGIN", login, tuple, "SMTPD")
    m = d.request("IMAPD", "AUTH_LOGIN", login)
    check(m[0] == ANSWER and m[3][0] != 0, "a wrong password is no login")
    keys = s(b"mox")
    check(d.refuses("IMAPD", packet(CALL, TYPES["AUTH_ACCOUNT_KEYS"], 7, keys)), "AUTH_ACCOUNT_KEYS from imapd shuts the channel")
    check(d.refuses("SMTPD", packet(CALL, TYPES["AUTH_ACCOUNT_KEYS"], 7, keys)), "AUTH_ACCOUNT_KEYS from smtpd shuts the channel")
    check(d.refuses("IMAPD", packet(CALL, TYPES["AUTH_LOG_KEY"], 7, b"")), "AUTH_LOG_KEY from imapd shuts the channel")
    unknown_types(d, "IMAPD", ("AUTH_LOGIN", "AUTH_LOGOUT"))
    d.end()


def test_authhash():
    d = Daemon("AUTHHASH", base, "authd", arg="hash", answers={})
    body = s(b"password") + s(b"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + b"A" * 43)
    hostile(d, "AUTHD", "HASH_VERIFY", body, tuple, "IMAPD")
    for h in (b"", b"$argon2id$", b"$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAA$AAAA", b"x" * 512, b"$2b$31$" + b"a" * 53):
        m = d.request("AUTHD", "HASH_VERIFY", s(b"password") + s(h))
        check(m is not None and (m[0] == ERROR or m[3][0] == 0), "hash %r does not match" % h[:20])
    unknown_types(d, "AUTHD", ("HASH_VERIFY", "HASH_MAKE"))
    d.end()


def test_acmekey():
    d = Daemon("ACMEKEY", base, "acmed", arg="key", answers={})
    spki = subprocess.run("openssl x509 -in %s/localhost.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary" % base.dir,
                          shell=True, stdout=subprocess.PIPE).stdout
    tls13 = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32
    body = s(spki) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(tls13)
    m = d.request("SMTPD", "KEY_SIGN", body)
    check(m is not None and m[0] == ANSWER, "a handshake is signed")
    hostile(d, "SMTPD", "KEY_SIGN", body, tuple, "AUTHD")
    for what, data in (("anything else", b"sign this mail"), ("a client's CertificateVerify", tls13.replace(b"server", b"client")),
                       ("padding of another length", tls13[1:]), ("an empty text", b""), ("a hash of another length", tls13 + b"x")):
        m = d.request("SMTPD", "KEY_SIGN", s(spki) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(data))
        check(m is None or m[0] == ERROR, "%s is not signed" % what)
    m = d.request("SMTPD", "KEY_SIGN", s(bytes(32)) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(tls13))
    check(m is not None and m[0] == ERROR, "an unknown key is an error")
    unknown_types(d, "IMAPD", ("KEY_SIGN", "KEY_TICKETS"))
    d.end()


def test_lying_deliverd():
    """smtpd gets cut and false answers: the client sees a temporary failure, the next one is served."""
    ls = socket.socket()
    ls.bind(("127.0.0.1", 0))
    ls.listen(50)
    good = u(2, 250) + s(b"2.1.5") + s(b"ok") + s(b"mox") + u(4, 0)
    current = [good]
    d = Daemon("SMTPD", base, "smtpd", answers={"DELIVERD": {TYPES["RCPT_CHECK"]: lambda b: current[0]}, "ACMEKEY": {}},
               listeners=[(0, ls)], certs=1)

    def rcpt():
        c = socket.create_connection(ls.getsockname(), 20)
        c.settimeout(0.05)
        buf = [b""]

        def reply():
            while not re.search(rb"(?m)^\d{3} .*\r\n\Z", buf[0]):
                for p in list(d.peers.values()):
                    r, _, _ = select.select([p], [], [], 0)
                    if r:
                        d.serve([k for k, v in d.peers.items() if v is p][0], p)
                try:
                    x = c.recv(4096)
                    if not x:
                        return 0
                    buf[0] += x
                except TimeoutError:
                    pass
            code = int(buf[0].splitlines()[-1][:3])
            buf[0] = b""
            return code
        reply()
        code = 0
        for line in (b"EHLO client.example", b"MAIL FROM:<a@example.org>", b"RCPT TO:<mox@localhost>"):
            c.sendall(line + b"\r\n")
            code = reply()
        c.close()
        return code
    check(rcpt() == 250, "a good answer is taken")
    bad = []
    for i in range(len(good)):
        current[0] = good[:i]
        code = rcpt()
        if not 400 <= code < 500:
            bad.append((i, code))
        d.peers["DELIVERD"].close()
        d.peers["DELIVERD"] = d.add_peer("DELIVERD")
    check(not bad, "answers cut at each byte give 4xx: %s" % bad[:5])
    current[0] = u(2, 9999) + good[2:]
    check(400 <= rcpt() < 500, "a reply code out of range gives 4xx")
    d.peers["DELIVERD"].close()
    d.peers["DELIVERD"] = d.add_peer("DELIVERD")
    current[0] = u(2, 550) + s(b"5.1.1") + s(b"x\r\n250 injected") + s(b"") + u(4, 0)
    code = rcpt()
    check(code != 250, "a line end in a text reaches no client (%d)" % code)
    d.peers["DELIVERD"].close()
    d.peers["DELIVERD"] = d.add_peer("DELIVERD")
    current[0] = good
    check(rcpt() == 250, "the next client is served")
    d.end()


def test_reports():
    base.sanitizer_reports()


main(test_deliverd, test_authd, test_authhash, test_acmekey, test_lying_deliverd, test_reports)
