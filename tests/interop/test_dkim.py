#!/usr/bin/python3
"""Our DKIM signatures before dkimpy: both algorithms, every canonicalization, over messages made to be odd and,
when MOX_TESTDATA is set, over real mail. The keys and their DNS records come from mox dkim.

timeout: 600
"""
import os
import random
import re
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import gen_messages  # noqa: E402
from moxtest import BIN, check, main, scratch  # noqa: E402

import dkim  # noqa: E402

TOOL = os.path.join(BIN, "t", "dkimsign")
MOX = os.path.join(BIN, "mox")
NAMES = [a + h + b for a in "re" for h in "sr" for b in "sr"]
GENERATED, CORPUS = 60, 60
records = {}


def mox(*args, **kw):
    return subprocess.run([MOX] + list(args), stdout=subprocess.PIPE, check=True, **kw).stdout


def make_keys(d):
    for kind, letter in (("genrsa", "r"), ("gened25519", "e")):
        pem = mox("dkim", kind)
        with open(os.path.join(d, letter + ".pem"), "wb") as f:
            f.write(pem)
        line = mox("dkim", "txt", input=pem).decode()
        check(line.startswith("<selector>._domainkey.<your.domain.> TXT \"v=DKIM1;"), "mox dkim txt of " + kind)
        records[letter] = "".join(re.findall('"([^"]*)"', line)).encode()


def lookup(name, timeout=5):
    selector = name.decode().split(".")[0]
    return records[selector[0]] if name.decode().rstrip(".").endswith("_domainkey.signer.example") else None


def sign(d, message):
    return subprocess.run([TOOL, os.path.join(d, "r.pem"), os.path.join(d, "e.pem")], input=message, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def verify(message, index):
    try:
        return dkim.DKIM(message).verify(index, dnsfunc=lookup)
    except dkim.DKIMException as e:
        return "%s: %s" % (type(e).__name__, e)


def try_message(d, message, name):
    """1 when it was signed; a message with no From or two of them is not."""
    r = sign(d, message)
    if r.returncode != 0:
        if b"From fields, needs one" not in r.stderr:
            check(False, "%s: %s" % (name, r.stderr))
        return 0
    results = [verify(r.stdout + message, i) for i in range(len(NAMES))]
    for selector, ok in zip(NAMES, results):
        if ok is not True:
            with open(os.path.join(d, "failed.eml"), "wb") as f:
                f.write(r.stdout + message)
            check(False, "%s: selector %s: %s" % (name, selector, ok))
    changed = (r.stdout + message).replace(b"\r\n\r\n", b"\r\n\r\nmore ", 1)
    if any(verify(changed, i) is True for i in range(len(NAMES))):
        check(False, "%s: verifies when changed" % name)
    return 1


def with_crlf(message):
    message = re.sub(rb"\r?\n", b"\r\n", message)
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def is_common(message):
    """dkimpy ends a header at a line that is no field, and lines at a bare CR; we do neither."""
    head = message.split(b"\r\n\r\n", 1)[0]
    return (b"\r\n\r\n" in message and not re.search(rb"\r(?!\n)|(?<!\r)\n", message) and b"\0" not in message and
            all(re.match(rb"[\x21-\x39\x3b-\x7e]+:|[ \t]+[^ \t]", line) for line in head.split(b"\r\n")))


def test_made():
    d = scratch()
    make_keys(d)
    rnd = random.Random(3)
    words = [b" ", b"\t", b"  ", b"\r\n", b"\r\n\r\n", b"a", b"bb", b".", b"\xff", b" \r\n"]
    n = 0
    for i in range(GENERATED):
        fields = b"".join(b"%s:%s\r\n" % (rnd.choice([b"To", b"TO", b"Subject", b"X-Y", b"Date"]),
                                          b"".join(rnd.choices([b" ", b"\t", b"x", b"\r\n y", b"=?utf-8?Q?a?=", "é".encode()],
                                                               k=rnd.randrange(0, 9)))) for _ in range(rnd.randrange(8)))
        n += try_message(d, b"From: a@signer.example\r\n" + fields + b"\r\n" + b"".join(rnd.choices(words, k=rnd.randrange(40))) +
                         b"x\r\n" + b"\r\n" * rnd.randrange(3), "message %d" % i)
    check(n == GENERATED, "dkimpy verifies %d messages of 8 signatures each" % n)


def test_generated():
    d = scratch()
    make_keys(d)
    n = 0
    for i, m in enumerate(gen_messages.messages(GENERATED)):
        m = with_crlf(m[2])
        if is_common(m):
            n += try_message(d, m, "generated %d" % i)
    check(n > GENERATED / 4, "dkimpy verifies %d of the generated messages" % n)


def test_corpus():
    data = os.environ.get("MOX_TESTDATA")
    path = os.path.join(data, "corpus", "mail.tar.xz") if data else ""
    if not os.path.exists(path):
        check(True, "MOX_TESTDATA has no corpus: real mail was not tried")
        return
    d = scratch()
    make_keys(d)
    n = 0
    with tarfile.open(path) as tar:
        for i, f in enumerate(tar):
            if n == CORPUS:
                break
            if not f.isfile() or i % 37 != 0:
                continue
            m = with_crlf(re.sub(rb"^From .*\n", b"", tar.extractfile(f).read(), count=1))
            if is_common(m):
                n += try_message(d, m, f.name)
    check(n == CORPUS, "dkimpy verifies %d messages of the corpus" % n)


if __name__ == "__main__":
    main(test_made, test_generated, test_corpus)
