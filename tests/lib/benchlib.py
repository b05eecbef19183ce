"""What the benchmarks share: disks of their own, CPU and memory of process trees, tables."""
import atexit
import os
import subprocess

from moxtest import scratch


def say(*a):
    print(*a, flush=True)


class Disk:
    """A file system of its own on a loop device, so that bytes written are the server's alone."""

    def __init__(self, name):
        self.dir = scratch("bench-%s-" % name)
        img = os.path.join(self.dir, "img")
        subprocess.run(["truncate", "-s", "12G", img], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", img], check=True)
        self.mnt = os.path.join(self.dir, "mnt")
        os.mkdir(self.mnt)
        self.loop = subprocess.run(["losetup", "-f", "--show", img], check=True, stdout=subprocess.PIPE,
                                   text=True).stdout.strip()
        subprocess.run(["mount", self.loop, self.mnt], check=True)
        os.chmod(self.mnt, 0o755)
        atexit.register(self.close)

    def written(self):
        """Bytes that reached the device."""
        with open("/sys/block/%s/stat" % os.path.basename(self.loop)) as f:
            return int(f.read().split()[6]) * 512

    def sync(self):
        subprocess.run(["sync", "-f", self.mnt])

    def close(self):
        subprocess.run(["umount", "-l", self.mnt], stderr=subprocess.DEVNULL)
        subprocess.run(["losetup", "-d", self.loop], stderr=subprocess.DEVNULL)


def tree(root):
    """All live processes below (and with) a pid."""
    kids = {}
    for p in os.listdir("/proc"):
        if p.isdigit():
            try:
                with open("/proc/%s/stat" % p) as f:
                    kids.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(p))
            except (OSError, IndexError):
                pass
    out, todo = [], [root]
    while todo:
        x = todo.pop()
        out.append(x)
        todo += kids.get(x, [])
    return out


class Server:
    """CPU and memory of all processes of a server, the ended ones included."""

    def pids(self):
        return [p for r in self.roots() for p in tree(r)]

    def cpu(self):
        hz = os.sysconf("SC_CLK_TCK")
        t = 0.0
        for p in self.pids():
            try:
                with open("/proc/%d/stat" % p) as f:
                    s = f.read().rsplit(")", 1)[1].split()
                t += (int(s[13]) + int(s[14])) / hz          # children that were waited for
                with open("/proc/%d/schedstat" % p) as f:
                    t += int(f.read().split()[0]) / 1e9       # own, in nanoseconds
            except (OSError, IndexError):
                pass
        return t

    def memory(self, field="Pss"):
        kb = 0
        for p in self.pids():
            try:
                with open("/proc/%d/smaps_rollup" % p) as f:
                    kb += sum(int(x.split()[1]) for x in f if x.startswith(field + ":"))
            except OSError:
                pass
        return kb


def lines(path):
    with open(path, "rb") as f:
        return sum(1 for x in f if b"sync(" in x or b"syncfs(" in x)


def table(title, head, rows):
    say("\n" + title)
    w = [max(len(str(r[i])) for r in [head] + rows) for i in range(len(head))]
    for r in [head] + rows:
        say("  " + "  ".join(str(x).rjust(w[i]) if i else str(x).ljust(w[i]) for i, x in enumerate(r)))


def fmt(x):
    return "-" if x is None else "%.0f" % x if x >= 100 else "%.1f" % x if x >= 10 else "%.2f" % x


def ratio(a, b):
    return "-" if not a or not b else "%.2fx" % (a / b)
