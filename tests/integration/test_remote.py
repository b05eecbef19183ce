#!/usr/bin/python3
"""deliverd's remote role alone: this script is its master and queued. Names are resolved, hosts are chosen, mail is
sent to servers that go wrong in every way, and each recipient gets the right outcome. Connections are used again.
timeout: 300"""
import fcntl
import os
import re
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import net  # noqa: E402

net.enter()
from faults import DROP, EXTENSIONS, GARBAGE, STALL, TAKE_DROP, FaultServer  # noqa: E402
from moxtest import *  # noqa: E402,F403


def names(path, macro):
    with open(os.path.join(ROOT, path)) as f:
        return {n: i + 1 for i, n in enumerate(re.findall(r"(?m)^%s\((\w+)," % macro, f.read()))}


TYPES, ROLES = names("lib/ipc/messages.def", "IPC_MSG"), names("lib/base/procs.def", "PROC")
CALL, ANSWER, ERROR, NOTIFY = 1, 2, 3, 4
OK, TEMP, FAIL = 0, 1, 2
EIGHTBIT, UTF8, BINARY = 1, 2, 4
F_ADD_SEALS, SEALS = 1033, 1 | 2 | 4 | 8
RESOLV_CONF = 4
CONFIG = """mox:
	Hostname: mail.own.test
	LogLevel: debug
	Listeners:
		public:
			IPs:
				- %s
			SMTP:
				Enabled: true
				Port: 25
"""


def u(width, v):
    return int(v).to_bytes(width, "little")


def s(b):
    b = b.encode() if isinstance(b, str) else b
    return u(4, len(b)) + b


class Reader:
    def __init__(self, b):
        self.b = b

    def u(self, n):
        v, self.b = int.from_bytes(self.b[:n], "little"), self.b[n:]
        return v

    def s(self):
        n = self.u(4)
        v, self.b = self.b[:n], self.b[n:]
        return v.decode("utf-8")


def memfd(data):
    fd = os.memfd_create("t", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, F_ADD_SEALS, SEALS)
    return fd


def packet(kind, typ, ident, body, nfds=0):
    return bytes([1, kind]) + u(2, TYPES[typ]) + u(8, ident) + u(4, len(body)) + bytes([nfds]) + body


class Result:
    """Answer to REMOTE_SEND; .rcpts: (result, code, status, text) for each."""

    def __init__(self, kind, body, n):
        self.kind, self.rcpts = kind, []
        if kind != ANSWER:
            return
        r = Reader(body)
        self.connected, self.reused = r.u(1), r.u(1)
        self.mx, self.ip, self.tls, self.cipher = r.s(), r.s(), r.s(), r.s()
        results = Reader(body[len(body) - len(r.b) + 4:])
        for _ in range(n):
            self.rcpts.append((results.u(1), results.u(2), results.s(), results.s()))
        assert results.b == b""


