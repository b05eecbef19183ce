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
    fd = os.open(fill, os.O_WRONLY | os.O_CREAT)
    for step in (1 << 20, 4096, 512):
        try:
            while True:
                os.write(fd, b"\0" * step)
        except OSError:
            pass
    os.close(fd)
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


def workers(role):
    return [p for r, w, p in mox.status() if r == role and w != "-"]


def test_readonly_and_back():
    """Every write of the store's owner fails as on a read-only disk, for a while."""
    writes = "write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat"
    for err in ("EROFS", "EIO"):
        # what a worker says to its peers and to the log goes by sendmsg and descriptor 2
        cmd = ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=" + writes.replace("write,", "", 1),
               "-e", "inject=%s:error=%s" % (writes.replace("write,", "", 1), err)]
        for p in workers("deliverd"):
            cmd += ["-p", str(p)]
        s = subprocess.Popen(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        atexit.register(lambda s=s: s.poll() is None and s.kill())
        wait_for(lambda: all(traced(p) for p in workers("deliverd")), "strace to be attached")
        before = workers("deliverd")
        refuses(err)
        s.terminate()
        s.wait()
        wait_for(lambda: try_send(b"after-" + err.encode()), "a delivery after " + err, 30)
        check(inbox() == sorted(acked), err + ": exactly what was answered is there")
        print("workers before and after:", before, workers("deliverd"))


def traced(pid):
    try:
        with open("/proc/%d/status" % pid) as f:
            return "TracerPid:\t0" not in f.read()
    except OSError:
        return False


def test_dead_device():
    """The device turns read-only below the file system, as the kernel does after a failure: all is
    refused, and after a repair what was answered is there."""
    with open("/proc/mounts") as f:
        dev = [x.split()[0] for x in f if x.split()[1] == mnt][0]
    for i in range(5):
        send(b"before-dead-%d" % i)
    sh("blockdev", "--setro", dev)
    refuses("read-only device")
    mox.stop()
    sh("blockdev", "--setrw", dev)
    sh("umount", mnt)
    subprocess.run(["e2fsck", "-p", "-f", dev if os.path.exists(dev) and losetup(dev) else img], stdout=subprocess.DEVNULL)
    sh("mount", "-o", "loop", img, mnt)
    mox.start()
    check(inbox() == sorted(acked), "after a repair exactly what was answered is there")
    r = mox.cli("verifydata")
    check(r.returncode == 0, "verifydata: " + r.stdout[-400:])


def losetup(dev):
    return subprocess.run(["losetup", dev], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def test_end():
    mox.stop()


main(test_full, test_readonly_and_back, test_dead_device, test_end)
