"""A network of a test's own: enter() gives the script namespaces (network, mounts, processes) and a private copy
of /etc, so that it can use any address and port, be its own resolver and make users, and everything that it
started ends with it. Zone is the resolver: dnsmasq with what the test says. Needs root.

Addresses are those of documentation (RFC 5737, RFC 3849); all of them are on the loopback device."""

import os
import shutil
import subprocess
import sys
import tempfile

from moxtest import check, finish, scratch, wait_for

MARK = "MOX_TEST_NAMESPACE"
V4, V6 = "192.0.2.", "2001:db8::"
# Who is where in all tests.
MOX, POSTFIX, SINK = V4 + "1", V4 + "2", V4 + "3"
# Nobody listens here: a connection is refused at once.
DEAD = V4 + "99"


def run(*a):
    subprocess.run(a, check=True, stdout=subprocess.DEVNULL)


def enter():
    """To be called first. The script starts again inside, as a child of the namespace's first process,
    which collects orphans."""
    if os.environ.get(MARK) is None:
        if os.getuid() != 0:
            check(False, "network namespaces need root")
            finish()
        os.environ[MARK] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                              sys.executable] + sys.argv)
    # Descendants that run tests of their own are to enter again.
    del os.environ[MARK]
    child = os.fork()
    if child != 0:
        while True:
            pid, status = os.wait()
            if pid == child:
                os._exit(os.waitstatus_to_exitcode(status) & 0x7F)
    private_etc()
    run("ip", "link", "set", "lo", "up")
    for i in range(1, 64):
        add_address(V4 + str(i))
    for i in range(1, 8):
        add_address(V6 + str(i))


def private_etc():
    copy = tempfile.mkdtemp(prefix="moxtest-etc-")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", copy)
    run("cp", "-a", "/etc/.", copy)
    run("mount", "--bind", copy, "/etc")
    run("umount", copy)
    os.rmdir(copy)
    write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    # A link would lead out of the copy.
    os.unlink("/etc/resolv.conf") if os.path.islink("/etc/resolv.conf") else None
    write("/etc/resolv.conf", "nameserver 127.0.0.1\n")


def add_address(ip):
    run("ip", "addr", "add", ip + ("/128" if ":" in ip else "/32"), "dev", "lo", *(["nodad"] if ":" in ip else []))


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


class Zone:
    """The resolver at 127.0.0.1. Records are added, then start() puts them in force."""

    def __init__(self):
        self.dir = scratch("zone-")
        self.lines = []
        self.quiet = False      # no log of questions
        self.proc = None

    def mx(self, domain, *hosts):
        """Hosts in order of preference; ("name", 10) sets one."""
        for i, h in enumerate(hosts):
            name, pref = h if isinstance(h, tuple) else (h, 10 * (i + 1))
            self.lines.append("mx-host=%s,%s,%d" % (domain, name, pref))

    def null_mx(self, domain):
        self.lines.append("dns-rr=%s,15,000000" % domain)

    def host(self, name, *ips):
        for ip in ips:
            self.lines.append("host-record=%s,%s" % (name, ip))

    def cname(self, name, target):
        self.lines.append("cname=%s,%s" % (name, target))

    def txt(self, name, text):
        parts = [text[i:i + 250] for i in range(0, len(text), 250)]
        self.lines.append("txt-record=%s,%s" % (name, ",".join('"%s"' % p for p in parts)))

    def silent(self, domain):
        """Questions about it are never answered."""
        self.lines.append("server=/%s/192.0.2.254" % domain)

    def remove(self, prefix):
        self.lines = [x for x in self.lines if not x.startswith(prefix)]

    def start(self):
        self.stop()
        write(self.dir + "/conf", "\n".join(["no-resolv", "no-hosts", "port=53", "listen-address=127.0.0.1", "bind-interfaces",
                                             "local=/#/", "user=root", "keep-in-foreground", "local-ttl=2", "cache-size=0",
                                             "pid-file=", "" if self.quiet else "log-queries", "log-facility=" + self.dir + "/log"] + self.lines) + "\n")
        self.proc = subprocess.Popen(["dnsmasq", "-C", self.dir + "/conf"])
        wait_for(lambda: self.up(), "dnsmasq", 10)
        return self

    def up(self):
        if self.proc.poll() is not None:
            raise RuntimeError("dnsmasq ended: " + self.log()[-500:])
        return "started" in self.log()

    def log(self):
        try:
            with open(self.dir + "/log") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        if self.proc:
            self.proc.terminate()
            self.proc.wait(10)
            os.unlink(self.dir + "/log")
            self.proc = None


def capture(*a, **kw):
    """A program's status and output."""
    r = subprocess.run(a, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=kw.pop("timeout", 60), **kw)
    return r.returncode, r.stdout


def need(*programs):
    for p in programs:
        if shutil.which(p, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            check(False, "program %s is there" % p)
            finish()
