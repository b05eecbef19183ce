"""What the integration, interop and bench scripts share: starting an instance, sending, reading.

Every script is a program: it prints what it checks and exits 0 or 1. Instances live in a temporary
directory, listen on loopback only, and are stopped at exit. MOX_BIN names the folder with the
programs (default: the sanitizer build)."""

import atexit
import base64
import imaplib
import os
import random
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.abspath(os.environ.get("MOX_BIN", os.path.join(ROOT, "build", "san-address-undefined", "bin")))
USER, PASSWORD = "mox@localhost", "moxmoxmox"

failures = 0


def check(ok, what):
    """Record and print one checked statement."""
    global failures
    print(("ok   " if ok else "FAIL ") + what, flush=True)
    if not ok:
        failures += 1
    return ok


def finish():
    print("%s: %d failures" % (os.path.basename(sys.argv[0]), failures), flush=True)
    sys.exit(1 if failures else 0)


def main(*tests):
    """Run test functions; an exception is a failure of that function alone."""
    for t in tests:
        print("-- " + t.__name__, flush=True)
        try:
            t()
        except Exception:
            traceback.print_exc()
            check(False, t.__name__)
    finish()


def procs():
    """procs.def as {role: {"program", "user", "peers", "sandbox"}}; peers: roles it has a channel with, in either
    direction."""
    with open(os.path.join(ROOT, "lib", "base", "procs.def")) as f:
        rows = re.findall(r'(?m)^PROC\((\w+), "(\w+)", "([\w-]+)", "\w*", "(\w+)", ([^,]*), ([^,]*), ([^,]*),', f.read())
    ids = {r[0]: r[1] for r in rows}
    calls = {r[1]: {ids[x] for x in re.findall(r"P\((\w+)\)", r[5])} for r in rows}
    return {r[1]: {"program": r[2], "user": r[3], "sandbox": set(r[6].split(" | ")),
                   "peers": {b for b in calls if b in calls[r[1]] or r[1] in calls[b]}} for r in rows}


def dkim_keys(folder):
    """Keys of both algorithms, not made by us, beside the configuration; the DKIM section of a domain for them."""
    out = "\t\tDKIM:\n\t\t\tSelectors:\n"
    for name, how in (("rsa", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]), ("ed", ["ED25519"])):
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm"] + how + ["-out", "%s/dkim-%s.key" % (folder, name)], check=True,
                       stderr=subprocess.DEVNULL)
        os.chmod("%s/dkim-%s.key" % (folder, name), 0o600)
        out += "\t\t\t\t%s:\n\t\t\t\t\tPrivateKeyFile: dkim-%s.key\n" % (name, name)
    return out + "\t\t\tSign:\n\t\t\t\t- rsa\n\t\t\t\t- ed\n"


def dkim_txt(path):
    """What belongs into DNS for a key."""
    der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
    rsa = len(der) > 100
    return "v=DKIM1; k=%s; p=%s" % ("rsa" if rsa else "ed25519", base64.b64encode(der if rsa else der[-32:]).decode())


def scratch(prefix="moxtest-", base=None):
    d = tempfile.mkdtemp(prefix=prefix, dir=base or os.environ.get("TMPDIR", "/var/tmp"))
    os.chmod(d, 0o755)
    atexit.register(shutil.rmtree, d, True)
    return d


def free_offset():
    """A port offset with which 25, 143, 993, 465, 587, 80 and 443 are all free. MOX_OFFSETS=low-high
    says where to look."""
    low, high = (int(x) for x in os.environ.get("MOX_OFFSETS", "20000-29000").split("-"))
    for _ in range(200):
        off = random.randrange(low, high)
        socks = []
        try:
            for p in (25, 143, 993, 465, 587, 80, 443):
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", p + off))
                socks.append(s)
            return off
        except OSError:
            continue
        finally:
            for s in socks:
                s.close()
    raise RuntimeError("no free ports")


def wait_for(cond, what, timeout=30.0):
    """Wait until cond() is true; poll, since the event is in another process."""
    end = time.monotonic() + timeout
    while True:
        v = cond()
        if v:
            return v
        if time.monotonic() > end:
            raise TimeoutError("waited %gs for %s" % (timeout, what))
        threading.Event().wait(0.02)


