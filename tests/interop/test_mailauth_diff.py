#!/usr/bin/python3
"""Our SPF and DMARC beside libspf2 and libopendmarc over the same records. Where they differ, a table here says
which section of the RFC decides; a difference that is not in the table fails, and so does one that is gone.

timeout: 600
"""
import os
import subprocess
import sys
from multiprocessing.pool import ThreadPool

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import spfcases  # noqa: E402
from dnsd import Server  # noqa: E402
from moxtest import BIN, check, main, scratch  # noqa: E402

MOX = os.path.join(BIN, "mox")
SPF2 = os.path.join(BIN, "t", "spf2check")
DMARC2 = os.path.join(BIN, "t", "dmarc2check")

# RFC 7208: section, what it says (libspf2 does otherwise), names of cases in the public suite, domains of our own.
SPF_TABLE = [
    ("3.1, 12", "terms are visible ASCII; it takes other bytes", "non-ascii-policy control-char-policy", "s11 s16"),
    ("4.4", "a failing lookup of the record is temperror; it gives an error of its own", "txttimeout nospftxttimeout alltimeout",
     "silent failing round"),
    ("4.6.1", "an unknown modifier's name may have digits, '-', '_' and '.'; it refuses them", "modifier-charset-good", "s6"),
    ("4.6.1", "unknown modifiers too must have well-formed macros", "unknown-modifier-syntax", "s9"),
    ("4.6.1", "a record does not end at a NUL; it sees C strings", "a-null mx-null", "s12"),
    ("4.6.3, 6.1", "redirect counts behind all mechanisms; it takes it where it stands", "redirect-after-mechanisms1 "
     "redirect-after-mechanisms2", "r2 r3"),
    ("4.6.4", "the limit of terms holds for all records together; it counts each record's", "include-over-limit", "l5"),
    ("4.6.4", "two void lookups; it does not count them", "void-over-limit", "l8 l9"),
    ("4.6.4", "eleven MX names are permerror; it looks at ten", "", "l10"),
    ("4.6.4", "names of the client beyond ten are left out, not an error", "ptr-limit", "l12"),
    ("5", "a prefix length of 0 is allowed; it refuses it", "a-nxdomain a-cidr4-0 a-cidr4-0-ip6 a-cidr6-0-ip4 a-cidr6-0-ip4mapped "
     "a-cidr6-0-ip6 a-cidr6-0-nxdomain mx-nxdomain mx-cidr4-0 mx-cidr4-0-ip6 mx-cidr6-0-ip4 mx-cidr6-0-ip4mapped mx-cidr6-0-ip6 "
     "mx-cidr6-0-nxdomain cidr4-0 cidr6-0-ip4 cidr6-ip4 cidr6-0", "a4 a5 m7 m10 n2 n16"),
    ("5", "a client ::ffff:a.b.c.d is IPv4; it is IPv6 to it", "a-colon-domain-ip4mapped mx-colon-domain-ip4mapped ip4-mapped-ip6",
     "a1"),
    ("5.5", "a failing lookup of the client's names is no match; it ends with temperror", "ptr-cname-loop", "p1"),
    ("5.6", "prefix lengths have no leading zeros", "cidr4-032", "a9 n9"),
    ("6", "redirect and exp stand there once at most", "exp-twice redirect-twice", "r6 x8"),
    ("7.1", "domain-spec is not empty", "ptr-empty-domain a-empty-domain mx-empty-domain exists-empty-domain exp-empty-domain "
     "redirect-empty-domain", "a10 m6 p3 e4 x7"),
    ("7.1", "domain-spec ends in a macro, or a dot and a top label", "redirect-is-modifier invalid-domain a-bad-domain a-numeric "
     "a-numeric-toplabel a-bad-toplabel a-only-toplabel a-only-toplabel-trailing-dot mx-bad-domain mx-numeric-top-label "
     "mx-bad-toplab exists-cidr exp-syntax-error", "a11 a12 a13 a14 a15 e5"),
    ("7.1", "a percent sign begins a macro; it takes any", "invalid-macro-char invalid-embedded-macro-char "
     "invalid-trailing-macro-char", "k9"),
    ("7.2", "c, r and t are for explanations only", "exp-only-macro-char", "x9"),
    ("7.3", "a trailing dot is not part of the name", "", "p5"),
    ("7.3", "%{p} is the domain itself, or a name below it, where there is one", "p-macro-multiple", ""),
    ("7.3", "names over 253 bytes lose labels on the left", "", "k17"),
    ("RFC 8616 4", "a local part with UTF-8 makes its term not match", "", "k15"),
]

