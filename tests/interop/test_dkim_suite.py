#!/usr/bin/python3
"""mox dkim verify over real DNS packets: messages of RFC 6376, RFC 8463 and Mail::DKIM (MOX_TESTDATA/dkim), all of
them, and our own cases of the same ground. A TIMEOUT of the zone is tried as silence and as SERVFAIL.

timeout: 600
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import dkimcases  # noqa: E402
from dnsd import Server  # noqa: E402
from moxtest import BIN, check, main, scratch  # noqa: E402

MOX = os.path.join(BIN, "mox")


def verify(address, paths, timeout=6):
    """Lines of output: (overall result, [(result, text) of each signature])."""
    r = subprocess.run([MOX, "dkim", "verify", "-resolver", address, "-timeout", str(timeout), "-batch", "-"],
                       input="".join(p + "\n" for p in paths).encode(), stdout=subprocess.PIPE)
    lines = r.stdout.decode().splitlines()
    assert r.returncode == 0 and len(lines) == len(paths), (r.returncode, len(lines), len(paths))
    for line in lines:
        parts = line.split(" | ")
        yield parts[0].split()[0], [(p.split()[0], p) for p in parts[1:]], line


def zone_of(keys):
    zone = {}
    for name, txt in keys.items():
        if txt in ("TIMEOUT", "SERVFAIL"):
            zone[name.lower()] = [(txt, None)]
        elif txt is not None:
            zone[name.lower()] = [("TXT", [txt.encode()])]
    return zone


def expected(row):
    """Results that a message may have, by what its manifest says of it."""
    tags = row["tags"]
    if row["file"].endswith("rfc6376-a2.eml"):
        return ["fail"]  # not as it was signed: its white space was reflowed in print
    if "domainkeys" in tags:
        return ["none"]  # RFC 4870 is not DKIM
    if "rsa-sha1" in tags:
        return ["policy", "permerror", "neutral", "temperror"]  # RFC 8301 3.1: never pass
    if "pre-rfc4871" in tags or row["file"].endswith("/bad_1.txt"):
        return ["neutral", "permerror"]  # drafts: without v=1
    return {"pass": ["pass"], "fail": ["fail"], "invalid": ["permerror", "neutral", "policy"]}[row["expect"]]


def test_suite():
    top = os.path.join(os.environ.get("MOX_TESTDATA") or "/nonexistent", "dkim")
    if not os.path.exists(top):
        check(True, "MOX_TESTDATA has no DKIM messages: they were not tried")
        return
    with open(os.path.join(top, "manifest.json")) as f:
        rows = json.load(f)
    with open(os.path.join(top, "keys.json")) as f:
        zone = zone_of(json.load(f))
    for servfail in (True, False):
        server = Server(zone, timeout_is_servfail=servfail)
        try:
            good = 0
            got = verify(server.address, [os.path.join(top, r["file"]) for r in rows])
            for row, (result, sigs, line) in zip(rows, got):
                ok = result in expected(row)
                if "two-signatures" in row["tags"]:
                    ok = ok and [r for r, _ in sigs] == ["pass", "pass"]
                if not ok:
                    check(False, "%s (%s): expected %s, got %s" % (row["file"], row["note"], expected(row), line))
                good += ok
            check(good == len(rows), "%d of %d messages; TIMEOUT as %s" % (good, len(rows),
                                                                          "SERVFAIL" if servfail else "silence"))
        finally:
            server.close()


def test_own():
    cases, zone = dkimcases.make(scratch())
    paths = dkimcases.write_files(scratch(), [c.message for c in cases])
    server = Server(zone, timeout_is_servfail=True)
    try:
        good = 0
        for c, (_, sigs, line) in zip(cases, verify(server.address, paths)):
            ok = [r for r, _ in sigs] == c.results and (c.problem is None or c.problem in line)
            if not ok:
                check(False, "%s: expected %s %s, got %s" % (c.name, c.results, c.problem, line))
            good += ok
        check(good == len(cases), "our own cases: %d of %d" % (good, len(cases)))
    finally:
        server.close()


if __name__ == "__main__":
    main(test_suite, test_own)
