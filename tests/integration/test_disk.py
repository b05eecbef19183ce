#!/usr/bin/python3
"""A full disk and a read-only disk: 4xx and NO, nothing lost, recovery without a restart."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

work = scratch("disk-")
mnt = os.path.join(work, "mnt")
img = os.path.join(work, "img")
os.mkdir(mnt)
mounted = False


def sh(*a):
    subprocess.run(a, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def umount():
    if mounted:
        subprocess.run(["umount", "-l", mnt])


sh("truncate", "-s", "160M", img)
sh("mkfs.ext4", "-q", "-F", "-m", "0", img)
sh("mount", "-o", "loop", img, mnt)
mounted = True
atexit.register(umount)
mox = Mox(dir=os.path.join(mnt, "d"))
BODY = b"From: a@example.org\r\nSubject: %s\r\n\r\n" + b"0123456789abcdef" * 600 + b"\r\n"
acked = []


def inbox():
    c = mox.imap()
    typ, d = c.select("INBOX", readonly=True)
    n = int(d[0])
    typ, data = c.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])") if n else ("OK", [])
    c.logout()
    return sorted(x[1].split(b":", 1)[1].strip() for x in data if isinstance(x, tuple))


def send(tag):
    mox.send(BODY % tag)
    acked.append(tag)


def refuses(what):
    """Deliveries and changes are refused for now, reading works, connections live."""
    codes = []
    for i in range(5):
        try:
            mox.send(BODY % b"refused" if i % 2 else BODY % b"refused" + b"y" * 300000 + b"\r\n")
            codes.append(250)
        except smtplib.SMTPResponseException as e:
            codes.append(e.smtp_code)
    check(all(400 <= x < 500 for x in codes), "%s: deliveries get 4xx: %s" % (what, codes))
    c = mox.imap()
    c.select("INBOX")
    typ, d = c.append("INBOX", None, None, BODY % b"refused")
    check(typ == "NO", "%s: APPEND gets NO: %s %s" % (what, typ, d))
    typ, d = c.fetch("1", "(BODY.PEEK[])")
    check(typ == "OK" and d[0], "%s: reading works" % what)
    check(c.noop()[0] == "OK", "%s: the connection lives" % what)
    c.logout()


def test_full():
    for i in range(20):
        send(b"before-%d" % i)
    fill = os.path.join(mnt, "fill")
    with open(fill, "wb") as f:
        try:
            while True:
                f.write(b"\0" * (1 << 20))
                f.flush()
        except OSError:
            pass
    with open(fill, "ab") as f:
        try:
            while True:
                f.write(b"\0" * 512)
                f.flush()
        except OSError:
            pass
    # What was allocated ahead may still be used: go on until the first refusal.
    n = 0
    try:
        for n in range(20000):
            send(b"during-%d" % n)
    except smtplib.SMTPResponseException as e:
        check(400 <= e.smtp_code < 500, "full disk: first refusal is 4xx (%d after %d)" % (e.smtp_code, n))
    refuses("full disk")
    os.unlink(fill)
    wait_for(lambda: try_send(b"after-full"), "a delivery after space is back", 30)
    check(inbox() == sorted(acked), "full disk: exactly what was answered is there")


def try_send(tag):
    try:
        send(tag)
        return True
    except smtplib.SMTPResponseException:
        return False


def test_readonly():
    # A forced read-only remount, as the kernel does after an I/O error.
    with open("/proc/mounts") as f:
        dev = [x.split()[0] for x in f if x.split()[1] == mnt][0]
    r = subprocess.run(["mount", "-o", "remount,ro", mnt], stderr=subprocess.PIPE)
    if r.returncode != 0:
        # open for writing: the emergency way
        with open("/proc/sysrq-trigger", "w"):
            pass
        r = subprocess.run(["mount", "-o", "remount,abort", mnt], stderr=subprocess.PIPE)
    check(open_fails(), "the disk is read-only now (%s)" % dev)
    refuses("read-only disk")


def open_fails():
    try:
        with open(os.path.join(mnt, "probe"), "w"):
            return False
    except OSError:
        return True


def test_end():
    mox.stop()


main(test_full, test_readonly, test_end)