class Remote:
    """The daemon, in production mode: changed root and user, sandbox."""

    def __init__(self, ip=net.MOX):
        self.dir = scratch("remote-")
        os.makedirs(self.dir + "/empty")
        self.calls, self.next = {}, 1
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ctl, wctl = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.parent, self.ctl = ours, ctl
        fd = theirs.fileno()
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        self.log_path = self.dir + "/log"
        with open(self.log_path, "wb") as log:
            self.proc = subprocess.Popen([os.path.join(BIN, "deliverd-remote")], preexec_fn=lambda: os.dup2(fd, 3), pass_fds=(3,),
                                         env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        theirs.close()
        workers = b"".join(u(4, 1) for _ in range(len(ROLES) + 1))
        self.parent.send(packet(NOTIFY, "CTL_START", 0, u(1, ROLES["REMOTE"]) + u(8, 77) + u(4, 0) + u(4, 65534) * 2 + u(4, 0) +
                                s(self.dir) + s("x") + s(workers)))
        socket.send_fds(self.parent, [packet(CALL, "CTL_SPAWN", 1, u(4, 0), 1)], [wctl.fileno()])
        wctl.close()
        self.recv(self.parent)
        self.put_resolv_conf()
        socket.send_fds(ctl, [packet(CALL, "CTL_RELOAD", 2, b"", 1)], [memfd((CONFIG % ip).encode())])
        self.new_peer()
        ctl.send(packet(NOTIFY, "CTL_GO", 0, b""))
        while True:
            data = self.recv(ctl)
            if int.from_bytes(data[2:4], "little") == TYPES["CTL_READY"]:
                assert data[17:] == s(b""), data
                break

    def new_peer(self):
        self.peer, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        socket.send_fds(self.ctl, [packet(NOTIFY, "CTL_PEER", 0, u(1, ROLES["QUEUED"]) + u(4, 0), 1)], [theirs.fileno()])
        theirs.close()

    def put_resolv_conf(self):
        fd = os.open("/etc/resolv.conf", os.O_RDONLY)
        socket.send_fds(self.ctl, [packet(NOTIFY, "CTL_FILE", 0, u(1, RESOLV_CONF) + u(4, 0), 1)], [fd])
        os.close(fd)

    def recv(self, sock, timeout=60):
        if not select.select([sock], [], [], timeout)[0]:
            raise TimeoutError("nothing from the daemon: " + self.log()[-2000:])
        data = sock.recv(70000)
        if not data:
            raise EOFError("the daemon is gone: " + self.log()[-2000:])
        return data

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def start(self, rcpts, data, sender="from@own.test", domain=None, flags=0, attempt=1, prefix=b"", fd=None, size=None, key=b""):
        """Sends one; a number for result()."""
        rcpts = [rcpts] if isinstance(rcpts, str) else rcpts
        domain = domain or rcpts[0].rpartition("@")[2]
        body = u(8, 0x11) + u(8, 0x22) + u(4, flags) + u(4, attempt) + u(8, len(data) if size is None else size) + s(key) + \
            s(sender) + s(domain) + s(prefix) + s(b"".join(s(r) for r in rcpts))
        n = self.next
        self.next += 1
        self.calls[n] = len(rcpts)
        mine = memfd(data) if fd is None else fd
        socket.send_fds(self.peer, [packet(CALL, "REMOTE_SEND", n, body, 1)], [mine])
        if fd is None:
            os.close(mine)
        return n

    def result(self, n, timeout=60):
        while not isinstance(self.calls[n], Result):
            data = self.recv(self.peer, timeout)
            i = int.from_bytes(data[4:12], "little")
            self.calls[i] = Result(data[1], data[17:], self.calls[i])
        return self.calls.pop(n)

    def send(self, *a, **kw):
        return self.result(self.start(*a, **kw))


def one(r):
    return r.rcpts[0][:3]


def is_(what, r, *want):
    """Check results: a number, or (result, code, status) for each recipient."""
    got = [x if isinstance(w, tuple) else x[0] for x, w in zip([y[:3] for y in r.rcpts], want)]
    check(r.kind == ANSWER and got == list(want) and len(r.rcpts) == len(want), "%s: %s" % (what, r.rcpts[:8]))


MSG = b"Subject: x\r\n\r\nhello\r\n"
zone = net.Zone()
next_ip = iter(range(10, 60))


def server(domain, plan=None, names=(), **kw):
    ip = kw.pop("ip", None) or net.V4 + str(next(next_ip))
    srv = FaultServer(ip, plan, host="mx." + domain, **kw)
    zone.mx(domain, "mx." + domain)
    zone.host("mx." + domain, ip)
    return srv


good = server("good.test")
tls = server("tls.test", tls=True)
v6 = server("v6.test", ip=net.V6 + "5")
greeting = server("greeting.test", {"connect": "554 5.7.1 go away"})
ehlo = server("ehlo.test", {"ehlo": "502 what"}, extensions=())
mail4 = server("mail4.test", {"mail": "451 4.7.1 later"})
mail5 = server("mail5.test", {"mail": "550-5.1.8 one\r\n550 5.1.8 two"})
rcpts = server("rcpts.test", {"rcpt no": "550 5.1.1 none", "rcpt later": "450 4.2.1 later", "rcpt full": "552 5.2.2 full"})
many = server("many.test", {"rcpt b": ["452 4.5.3 too many"], "rcpt c": ["552 too many"]})
limit = server("limit.test", extensions=EXTENSIONS + ("LIMITS MAILMAX=2 RCPTMAX=2",))
data5 = server("data5.test", {"body": "554 5.6.0 no", "data": [None, "554 5.5.0 no"]})
lost = server("lost.test", {"body": [TAKE_DROP]})
begin = server("begin.test", {"begin": [DROP]})
garbage = server("garbage.test", {"ehlo": [GARBAGE]})
garbage_end = server("garbageend.test", {"body": [GARBAGE]})
seven = server("seven.test", extensions=("PIPELINING",))
binary = server("binary.test", extensions=EXTENSIONS + ("CHUNKING", "BINARYMIME"))
small = server("small.test", extensions=("SIZE 1000",))
badtls = server("badtls.test", {"tls": [GARBAGE]}, tls=True)
notls = server("notls.test", {"starttls": "454 4.7.0 no"}, tls=True)
stale = server("stale.test", {"mail": [None, "421 4.4.2 idle for too long"]})
flaky = server("flaky.test", {"body": [TAKE_DROP]})
slow = server("slow.test", {"rcpt": [STALL]})
unheard = server("unheard.test", {"rcpt": [STALL]}, extensions=())
ended = server("ended.test", {"body": [STALL]})
zone.null_mx("null.test")
zone.mx("noaddr.test", "nowhere.noaddr.test")
zone.host("bare.test", good.ip)
zone.cname("alias.test", "good.test")
zone.host("own.test", net.MOX)
zone.mx("loop.test", "own.test")
zone.mx("loopname.test", "mail.own.test")
zone.host("mail.own.test", net.V4 + "62")
zone.mx("below.test", ("mx.good.test", 10), ("own.test", 20), ("mx.rcpts.test", 30))
zone.mx("behind.test", ("own.test", 10), ("mx.good.test", 20))
zone.host("dead.test", net.DEAD)
zone.mx("second.test", ("dead.test", 10), ("mx.greeting.test", 20), ("mx.good.test", 30))
zone.mx("flakymx.test", ("mx.flaky.test", 10), ("mx.good.test", 20))
zone.mx("grey.test", ("mx.mail4.test", 10), ("mx.good.test", 20))
zone.mx("final.test", ("mx.mail5.test", 10), ("mx.good.test", 20))
zone.mx("alldead.test", "dead.test")
for k in range(40):
    zone.cname("c%d.test" % k, "c%d.test" % (k + 1))
zone.host("dual.test", net.V4 + "61", net.V6 + "6")
zone.silent("silent.test")
dual4, dual6 = FaultServer(net.V4 + "61"), FaultServer(net.V6 + "6", {"mail": ["550 5.7.1 blocked"]})
zone.start()
remote = Remote()


def test_plain():
    body = b"Subject: x\r\n\r\n.\r\n..two\r\nline\r\n.\r\n"
    r = remote.send("a@good.test", body, prefix=b"Received: from us\r\n")
    is_("one recipient", r, (OK, 250, "2.0.0"))
    t = good.taken[-1]
    check(t.data == b"Received: from us\r\n" + body and t.sender == "from@own.test" and t.rcpts == ["a@good.test"], "what arrived: %r" % (t,))
    check(t.params == "SIZE=%d" % len(t.data), "parameters: %s" % t.params)
    check((r.connected, r.reused, r.mx, r.ip, r.tls) == (1, 0, "mx.good.test", good.ip, ""), "what was told: %s" % vars(r))
    big = b"Subject: big\r\n\r\n" + b"".join(b".%078d\r\n" % i for i in range(40000))
    r = remote.send("a@good.test", big, sender="")
    is_("3 MB", r, OK)
    check(good.taken[-1].data == big and good.taken[-1].sender == "" and r.reused == 1, "it arrived, on the same connection")
    r = remote.send("a@good.test", b"Subject: x\r\n\r\nno end of line")
    check(good.taken[-1].data.endswith(b"no end of line\r\n"), "a last line without end gets one")
    is_("nothing at all", remote.send("a@good.test", b""), OK)
    check(good.connections == 1, "all on one connection")


def test_dns():
    is_("no MX: the domain's address", remote.send("a@bare.test", MSG), OK)
    is_("a CNAME", remote.send("a@alias.test", MSG), OK)
    is_("IPv6", remote.send("a@v6.test", MSG), OK)
    is_("IPv4 literal", remote.send("a@[%s]" % good.ip, MSG), OK)
    is_("IPv6 literal", remote.send("a@[IPv6:%s]" % v6.ip, MSG), OK)
    is_("null MX", remote.send("a@null.test", MSG), (FAIL, 0, "5.1.10"))
    is_("no such domain", remote.send("a@nowhere.test", MSG), (FAIL, 0, "5.1.2"))
    is_("an MX without address", remote.send("a@noaddr.test", MSG), (FAIL, 0, "5.4.4"))
    is_("a long chain", remote.send("a@c0.test", MSG), (TEMP, 0, "4.4.3"))
    is_("we are the MX", remote.send("a@loop.test", MSG), (FAIL, 0, "5.4.6"))
    is_("the MX has our name", remote.send("a@loopname.test", MSG), (FAIL, 0, "5.4.6"))
    is_("we are preferred to the others", remote.send("a@behind.test", MSG), (FAIL, 0, "5.4.6"))
    is_("our own literal", remote.send("a@[%s]" % net.MOX, MSG), (FAIL, 0, "5.4.6"))
    is_("others are preferred to us", remote.send("a@below.test", MSG), OK)
    is_("nobody listens", remote.send("a@alldead.test", MSG), (TEMP, 0, "4.4.1"))
    n = remote.start("a@silent.test", MSG)
    is_("meanwhile", remote.send("a@good.test", MSG), OK)
    is_("no answer", remote.result(n), (TEMP, 0, "4.4.3"))


def test_hosts():
    n, m = len(good.taken), greeting.connections
    is_("the third host, behind a dead one and one that is rude", remote.send("a@second.test", MSG), OK)
    check(len(good.taken) == n + 1 and greeting.connections == m + 1, "that is where it arrived")
    r = remote.send("a@greeting.test", MSG)
    is_("5yz greetings are not final", r, (TEMP, 554, "5.7.1"))
    check(r.connected == 0 and r.mx == "mx.greeting.test", "it did not greet")
    is_("4yz: the next one", remote.send("a@grey.test", MSG), OK)
    is_("5yz: final", remote.send("a@final.test", MSG), (FAIL, 550, "5.1.8"))
    r = remote.send("a@flakymx.test", MSG)
    is_("no answer to the message: no other host", r, (TEMP, 0, "4.4.2"))
    check(len(flaky.taken) == 1, "it would be a second copy")
    # Dual stack: IPv6 first, IPv4 at the second attempt; a block of one family is not for good at first.
    n4, n6 = dual4.connections, dual6.connections
    is_("blocked by IPv6, taken by IPv4", remote.send("a@dual.test", MSG), OK)
    check((dual4.connections, dual6.connections) == (n4 + 1, n6 + 1), "both were asked")
    time.sleep(5.5)
    is_("second attempt", remote.send("a@dual.test", MSG, attempt=2), OK)
    check((dual4.connections, dual6.connections) == (n4 + 2, n6 + 1), "IPv4 first")


def test_replies():
    is_("HELO", remote.send("a@ehlo.test", MSG), OK)
    check([x for _, x in ehlo.lines][:2] == ["EHLO mail.own.test", "HELO mail.own.test"], "EHLO, then HELO")
    is_("MAIL 4yz", remote.send(["a@mail4.test", "b@mail4.test"], MSG), (TEMP, 451, "4.7.1"), (TEMP, 451, "4.7.1"))
    r = remote.send("a@mail5.test", MSG)
    check(r.rcpts == [(FAIL, 550, "5.1.8", "one two")], "MAIL 5yz, lines joined: %s" % r.rcpts)
    r = remote.send(["a@rcpts.test", "no@rcpts.test", "later@rcpts.test", "full@rcpts.test", "b@rcpts.test"], MSG)
    is_("RCPT", r, OK, (FAIL, 550, "5.1.1"), (TEMP, 450, "4.2.1"), (FAIL, 552, "5.2.2"), OK)
    check(rcpts.taken[-1].rcpts == ["a@rcpts.test", "b@rcpts.test"], "those two have it")
    is_("all refused", remote.send(["no@rcpts.test", "later@rcpts.test"], MSG), FAIL, TEMP)
    is_("and the connection still serves", remote.send("a@rcpts.test", MSG), OK)
    check(rcpts.connections == 1, "it is the same")
    is_("too many: again", remote.send(["%s@many.test" % x for x in "abcd"], MSG), OK, OK, OK, OK)
    check([t.rcpts for t in many.taken] == [["a@many.test", "d@many.test"], ["b@many.test", "c@many.test"]], "in two transactions")
    is_("LIMITS", remote.send(["%s@limit.test" % x for x in "abcdefg"], MSG), *[OK] * 7)
    check([(t.conn, len(t.rcpts)) for t in limit.taken] == [(1, 2), (1, 2), (2, 2), (2, 1)], "two at a time, two transactions a connection")
    is_("250 recipients", remote.send(["r%d@good.test" % i for i in range(250)], MSG), *[OK] * 250)
    check([len(t.rcpts) for t in good.taken[-3:]] == [100, 100, 50], "100 at a time")
    is_("refused behind the message", remote.send("a@data5.test", MSG), (FAIL, 554, "5.6.0"))
    is_("refused at DATA", remote.send("a@data5.test", MSG), (FAIL, 554, "5.5.0"))
    is_("not an address", remote.send(["x y@good.test", "a@good.test"], MSG), (FAIL, 0, "5.1.3"), OK)


def test_lost():
    is_("lost behind the message", remote.send("a@lost.test", MSG), (TEMP, 0, "4.4.2"))
    r = remote.send("a@begin.test", MSG)
    is_("lost during the message", r, (TEMP, 0, "4.4.2"))
    check("mx.begin.test" in r.rcpts[0][3], r.rcpts[0][3])
    is_("garbage", remote.send("a@garbage.test", MSG), (TEMP, 0, "4.5.0"))
    is_("garbage as answer to the message", remote.send("a@garbageend.test", MSG), (TEMP, 0, "4.5.0"))
    is_("a waiting connection that is told to go: silently again", [remote.send("a@stale.test", MSG) for _ in range(2)][1], OK)
    check(stale.connections == 2 and len(stale.taken) == 2, "on a new connection")
    n = remote.start("a@slow.test", MSG)
    slow.wait(lambda x: x.steps["rcpt"] == 1, "RCPT")
    is_("past one that is slow", remote.send("a@slow.test", MSG), OK)
    slow.release()
    is_("its server leaves", remote.result(n), (TEMP, 0, "4.4.2"))


def test_content():
    eight = "Subject: x\r\n\r\nÄ\r\n".encode()
    is_("8-bit without 8BITMIME", remote.send("a@seven.test", eight, flags=EIGHTBIT), (FAIL, 0, "5.6.3"))
    is_("said to be 8-bit, and is not", remote.send("a@seven.test", MSG, flags=EIGHTBIT), OK)
    is_("8BITMIME", remote.send("a@good.test", eight, flags=EIGHTBIT), OK)
    check("BODY=8BITMIME" in good.taken[-1].params and good.taken[-1].data == eight, good.taken[-1].params)
    is_("SMTPUTF8", remote.send("ä@good.test", eight, flags=EIGHTBIT | UTF8), OK)
    check("SMTPUTF8" in good.taken[-1].params, good.taken[-1].params)
    is_("address without SMTPUTF8", remote.send("ä@seven.test", MSG, flags=UTF8), (FAIL, 0, "5.6.7"))
    header = "Subject: Ä\r\n\r\n".encode()
    is_("header without SMTPUTF8", remote.send("a@seven.test", header, flags=EIGHTBIT | UTF8), (FAIL, 0, "5.6.7"))
    is_("no need of it", remote.send("a@seven.test", MSG, flags=UTF8), OK)
    is_("only the domain", remote.send("a@seven.test", MSG, flags=UTF8, sender="x@bücher.test"), OK)
    check(seven.taken[-1].sender == "x@xn--bcher-kva.test", seven.taken[-1].sender)
    odd = b"Subject: x\r\n\r\na\nb\0\r\n.\r\n"
    is_("BINARYMIME", remote.send("a@binary.test", odd, flags=BINARY), OK)
    check(binary.taken[-1].data == odd and "BODY=BINARYMIME" in binary.taken[-1].params, "every byte: %r" % (binary.taken[-1],))
    is_("and without", remote.send("a@good.test", odd, flags=BINARY), (FAIL, 0, "5.6.3"))
    is_("said to be binary, and is not", remote.send("a@good.test", MSG, flags=BINARY), OK)
    is_("too large", remote.send("a@small.test", b"x" * 70 + b"\r\n" * 500, prefix=b"X: y\r\n"), (FAIL, 0, "5.3.4"))
    check(not any(x.startswith("MAIL") for _, x in small.lines), "nothing was sent")
    is_("not too large", remote.send("a@small.test", MSG), OK)


def test_tls():
    r = remote.send("a@tls.test", MSG)
    is_("STARTTLS", r, OK)
    check(r.tls == "TLS1.3" and r.cipher.startswith("TLS_") and tls.taken[0].tls == "TLSv1.3", "%s %s" % (r.tls, r.cipher))
    is_("again", remote.send("a@tls.test", MSG), OK)
    check(tls.connections == 1, "on the same connection")
    r = remote.send("a@badtls.test", MSG)
    is_("TLS fails: without", r, OK)
    check(r.tls == "" and badtls.connections == 2 and badtls.taken[0].tls is None, "on a second connection")
    is_("refuses STARTTLS", remote.send("a@notls.test", MSG), OK)
    check(notls.connections == 1, "on the same connection")
    time.sleep(5.5)
    is_("after a while", remote.send("a@tls.test", MSG), OK)
    check(tls.connections == 2 and "result=resumed" in remote.log(), "a new connection, with the session of the old one")


def test_several():
    ids = [remote.start("a@good.test", MSG) for _ in range(50)]
    check(all(one(remote.result(i))[0] == OK for i in ids), "50 at a time")
    n = good.connections
    ids = [remote.start("a@good.test", MSG) for _ in range(20)]
    check(all(remote.result(i).reused for i in ids) and good.connections == n, "20 on connections that had waited")


def test_refused():
    fd = os.memfd_create("open")
    os.write(fd, MSG)
    check(remote.send("a@good.test", MSG, fd=fd).kind == ERROR, "a memfd that is not sealed")
    check(remote.send("a@good.test", MSG, size=3).kind == ERROR, "another size")
    path = remote.dir + "/named"
    with open(path, "wb") as f:
        f.write(b"x" * (len(MSG) + 16))
    fd = os.open(path, os.O_RDONLY)
    is_("a file whose key is wrong", remote.send("a@good.test", MSG, fd=fd, key=b"k" * 32), (TEMP, 0, "4.3.0"))
    is_("all is well", remote.send("a@good.test", MSG), OK)
    check("svc.sandbox.violation" not in remote.log() and "ERROR: AddressSanitizer" not in remote.log(), "no violation")


def test_queued_dies():
    # What it did not hear of it sends anew: who has no whole message yet must not get one now.
    big = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" * 1000000
    for d in ("unheard.test", "ended.test"):
        remote.start("a@" + d, MSG)
    unheard.wait(lambda x: x.steps["rcpt"] == 1, "RCPT")
    ended.wait(lambda x: x.steps["body"] == 1, "the message")
    remote.peer.close()
    unheard.wait(lambda x: x.open == 0, "that its client leaves", 10)
    check(ended.open == 1, "who has it all may still answer")
    remote.new_peer()
    is_("a new one", remote.send("a@good.test", big), OK)
    ended.release()
    ended.wait(lambda x: x.open == 0, "the end")


def test_reload():
    socket.send_fds(remote.ctl, [packet(CALL, "CTL_RELOAD", 3, b"", 1)], [memfd((CONFIG.replace("mail.own", "new.own") % net.MOX).encode())])
    remote.recv(remote.ctl)
    is_("without resolv.conf", remote.send("a@mail4.test", MSG), TEMP)
    check(any(x == "EHLO new.own.test" for _, x in mail4.lines), "the new name")
    remote.ctl.send(packet(CALL, "CTL_DRAIN", 4, b""))
    wait_for(lambda: good.open == 0, "waiting connections to end")
    remote.proc.terminate()


main(test_plain, test_dns, test_hosts, test_replies, test_lost, test_content, test_tls, test_several, test_refused, test_queued_dies, test_reload)
