"""Scenarios of ARC: zone and cases, from the public suite's YAML, or our own, sealed here (see dkimcases.py)."""

import re
from collections import namedtuple

from dkimcases import BODY, FIELDS, Maker, canon_field, message, signature, tag

Scenario = namedtuple("Scenario", "zone cases")
# oldest: the oldest-pass that must be printed, or None
Case = namedtuple("Case", "name message result oldest")
# What the suite's sealing tests give, and the tags of the three fields that must come out: "" for none
Seal = namedtuple("Seal", "name message time names host key domain selector fields")


def crlf(text):
    return text.replace("\n", "\r\n").encode()


def load(path):
    import yaml
    with open(path) as f:
        return list(yaml.load_all(f, Loader=yaml.BaseLoader))


def suite(path):
    out = []
    for doc in load(path):
        zone = {n.lower(): [("TXT", [t.encode()])] for n, t in doc["txt-records"].items()}
        # An empty cv is a chain that ended in a seal with cv=fail: 5.2 step 2.
        cases = [Case(name, crlf(t["message"]), t["cv"].lower() or "fail", None) for name, t in doc["tests"].items()]
        out.append(Scenario(zone, cases))
    return out


def sealing_suite(path):
    return [Seal(name, crlf(t["message"]), t["t"], t["sig-headers"], t["srv-id"], doc["privatekey"], doc["domain"], doc["sel"],
                 [t["AAR"], t["AMS"], t["AS"]]) for doc in load(path) for name, t in doc["tests"].items()]


# ---- our own

AMS = "i={i}; a={a}; c=relaxed/relaxed; d=example.org; s={s}; t=1600000000;\r\n h=from:to:subject:date;\r\n bh={bh}; b={b}"
AS = "i={i}; a={a}; cv={cv}; d=example.org; s={s}; t=1600000000; b={b}"
AAR = b" i=%d; mx.example.org; spf=pass smtp.mailfrom=example.org"
NAMES = (b"ARC-Authentication-Results", b"ARC-Message-Signature", b"ARC-Seal")


def fill(template, key, instance, cv):
    for k, v in (("i", str(instance)), ("a", "rsa-sha256" if key.bits else "ed25519-sha256"),
                 ("s", "rsa" if key.bits else "ed"), ("cv", cv)):
        template = template.replace("{%s}" % k, v)
    return template


class Chain:
    """Fields of a message that is sealed again and again; what was sealed stays as it was, unless a test edits it."""

    def __init__(self, m, fields=None, body=BODY):
        self.m, self.fields, self.body, self.sets = m, list(fields or FIELDS), body, []

    def seal(self, key=None, ams=AMS, seal=AS, aar=None, cv=None, forms=None, **kw):
        key = key or self.m.rsa
        i = len(self.sets) + 1
        results = (NAMES[0], aar or AAR % i)
        fields = [f for s in reversed(self.sets) for f in reversed(s)] + self.fields
        sig = signature(kw.get("ams_key", key), NAMES[1], fill(ams, key, i, ""), [results] + fields, self.body,
                        forms=forms or tag(ams, "c", "relaxed/relaxed"), digest=kw.get("digest", "sha256"))
        covered = b"".join(canon_field(n, v, True) for s in self.sets + [[results, sig]] for n, v in s)
        cv = cv or ("none" if i == 1 else "pass")
        self.sets.append([results, sig, signature(key, NAMES[2], fill(seal, key, i, cv), [], b"", covered, "relaxed",
                                                  digest=kw.get("digest", "sha256"))])
        return self

    def message(self):
        return message([f for s in reversed(self.sets) for f in reversed(s)] + self.fields, self.body)


