#!/usr/bin/python3
"""mox spf and mox dmarc from the command line over real DNS packets: messages whose From parsers may read differently,
SPF's part in DMARC, batches, lookups, servers that are silent or answer by TCP only.

timeout: 300
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from dnsd import Server  # noqa: E402
from moxtest import BIN, check, main, scratch  # noqa: E402

MOX = os.path.join(BIN, "mox")


def txt(*values):
    return [("TXT", [v.encode()]) for v in values]


ZONE = {
    "alpha.example": txt("v=spf1 ip4:192.0.2.1 -all exp=why.alpha.example", "unrelated"),
    "why.alpha.example": txt("%{i} is not ours"),
    "_dmarc.alpha.example": txt("v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:x@alpha.example"),
    "helo.alpha.example": txt("v=spf1 ip4:192.0.2.0/24 -all"),
    "beta.example": txt("v=spf1 ip4:192.0.2.1 -all"),
    "silent.example": [("TIMEOUT", None)],
    "_dmarc.silent.example": [("TIMEOUT", None)],
    "two.example": txt("v=spf1 -all", "v=spf1 +all"),
    "long.example": txt("v=spf1 " + "ip4:198.51.100.1 " * 200 + "ip4:192.0.2.1 -all", *["x" * 200 for _ in range(20)]),
    "_dmarc.odd.example": txt("v=DMARC1; p=none; rua=mailto:\x01"),
    "xn--bcher-kva.example": txt("v=spf1 ip4:192.0.2.1 -all"),
    "_dmarc.xn--bcher-kva.example": txt("v=DMARC1; p=reject"),
}
server = None


def mox(*args, message=b"", status=0):
    r = subprocess.run([MOX] + list(args), input=message, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode != status:
        check(False, "%r exits with %d: %r" % (args, r.returncode, r.stderr))
    return r.stdout.decode()


def ask(*args, **kw):
    return mox(*args[:2], "-resolver", server.address, *args[2:], **kw)


def verify(header, ip="192.0.2.1", sender="a@alpha.example", helo="h", flags=()):
    """Result word and the rest."""
    return ask("dmarc", "verify", *flags, ip, sender, helo, message=header + b"\r\nbody\r\n").strip().split(None, 1)


def test_messages():
    rows = [
        (b"From: a@alpha.example\r\n", "pass", "disposition=none aligned=spf"),
        (b"From: a@ALPHA.example\r\nFrom-Not: b@beta.example\r\n", "pass", ""),
        (b"From: a@sub.alpha.example\r\n", "pass", "organization=alpha.example"),
        (b"From: a@beta.example\r\n", "none", ""),
        (b"To: a@alpha.example\r\n", "permerror", "no From field"),
        (b"From: a@alpha.example\r\nFrom: a@alpha.example\r\n", "permerror", "several From fields"),
        (b"From: a@alpha.example, b@alpha.example\r\n", "permerror", "several addresses in From"),
        (b"From: g: a@alpha.example;\r\n", "permerror", "several addresses in From"),
        (b"From: ceo@bank.example <a@alpha.example>\r\n", "permerror", "no well-formed address"),
        (b"X: y\r\n \r\nFrom: a@alpha.example\r\n", "permerror", "read From differently"),
        (b"From: a@alpha.example\r\nX: y\rFrom: b@bank.example\r\n", "permerror", "read From differently"),
        (b"From: \"a@bank.example\"@alpha.example\r\n", "permerror", "read From differently"),
    ]
    for header, result, text in rows:
        got = verify(header)
        check(got[0] == result and text in got[1], "%r: %s" % (header, " ".join(got)))
    got = verify("From: a@bücher.example\r\n".encode(), sender="a@bücher.example")
    check(got[0] == "pass" and "from=xn--bcher-kva.example" in got[1], "U-labels are compared as A-labels")


def test_spf_part():
    check(verify(b"From: a@alpha.example\r\n", ip="192.0.2.2")[1].startswith("from=alpha.example record=alpha.example policy=reject "
                                                                            "tag=p disposition=reject"), "SPF fails: reject")
    check(verify(b"From: a@alpha.example\r\n", ip="192.0.2.2", flags=["-dkim", "x.example,mail.alpha.example"])[0] == "pass",
          "a signature of the organization makes up for it")
    check(verify(b"From: a@helo.alpha.example\r\n", sender="<>", helo="helo.alpha.example")[0] == "fail", "HELO counts for nothing")
    got = verify(b"From: a@gone.alpha.example\r\n", sender="a@beta.example")
    check(got[0] == "fail" and "tag=np disposition=none" in got[1], "np for what does not exist: %s" % got[1])
    got = verify(b"From: a@helo.alpha.example\r\n", sender="a@beta.example")
    check(got[0] == "fail" and "tag=sp disposition=quarantine" in got[1], "sp for what exists: %s" % got[1])


def test_file_and_batch():
    path = os.path.join(scratch(), "m")
    with open(path, "wb") as f:
        f.write(b"From: a@alpha.example\n\nFrom: b@beta.example\n")
    check(ask("dmarc", "verify", "192.0.2.1", "<a@alpha.example>", "h", path).startswith("pass "), "a file with LF alone; MAIL FROM "
          "in brackets")
    lines = b"alpha.example\talpha.example\t-\nalpha.example\t\tbeta.example,sub.alpha.example\nalpha.example - beta.example\n\nx\n"
    out = ask("dmarc", "verify", "-batch", "-", message=lines).splitlines()
    check([x.split()[0] for x in out] == ["pass", "pass", "fail", "permerror"], "a batch: %r" % out)
    out = ask("spf", "check", "-batch", "-", status=1,
              message=b"192.0.2.1 a@alpha.example h\n192.0.2.2\t\thelo.alpha.example\nnonsense x y\n192.0.2.1 <> h\n").splitlines()
    check([x.split()[0] for x in out] == ["pass", "pass", "malformed", "none"], "a batch of SPF: %r" % out)
    out = ask("spf", "check", "-batch", "-", message=b"".join(b"192.0.2.%d a@alpha.example h\n" % i for i in range(250)))
    words = [x.split()[0] for x in out.splitlines()]
    check(words == ["pass" if i == 1 else "fail" for i in range(250)], "more than run at a time stay in order")


def test_single():
    out = ask("spf", "check", "192.0.2.9", "a@alpha.example", "h")
    check(out.startswith("fail identity=mailfrom domain=alpha.example mechanism=\"-all\" ") and
          out.endswith("explanation=\"192.0.2.9 is not ours\"\n"), out.strip())
    check(ask("spf", "check", "192.0.2.1", "a@long.example", "h").startswith("pass "), "a record that comes by TCP")
    out = ask("spf", "lookup", "alpha.example")
    check(out == "v=spf1 ip4:192.0.2.1 -all exp=why.alpha.example\n", "mox spf lookup")
    ask("spf", "lookup", "nothing.example", status=1)
    check(len(ask("spf", "lookup", "two.example", status=1).splitlines()) == 2, "two records are printed, and are a fault")
    check(ask("dmarc", "lookup", "x.alpha.example").startswith("_dmarc.alpha.example v=DMARC1; p=reject;"), "mox dmarc lookup")
    check("\x01" not in ask("dmarc", "lookup", "odd.example"), "records are printed without control characters")
    ask("dmarc", "lookup", "nothing.example", status=1)
    mox("spf", "parse", "v=spf1 a:b -all", status=1)
    mox("dmarc", "parse", "p=reject", status=1)
    mox("dmarc", "parse", "v=DMARC1; p=nonsense", status=1)
    check("rua mailto:a@b.example\n" in mox("dmarc", "parse", "v=DMARC1; rua=mailto:a@b.example!10m"), "mox dmarc parse")
    mox("spf", "check", "192.0.2.1", status=2)
    mox("spf", "check", "-timeout", "0", "192.0.2.1", "a@b.example", "h", status=1)
    mox("spf", "check", "-resolver", "nonsense", "192.0.2.1", "a@b.example", "h", status=1)


def test_silence():
    began = time.monotonic()
    check(ask("spf", "check", "-timeout", "3", "192.0.2.1", "a@silent.example", "h").startswith("temperror "), "SPF: temperror")
    check(ask("dmarc", "verify", "-timeout", "3", "-batch", "-", message=b"silent.example - -\n").startswith("temperror "),
          "DMARC: temperror")
    check(time.monotonic() - began < 20, "in time")


def run():
    global server
    server = Server(ZONE)
    main(test_messages, test_spf_part, test_file_and_batch, test_single, test_silence)


if __name__ == "__main__":
    run()
