#!/usr/bin/python3
"""Each role tries what its row in the process table forbids, in localserve and, as root, with a user for each
role; and what it may do works. A probe (probe/probe.c) takes the place of one daemon at a time."""
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403
from production import PREFIX, Production, install, users  # noqa: E402

PROCS = procs()
ROLES = {name: (p["program"], p["user"]) for name, p in PROCS.items()}


# What works, for whom. Every act that is not here must fail for everybody.
MAY = {
    "base": set(ROLES),
    "read_db": {"imapd", "deliverd"},
    "list_accounts": {"imapd", "deliverd"},
    "watch": {"imapd"},
    "accept_fd": {"smtpd", "submissiond", "imapd"},
    "spool": {"smtpd", "submissiond", "imapd"},
    "read_auth": {"authd"},
    "write_auth": {"authd"},
    "fd_master_key": {"authd"},
    "fd_tls_key": {"acmekey"},
    "fd_tls_cert": {"acmekey", "smtpd", "submissiond", "imapd"},
    "fd_dkim_key": {"queued"},
    "fd_resolv_conf": {"remote"},
    "connect4": {"remote"},
    "connect6": {"remote"},
    "connect_udp": {"remote"},
    "tgkill_self": set(ROLES),      # abort()
}
for act in ("write_db", "write_wal", "write_changes", "truncate_db", "create_account", "mkdir_account", "unlink_account",
            "rename_account", "list_log", "create_log"):
    MAY[act] = {"deliverd"}
for act in ("read_queue", "write_queue", "list_queue", "create_queue", "mkdir_queue", "unlink_queue"):
    MAY[act] = {"queued"}
# Acts that never get as far as to be judged by anything but the filter.
TRAPS = re.compile(r"call_|connect|socket_|bind|listen|fastopen|shutdown_|do_|attach_|vm_|kill_|chmod_|chown_|utimes_|truncate_key|own_|sig_|map_exec|protect_exec|tgkill_victim|tkill_|pidfd_|pkey_")


def expected(role, act, out):
    if act in ("end",):
        return True
    if act.startswith("peer_"):
        return (out == "ok") == (act[5:] in PROCS[role]["peers"])
    if role in MAY.get(act, ()):
        return out == "ok"
    if TRAPS.match(act) and not (role == "remote" and act == "connect_fd"):     # nobody listens there
        return out == "trap"
    return out != "ok"