def add_chains(m, add):
    c = Chain(m)
    add("no chain", c.message(), "none")
    add("nothing", b"", "none")
    add("no header", b"\r\nbody\r\n", "none")
    for i in range(1, 51):
        c.seal(m.ed if i % 3 == 0 else m.rsa)
        if i in (1, 2, 3, 10, 50):
            add("%d instances" % i, c.message(), "pass", 0)
            add("%d instances, body changed" % i, c.message() + b"more", "fail")
    add("51 instances", b"ARC-Seal: i=51; a=rsa-sha256; cv=pass; d=example.org; s=rsa; b=AAAA\r\n" + c.message(), "fail")
    c = Chain(m).seal().seal()
    c.fields[2] = (b"Subject", b" [list] changed")
    add("an older signature of the message does not hold", c.seal().seal().message(), "pass", 3)
    c.fields[2] = (b"Subject", b" changed again")
    add("the newest signature of the message does not hold", c.message(), "fail")
    for n in (1, 2, 3):
        for part in range(3):
            c = Chain(m).seal().seal().seal()
            name, value = c.sets[n - 1][part]
            c.sets[n - 1][part] = (name, value.replace(b"t=16", b"t=15") if part else value.replace(b"pass", b"fail"))
            add("instance %d, %s changed" % (n, name.decode()), c.message(), "fail")
            c.sets[n - 1][part] = (b"X-Gone", b" 1")
            add("instance %d, no %s" % (n, name.decode()), c.message(), "fail")
            c.sets[n - 1][part] = (name, value)
            c.sets[n - 1].insert(part, (name, value))
            add("instance %d, two %s" % (n, name.decode()), c.message(), "fail")
    c = Chain(m).seal().seal()
    c.sets.reverse()
    add("order of the sets does not matter", c.message(), "pass", 0)
    for one, two in (("none", "none"), ("pass", "pass"), ("none", "fail"), ("fail", "pass"), ("none", "other"), ("fail", "fail")):
        add("cv=%s, cv=%s" % (one, two), Chain(m).seal(cv=one).seal(cv=two).message(), "fail")
    add("cv=fail", Chain(m).seal(cv="fail").message(), "fail")


