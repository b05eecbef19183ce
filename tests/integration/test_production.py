#!/usr/bin/python3
"""`make install` into a private root, `mox serve` as root, a user for each role: mail is received and
read; what each role must not do fails."""
import grp
import os
import pwd
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403
from production import PREFIX, ROLES, Production, install, users  # noqa: E402

if os.getuid() != 0:
    check(False, "needs root")
    finish()

work = scratch("prod-")


users()
mox = None


def test_install():
    global mox
    root, _ = install(work)
    check(any("mox.1" in f for _, _, fs in os.walk(root) for f in fs), "installed man pages")
    mox = Production(work)
    r = mox.cli("config", "test")
    check(r.returncode == 0, "config test: " + r.stdout)
    # Who owns DataDir could put links of his own where root opens files by name.
    os.makedirs(mox.data)
    os.chown(mox.data, pwd.getpwnam(PREFIX + "-smtp").pw_uid, 0)
    r = subprocess.run(mox.command(), env=mox.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    check(r.returncode == 1 and " belongs to user " in r.stdout, "does not start in a DataDir that is not root's: " + r.stdout)
    os.rmdir(mox.data)
    mox.start()
    r = mox.cli("setaccountpassword", "mjl", input="password-of-mjl\n")
    check(r.returncode == 0, "setaccountpassword: " + r.stdout)


def test_receive_and_read():
    for i in range(20):
        mox.send(b"From: a@example.org\r\nSubject: prod %d\r\n\r\nhello\r\n" % i + b"line\r\n" * (10 ** (i % 6)), rcpts=["MJL@Example.test"])
    for bad in ("nobody@example.test", "x@elsewhere.example", "mjl@[127.0.0.1]"):
        try:
            mox.send(b"Subject: x\r\n\r\nx\r\n", rcpts=[bad])
            check(False, "refused: " + bad)
        except smtplib.SMTPResponseException as e:
            check(e.smtp_code == 550, "refused with 550: %s (%d)" % (bad, e.smtp_code))
    for tls in (True, False):
        c = mox.imap("mjl@example.test", "password-of-mjl", tls=tls)
        check(c.select("INBOX")[1][0] == b"20", "20 messages there")
        typ, d = c.fetch("1:*", "(BODY[])")
        check(sum(b"Subject: prod" in x[1] for x in d if isinstance(x, tuple)) == 20, "and readable")
        c.logout()
    c = imaplib.IMAP4("127.0.0.1", mox.imap_port)
    check("LOGINDISABLED" in c.capabilities, "LOGINDISABLED in the clear")
    try:
        c.login("mjl@example.test", "password-of-mjl")
        check(False, "no login in the clear")
    except imaplib.IMAP4.error:
        check(True, "no login in the clear")
    c.shutdown()
    m = os.path.join(work, "mbsync")
    os.makedirs(m)
    with open(os.path.join(work, "rc"), "w") as f:
        f.write("IMAPAccount m\nHost localhost\nPort %d\nUser mjl@example.test\nPass password-of-mjl\nSSLType IMAPS\n"
                "CertificateFile %s\n\nIMAPStore far\nAccount m\n\nMaildirStore near\nPath %s/\nInbox %s/INBOX\n\n"
                "Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSyncState *\n"
                % (mox.imaps_port, mox.dir + "/localhost.crt", m, m))
    r = subprocess.run(["mbsync", "-c", os.path.join(work, "rc"), "-a"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(r.returncode == 0 and len(os.listdir(m + "/INBOX/new") + os.listdir(m + "/INBOX/cur")) == 20, "mbsync reads them " + r.stdout)


def test_submit():
    """From one account to another, by way of the queue."""
    r = mox.cli("setaccountpassword", "other", input="password-of-other\n")
    check(r.returncode == 0, "setaccountpassword: " + r.stdout)
    for cls, port in ((smtplib.SMTP, mox.submission_port), (smtplib.SMTP_SSL, mox.submissions_port)):
        c = cls("127.0.0.1", port, local_hostname="client.example", timeout=60)
        if cls is smtplib.SMTP:
            c.starttls(context=tls_context())
        c.login("other@other.test", "password-of-other")
        mox.send(b"From: <other@other.test>\r\nSubject: submitted\r\n\r\n" + b"line\r\n" * 100000, sender="other@other.test", rcpts=["mjl@example.test"], conn=c)
        c.close()

    def there():
        c = mox.imap("mjl@example.test", "password-of-mjl")
        c.select("INBOX", readonly=True)
        n = len(c.search(None, "SUBJECT", "submitted")[1][0].split())
        c.logout()
        return n == 2
    wait_for(there, "two submitted messages")
    check(True, "submitted mail is delivered")


def test_revoked():
    """Who is logged in when the password changes, or the account is disabled, reads nothing more."""
    c = mox.imap("mjl@example.test", "password-of-mjl")
    for how in (("setaccountpassword", "mjl"), ("config", "account", "disable", "mjl", "closed")):
        c.select("INBOX")
        r = mox.cli(*how, input="second-password-of-mjl\n")
        check(r.returncode == 0, " ".join(how) + ": " + r.stdout)
        try:
            for _ in range(20):
                c.noop()
                time.sleep(0.1)
            check(False, how[0] + ": the connection ends")
        except (imaplib.IMAP4.abort, OSError):
            check(True, how[0] + ": the connection ends")
        if how[0] == "setaccountpassword":
            c = mox.imap("mjl@example.test", "second-password-of-mjl")
    r = mox.cli("config", "account", "enable", "mjl")
    check(r.returncode == 0, "enable: " + r.stdout)
    mox.cli("setaccountpassword", "mjl", input="password-of-mjl\n")


def proc_status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(x.rstrip("\n").split(":\t", 1) for x in f if ":\t" in x)


def test_users():
    rows = mox.status()
    names = {role: p["user"] for role, p in procs().items()}
    for role, worker, pid in rows:
        if role == "master":
            continue
        st = proc_status(pid)
        pw = pwd.getpwnam("%s-%s" % (PREFIX, names[role]))
        what = "%s/%s" % (role, worker)
        check(set(st["Uid"].split()) == {str(pw.pw_uid)}, what + " runs as " + pw.pw_name)
        check(set(st["Gid"].split()) == {str(pw.pw_gid)}, what + " has its own group")
        want = {grp.getgrnam("%s-read" % PREFIX).gr_gid} if role in ("imapd", "deliverd") else set()
        have = {int(x) for x in st["Groups"].split()} - {pw.pw_gid}
        check(have <= want, what + " has no other groups: %s" % have)
        check(all(int(st[k], 16) == 0 for k in ("CapEff", "CapPrm", "CapInh", "CapAmb")), what + " has no capabilities")
        check(st["NoNewPrivs"] == "1", what + " no_new_privs")
        check(st["Seccomp"] == "2", what + " has a seccomp filter")
    check(len({w for r, w, _ in rows if r == "imapd" and w != "-"}) >= 4, "at least four imapd workers")


def as_user(role, code):
    """Run Python as the role's user with its groups; returns what it printed."""
    groups = str(grp.getgrnam("%s-read" % PREFIX).gr_gid) if role == "imap" else None
    pw = pwd.getpwnam("%s-%s" % (PREFIX, role))
    cmd = ["setpriv", "--reuid", str(pw.pw_uid), "--regid", str(pw.pw_gid)]
    cmd += ["--groups", groups] if groups else ["--clear-groups"]
    r = subprocess.run(cmd + ["/usr/bin/python3", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return r.stdout.strip()


def test_files():
    """The file system alone, without any sandbox, keeps roles apart."""
    read = "try:\n open(%r,'rb').read(1); print('open')\nexcept OSError as e: print(e.strerror)"
    write = "try:\n open(%r,'r+b').read(1); print('open')\nexcept OSError as e: print(e.strerror)"
    acct = os.path.join(mox.data, "accounts", "mjl")
    db = os.path.join(acct, "index.db")
    blobs = [os.path.join(b, f) for b, _, fs in os.walk(os.path.join(acct, "msg")) for f in fs]
    check(os.path.exists(db) and len(blobs) >= 1, "the account is where it belongs (%d blobs)" % len(blobs))
    for role in ROLES:
        check(as_user(role, read % os.path.join(mox.data, "master.key")) == "Permission denied", role + " can't read the master key")
        check(as_user(role, read % os.path.join(mox.dir, "localhost.key")) == "Permission denied", role + " can't read the TLS key")
        check(as_user(role, "import socket\ns=socket.socket(socket.AF_UNIX)\ntry:\n s.connect(%r); print('open')\nexcept OSError as e: print(e.strerror)"
                      % os.path.join(mox.data, "ctl")) == "Permission denied", role + " can't reach master's control socket")
        if role != "auth":
            check(as_user(role, read % os.path.join(mox.data, "auth", "auth.db")) == "Permission denied", role + " can't read credentials")
        if role != "queue":
            check(as_user(role, read % os.path.join(mox.data, "queue", "queue.db")) == "Permission denied", role + " can't read the queue")
        check(as_user(role, read % os.path.join(mox.dir, "dkim-rsa.key")) == "Permission denied", role + " can't read DKIM keys")
        if role != "store":
            for p in [db, db + "-wal", db + "-shm", acct + "/changes"] + blobs[:1]:
                check(as_user(role, write % p) == "Permission denied", "%s can't write %s" % (role, os.path.basename(p)))
            check(as_user(role, "import os\nprint(os.access(%r, os.W_OK))" % acct) == "False", role + " can't write the account's folder")
            check(as_user(role, "import os\nprint(os.access(%r, os.R_OK))" % os.path.join(mox.data, "log")) == "False", role + " can't read intent logs")
        if role not in ("store", "imap"):
            for p in [db] + blobs[:1]:
                check(as_user(role, read % p) == "Permission denied", "%s can't read %s" % (role, os.path.basename(p)))
    check(as_user("imap", read % db) == "open", "imap can read the database")


def test_keys_not_in_memory():
    """Neither the TLS key nor the master key nor a DKIM key is in the memory of a process that talks to the network."""
    with open(mox.dir + "/localhost.key") as f:
        pem = "".join(x for x in f.read().splitlines() if not x.startswith("-"))
    der = base64.b64decode(pem)
    # The private scalar: OCTET STRING of 32 bytes in RFC 5915's structure
    i = der.rfind(b"\x02\x01\x01\x04\x20")
    scalar = der[i + 5:i + 37]
    with open(os.path.join(mox.data, "master.key"), "rb") as f:
        master = f.read(32)
    # PKCS #8 of Ed25519 ends with the seed.
    with open(mox.dir + "/dkim-ed.key") as f:
        seed = base64.b64decode("".join(x for x in f.read().splitlines() if not x.startswith("-")))[-32:]
    found = set()
    for role, worker, pid in mox.status():
        data = memory(pid)
        for name, needle in (("TLS", scalar), ("master", master), ("DKIM", seed)):
            if needle in data or needle[::-1] in data:
                found.add((name, role))
    may = {("TLS", "acmekey"), ("master", "authd"), ("DKIM", "queued")}
    check(not any(r != "master" for _, r in found - may), "keys are only where they belong: %s" % sorted(found))
    check(("TLS", "acmekey") in found, "the search finds a key where it is (acmekey)")


def memory(pid):
    out = []
    with open("/proc/%d/maps" % pid) as f:
        maps = [x.split() for x in f]
    with open("/proc/%d/mem" % pid, "rb", 0) as f:
        for m in maps:
            lo, hi = (int(x, 16) for x in m[0].split("-"))
            if "w" not in m[1] or hi - lo > 256 << 20:
                continue
            try:
                f.seek(lo)
                out.append(f.read(hi - lo))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(out)


def test_end():
    r = mox.cli("verifydata")
    check(r.returncode == 0, "verifydata: " + r.stdout[-300:])
    r = mox.cli("stop")
    check(r.returncode == 0, "mox stop: " + r.stdout)
    check(mox.proc.wait(30) == 0, "master ends with 0")


main(test_install, test_receive_and_read, test_submit, test_revoked, test_users, test_files, test_keys_not_in_memory, test_end)
