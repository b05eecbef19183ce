#!/usr/bin/python3
"""mox spf check over real DNS packets: the public suite of RFC 7208 (MOX_TESTDATA/spf), all of it, explanations
included, and our own cases of the same ground. A TIMEOUT of either is tried as silence and as SERVFAIL.

timeout: 600
"""
import os
import re
import subprocess
import sys
from multiprocessing.pool import ThreadPool

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import spfcases  # noqa: E402
from dnsd import Server  # noqa: E402
from moxtest import BIN, check, main  # noqa: E402

MOX = os.path.join(BIN, "mox")


def unquote(s):
    return re.sub(r"\\x([0-9a-f]{2})|\\(.)", lambda m: chr(int(m[1], 16)) if m[1] else m[2], s)


def evaluate(address, cases, timeout):
    lines = "".join("%s\t%s\t%s\n" % (c.ip, c.sender, c.helo) for c in cases)
    r = subprocess.run([MOX, "spf", "check", "-resolver", address, "-timeout", str(timeout), "-batch", "-"],
                       input=lines.encode("utf-8", "surrogateescape"), stdout=subprocess.PIPE)
    out = r.stdout.decode().splitlines()
    assert r.returncode == 0 and len(out) == len(cases), (r.returncode, len(out), len(cases))
    for line in out:
        m = re.search(r' explanation="((?:[^"\\]|\\.)*)"', line)
        yield line.split()[0], unquote(m[1]) if m else "", line


def run_scenario(scenario, servfail):
    """What is not as it should be, in words."""
    server = Server(scenario.zone, timeout_is_servfail=servfail)
    faults = []
    try:
        has_timeout = any(k == "TIMEOUT" for rows in scenario.zone.values() for k, _ in rows)
        for case, (result, explanation, line) in zip(scenario.cases, evaluate(server.address, scenario.cases,
                                                                              12 if has_timeout else 60)):
            ok = result in case.results and (case.explanation is None or explanation == case.explanation)
            if not ok:
                faults.append("%s: %s: expected %s %r, got %s" % (scenario.name, case.name, case.results,
                                                                  case.explanation, line))
    finally:
        server.close()
    return faults


def run_all(scenarios, what):
    cases = sum(len(s.cases) for s in scenarios)
    explained = sum(c.explanation is not None for s in scenarios for c in s.cases)
    for servfail in (True, False):
        with ThreadPool(len(scenarios)) as pool:
            faults = sum(pool.map(lambda s, how=servfail: run_scenario(s, how), scenarios), [])
        for fault in faults:
            check(False, fault)
        good = cases - len(faults)
        check(good == cases, "%s: %d of %d cases in %d scenarios, %d with their explanation; TIMEOUT as %s" % (
            what, good, cases, len(scenarios), explained, "SERVFAIL" if servfail else "silence"))


def test_suite():
    path = os.path.join(os.environ.get("MOX_TESTDATA") or "/nonexistent", "spf", "rfc7208-tests.yml")
    if not os.path.exists(path):
        check(True, "MOX_TESTDATA has no SPF suite: it was not tried")
        return
    scenarios = spfcases.suite(path)
    check(sum(len(s.cases) for s in scenarios) == 203, "the suite has 203 cases")
    run_all(scenarios, "RFC 7208 suite")


def test_own():
    run_all(spfcases.own(), "our own cases")


if __name__ == "__main__":
    main(test_suite, test_own)
