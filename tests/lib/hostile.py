"""Real daemons whose master and peers are the script: what a peer that was taken over can say, and how the
daemon takes it."""
import fcntl
import glob
import os
import re
import select
import socket
import subprocess
import threading

from moxtest import BIN, ROOT, check, procs


def names(path, macro, skip=()):
    with open(os.path.join(ROOT, path)) as f:
        return [m for m in re.findall(r"(?m)^%s\((\w+)," % macro, f.read()) if m not in skip]


TYPES = {n: i + 1 for i, n in enumerate(names("lib/ipc/messages.def", "IPC_MSG"))}
ROLES = {n: i + 1 for i, n in enumerate(names("lib/base/procs.def", "PROC"))}
NAMES = dict(zip(ROLES, procs()))
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


def pipe_end():
    r, w = os.pipe()
    os.close(w)
    return r


class Daemon:
    """A real daemon program whose master, and whose peers, are this script."""

    def __init__(self, role, mox, program, arg=None, answers=None, listeners=(), certs=0):
        self.role, self.mox = role, mox
        self.answers = answers or {}
        self.peers = {}
        self.shut = []
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ctl, wctl = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.parent, self.ctl = ours, ctl
        for x in (ours, ctl):
            x.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        env = dict(mox.env)
        self.err = open(os.path.join(os.path.dirname(mox.dir), role + ".log"), "wb")
        fd = theirs.fileno()

        def setup():
            os.dup2(fd, 3)
        self.proc = subprocess.Popen([os.path.join(BIN, program)] + ([arg] if arg else []), preexec_fn=setup,
                                     pass_fds=(3,), env=env, stdin=subprocess.DEVNULL, stdout=self.err, stderr=self.err,
                                     start_new_session=True)
        theirs.close()
        workers = b"".join(u(4, 1) for _ in range(len(ROLES) + 1))
        self.send(self.parent, NOTIFY, "CTL_START", 0, u(1, ROLES[role]) + u(8, 77) + u(4, 1) + u(4, 0) * 3 +
                  s(os.path.join(mox.dir, "data").encode()) + s(self.tmp().encode()) + s(workers))
        socket.send_fds(self.parent, [packet(CALL, TYPES["CTL_SPAWN"], 1, u(4, 0), 1)], [wctl.fileno()])
        wctl.close()
        k, t, i, body, _ = self.recv(self.parent)
        assert k == ANSWER, (k, t, body)
        self.pid = int.from_bytes(body[:4], "little")
        self.next = 10
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
        self.mark()

    def mark(self):
        """From here on it keeps no descriptors."""
        self.settle()
        self.fds_before = self.nfds()

    def nfds(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def settle(self):
        """Whatever came before is done."""
        for _ in range(3):
            assert self.alive()

    def during(self, fn):
        """Run fn in a thread, and be the daemon's peers meanwhile; its result."""
        out = []

        def run():
            try:
                out.append(fn())
            except Exception as e:  # noqa: BLE001
                out.append(e)
        th = threading.Thread(target=run)
        th.start()
        while th.is_alive():
            r, _, _ = select.select(list(self.peers.values()), [], [], 0.02)
            for x in r:
                for role, p in list(self.peers.items()):
                    if p is x:
                        self.serve(role, p)
        th.join()
        return out[0]

    def tmp(self):
        d = os.path.join(self.mox.dir, "data", "tmp")
        have = sorted(os.listdir(d)) if os.path.isdir(d) else []
        want = {"SMTPD": "smtp", "SUBMITD": "submit", "IMAPD": "imap"}.get(self.role)
        return next((x for x in have if want and x.endswith(want)), have[0] if have else "x")

    def config_text(self):
        """The text that master would send; `mox config filter` is what it uses."""
        r = self.mox.cli("config", "filter", NAMES[self.role])
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
        if self.role in ("ACMEKEY", "SMTPD", "SUBMITD", "IMAPD"):
            put(2, 0, os.path.join(self.mox.dir, "localhost.crt"))
        if self.role == "QUEUED":
            for i, key in enumerate(sorted(glob.glob(os.path.join(self.mox.dir, "dkim.*")))):
                put(3, i, key)
        if self.role == "REMOTE":
            put(4, 0, "/etc/resolv.conf")

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
                for role, p in list(self.peers.items()):
                    if p is x:
                        self.serve(role, p)

    def serve(self, role, p):
        try:
            data, fds, _, _ = socket.recv_fds(p, 70000, 8)
        except ConnectionResetError:
            data, fds = b"", []
        for f in fds:
            os.close(f)
        if not data:    # it has shut the channel: master would make another when the worker is back
            p.close()
            self.shut.append(role)
            self.peers[role] = self.add_peer(role)
            return
        kind, typ, ident = data[1], int.from_bytes(data[2:4], "little"), int.from_bytes(data[4:12], "little")
        a = self.answers[role].get(typ)
        if kind == CALL and a is not None:
            a = a(data[17:]) if callable(a) else a
            if isinstance(a, Lie):
                a.tell(self, role, typ, ident)
            elif a is not None:
                try:
                    p.send(packet(ANSWER, typ, ident, a))
                except (ConnectionResetError, BrokenPipeError):
                    pass

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

    def liar(self, role):
        """A channel for one lie; not in place of a peer that has to go on working."""
        return self.add_peer(role, 1 if role in self.peers else 0)

    def request(self, role, typ, body, fds=()):
        """A request on a fresh channel that claims to be `role`; the answer, or None when it was shut."""
        p = self.liar(role)
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
        """Descriptors in `fds` are the daemon's from here on."""
        try:
            if fds:
                socket.send_fds(p, [data], list(fds))
            else:
                p.send(data)
        finally:
            for f in fds:
                os.close(f)

    def on(self, p, typ, body, fds=()):
        """A request on channel p; the answer, or None when it was shut."""
        self.next += 1
        try:
            self.raw(p, packet(CALL, TYPES[typ], self.next, body, len(fds)), fds)
            m = self.recv(p)
            while m is not None and m[2] != self.next:
                m = self.recv(p)
            return m
        except (ConnectionResetError, BrokenPipeError):
            return None

    def refuses(self, role, data, fds=()):
        """The packet makes the daemon shut the channel."""
        p = self.liar(role)
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
        if alive:
            self.settle()
            n = self.nfds()
            check(n <= self.fds_before + 4, "%s keeps no descriptors: %d before, %d after" % (self.role, self.fds_before, n))
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
        with open(self.err.name, errors="replace") as f:
            log = f.read()
        i = re.search(r"ERROR: \w+Sanitizer|runtime error:|svc\.sandbox\.violation|Assertion", log)
        check(i is None, "%s: no report%s" % (self.role, "" if i is None else ":\n" + log[i.start():i.start() + 3000]))


class Lie:
    """A false answer of a peer: bytes in place of the packet, or the peer dies."""

    def __init__(self, what, make):
        self.what, self.make = what, make

    def tell(self, d, role, typ, ident):
        data = self.make(typ, ident)
        p = d.peers[role]
        if data is None:
            p.close()
            d.peers[role] = d.add_peer(role)
            return
        data, fds = data if isinstance(data, tuple) else (data, [])
        try:
            d.raw(p, data, fds)
        except (ConnectionResetError, BrokenPipeError):
            pass    # serve sees it too


def lies(good):
    """All the ways to give one answer wrong."""
    for i in range(len(good)):
        yield Lie("cut at %d" % i, lambda t, n, i=i: packet(ANSWER, t, n, good[:i]))
    yield Lie("trailing byte", lambda t, n: packet(ANSWER, t, n, good + b"\0"))
    yield Lie("another type", lambda t, n: packet(ANSWER, t + 1, n, good))
    yield Lie("a descriptor", lambda t, n: (packet(ANSWER, t, n, good, 1), [memfd(b"x")]))
    yield Lie("a descriptor that is not announced", lambda t, n: (packet(ANSWER, t, n, good, 0), [memfd(b"x")]))
    yield Lie("announced descriptor that is not there", lambda t, n: packet(ANSWER, t, n, good, 1))
    yield Lie("cut error", lambda t, n: packet(ERROR, t, n, b"\x01"))
    yield Lie("error with noise", lambda t, n: packet(ERROR, t, n, os.urandom(300)))
    yield Lie("wrong length", lambda t, n: packet(ANSWER, t, n, good, length=len(good) + 1))
    yield Lie("wrong version", lambda t, n: packet(ANSWER, t, n, good, version=7))
    yield Lie("noise", lambda t, n: os.urandom(200))
    yield Lie("one byte", lambda t, n: b"\x01")
    yield Lie("death", lambda t, n: None)


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
    p = d.liar(role)
    d.raw(p, packet(CALL, TYPES[typ], 7, good, n), makefds())
    p.close()
    check(d.alive(), what + "a caller that dies before its answer")
    m = d.request(role, typ, good, makefds())
    check(m is not None and m[0] in (ANSWER, ERROR), what + "the next caller is served")


def hostile_notice(d, role, typ, good, wrong_role):
    """Likewise for a notification."""
    what = "%s from %s: " % (typ, role)
    bad = sum(not d.refuses(role, packet(NOTIFY, TYPES[typ], 0, good[:i])) for i in range(len(good)))
    check(bad == 0, what + "cut at each of %d bytes shuts the channel (%d did not)" % (len(good), bad))
    check(d.refuses(role, packet(NOTIFY, TYPES[typ], 0, good + b"\0")), what + "trailing byte")
    check(d.refuses(role, packet(NOTIFY, TYPES[typ], 5, good)), what + "with an id")
    check(d.refuses(role, packet(NOTIFY, TYPES[typ], 0, good, 1), [memfd(b"x")]), what + "with a descriptor")
    check(d.refuses(wrong_role, packet(NOTIFY, TYPES[typ], 0, good)), what + "from " + wrong_role)
    check(d.alive(), what + "%s lives" % d.role)


def unknown_types(d, role, accepted):
    bad = []
    for name, t in TYPES.items():
        if name not in accepted and not d.refuses(role, packet(CALL, t, 7, b"")):
            bad.append(name)
    check(not bad, "%s: every other type from %s shuts the channel %s" % (d.role, role, bad))
    check(d.refuses(role, packet(CALL, 9999, 7, b"")), "%s: a type that does not exist" % d.role)
    check(d.refuses(role, b"\x01"), "%s: one byte" % d.role)
    check(d.refuses(role, os.urandom(500)), "%s: noise" % d.role)
    check(d.refuses(role, packet(ANSWER, TYPES["CTL_ALIVE"], 1 << 60, b"")) or d.alive(), "%s: an answer to nothing" % d.role)
    check(d.alive(), "%s lives" % d.role)


def sign_body(key):
    """What acmekey does, with the key at hand."""
    def answer(body):
        data = body[4 + 32:]
        n = int.from_bytes(data[:4], "little")
        md, rest = data[4:4 + n].decode() or "SHA256", data[4 + n + 1 + 2:]
        text = rest[4:]
        sig = subprocess.run(["openssl", "dgst", "-" + md.lower(), "-sign", key], input=text, stdout=subprocess.PIPE, check=True).stdout
        return s(sig)
    return answer


TICKETS = u(4, 3600) + s(bytes(range(80)))
