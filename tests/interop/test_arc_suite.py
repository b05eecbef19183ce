#!/usr/bin/python3
"""mox arc verify over real DNS packets: the public ARC suite (MOX_TESTDATA/arc), all of it, and our own cases of the
same ground. Sealing: the suite's cases to the last bit, and chains of ours before dkimpy and before ourselves.

timeout: 600
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import arccases  # noqa: E402
import dkimcases  # noqa: E402
from dnsd import Server  # noqa: E402
from moxtest import BIN, check, main, scratch  # noqa: E402

import dkim  # noqa: E402

MOX = os.path.join(BIN, "mox")
TOOL = os.path.join(BIN, "t", "arcseal")
NO_SEALING = 2


def data(name):
    path = os.path.join(os.environ.get("MOX_TESTDATA") or "/nonexistent", "arc", name)
    if os.path.exists(path):
        return path
    check(True, "MOX_TESTDATA has no arc/%s: it was not tried" % name)
    return None


# ---- validating

def verify(address, messages, timeout=60):
    paths = dkimcases.write_files(scratch(), messages)
    r = subprocess.run([MOX, "arc", "verify", "-resolver", address, "-timeout", str(timeout), "-batch", "-"],
                       input="".join(p + "\n" for p in paths).encode(), stdout=subprocess.PIPE)
    lines = r.stdout.decode().splitlines()
    assert r.returncode == 0 and len(lines) == len(messages), (r.returncode, len(lines), len(messages))
    return lines


def run_scenario(s, what):
    server = Server(s.zone, timeout_is_servfail=True)
    good = 0
    try:
        for case, line in zip(s.cases, verify(server.address, [c.message for c in s.cases])):
            ok = line.split()[0] == case.result and (case.oldest is None or " oldest-pass=%d " % case.oldest in line)
            if not ok:
                check(False, "%s: %s: expected %s %s, got %s" % (what, case.name, case.result, case.oldest, line))
            good += ok
    finally:
        server.close()
    return good


def run_all(scenarios, what):
    total = sum(len(s.cases) for s in scenarios)
    good = sum(run_scenario(s, what) for s in scenarios)
    check(good == total, "%s: %d of %d cases" % (what, good, total))


def test_suite():
    path = data("arc-draft-validation-tests.yml")
    if path:
        scenarios = arccases.suite(path)
        check(sum(len(s.cases) for s in scenarios) == 171, "the suite has 171 cases")
        run_all(scenarios, "ARC suite")


def test_own():
    run_all(arccases.own(scratch())[0], "our own cases")


# ---- sealing

def seal(key, domain, selector, time, names, results, valid, message):
    r = subprocess.run([TOOL, key, domain, selector, time, names, results, "valid" if valid else "invalid"], input=message,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert r.returncode in (0, NO_SEALING), r.stderr
    return r.stdout if r.returncode == 0 else None


def merged_results(message, host):
    """What the host's Authentication-Results of a message say, as one."""
    header = message.split(b"\r\n\r\n")[0].decode() + "\r\n"
    fields = re.findall(r"(?m)^Authentication-Results: ((?:.|\r\n[ \t])*)\r\n", header)
    parts = [f.strip()[len(host) + 1:].strip() for f in fields if f.startswith(host + ";")]
    return host + "; " + ";\r\n  ".join(p.strip() for f in parts for p in f.split(";"))


def tags(text):
    return sorted(re.sub(r"\s+", "", t) for t in text.split(";") if t.strip())


def test_sealing_suite():
    path = data("arc-draft-sign-tests.yml")
    if not path:
        return
    cases, good = arccases.sealing_suite(path), 0
    key = os.path.join(scratch(), "key.pem")
    for c in cases:
        with open(key, "w") as f:
            f.write(c.key)
        results = merged_results(c.message, c.host)
        out = seal(key, c.domain, c.selector, c.time, c.names, results, "arc=fail" not in results, c.message)
        values = re.findall(r"(?m)^ARC-[\w-]+: ((?:.|\r\n[ \t])*)\r\n", out.decode())[::-1] if out else ["", "", ""]
        ok = [tags(v) for v in values] == [tags(v) for v in c.fields]
        if not ok:
            check(False, "%s: expected %s, got %s" % (c.name, c.fields, values))
        good += ok
    check(good == len(cases) == 17, "ARC sealing suite: %d of %d cases" % (good, len(cases)))


def test_sealing():
    """Both kinds of keys, several times, before two validators."""
    scenarios, m = arccases.own(scratch())
    zone = scenarios[0].zone
    message = dkimcases.message(dkimcases.FIELDS + [(b"X-Long-%d" % i, b" 1") for i in range(80)], dkimcases.BODY)
    names = ":".join(["from"] + ["x-long-%d" % i for i in range(80)] + ["subject"])
    messages, results = [], []
    for i in range(4):
        key, selector = ((m.rsa, "rsa"), (m.long, "long"))[i % 2]
        cv = "none" if i == 0 else "pass"
        fields = seal(key.path, "example.org", selector, "1600000000", names if i % 2 else "", "mx.example.org; arc=" + cv, True, message)
        check(max(len(line) for line in fields.split(b"\r\n")) < 998, "no line of the fields is too long")
        message = fields + message
        messages.append(message)
        results.append(dkim.arc_verify(message, dnsfunc=lambda name, timeout=5: zone[name.decode().rstrip(".").lower()][0][1][0])[0])
    check(results == [b"pass"] * 4, "dkimpy validates what we seal: %s" % results)
    messages.append(seal(m.ed.path, "example.org", "ed", "1600000000", "", "mx.example.org; arc=pass", True, message) + message)
    failed = seal(m.rsa.path, "example.org", "rsa", "1600000000", "", "mx.example.org; arc=fail", False, message) + message
    server = Server(zone)
    try:
        words = [line.split()[0] for line in verify(server.address, messages + [failed])]
    finally:
        server.close()
    check(words == ["pass"] * 5 + ["fail"], "so do we: %s" % words)
    check(b"cv=fail" in failed and
          seal(m.rsa.path, "example.org", "rsa", "1", "", "mx.example.org; arc=fail", False, failed) is None,
          "a chain that failed is ended by a seal that says so, and not sealed again")
    while message.count(b"ARC-Seal:") < 50:
        message = seal(m.rsa.path, "example.org", "rsa", "1", "", "x; arc=pass", True, message) + message
    check(seal(m.rsa.path, "example.org", "rsa", "1", "", "x; arc=pass", True, message) is None, "not more than 50 times")


if __name__ == "__main__":
    main(test_suite, test_own, test_sealing_suite, test_sealing)
