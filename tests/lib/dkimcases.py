"""Messages with signatures of DKIM and ARC, made here bit by bit so that every part can be wrong, and our own cases of
DKIM. Nothing of ours is used for the cryptography: OpenSSL signs."""

import base64
import hashlib
import os
import re
import subprocess
from collections import namedtuple

# results: of each signature; problem: text that must be printed, or None
Case = namedtuple("Case", "name message results problem")

FIELDS = [(b"From", b" Alice <alice@example.org>"), (b"To", b" bob@example.net"), (b"Subject", b" A  folded\r\n subject "),
          (b"Date", b" Thu, 14 Jan 2015 15:00:01 -0800"), (b"Message-ID", b" <1@example.org>")]
BODY = b"Hello  Bob,\r\n\r\nthis is \t text. \r\n\r\n\r\n"
USUAL = "v=1; a={a}; c={c}; d=example.org; s={s};\r\n t=1600000000; h={h};\r\n bh={bh};\r\n b={b}"
NAMES = "from:to:subject:date:message-id"
SPKI_ED25519 = 12  # bytes in front of the key itself


def write_files(folder, messages):
    """Their paths."""
    paths = []
    for i, m in enumerate(messages):
        paths.append(os.path.join(folder, "%d.eml" % i))
        with open(paths[-1], "wb") as f:
            f.write(m)
    return paths