class Probed:
    """The bin folder with one daemon replaced, and what the acts aim at."""

    def __init__(self, mox, dest, probe, role, user, account):
        self.mox, self.role = mox, role
        program = ROLES[role][0]
        path = os.path.join(dest, program)
        self.saved = path + ".real"
        os.rename(path, self.saved)
        shutil.copy2(os.path.join(BIN, "t", probe), path)
        self.path = path
        self.socks = []
        for fam, kind, addr in ((socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"), (socket.AF_INET6, socket.SOCK_STREAM, "::1"),
                                (socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1")):
            try:
                s = socket.socket(fam, kind)
                s.bind((addr, 0))
                if kind == socket.SOCK_STREAM:
                    s.listen(5)
                s.settimeout(0.5)
            except OSError:
                s = None
            self.socks.append(s)
        other = "imap" if role == "smtpd" else "smtp"
        # A process of another role.
        cmd = ["/bin/sleep", "600"]
        if user:
            pw = pwd.getpwnam("%s-%s" % (PREFIX, other))
            cmd = ["setpriv", "--reuid", str(pw.pw_uid), "--regid", str(pw.pw_gid), "--clear-groups"] + cmd
        self.victim = subprocess.Popen(cmd)
        data = mox.data
        for name in ("probe-file",):
            for d in (data, os.path.join(data, "queue"), os.path.join(data, "accounts", account)):
                with open(os.path.join(d, name), "w"):
                    pass
                st = os.stat(d)
                if os.getuid() == 0:
                    os.chown(os.path.join(d, name), st.st_uid, st.st_gid)
        ports = [s.getsockname()[1] if s else 9 for s in self.socks]
        with open(os.path.join(dest, "probe.conf"), "w") as f:
            f.write("data %s\netc %s\naccount %s\nother_tmp tmp/%s-%s\nvictim %d\ntcp4 %d\ntcp6 %d\nudp4 %d\n" %
                    (data, mox.dir, account, PREFIX if user else "mox", other, self.victim.pid, *ports))

    def end(self):
        os.rename(self.saved, self.path)
        self.victim.terminate()
        self.victim.wait()
        for s in self.socks:
            if s:
                s.close()

    def connected(self):
        try:
            self.socks[0].accept()
            return True
        except OSError:
            return False


def results(mox, role, timeout=60):
    start = mox.mark
    mox.wait_log(r"probe %s end ok" % role, timeout)
    out = {}
    for line in mox.log[start:]:
        m = re.search(r"probe %s (\S+) (\S+)$" % role, line)
        if m and m.group(1) not in out:
            out[m.group(1)] = m.group(2)
    return out


def probe_role(mox, dest, role, user, account, where, probe="probe"):
    p = Probed(mox, dest, probe, role, user, account)
    try:
        mox.start(wait=False)
        out = results(mox, role)
        bad = ["%s: %s" % (a, o) for a, o in sorted(out.items()) if not expected(role, a, o)]
        may = sum(role in v for v in MAY.values())
        check(len(out) > 150 and not bad, "%s, %s: %d acts are refused, %d work%s" %
              (where, role, len(out) - may, may, "; but " + ", ".join(bad) if bad else ""))
        line = mox.wait_log(r"svc\.sandbox\.violation.*pkg=%s .*socket" % role, 20)
        check(role in line, "%s, %s: a forbidden call is logged by name" % (where, role))
        mox.wait_log(r"master\.worker\.died.*role=%s" % role, 20)
        check(not any("probe %s survived" % role in x for x in mox.log[mox.mark:]), "%s, %s: and ends the worker" % (where, role))
        check(p.connected() == (role == "remote"), "%s, %s: %s" % (where, role, "it connects" if role == "remote" else "nothing connected"))
        check(p.victim.poll() is None, "%s, %s: other processes are untouched" % (where, role))
    finally:
        end(mox)
        p.end()
    litter = [f for b, ds, fs in os.walk(mox.data) for f in fs + ds if f.startswith("probe-") and f not in
              ("probe-file", "probe-new", "probe-trunc", "probe-dir")]
    check(not litter, "%s, %s: no litter %s" % (where, role, litter))
    clean(mox)


def clean(mox):
    for b, ds, fs in os.walk(mox.data, topdown=False):
        for f in fs:
            if f.startswith("probe-"):
                os.unlink(os.path.join(b, f))
        for d in ds:
            if d.startswith("probe-"):
                os.rmdir(os.path.join(b, d))


def end(mox):
    if mox.proc and mox.proc.poll() is None:
        mox.proc.send_signal(signal.SIGINT)
        try:
            mox.proc.wait(40)
        except subprocess.TimeoutExpired:
            check(False, "master ends after SIGINT")
            for pid, _ in mox.processes():
                kill(pid, signal.SIGKILL)
            mox.proc.kill()
            mox.proc.wait()
    mox.reader.join(5)
    mox.proc = None
    # The forbidden call of the probe is no surprise.
    mox.log[mox.reported:] = [x for x in mox.log[mox.reported:] if not ("svc.sandbox.violation" in x and "syscall=socket" in x)]
    mox.sanitizer_reports()


def copy_bin(work):
    dest = os.path.join(work, "bin")
    os.makedirs(dest)
    for f in os.listdir(BIN):
        if os.path.isfile(os.path.join(BIN, f)):
            shutil.copy2(os.path.join(BIN, f), os.path.join(dest, f))
    return dest


def add_dkim(mox, domain):
    path = os.path.join(mox.dir, "domains.conf")
    with open(path) as f:
        text = f.read()
    if "DKIM:" in text:
        return
    keys = dkim_keys(mox.dir)
    with open(path, "w") as f:
        f.write(text.replace(domain + " nil", domain).replace(domain.rstrip(), domain.rstrip() + "\n" + keys.rstrip(), 1))


def test_localserve():
    work = scratch("forbid-")
    dest = copy_bin(work)
    mox = Mox(dir=os.path.join(work, "d"), bin=dest)
    mox.data = os.path.join(mox.dir, "data")
    mox.send(b"Subject: x\r\n\r\nhello\r\n")
    mox.stop()
    add_dkim(mox, "\tlocalhost:\n")
    for role in ROLES:
        probe_role(mox, dest, role, False, "mox", "localserve")
    # The same acts without the sandbox: what the test would see.
    p = Probed(mox, dest, "probe_open", "smtpd", False, "mox")
    try:
        mox.start(wait=False)
        out = results(mox, "smtpd")
    finally:
        end(mox)
        p.end()
    clean(mox)
    want = ("read_db", "write_db", "create_account", "read_auth", "read_master_key", "read_tls_key", "write_tmp", "connect4",
            "connect_udp", "do_fork", "do_exec", "kill_victim", "own_victim", "map_exec")
    missed = [w for w in want if out.get(w) != "ok"]
    check(not missed, "without the sandbox the probe gets through %s" % missed)
    seen = {a for a, o in out.items() if not expected("smtpd", a, o)}
    check(len(seen) > 100, "and the test notices (%d acts)" % len(seen))


def test_production():
    if os.getuid() != 0:
        return check(False, "production mode needs root")
    work = scratch("forbid-")
    users()
    _, dest = install(work)
    mox = Production(work)
    mox.start()
    r = mox.cli("setaccountpassword", "mjl", input="password-of-mjl\n")
    check(r.returncode == 0, "setaccountpassword: " + r.stdout)
    mox.send(b"Subject: x\r\n\r\nhello\r\n", rcpts=["mjl@example.test"])
    mox.stop()
    add_dkim(mox, "\texample.test:")
    for role in ROLES:
        probe_role(mox, dest, role, True, "mjl", "production")
    # Users, root directories and the filter do without Landlock, too.
    for role in ROLES:
        probe_role(mox, dest, role, True, "mjl", "no Landlock", "probe_files")


main(*[t for t in (test_localserve, test_production) if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]])