class Mox:
    """One `mox localserve` with its own directory and ports."""

    ip = "127.0.0.1"

    def __init__(self, dir=None, bin=None, env=None, offset=None, start=True, args=()):
        self.bin = bin or BIN
        self.mox = os.path.join(self.bin, "mox")
        self.dir = dir or os.path.join(scratch(), "d")
        self.offset = free_offset() if offset is None else offset
        self.env = dict(os.environ)
        # Leaks at a kill -9 or of process-lifetime objects are not what these tests look for.
        self.env["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=0"
        self.env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
        self.env.update(env or {})
        self.args = list(args)
        self.proc = None
        self.log = []
        self.reported = 0
        self.lock = threading.Condition()
        atexit.register(self.stop)
        if start:
            self.start()

    @property
    def smtp_port(self):
        return 25 + self.offset

    @property
    def submission_port(self):
        return 587 + self.offset

    @property
    def submissions_port(self):
        return 465 + self.offset

    @property
    def imap_port(self):
        return 143 + self.offset

    @property
    def imaps_port(self):
        return 993 + self.offset

    @property
    def config(self):
        return os.path.join(self.dir, "mox.conf")

    def command(self):
        return [self.mox, "localserve", "-dir", self.dir, "-portoffset", str(self.offset)] + self.args

    def start(self, wait=True):
        self.mark = len(self.log)
        self.proc = subprocess.Popen(self.command(), env=self.env, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     start_new_session=True)
        self.reader = threading.Thread(target=self._read, args=(self.proc,), daemon=True)
        self.reader.start()
        if wait:
            self.wait_ready()
        return self

    def _read(self, proc):
        for line in proc.stdout:
            with self.lock:
                self.log.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.lock.notify_all()

    def wait_log(self, pattern, timeout=60.0, since=None):
        """Wait for a line of output that matches; returns it."""
        rx = re.compile(pattern)
        i = self.mark if since is None else since
        end = time.monotonic() + timeout
        with self.lock:
            while True:
                while i < len(self.log):
                    if rx.search(self.log[i]):
                        return self.log[i]
                    i += 1
                left = end - time.monotonic()
                if left <= 0 or (self.proc.poll() is not None and not self.reader.is_alive()):
                    raise TimeoutError("no line matching %r in:\n%s" % (pattern, "\n".join(self.log[-40:])))
                self.lock.wait(min(left, 0.5))

    def wait_ready(self, timeout=90.0):
        def up():
            if self.proc.poll() is not None:
                raise RuntimeError("localserve ended: \n" + "\n".join(self.log[-40:]))
            try:
                self.imap().logout()
                return True
            except (OSError, imaplib.IMAP4.error):
                return False
        wait_for(up, "a login", timeout)

    def stop(self, timeout=30.0):
        """Ctrl-C; returns the exit status."""
        if self.proc is None:
            return None
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGINT)
            try:
                self.proc.wait(timeout)
            except subprocess.TimeoutExpired:
                check(False, "localserve ends after SIGINT")
                for pid, _ in self.processes():
                    kill(pid, signal.SIGKILL)
                self.proc.kill()
                self.proc.wait()
        rc = self.proc.returncode
        self.reader.join(5)
        self.proc = None
        self.sanitizer_reports()
        return rc

    def sanitizer_reports(self):
        """Reports come to standard error, the one descriptor that a sandboxed process can write to. What
        systemd's journal would have got is in self.log."""
        for i, line in enumerate(self.log[self.reported:], self.reported):
            if re.search(r"ERROR: \w+Sanitizer|runtime error:|SUMMARY: \w+Sanitizer|svc\.sandbox\.violation|Assertion", line):
                check(False, "sanitizer or sandbox report:\n" + "\n".join(self.log[i:i + 25]))
                break
        self.reported = len(self.log)

    def cli(self, *args, input=None, timeout=60):
        return subprocess.run([self.mox, "-config", self.config] + list(args), env=self.env, input=input,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)

    def processes(self):
        """(pid, command line) of the instance's processes: everything in its session."""
        out = []
        if self.proc is None:
            return out
        sid = self.proc.pid
        for p in os.listdir("/proc"):
            if not p.isdigit():
                continue
            try:
                with open("/proc/%s/stat" % p) as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                if int(fields[3]) != sid or fields[0] == "Z":
                    continue
                with open("/proc/%s/cmdline" % p, "rb") as f:
                    out.append((int(p), f.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()))
            except (OSError, IndexError):
                continue
        return out

    def status(self):
        """Rows of `mox status` as (role, worker, pid); worker "-" is the daemon's parent."""
        r = self.cli("status")
        rows = []
        for line in r.stdout.splitlines():
            f = line.split()
            if len(f) >= 3 and f[2].isdigit() and (f[1].isdigit() or f[1] == "-"):
                rows.append((f[0], f[1], int(f[2])))
        return rows

    # clients

    def smtp(self, **kw):
        return smtplib.SMTP(self.ip, self.smtp_port, local_hostname="client.example", timeout=kw.pop("timeout", 60), **kw)

    def send(self, body, sender="sender@example.org", rcpts=(USER,), smtputf8=False, conn=None):
        """One message exactly as given (CRLF bytes). Raises smtplib errors."""
        c = conn or self.smtp()
        try:
            c.ehlo_or_helo_if_needed()
            opts = []
            if smtputf8:
                opts.append("SMTPUTF8")
            if any(b >= 0x80 for b in body):
                opts.append("BODY=8BITMIME")
            mail = sender.encode("utf-8") if smtputf8 else sender.encode()
            code, text = c.docmd("MAIL", "FROM:<%s>%s" % (sender, "".join(" " + o for o in opts))) if not smtputf8 else \
                docmd8(c, b"MAIL FROM:<" + mail + b">" + "".join(" " + o for o in opts).encode())
            if code != 250:
                raise smtplib.SMTPResponseException(code, text)
            for r in rcpts:
                code, text = docmd8(c, b"RCPT TO:<" + r.encode("utf-8") + b">")
                if code != 250:
                    c.docmd("RSET")
                    raise smtplib.SMTPResponseException(code, text)
            code, text = c.docmd("DATA")
            if code != 354:
                raise smtplib.SMTPResponseException(code, text)
            c.send(dotstuff(body))
            code, text = c.getreply()
            if code != 250:
                raise smtplib.SMTPResponseException(code, text)
            return text
        finally:
            if conn is None:
                c.close()

    def imap(self, user=USER, password=PASSWORD, tls=True):
        if tls:
            c = imaplib.IMAP4_SSL(self.ip, self.imaps_port, ssl_context=tls_context(), timeout=60)
        else:
            c = imaplib.IMAP4(self.ip, self.imap_port, timeout=60)
            c.starttls(tls_context())
        try:
            c.login(user, password)
        except Exception:
            c.shutdown()
            raise
        return c