def openssl(*args, **kw):
    return subprocess.run(["openssl"] + list(args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, **kw).stdout


class Key:
    """Of one kind: bits of RSA, or 0 for Ed25519."""

    def __init__(self, folder, bits):
        self.bits = bits
        self.path = os.path.join(folder, "%d.pem" % bits)
        alg = ["rsa", "-pkeyopt", "rsa_keygen_bits:%d" % bits] if bits else ["ed25519"]
        openssl("genpkey", "-algorithm", *alg, "-out", self.path)
        der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        self.public = base64.b64encode(der if bits else der[SPKI_ED25519:]).decode()
        self.record = "k=%s; p=%s" % ("rsa" if bits else "ed25519", self.public)

    def bare(self):
        """RSAPublicKey, as RFC 6376 3.6.1 has it."""
        return base64.b64encode(openssl("rsa", "-in", self.path, "-RSAPublicKey_out", "-outform", "DER")).decode()

    def sign(self, data, digest="sha256"):
        if self.bits:
            return openssl("dgst", "-" + digest, "-sign", self.path, input=data)
        hashed = self.path + ".hash"
        with open(hashed, "wb") as f:
            f.write(hashlib.sha256(data).digest())
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", hashed)


# ---- canonical forms, RFC 6376 3.4

def canon_field(name, value, relaxed):
    if not relaxed:
        return name + b":" + value + b"\r\n"
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.strip(b" \t").lower() + b":" + value + b"\r\n"


def canon_body(body, relaxed):
    if relaxed:
        body = b"\r\n".join(re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    if body == b"\r\n" or not body:
        return b"" if relaxed else b"\r\n"
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def choose(fields, names):
    """Of several of one name the last first, each once."""
    left = list(fields)
    for n in names:
        for i in range(len(left) - 1, -1, -1):
            if left[i][0].strip().lower() == n.strip().lower():
                yield left.pop(i)
                break


# ---- signatures

def tag(template, name, default):
    m = re.search(r"(?:^|;)\s*" + name + r"\s*=\s*([^;]*)", template)
    return m[1].strip() if m else default


def signature(key, name, template, fields, body, covered=None, forms=None, length=None, digest="sha256"):
    """A field. The template has {b} and {bh}; `covered` are canonical bytes instead of the fields of h=."""
    c = (forms or tag(template, "c", "simple/simple")).split("/") + ["simple"]
    hashed = canon_body(body, c[1] == "relaxed")[:length]
    template = template.replace("{bh}", base64.b64encode(hashlib.new(digest, hashed).digest()).decode())
    relaxed = c[0] == "relaxed"
    own = re.sub(r"\s*\{b\}\s*", "", template)
    if covered is None:
        names = [n.encode() for n in tag(template, "h", "").split(":")]
        covered = b"".join(canon_field(n, v, relaxed) for n, v in choose(fields, names))
    data = covered + canon_field(name, b" " + own.encode(), relaxed)[:-2]
    return name, b" " + template.replace("{b}", base64.b64encode(key.sign(data, digest)).decode()).encode()


def message(fields, body):
    return b"".join(n + b":" + v + b"\r\n" for n, v in fields) + b"\r\n" + body


class Maker:
    """Cases and their zone."""

    def __init__(self, folder):
        self.rsa, self.ed, self.short = Key(folder, 2048), Key(folder, 0), Key(folder, 768)
        self.old, self.long, self.huge = Key(folder, 1024), Key(folder, 4096), Key(folder, 5120)
        self.cases, self.zone = [], {}
        for k, n in ((self.rsa, "rsa"), (self.ed, "ed"), (self.short, "short"), (self.old, "old"), (self.long, "long"),
                     (self.huge, "huge")):
            self.record(n, "v=DKIM1; " + k.record)

    def record(self, selector, *texts, domain="example.org"):
        self.zone["%s._domainkey.%s" % (selector, domain)] = [("TXT", [t.encode()]) for t in texts]

    def sign(self, key=None, template=USUAL, a=None, c="relaxed/relaxed", s=None, h=NAMES, fields=None, body=BODY, **kw):
        key = key or self.rsa
        for k, v in (("a", a or ("rsa-sha256" if key.bits else "ed25519-sha256")), ("c", c),
                     ("s", s or ("rsa" if key.bits else "ed")), ("h", h)):
            template = template.replace("{%s}" % k, v)
        return signature(key, b"DKIM-Signature", template, FIELDS if fields is None else fields, body, **kw)

    def add(self, name, sigs, results, problem=None, fields=None, body=BODY):
        sigs = sigs if isinstance(sigs, list) else [sigs]
        results = results if isinstance(results, list) else [results]
        fields = FIELDS if fields is None else fields
        self.cases.append(Case(name, message(sigs + fields, body), results, problem))


def add_forms(m):
    for key in (m.rsa, m.ed):
        for c in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed", "simple"):
            m.add("%d %s" % (key.bits, c), m.sign(key, c=c), "pass")
    m.add("no c=", m.sign(template=USUAL.replace(" c={c};", "")), "pass")
    for c in ("simple/simple", "relaxed/relaxed"):
        for body in (b"", b"\r\n", b"\r\n\r\n", b"x", b"x \r\n", b" \r\n\r\n"):
            m.add("body %r %s" % (body, c), m.sign(c=c, body=body), "pass", body=body)
        m.add("changed body " + c, m.sign(c=c), "fail", "body", body=BODY + b"more\r\n")
    respaced = [(n, v.replace(b"  ", b" ")) for n, v in FIELDS]
    m.add("white space, relaxed", m.sign(), "pass", fields=respaced)
    m.add("white space, simple", m.sign(c="simple/relaxed"), "fail", "header", fields=respaced)
    m.add("case of a name, relaxed", m.sign(), "pass", fields=[(n.upper(), v) for n, v in FIELDS])
    m.add("changed field", m.sign(), "fail", "header", fields=[(n, v.replace(b"bob", b"eve")) for n, v in FIELDS])
    m.add("field in front", m.sign(), "pass", fields=[(b"X-New", b" 1")] + FIELDS)
    m.add("field that is oversigned", m.sign(h=NAMES + ":cc:cc"), "fail", fields=FIELDS + [(b"Cc", b" eve@example.net")])
    m.add("oversigned", m.sign(h=NAMES + ":from:subject:cc"), "pass")
    m.add("fields of one name in order", m.sign(h=NAMES + ":x:x", fields=[(b"X", b"1"), (b"X", b"2")] + FIELDS), "pass",
          fields=[(b"X", b"1"), (b"X", b"2")] + FIELDS)
    m.add("fields of one name out of order", m.sign(h=NAMES + ":x:x", fields=[(b"X", b"1"), (b"X", b"2")] + FIELDS), "fail",
          fields=[(b"X", b"2"), (b"X", b"1")] + FIELDS)
    m.add("changed b=", (b"DKIM-Signature", re.sub(rb" b=(..)", rb" b=AA", m.sign()[1])), "fail", "header")


def add_tags(m):
    good = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=rsa; h=" + NAMES + "; bh={bh}; b={b}"
    for name in ("v", "a", "d", "s", "h", "bh", "b"):
        bad = re.sub(r"(^|; )%s=[^;]*(; )?" % name, r"\1", good)
        m.add("no %s=" % name, m.sign(template=bad), "permerror")
        bad = re.sub(r"(^|; )%s=[^;]*" % name, r"\1%s=" % name, good)
        m.add("%s= is empty" % name, m.sign(template=bad), "permerror")
        m.add("%s= twice" % name, m.sign(template=good + "; %s=1" % name), "permerror", "two tags")
    for text, result in (("v=2", "neutral"), ("a=rsa-sha512", "neutral"), ("a=rsa-sha1", "policy"), ("c=other", "neutral"),
                         ("c=relaxed/other", "neutral"), ("d=example", "permerror"), ("d=example..org", "permerror"),
                         ("d=exa mple.org", "permerror"), ("s=a b", "permerror"), ("s=a/b", "permerror"),
                         ("bh=AAAA", "permerror"), ("bh=*", "permerror"), ("b=*", "permerror"), ("h=to:subject", "permerror"),
                         ("h=from:to", "policy"), ("h=fr om:from:subject", "permerror")):
        bad = re.sub(r"(^|; )%s=[^;]*" % text.split("=")[0], r"\1" + text, good)
        kw = {"digest": "sha1"} if "sha1" in text else {}
        m.add(text, m.sign(template=bad, forms="relaxed/relaxed", **kw), result)
    for text, result in (("q=dns/txt", "pass"), ("q=x:dns/txt", "pass"), ("q=http", "neutral"), ("q=dns/special", "neutral"),
                         ("t=1", "pass"), ("t=", "permerror"), ("t=x", "permerror"), ("t=-1", "permerror"),
                         ("t=99999999999", "pass"), ("x=99999999999", "pass"), ("t=5; x=5", "permerror"),
                         ("t=1500000000; x=1500000001", "permerror"), ("x=1", "permerror"), ("x=a", "permerror"),
                         ("i=@example.org", "pass"), ("i=a=40b@example.org", "pass"), ("i=a@mail.example.org", "pass"),
                         ("i=@EXAMPLE.org", "pass"), ("i=a@example.net", "permerror"), ("i=@org", "permerror"),
                         ("i=a@notexample.org", "permerror"), ("i=example.org", "permerror"), ("z=From:x|To:y", "pass"),
                         ("unknown=1", "pass"), ("ab=1", "pass"), ("l=x", "permerror"), ("l=-1", "permerror"), ("1x=1", "permerror"),
                         ("x", "permerror"), (" ; ", "permerror")):
        m.add(text, m.sign(template=good + "; " + text), result)
    m.add("expired", m.sign(template=good + "; t=1500000000; x=1500000001"), "permerror", "expired")
    full = len(canon_body(BODY, True))
    for n, result in ((0, "policy"), (5, "policy"), (full, "pass"), (full + 1, "fail"), (10 ** 70, "fail")):
        m.add("l=%d" % n, m.sign(template=good + "; l=%d" % n, length=min(n, full)), result)
    m.add("l= of the first counts for it alone", [m.sign(template=good + "; l=5", length=5), m.sign()], ["policy", "pass"])
    for text in (good + ";", good + " ; ", good.replace("; ", ";"), good.replace("; ", " ;\r\n\t"), good.replace("=", " = "),
                 good.replace(":", " :\r\n "), good.replace("d=example.org", "d=Example.ORG"),
                 good.replace("v=1; ", "") + "; v=1"):
        m.add("written as %r" % text[:60], m.sign(template=text), "pass")
    m.add("a tag like b= is signed", m.sign(template=good + "; ab=2"), "pass")
    changed = m.sign(template=good + "; ab=2")
    m.add("a tag like b= that changed", (changed[0], changed[1].replace(b"ab=2", b"ab=3")), "fail", "header")
    m.add("a name that is no tag", m.sign(template=good.replace(" d=", " D=")), "permerror")


def add_keys(m):
    p = m.rsa.public
    for i, (text, result) in enumerate((
            ("p=" + p, "pass"), ("v=DKIM1; p=" + p, "pass"), ("v=DKIM1;p=%s;" % p, "pass"), ("v=DKIM2; p=" + p, "neutral"),
            ("k=rsa; p=" + p, "pass"), ("k=dsa; p=" + p, "neutral"), ("k=ed25519; p=" + p, "permerror"),
            ("k=ed25519; p=" + m.ed.public, "permerror"), ("h=sha256; p=" + p, "pass"), ("h=sha1:sha256; p=" + p, "pass"),
            ("h=sha1; p=" + p, "permerror"), ("h=bad; p=" + p, "permerror"), ("s=email; p=" + p, "pass"),
            ("s=*; p=" + p, "pass"), ("s=tlsrpt:email; p=" + p, "pass"), ("s=tlsrpt; p=" + p, "permerror"),
            ("t=s; p=" + p, "pass"), ("t=y; p=" + p, "pass"), ("t=y:s:x; p=" + p, "pass"), ("n=a note; x1 = y ; p=" + p, "pass"),
            ("g=*; p=" + p, "pass"), ("p=", "permerror"), ("v=DKIM1", "permerror"), ("p=!", "permerror"),
            ("p=AAAA", "permerror"), ("p=%s; p=%s" % (p, p), "permerror"), ("t; p=" + p, "permerror"), ("", "permerror"),
            ("p=" + " ".join(p[k:k + 40] for k in range(0, len(p), 40)), "pass"), ("p=" + p.rstrip("="), "pass"),
            ("p=" + m.rsa.bare(), "pass"), ("n=" + "x" * 3000 + "; p=" + p, "pass"), ("p=" + m.old.public, "fail"))):
        m.record("k%d" % i, text)
        m.add("key %s" % text[:40], m.sign(s="k%d" % i), result, "testing=y" if "t=y" in text else None)
    strict = USUAL.replace("d=", "i={i}; d=")
    m.record("strict", "t=s; p=" + p)
    for i, result in (("a@example.org", "pass"), ("a@sub.example.org", "permerror")):
        m.add("t=s and i=" + i, m.sign(s="strict", template=strict.replace("{i}", i)), result)
    m.record("two", "p=" + p, "p=" + m.old.public)
    m.record("wild", "v=spf1 -all", "p=" + p)
    m.zone["silent._domainkey.example.org"] = [("TIMEOUT", None)]
    m.zone["broken._domainkey.example.org"] = [("SERVFAIL", None)]
    m.zone["nodata._domainkey.example.org"] = [("A", "127.0.0.1")]
    m.zone["alias._domainkey.example.org"] = [("CNAME", "rsa._domainkey.example.org")]
    for s, result in (("two", "permerror"), ("wild", "pass"), ("silent", "temperror"), ("broken", "temperror"),
                      ("nodata", "permerror"), ("missing", "permerror"), ("alias", "pass"), ("RSA", "pass"),
                      ("x" * 64, "permerror")):
        m.add("key at " + s[:20], m.sign(s=s), result)
    for key, s, result in ((m.short, "short", "policy"), (m.old, "old", "pass"), (m.long, "long", "pass"),
                           (m.huge, "huge", "policy")):
        m.add("RSA key of %d bits" % key.bits, m.sign(key, s=s), result, "bits=%d" % key.bits)
    m.record("ed1", "k=ed25519; p=" + m.ed.public[:-8] + "=")
    m.add("Ed25519 key that is too short", m.sign(m.ed, s="ed1"), "permerror")
    m.add("Ed25519 key of another", m.sign(m.ed, s="rsa"), "permerror")


def add_messages(m):
    m.add("no signature", [], [])
    m.add("two", [m.sign(), m.sign(m.ed)], ["pass", "pass"])
    m.add("one of two", [m.sign(s="missing"), m.sign(m.ed)], ["permerror", "pass"])
    m.add("malformed among others", [m.sign(), (b"DKIM-Signature", b" what is this"), m.sign(m.ed)],
          ["pass", "permerror", "pass"])
    m.add("twelve", [m.sign()] + [(b"DKIM-Signature", b" v=1; d=%d.example" % i) for i in range(11)],
          ["pass"] + ["permerror"] * 9, "ignored=2")
    inner = m.sign()
    outer = m.sign(m.ed, h=NAMES + ":dkim-signature", fields=[inner] + FIELDS)
    m.add("a signature over another", [outer, inner], ["pass", "pass"])
    m.add("a signature over another that changed", [outer, (inner[0], inner[1] + b";")], ["fail", "fail"])
    m.add("second Subject", m.sign(), "policy", "Subject", fields=[(b"Subject", b" another")] + FIELDS)
    m.add("second From", m.sign(), "policy", "From", fields=[(b"From", b" eve@example.net")] + FIELDS)
    bare = [f for f in FIELDS if f[0] != b"Subject"]
    m.add("no Subject", m.sign(h="from:to", fields=bare), "pass", fields=bare)
    utf8 = [(n, v.replace(b"Alice", "J\u00f6rg".encode())) for n, v in FIELDS]
    for key in (m.rsa, m.ed):
        m.add("UTF-8 in a field", m.sign(key, fields=utf8), "pass", fields=utf8)
    m.record("rsa", "p=" + m.rsa.public, domain="xn--bcher-kva.example")
    for d in ("b\u00fccher.example", "xn--bcher-kva.example", "B\u00dcCHER.example"):
        m.add("d=" + d, m.sign(template=USUAL.replace("example.org", d)), "pass", "domain=xn--bcher-kva.example")
    m.record("xn--sel-hoa", "p=" + m.rsa.public)
    m.add("i= with UTF-8", m.sign(template=USUAL.replace("d=", "i=j\u00f6rg@example.org; d=")), "pass")
    m.add("UTF-8 that is none", (b"DKIM-Signature", m.sign()[1].replace(b"v=1;", b"v=1; n=\xff;")), "permerror")
    many = [(b"X-%d" % i, b" 1") for i in range(400)]
    m.add("300 names", m.sign(h=NAMES + ":x" * 290), "pass")
    m.add("too many names", m.sign(h=NAMES + ":x" * 400), "permerror")
    m.add("many fields", m.sign(), "pass", fields=many + FIELDS)


def make(folder):
    """(cases, zone)"""
    m = Maker(folder)
    for add in (add_forms, add_tags, add_keys, add_messages):
        add(m)
    return m.cases, m.zone
