"""An SMTP server that goes wrong as it is told, and records what it saw and took.

`plan` says what happens at a step: "connect", "ehlo", "helo", "starttls", "tls", "mail", "rcpt", "rcpt LOCALPART",
"data", "begin" (after the reply to DATA: DROP or STALL), "body" (after the final dot), "rset", "quit". What can happen there:
	"550 5.1.1 text"	the reply (a tuple of lines makes a reply of several)
	DROP	the connection ends
	STALL	nothing, until release() or the client leaves
	GARBAGE	bytes that are no SMTP
	TAKE_DROP	"body": the message is recorded as taken, then the connection ends without an answer
	None	what a good server does
A list has one entry for each time that the step is reached; after its end all is well."""

import collections
import select
import socket
import ssl
import subprocess
import threading
import time

from moxtest import scratch

DROP, STALL, GARBAGE, TAKE_DROP = "DROP", "STALL", "GARBAGE", "TAKE_DROP"
EXTENSIONS = ("PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8")

# conn: number of the connection; nth: number of the transaction on it; tls: the TLS version or None; at: when
Taken = collections.namedtuple("Taken", "conn nth sender params rcpts data tls answered at")


class Closed(Exception):
    pass


def certificate(host):
    d = scratch("cert-")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", d + "/key.pem", "-out", d + "/cert.pem", "-days", "30", "-subj", "/CN=" + host],
                   check=True, stderr=subprocess.DEVNULL)
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(d + "/cert.pem", d + "/key.pem")
    return c


class FaultServer:
    def __init__(self, ip, plan=None, host=None, extensions=EXTENSIONS, tls=False, port=25):
        self.ip, self.host = ip, host or "mx.%s.test" % ip.replace(".", "-").replace(":", "-")
        self.plan = dict(plan or {})
        self.extensions = tuple(extensions)
        self.context = certificate(self.host) if tls else None
        self.taken = []         # Taken
        self.lines = []         # (conn, line)
        self.connections = 0
        self.open = 0
        self.unasked = []       # what came before the reply to the line before, without PIPELINING
        self.steps = collections.Counter()
        self.changed = threading.Condition()
        self.released = threading.Event()
        self.listener = socket.create_server((ip, port), family=socket.AF_INET6 if ":" in ip else socket.AF_INET, backlog=512)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            with self.changed:
                self.connections += 1
                self.open += 1
                n = self.connections
            threading.Thread(target=self.serve, args=(s, n), daemon=True).start()

    def serve(self, s, n):
        try:
            Session(self, s, n).run()
        except (Closed, OSError, ValueError):
            pass
        finally:
            with self.changed:
                self.open -= 1
                self.changed.notify_all()

    def act(self, *steps):
        """What is planned for the first of the steps that the plan has."""
        with self.changed:
            self.steps[steps[-1]] += 1
            self.changed.notify_all()
            for step in steps:
                a = self.plan.get(step)
                if isinstance(a, list):
                    if a:
                        return a.pop(0)
                elif a is not None:
                    return a
        return None

    def wait(self, cond, what, timeout=60):
        """Until cond(self)."""
        with self.changed:
            if not self.changed.wait_for(lambda: cond(self), timeout):
                raise TimeoutError("waited %gs for %s at %s: %s" % (timeout, what, self.ip, self.lines[-20:]))

    def wait_taken(self, n=1, timeout=60):
        self.wait(lambda x: len(x.taken) >= n, "message %d" % n, timeout)
        return self.taken[n - 1]

    def release(self):
        """Stalled connections end."""
        self.released.set()

    def stop(self):
        self.release()
        self.listener.close()