def add_formats(m, add):
    for which, text in (("ams", AMS), ("seal", AS)):
        for t, result in ((text + ";", "pass"), (text.replace("; ", ";"), "pass"), (text.replace("; ", " ;\r\n\t"), "pass"),
                          (text.replace("=", " = "), "pass"), (text + "; unknown=1", "pass"), (text + ";;", "fail"),
                          (text + "; t=1", "fail"), (text + "; 1a=1", "fail"), (text.replace("d=", "D="), "fail"),
                          (text.replace("a={a}", "a=RSA-SHA256"), "fail"), (text.replace("a={a}", "a=rsa-sha1"), "fail"),
                          (text.replace("a={a}", "a="), "fail"), (text.replace("a={a}; ", ""), "fail"),
                          (text.replace("=example.org", "=example..org"), "fail"), (text.replace("=example.org", "="), "fail"),
                          (text.replace("d=example.org; ", ""), "fail"), (text.replace("s={s}; ", ""), "fail"),
                          (text.replace("s={s}", "s="), "fail"), (text.replace("s={s}", "s=missing"), "fail"),
                          (text.replace("s={s}", "s=broken"), "temperror"), (text.replace("s={s}", "s=short"), "fail"),
                          (text.replace("t=1600000000;", ""), "pass"), (text.replace("t=16", "t=1 6"), "fail"),
                          (text.replace("t=1600000000", "t="), "fail"), (text.replace("t=16", "t=-16"), "fail"),
                          (text.replace("i={i}; ", ""), "fail"), (text.replace("i={i}", "i="), "fail"),
                          (text.replace("i={i}", "i=0"), "fail"), (text.replace("i={i}", "i=x"), "fail"),
                          (text.replace("i={i}", "i=2"), "fail"), (text.replace("i={i}", "i=-1"), "fail"),
                          (text.replace("b={b}", "b="), "fail"), (text.replace("b={b}", "b=*{b}"), "fail"),
                          (text.replace(" b={b}", ""), "fail"), ("", "fail")):
            add("%s %r" % (which, t[:70]), Chain(m).seal(**{which: t}).message(), result)
    for old, new, result in (("c=relaxed/relaxed; ", "", "pass"), ("c=relaxed/relaxed", "c=simple/simple", "pass"),
                             ("c=relaxed/relaxed", "c=simple/relaxed", "pass"), ("c=relaxed/relaxed", "c=relaxed", "pass"),
                             ("c=relaxed/relaxed", "c=other", "fail"), ("c=relaxed/relaxed", "c=", "fail"),
                             ("h=from:to:subject:date", "h=", "pass"), ("h=from:to:subject:date", "h=FROM : to", "pass"),
                             ("\r\n h=from:to:subject:date;", "", "fail"), ("h=from:", "h=from::x:x:", "pass"),
                             ("h=from:", "h=arc-seal:from:", "fail"), ("bh={bh}", "bh=", "fail"), ("bh={bh}", "bh=*", "fail"),
                             ("bh={bh}", "bh=AAAA", "fail"), ("bh={bh}; ", "", "fail"), ("t=16", "x=1; t=16", "fail"),
                             ("t=16", "l=3; t=16", "fail"), ("t=16", "v=7; t=16", "pass")):
        add("ams %s" % new, Chain(m).seal(ams=AMS.replace(old, new), forms="relaxed/simple" if new == "c=relaxed" else
                                          None).message(), result)
    add("ams without c=, simple", Chain(m).seal(ams=AMS.replace("c=relaxed/relaxed; ", ""), forms="simple/simple").message(),
        "pass")
    add("seal with h=", Chain(m).seal(seal=AS + "; h=from").message(), "fail")
    add("seal with bh=", Chain(m).seal(seal=AS + "; bh=AAAA").message(), "pass")
    add("seal without cv=", Chain(m).seal(seal=AS.replace("cv={cv}; ", "")).message(), "fail")
    add("seal of an empty cv=", Chain(m).seal(seal=AS.replace("{cv}", "")).message(), "fail")
    for aar, result in ((b" i=1; none", "pass"), (b"\r\n  i = 1 ; none", "pass"), (b" mx.example; i=1; none", "fail"),
                        (b" i=1 mx.example; none", "fail"), (b" i=1", "fail"), (b" i=2; none", "fail"), (b" i=; none", "fail"),
                        (b" i=0; none", "fail"), (b" i=x; none", "fail"), (b" I=1; none", "fail"), (b" none", "fail")):
        add("results %r" % aar, Chain(m).seal(aar=aar).message(), result)


def add_edits(m, add):
    """What happens on the way, and must or must not matter."""
    whole = Chain(m).seal().seal(m.ed).message()
    for what, edit, result in (
            ("case of names", lambda t: re.sub(rb"(?m)^ARC-Seal:", b"arc-SEAL:", t), "pass"),
            ("unfolded", lambda t: t.replace(b"\r\n ", b" "), "pass"),
            ("blanks at line ends", lambda t: re.sub(rb"(?m);\r$", b"; \r", t), "pass"),
            ("blanks in front of a colon", lambda t: t.replace(b"\nARC-Seal:", b"\nARC-Seal :"), "pass"),
            ("runs of blanks", lambda t: t.replace(b" cv=", b"   cv="), "pass"),
            ("lines at the end", lambda t: t + b"\r\n\r\n", "pass"),
            ("new field", lambda t: b"X-New: 1\r\n" + t, "pass"),
            ("value of cv", lambda t: t.replace(b"cv=none", b"cv=pass"), "fail"),
            ("another From", lambda t: t.replace(b"<alice@", b"<eve@"), "fail"),
            ("an unsealed result in front", lambda t: b"ARC-Authentication-Results: i=3; x\r\n" + t, "fail")):
        add(what, edit(whole), result, 0 if result == "pass" else None)


def own(folder):
    m = Maker(folder)
    m.zone["broken._domainkey.example.org"] = [("SERVFAIL", None)]
    cases = []
    for group in (add_chains, add_formats, add_edits):
        group(m, lambda *a: cases.append(Case(*(a + (None,) * (4 - len(a))))))
    return [Scenario(m.zone, cases)], m