# RFC 9989: section, what it says (libopendmarc does otherwise), and the cases: see DMARC_CASES.
DMARC_TABLE = [
    ("4.4", "strict alignment is equality; it lets subdomains pass", "strict-spf-below strict-dkim-below"),
    ("4.7", "np; it does not know the tag", "np"),
    ("4.7", "t; it does not know the tag", "t-reject t-quarantine"),
    ("4.10.1", "a record without p counts as none when it has rua; it refuses it", "rua-only bad-sp-rua"),
    ("4.10.2", "what stands above an organization is not part of it; a public suffix may sign to it", "suffix-signs"),
    ("4.10.2", "names of one letter are organizations like others; it takes all of them for one", "one-letter"),
    ("4.10.2", "psd=n makes an organization of its own", "psd-n-parent"),
    ("4.10.2", "the walk finds the record above, whatever a list of suffixes says", "unlisted"),
]

# name: (records, From, domain of SPF, of DKIM)
R, Q = "v=DMARC1; p=reject", "v=DMARC1; p=quarantine"
DMARC_CASES = {
    "same": ({"alpha.example": R}, "alpha.example", "alpha.example", ""),
    "below": ({"alpha.example": R}, "alpha.example", "x.alpha.example", ""),
    "above": ({"alpha.example": R}, "x.alpha.example", "", "alpha.example"),
    "beside": ({"alpha.example": R}, "x.alpha.example", "", "y.alpha.example"),
    "other": ({"alpha.example": R}, "alpha.example", "beta.example", "gamma.example"),
    "suffix": ({"alpha.example": R}, "alpha.example", "", "notalpha.example"),
    "nothing": ({"alpha.example": R}, "alpha.example", "", ""),
    "none": ({}, "alpha.example", "alpha.example", ""),
    "p-none": ({"alpha.example": "v=DMARC1; p=none"}, "alpha.example", "", ""),
    "sp": ({"alpha.example": "v=DMARC1; p=none; sp=reject"}, "x.alpha.example", "", ""),
    "sp-itself": ({"alpha.example": "v=DMARC1; p=none; sp=reject"}, "alpha.example", "", ""),
    "own-record": ({"alpha.example": R, "x.alpha.example": Q}, "x.alpha.example", "", ""),
    "strict-spf": ({"alpha.example": R + "; aspf=s"}, "alpha.example", "alpha.example", ""),
    "strict-spf-below": ({"alpha.example": R + "; aspf=s"}, "alpha.example", "x.alpha.example", ""),
    "strict-dkim": ({"alpha.example": R + "; adkim=s"}, "alpha.example", "", "alpha.example"),
    "strict-dkim-below": ({"alpha.example": R + "; adkim=s"}, "alpha.example", "", "x.alpha.example"),
    "strict-dkim-spf": ({"alpha.example": R + "; adkim=s"}, "alpha.example", "x.alpha.example", ""),
    "np": ({"alpha.example": "v=DMARC1; p=none; np=reject"}, "x.alpha.example", "", ""),
    "t-reject": ({"alpha.example": R + "; t=y"}, "alpha.example", "", ""),
    "t-quarantine": ({"alpha.example": Q + "; t=y"}, "alpha.example", "", ""),
    "pct-100": ({"alpha.example": R + "; pct=100"}, "alpha.example", "", ""),
    "rua-only": ({"alpha.example": "v=DMARC1; rua=mailto:x@alpha.example"}, "alpha.example", "", ""),
    "bad-sp-rua": ({"alpha.example": R + "; sp=x; rua=mailto:x@alpha.example"}, "alpha.example", "", ""),
    "bad-p": ({"alpha.example": "v=DMARC1; p=x"}, "alpha.example", "", ""),
    "case": ({"alpha.example": "v=DMARC1; P=REJECT"}, "Alpha.Example", "", "alpha.EXAMPLE"),
    "spaces": ({"alpha.example": "v = DMARC1 ;  p = reject ; "}, "alpha.example", "", ""),
    "unknown-tag": ({"alpha.example": R + "; x=y"}, "alpha.example", "", ""),
    "listed": ({"shop.co.example": R}, "x.shop.co.example", "shop.co.example", ""),
    "listed-other": ({"shop.co.example": R}, "shop.co.example", "bank.co.example", ""),
    "suffix-signs": ({"shop.co.example": R}, "shop.co.example", "", "co.example"),
    "one-letter": ({"a.example": R}, "a.example", "b.example", ""),
    "unlisted": ({"co.example": R}, "shop.co.example", "", "co.example"),
    "psd-n-parent": ({"x.alpha.example": R + "; psd=n", "alpha.example": R}, "x.alpha.example", "", "alpha.example"),
}
SUFFIXES = ["example", "co.example"]