class Session:
    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.f = sock.makefile("rb")
        self.nth = 0
        self.tls = None
        self.sender = None

    def put(self, text):
        lines = text if isinstance(text, tuple) else (text,)
        self.sock.sendall(b"".join(x.encode("utf-8") + b"\r\n" for x in lines))

    def close(self):
        self.f.close()
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        raise Closed()

    def step(self, *steps):
        """True when a good server's answer is due."""
        a = self.server.act(*steps)
        if a is None:
            return True
        if a == DROP:
            self.close()
        if a == STALL:
            self.stall()
        if a == GARBAGE:
            self.sock.sendall(b"\x00\xff\x16\x03garbage" * 50 + b"\r\n" + b"x" * 5000 + b"\r\n")
            return False
        self.put(a)
        if a[:3] == "421":
            self.close()
        return a[0] in "23"

    def stall(self):
        """Also ends when the client leaves."""
        while not self.server.released.wait(0.05):
            if select.select([self.sock], [], [], 0)[0] and self.sock.recv(1, socket.MSG_PEEK) == b"":
                break
        self.close()

    def line(self):
        x = self.f.readline(70000)
        if not x.endswith(b"\n"):
            self.close()
        x = x.rstrip(b"\r\n").decode("utf-8", "replace")
        with self.server.changed:
            self.server.lines.append((self.number, x))
            self.server.changed.notify_all()
            if "PIPELINING" not in self.server.extensions and self.waiting():
                self.server.unasked.append(x)
        return x

    def waiting(self):
        return self.tls is None and bool(select.select([self.sock], [], [], 0)[0]) and \
            self.sock.recv(1, socket.MSG_PEEK) != b""

    def run(self):
        if self.step("connect"):
            self.put("220 %s ESMTP" % self.server.host)
        while True:
            x = self.line()
            verb = x.split(" ")[0].upper()
            fn = getattr(self, "on_" + verb.lower(), None)
            if fn is None:
                self.put("500 5.5.1 what?")
            else:
                fn(x)

    def on_ehlo(self, x):
        self.sender = None
        if self.step("ehlo"):
            ext = list(self.server.extensions)
            if self.server.context is not None and self.tls is None:
                ext.append("STARTTLS")
            lines = [self.server.host] + ext
            self.put(tuple("250%s%s" % ("-" if i < len(lines) - 1 else " ", y) for i, y in enumerate(lines)))

    def on_helo(self, x):
        self.sender = None
        if self.step("helo"):
            self.put("250 " + self.server.host)

    def on_starttls(self, x):
        if not self.step("starttls"):
            return
        self.put("220 2.0.0 go on")
        if not self.step("tls"):
            self.close()
        self.sock = self.server.context.wrap_socket(self.sock, server_side=True)
        self.f = self.sock.makefile("rb")
        self.tls = self.sock.version()

    def on_mail(self, x):
        if self.step("mail"):
            addr, _, params = x[len("MAIL FROM:"):].partition(">")
            self.sender, self.params, self.rcpts = addr.lstrip("<"), params.strip(), []
            self.nth += 1
            self.put("250 2.1.0 ok")

    def on_rcpt(self, x):
        addr = x[len("RCPT TO:"):].partition(">")[0].lstrip("<")
        if self.sender is None:
            self.put("503 5.5.1 MAIL first")
        elif self.step("rcpt " + addr.rpartition("@")[0], "rcpt"):
            self.rcpts.append(addr)
            self.put("250 2.1.5 ok")

    def on_data(self, x):
        if self.sender is None or not self.rcpts:
            self.put("503 5.5.1 no recipients" if self.sender is not None else "503 5.5.1 MAIL first")
            return
        if not self.step("data"):
            return
        self.put("354 go on")
        a = self.server.act("begin")
        if a == DROP:
            self.close()
        elif a == STALL:
            self.stall()
        data = []
        while True:
            line = self.f.readline()
            if not line.endswith(b"\r\n"):
                self.close()
            if line == b".\r\n":
                break
            data.append(line[1:] if line.startswith(b".") else line)
        a = self.server.act("body")
        if a in (None, TAKE_DROP) or a[0] == "2":
            t = Taken(self.number, self.nth, self.sender, self.params, self.rcpts, b"".join(data), self.tls, a is None, time.monotonic())
            with self.server.changed:
                self.server.taken.append(t)
                self.server.changed.notify_all()
        self.sender = None
        if a is None:
            self.put("250 2.0.0 taken")
        elif a in (DROP, TAKE_DROP):
            self.close()
        elif a == STALL:
            self.stall()
        elif a == GARBAGE:
            self.sock.sendall(b"garbage\r\n")
        else:
            self.put(a)
            if a[:3] == "421":
                self.close()

    def on_bdat(self, x):
        """Whole messages in one chunk; the plan's "body" follows."""
        _, size, *last = x.split()
        data = self.f.read(int(size))
        if self.sender is None or not self.rcpts or last != ["LAST"]:
            self.put("503 5.5.1 no")
            return
        with self.server.changed:
            self.server.taken.append(Taken(self.number, self.nth, self.sender, self.params, self.rcpts, data, self.tls, True, time.monotonic()))
            self.server.changed.notify_all()
        self.sender = None
        self.put("250 2.0.0 taken")

    def on_rset(self, x):
        self.sender = None
        if self.step("rset"):
            self.put("250 2.0.0 ok")

    def on_noop(self, x):
        self.put("250 2.0.0 ok")

    def on_quit(self, x):
        if self.step("quit"):
            self.put("221 2.0.0 bye")
        self.close()
