#!/usr/bin/python3
"""The two commands of README on a clean copy elsewhere on the disk, with nothing beside it, build included.
timeout: 1800"""
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

work = scratch("readme-")
copy = os.path.join(work, "elsewhere", "mox")
env = {k: v for k, v in os.environ.items() if not k.startswith(("MOX_", "MAKE", "MFLAGS", "FUZZ_", "TESTS", "ASAN_", "UBSAN_"))}


def test_copy():
    if os.path.isdir(os.path.join(ROOT, ".git")):
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, copy], check=True)
    else:
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("build", "config.mk", "config.h", "config.status", "config.log"))
    with open(os.path.join(copy, "README")) as f:
        head = f.read(1200)
    check(head.index("make localserve") < head.index("make check") < 700, "README begins with the two commands")
    check(not os.path.exists(os.path.join(copy, "build")), "nothing is built in the copy")


def test_localserve():
    d, off = os.path.join(work, "d"), free_offset()
    p = subprocess.Popen(["make", "localserve", "ARGS=-dir %s -portoffset %d" % (d, off)], cwd=copy, env=env, text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    atexit.register(lambda: p.poll() is None and os.killpg(p.pid, signal.SIGKILL))
    out = []
    for line in p.stdout:
        out.append(line.rstrip())
        if "swaks" in line or "curl" in line:
            tries = [x.strip() for x in out if re.match(r"\s*(swaks|curl) ", x)]
            if len(tries) == 2:
                break
    else:
        print("\n".join(out[-30:]))
        return check(False, "make localserve starts")
    check(True, "make localserve builds and starts")
    for t in tries:
        r = subprocess.run(t, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        check(r.returncode == 0, "the printed line works: " + t.split()[0])
    check("It works" in r.stdout, "the second shows what the first sent")
    # Ctrl-C at a terminal goes to the whole group
    os.killpg(p.pid, signal.SIGINT)
    p.stdout.read()
    p.wait(30)
    check(not [x for x in processes_of(p.pid)], "Ctrl-C leaves nothing running")


def processes_of(sid):
    for x in os.listdir("/proc"):
        if x.isdigit():
            try:
                with open("/proc/%s/stat" % x) as f:
                    s = f.read().rsplit(")", 1)[1].split()
                if int(s[3]) == sid and s[0] != "Z":
                    yield int(x)
            except (OSError, IndexError):
                pass


def test_check():
    r = subprocess.run(["make", "-j2", "check"], cwd=copy, env=dict(env, TESTS="build unit/base unit/crypto corpus/blob transcript"),
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last = r.stdout.rstrip().splitlines()[-1] if r.stdout.strip() else ""
    if r.returncode != 0:
        print(r.stdout[-4000:])
    check(r.returncode == 0 and re.fullmatch(r"\d+ passed, 0 failed", last), "make check: " + last)
    check(int(last.split()[0]) >= 8, "tests were run")


main(test_copy, test_localserve, test_check)