def run(command, lines):
    text = "".join(x + "\n" for x in lines).encode("utf-8", "surrogateescape")
    r = subprocess.run(command, input=text, stdout=subprocess.PIPE)
    out = r.stdout.decode("latin-1").splitlines()
    assert r.returncode == 0 and len(out) == len(lines), (command, r.returncode, len(out), len(lines), out)
    return out


def compare(expected, found, what):
    """Both: {name: text}."""
    for name in sorted(set(found) - set(expected)):
        check(False, "%s: %s: a new difference: %s" % (what, name, found[name]))
    for name in sorted(set(expected) - set(found)):
        check(False, "%s: %s: no difference any more (%s)" % (what, name, expected[name]))


# ---- SPF

def spf_scenario(s):
    server = Server(s.zone, timeout_is_servfail=True)
    lines = ["%s\t%s\t%s" % (c.ip, c.sender, c.helo) for c in s.cases]
    try:
        ours = run([MOX, "spf", "check", "-resolver", server.address, "-batch", "-"], lines)
        theirs = run([SPF2, server.address], lines)
    finally:
        server.close()
    return [(c, a.split()[0], b.strip("()")) for c, a, b in zip(s.cases, ours, theirs)]


def compare_spf(scenarios, column, name_of, what):
    with ThreadPool(4) as pool:
        rows = sum(pool.map(spf_scenario, scenarios), [])
    found = {name_of(c): "%s, theirs %s" % (a, b) for c, a, b in rows if a != b}
    expected = {name: "%s: %s" % row[:2] for row in SPF_TABLE for name in row[column].split()}
    compare(expected, found, what)
    n = sum(a != b for _, a, b in rows)
    check(not any(b == "crash" for _, _, b in rows), "libspf2 crashes on none of them")
    used = sum(bool(row[column]) for row in SPF_TABLE)
    check(n > 0, "%s: %d of %d differ, in %d rows of the table" % (what, n, len(rows), used))


def test_spf_suite():
    path = os.path.join(os.environ.get("MOX_TESTDATA") or "/nonexistent", "spf", "rfc7208-tests.yml")
    if not os.path.exists(path):
        check(True, "MOX_TESTDATA has no SPF suite: it was not tried")
        return
    compare_spf(spfcases.suite(path), 2, lambda c: c.name, "RFC 7208 suite and libspf2")


def test_spf_own():
    compare_spf(spfcases.own(), 3, lambda c: c.sender.split("@")[-1].split(".")[0], "our own cases and libspf2")


# ---- DMARC

def organization(domain):
    """As RFC 7489 3.2 has it: one label below the longest suffix of the list."""
    labels = domain.lower().split(".")
    for i in range(len(labels)):
        if ".".join(labels[i:]) in SUFFIXES:
            return ".".join(labels[max(i - 1, 0):])
    return domain


def test_dmarc():
    suffixes = os.path.join(scratch(), "suffixes")
    with open(suffixes, "w") as f:
        f.write("".join(s + "\n" for s in SUFFIXES))
    found = {}
    for name, (records, author, spf, dkim) in DMARC_CASES.items():
        server = Server({"_dmarc." + d: [("TXT", [r.encode()])] for d, r in records.items()})
        try:
            ours = run([MOX, "dmarc", "verify", "-resolver", server.address, "-batch", "-"],
                       ["%s\t%s\t%s" % (author, spf, dkim)])[0].split()
        finally:
            server.close()
        org = organization(author)
        record = records.get(author.lower())
        if record:
            org = ""
        else:
            record = records.get(org, "")
        theirs = run([DMARC2, suffixes], ["\t".join((author, org, record, spf, dkim))])[0]
        disposition = [w.split("=")[1] for w in ours if w.startswith("disposition=")]
        mine = ours[0] if ours[0] != "fail" else "fail " + disposition[0]
        if mine != theirs:
            found[name] = "%s, theirs %s" % (mine, theirs)
    compare({name: "%s: %s" % row[:2] for row in DMARC_TABLE for name in row[2].split()}, found, "DMARC and libopendmarc")
    check(found, "DMARC and libopendmarc: %d of %d differ" % (len(found), len(DMARC_CASES)))


if __name__ == "__main__":
    main(test_spf_suite, test_spf_own, test_dmarc)