def docmd8(c, line):
    c.send(line + b"\r\n")
    return c.getreply()


def dotstuff(body):
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def tls_context():
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    return c


def kill(pid, sig):
    assert pid > 1, pid     # 0 and -1 would reach far
    try:
        os.kill(pid, sig)
        return True
    except ProcessLookupError:
        return False


def strip_trace(raw):
    """A stored message without the fields that delivery put in front: through the last Received that
    is ours."""
    m = re.match(rb"(?:(?:Return-Path|Delivered-To|Received|X-Mox-[A-Za-z-]+|Authentication-Results|Received-SPF):[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*?)*?"
                 rb"Received: from client\.example[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", raw)
    return raw[m.end():] if m else None


class Idle:
    """A raw IMAP connection in IDLE that hands out untagged lines."""

    def __init__(self, mox, mailbox="INBOX", user=USER, password=PASSWORD):
        s = socket.create_connection((mox.ip, mox.imaps_port), timeout=60)
        self.s = tls_context().wrap_socket(s)
        self.f = self.s.makefile("rb")
        self.f.readline()
        self.cmd(b'a1 LOGIN %s %s' % (user.encode(), password.encode()))
        self.cmd(b"a2 SELECT " + mailbox.encode())
        self.s.sendall(b"a3 IDLE\r\n")
        line = self.f.readline()
        assert line.startswith(b"+"), line

    def cmd(self, line):
        tag = line.split()[0]
        self.s.sendall(line + b"\r\n")
        out = []
        while True:
            got = self.f.readline()
            if not got:
                raise EOFError(out)
            out.append(got)
            if got.startswith(tag + b" "):
                assert got.split()[1] == b"OK", got
                return out

    def line(self, timeout=60):
        self.s.settimeout(timeout)
        return self.f.readline().rstrip()

    def wait_exists(self, n, timeout=60):
        """Until "* N EXISTS" with N >= n; returns N."""
        while True:
            f = self.line(timeout).split()
            if not f:
                raise EOFError("IDLE connection ended")
            if len(f) == 3 and f[2] == b"EXISTS" and int(f[1]) >= n:
                return int(f[1])

    def close(self):
        self.s.close()
