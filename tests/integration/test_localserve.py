#!/usr/bin/python3
"""What a newcomer sees: the first run, what it prints, the two lines to try, the provoking addresses,
clear errors, stop."""
import json
import os
import pwd
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

work = scratch("ls-")
mox = Mox(dir=os.path.join(work, "d"), start=False)


def test_initonly():
    r = subprocess.run(mox.command() + ["-initonly"], env=mox.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, timeout=120)
    check(r.returncode == 0, "-initonly ends with 0: " + r.stdout[-400:])
    for f in ("mox.conf", "domains.conf", "localhost.crt", "localhost.key"):
        check(os.path.exists(os.path.join(mox.dir, f)), "wrote " + f)
    check(mox.cli("config", "test").returncode == 0, "config test accepts what it wrote")


def test_first_run():
    mox.start()
    out = "\n".join(mox.log)
    for p in (mox.smtp_port, mox.submission_port, mox.submissions_port, mox.imap_port, mox.imaps_port):
        check(re.search(r"\b%d\b" % p, out) is not None, "prints port %d" % p)
    check(USER in out and PASSWORD in out, "prints account and password")
    check("swaks" in out and "curl" in out, "prints two lines to try")
    tries = [x.strip() for x in mox.log if re.match(r"\s*(swaks|curl)\b", x)]
    check(len(tries) >= 2, "the lines to try stand alone: %s" % tries)
    for t in tries:
        r = subprocess.run(t, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        check(r.returncode == 0, "works as printed: " + t + ("" if r.returncode == 0 else "\n" + r.stdout))
    check("Test" in r.stdout or "test" in r.stdout, "the second line shows the message that the first sent")


def test_catchall():
    mox.send(b"Subject: catchall\r\n\r\nhello\r\n", rcpts=["anybody@any.example"])
    mox.send(b"Subject: one copy\r\n\r\nhello\r\n", rcpts=[USER, "other@localhost", "third@elsewhere.example"])
    c = mox.imap()
    c.select("INBOX", readonly=True)
    check(len(c.search(None, "SUBJECT", "catchall")[1][0].split()) == 1, "any address is delivered")
    check(len(c.search(None, "SUBJECT", '"one copy"')[1][0].split()) == 1, "three addresses of one account: one copy")
    c.logout()


def test_provoked():
    def outcome(sender, rcpt):
        c = mox.smtp()
        c.ehlo()
        steps = []
        for line in ("MAIL FROM:<%s>" % sender, "RCPT TO:<%s>" % rcpt, "DATA"):
            code, _ = c.docmd(line)
            steps.append(code)
            if code >= 400:
                c.close()
                return steps
        c.send(b"Subject: provoked\r\n\r\nhello\r\n.\r\n")
        steps.append(c.getreply()[0])
        c.close()
        return steps
    for sender, rcpt, n, code in (
            ("mailfromtemperror@x.example", "a@localhost", 1, range(400, 500)),
            ("mailfrompermerror@x.example", "a@localhost", 1, range(500, 600)),
            ("mailfrom421@x.example", "a@localhost", 1, (421,)),
            ("s@x.example", "rcpttotemperror@localhost", 2, range(400, 500)),
            ("s@x.example", "rcpttopermerror@x.example", 2, range(500, 600)),
            ("s@x.example", "rcptto554@localhost", 2, (554,)),
            ("s@x.example", "temperror@localhost", 4, range(400, 500)),
            ("s@x.example", "apermerror@localhost", 4, range(500, 600)),
            ("s@x.example", "x452@localhost", 4, (452,))):
        got = outcome(sender, rcpt)
        check(len(got) == n and got[-1] in code, "%s -> %s: %s" % (sender, rcpt, got))
    c = mox.smtp(timeout=3)
    c.ehlo()
    c.docmd("MAIL FROM:<s@x.example>")
    try:
        c.docmd("RCPT TO:<rcpttotimeout@localhost>")
        check(False, "rcpttotimeout stalls")
    except (TimeoutError, smtplib.SMTPServerDisconnected):
        check(True, "rcpttotimeout stalls")
    mox.send(b"Subject: next\r\n\r\nhello\r\n")
    check(True, "the next client is served")


def submit(m, subject, *rcpts):
    c = smtplib.SMTP_SSL("127.0.0.1", m.submissions_port, local_hostname="client.example", timeout=60, context=tls_context())
    c.login(USER, PASSWORD)
    try:
        return m.send(("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n\r\nhello\r\n" % (USER, rcpts[0], subject)).encode(), sender=USER, rcpts=rcpts, conn=c)
    finally:
        c.close()


def arrived(m, *search):
    """Raw messages that a search finds."""
    c = m.imap()
    try:
        c.select("INBOX", readonly=True)
        uids = c.search(None, *search)[1][0].replace(b" ", b",").decode()
        return [x[1] for x in c.fetch(uids, "(BODY.PEEK[])")[1] if isinstance(x, tuple)] if uids else []
    finally:
        c.logout()


def queued(m):
    return [json.loads(x) for x in m.cli("queue", "list", "-json").stdout.splitlines() if x.startswith("{")]


def test_submitted():
    """What is submitted comes back, whatever its domain; the provoking addresses act on it, too."""
    submit(mox, "comes back", "someone@anywhere.example", "else@elsewhere.example", "other@localhost")
    wait_for(lambda: not queued(mox), "an empty queue")
    got = arrived(mox, "SUBJECT", '"comes back"')
    check(1 <= len(got) <= 3, "mail to other domains comes back (%d copies)" % len(got))
    check(all(b"DKIM-Signature:" in x and len(re.findall(rb"(?m)^Received:", x)) == 2 for x in got), "signed, and by way of SMTP")
    for who, code in (("rcpttopermerror@x.example", ""), ("rcptto554@localhost", "554"), ("apermerror@y.example", ""), ("x552@localhost", "552")):
        submit(mox, "fails for good", who)
        wait_for(lambda: arrived(mox, "BODY", '"%s"' % who, "HEADER", "Auto-Submitted", "auto-replied"), "a notification about " + who)
        report = arrived(mox, "BODY", '"%s"' % who, "HEADER", "Auto-Submitted", "auto-replied")[-1]
        check(b"Action: failed" in report and code.encode() in report, "%s: a notification of failure" % who)
    for who in ("rcpttotemperror@x.example", "temperror@localhost", "x452@z.example"):
        submit(mox, "fails for now", who)
        row = wait_for(lambda: [r for r in queued(mox) if r["recipient"] == who and r["attempts"] == 1 and r["state"] == "queued"], "an attempt for " + who)[0]
        check(400 <= row["code"] < 500, "%s: waits for its next attempt, after %s" % (who, row["code"]))
    r = mox.cli("queue", "drop", "-all")
    check(r.returncode == 0 and not queued(mox), "mox queue drop -all: " + r.stdout.strip())


def one_line(r, what, pattern):
    lines = [x for x in r.stdout.splitlines() if x.strip()]
    errors = [x for x in lines if re.search(pattern, x)]
    check(r.returncode == 1 and len(errors) == 1, "%s: status %d, %r" % (what, r.returncode, lines[-4:]))


def run(cmd, **kw):
    return subprocess.run(cmd, env=mox.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, **kw)


def test_errors():
    other = os.path.join(work, "other")
    one_line(run([mox.mox, "localserve", "-dir", other, "-portoffset", str(mox.offset)]), "port in use",
             r"%d.*in use" % mox.smtp_port)
    one_line(run(mox.command()), "directory in use", r"(?i)(another|already|in use|running)")
    off = str(free_offset())
    bad = os.path.join(work, "bad")
    run([mox.mox, "localserve", "-dir", bad, "-portoffset", off, "-initonly"])
    for ip, told in (("127.0.0.1", False), ("127.0.0.9", True)):
        r = run([mox.mox, "localserve", "-dir", bad, "-portoffset", off, "-ip", ip, "-initonly"])
        check(r.returncode == 0 and ("are not used" in r.stdout) == told, "another use with -ip %s" % ip)
    with open(os.path.join(bad, "mox.conf")) as f:
        good = f.read()
    with open(os.path.join(bad, "mox.conf"), "w") as f:
        f.write(good + "NoSuchKey: 1\n")
    r = run([mox.mox, "localserve", "-dir", bad, "-portoffset", off])
    one_line(r, "unknown key", r"mox\.conf:%d: .*NoSuchKey" % (good.count("\n") + 1))
    with open(os.path.join(bad, "mox.conf"), "w") as f:
        f.write(good + "CheckUpdates: true\n")
    one_line(run([mox.mox, "localserve", "-dir", bad, "-portoffset", off]), "known key that is not there yet",
             r"mox\.conf:%d: .*CheckUpdates" % (good.count("\n") + 1))
    one_line(run([mox.mox, "localserve", "-dir", "/proc/nope", "-portoffset", off]), "unwritable directory",
             r"/proc/nope")


def test_unprivileged():
    """As an ordinary user, when there is one to be."""
    if os.getuid() != 0:
        return check(True, "runs unprivileged already")
    nobody = pwd.getpwnam("nobody")
    d = os.path.join(work, "nobody")
    os.mkdir(d)
    os.chown(d, nobody.pw_uid, nobody.pw_gid)
    os.chmod(work, 0o755)
    # This tree may be where only root looks, such as /root.
    programs = os.path.join(work, "bin")
    shutil.copytree(BIN, programs, ignore=shutil.ignore_patterns("t"))
    m = Mox(dir=os.path.join(d, "d"), bin=programs, start=False)
    m.command = lambda: ["setpriv", "--reuid", "nobody", "--regid", str(nobody.pw_gid), "--clear-groups"] + Mox.command(m)
    m.start()
    m.send(b"Subject: as nobody\r\n\r\nhello\r\n")
    c = m.imap()
    check(c.select("INBOX")[1][0] == b"1", "receives and reads as user nobody")
    c.logout()
    submit(m, "submitted as nobody", "x@any.example")
    wait_for(lambda: arrived(m, "SUBJECT", '"submitted as nobody"'), "what was submitted")
    check(True, "submits as user nobody")
    uids = {os.stat("/proc/%d" % p).st_uid for p, _ in m.processes()}
    # processes that are not dumpable belong to root in /proc
    check(uids <= {0, nobody.pw_uid}, "no other user: %s" % uids)
    check(m.stop() == 0, "stops with 0")


def test_master_key():
    """One that is lost is not replaced by one that opens nothing."""
    mox.stop()
    key, copy = os.path.join(mox.dir, "data", "master.key"), os.path.join(mox.dir, "copy")
    os.rename(key, copy)
    p = subprocess.run(mox.command(), env=mox.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    check(p.returncode == 1 and "has data, and no master.key" in p.stdout, "without it: %s" % p.stdout.strip().splitlines()[-1])
    check(not os.path.exists(key), "no other one is made")
    os.rename(copy, key)
    os.chmod(key, 0o644)
    mox.start()
    mox.wait_log("master.key.open")
    check(os.stat(key).st_mode & 0o777 == 0o600, "one that is open to others is closed")


def test_stop():
    pids = [p for p, _ in mox.processes()]
    check(len(pids) > 8, "%d processes" % len(pids))
    check(mox.stop(10) == 0, "Ctrl-C: status 0")
    check(not any(os.path.exists("/proc/%d" % p) for p in pids), "nothing is left running")


main(test_initonly, test_first_run, test_catchall, test_provoked, test_submitted, test_errors, test_unprivileged, test_master_key, test_stop)
