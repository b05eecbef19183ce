#!/usr/bin/python3
"""lib/dsn beside Python's email package: what is written can be read, says what it was made of, and nothing of
a hostile value becomes a field or a part of its own.

timeout: 300
"""
import email
import email.header
import email.policy
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import BIN, check, main  # noqa: E402

TOOL = os.path.join(BIN, "t", "dsnprint")
ACTIONS = ["failed", "delayed", "delivered", "relayed", "expanded"]
MESSAGE = ["hostname", "to", "envid", "subject", "message_id", "header"]
RCPT = ["rcpt", "orcpt", "status", "remote_mta", "remote_ip", "diagnostic", "explanation"]
HEADER_FIELDS = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version",
                 "Content-Type"}
STATUS_FIELDS = {"Original-Envelope-Id", "Reporting-MTA", "Arrival-Date"}
RCPT_FIELDS = {"Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date",
               "Will-Retry-Until"}
SANE = {"hostname": b"mail.example.org", "to": b"me@example.org", "envid": b"", "subject": b"Hello", "message_id": b"<a@b>",
        "header": b"From: me@example.org\r\nSubject: Hello\r\n"}
SANE_RCPT = {"rcpt": b"bob@example.com", "orcpt": b"", "status": b"5.1.1", "remote_mta": b"mx.example.com", "remote_ip": b"192.0.2.1",
             "diagnostic": b"550 5.1.1 no such user", "explanation": b""}


def need(ok, what):
    """Of many values only what is wrong is named."""
    if not ok:
        check(False, what)


def pack(value):
    return struct.pack("<I", len(value)) + value


def encode(d):
    out = bytes([1 if d.get("utf8") else 0, len(d["rcpts"])]) + b"".join(pack(d[k]) for k in MESSAGE)
    for r in d["rcpts"]:
        out += bytes([ACTIONS.index(r["action"])]) + b"".join(pack(r[k]) for k in RCPT)
    return out


def print_all(dsns):
    out = subprocess.run([TOOL], input=b"".join(map(encode, dsns)), stdout=subprocess.PIPE, check=True).stdout
    r = []
    while out:
        n = struct.unpack("<I", out[:4])[0]
        r.append(out[4:4 + n])
        out = out[4 + n:]
    need(len(r) == len(dsns), "%d notifications of %d" % (len(r), len(dsns)))
    return r


def sane(**changed):
    d = dict(SANE, rcpts=[dict(SANE_RCPT, action="failed")])
    for k, v in changed.items():
        if k in RCPT or k == "action":
            d["rcpts"][0][k] = v
        else:
            d[k] = v
    return d


def parts_of(raw):
    """Header, text, the groups of fields, the original's header."""
    for line in raw.split(b"\r\n"):
        need(b"\r" not in line and b"\n" not in line and b"\0" not in line and len(line) <= 998, "a line: %r" % line[:100])
    m = email.message_from_bytes(raw, policy=email.policy.SMTPUTF8)
    need(m.get_content_type() == "multipart/report" and m.get_param("report-type") == "delivery-status", "type")
    need(not m.defects, "defects: %r" % m.defects)
    parts = m.get_payload()
    need(len(parts) == 3 and not any(p.defects for p in parts), "parts: %r" % [(p.get_content_type(), p.defects) for p in parts])
    global_ = parts[1].get_content_type() == "message/global-delivery-status"
    need(global_ or parts[1].get_content_type() == "message/delivery-status", "second part")
    need(parts[2].get_content_type() == ("message/global-headers" if global_ else "text/rfc822-headers"), "third part")
    return m, parts[0], groups_of(raw, parts[1]), sections(raw)[2]


def sections(raw):
    boundary = email.message_from_bytes(raw).get_boundary().encode()
    s = raw.split(b"--" + boundary)
    need(len(s) == 5 and s[4] == b"--\r\n", "%d delimiters" % (len(s) - 1))
    return [p[2:].split(b"\r\n\r\n", 1)[1] for p in s[1:4]]


def groups_of(raw, part):
    """Python takes message/delivery-status apart by itself; message/global-delivery-status is read alike."""
    text = sections(raw)[1]
    groups = [email.message_from_bytes(g + b"\r\n\r\n", policy=email.policy.SMTPUTF8) for g in text.strip(b"\r\n").split(b"\r\n\r\n")]
    if part.get_content_type() == "message/delivery-status":
        theirs = [g for g in part.get_payload() if g.keys()]
        need([g.keys() for g in theirs] == [g.keys() for g in groups], "Python sees other groups")
    return groups


def check_form(d, raw):
    m, text, groups, original = parts_of(raw)
    need(set(m.keys()) <= HEADER_FIELDS and len(set(m.keys())) == len(m.keys()), "fields: %r" % m.keys())
    need(m["Auto-Submitted"] == "auto-replied", "Auto-Submitted")
    need(len(groups) == 1 + len(d["rcpts"]), "%d groups" % len(groups))
    need(set(groups[0].keys()) <= STATUS_FIELDS, "fields: %r" % groups[0].keys())
    for g, r in zip(groups[1:], d["rcpts"]):
        need(set(g.keys()) <= RCPT_FIELDS and len(set(g.keys())) == len(g.keys()), "fields: %r" % g.keys())
        need(g["Action"] == r["action"], "Action")
    need(text.get_content_type() == "text/plain" and text.get_content(), "text")
    return m, text, groups, original


def test_values():
    d = sane(subject="Grüße".encode(), envid=b"e1", orcpt=b"rfc822;robert@example.com")
    m, text, groups, original = check_form(d, print_all([d])[0])
    need(m["To"] == "me@example.org" and m["From"] == "Mail Delivery System <postmaster@mail.example.org>", "addresses")
    need(m["Subject"] == "Not delivered: Grüße", "Subject %r" % m["Subject"])
    need("Grüße" in text.get_content() and "550 5.1.1 no such user" in text.get_content(), "text: %s" % text.get_content())
    need(groups[0]["Original-Envelope-Id"] == "e1" and groups[0]["Reporting-MTA"] == "dns; mail.example.org", "of the message")
    g = groups[1]
    need(g["Final-Recipient"] == "rfc822; bob@example.com" and g["Original-Recipient"] == "rfc822;robert@example.com" and
          g["Status"] == "5.1.1" and g["Remote-MTA"] == "dns; mx.example.com (192.0.2.1)" and
          g["Diagnostic-Code"] == "smtp; 550 5.1.1 no such user", "of the recipient: %s" % g)
    need(original == b"From: me@example.org\r\nSubject: Hello\r\n\r\n", "original: %r" % original)
    check(True, "Python reads the values of a notification")


def test_subjects():
    """Whatever the subject was, people read it again behind ours."""
    subjects = ["plain", "x" * 70, "word " * 60, "Grüße " * 40, "漢字" * 60, "a\tb", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
                "=?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?Q?=E9t=E9?="]
    for utf8 in (False, True):
        dsns = [sane(subject=s.encode(), utf8=utf8) for s in subjects]
        for s, d, raw in zip(subjects, dsns, print_all(dsns)):
            m = check_form(d, raw)[0]
            want = " ".join(str(email.header.make_header(email.header.decode_header(s))).split())
            got = " ".join(str(m["Subject"]).split())[len("Not delivered: "):]
            need(got and want.startswith(got) and (got == want or len(s.encode()) >= 400), "Subject %r became %r" % (want, got))
    check(True, "Python decodes %d subjects" % len(subjects))


def test_smtputf8():
    d = sane(utf8=True, to="jörg@example.org".encode(), rcpt="gü@exämple.com".encode(), orcpt="utf-8;gü@exämple.com".encode(),
             header="From: jörg@example.org\r\n".encode())
    m, text, groups, original = check_form(d, print_all([d])[0])
    need(m["To"] == "jörg@example.org", "To %r" % m["To"])
    need(groups[1]["Final-Recipient"] == "utf-8; gü@exämple.com", "Final-Recipient")
    check("gü@exämple.com" in text.get_content() and original == "From: jörg@example.org\r\n\r\n".encode(), "Python reads a notification of RFC 6533")


def test_hostile():
    rnd = random.Random(5)
    pieces = [b"\r\n", b"\n", b"\r", b"\0", b"Bcc: x@y", b"--", b"=_mox-dsn-6553f164-%x-0", b"\r\n\r\n", b" ", b"\t", b"=?utf-8?Q?", b"?=",
              b"<", b">", b'"', b"(", b")", b"\\", b";", b":", b",", "ü".encode(), b"\xff", b"\xc2\x85", b"\xe2\x80\xa8", b"x", b"a@b",
              b"Action: delivered", b"y" * 300, b"z " * 200, b"Content-Type: text/html"]

    def value():
        return b"".join(p if b"%x" not in p else p % rnd.randrange(1, 400) for p in rnd.choices(pieces, k=rnd.randrange(0, 12)))

    dsns = [dict({k: value() for k in MESSAGE}, utf8=rnd.random() < .5,
                 rcpts=[dict({k: value() for k in RCPT}, action=rnd.choice(ACTIONS)) for _ in range(rnd.randrange(1, 4))])
            for _ in range(400)]
    for d in dsns:
        d["hostname"], d["to"] = d["hostname"] or b"h", d["to"] or b"t"
    for d, raw in zip(dsns, print_all(dsns)):
        check_hostile(d, raw)
    check(True, "%d notifications of hostile values keep their form" % len(dsns))


def check_hostile(d, raw):
    """Addresses that are none make defects in their fields; the structure stays."""
    head = email.message_from_bytes(raw)
    need(set(head.keys()) <= HEADER_FIELDS and len(set(head.keys())) == len(head.keys()), "fields: %r" % head.keys())
    groups = sections(raw)[1].strip(b"\r\n").split(b"\r\n\r\n")
    need(len(groups) == 1 + len(d["rcpts"]), "%d groups of %d: %r" % (len(groups), len(d["rcpts"]), groups))
    for g, r in zip(groups[1:], d["rcpts"]):
        fields = email.message_from_bytes(g + b"\r\n\r\n")
        need(set(fields.keys()) <= RCPT_FIELDS and fields["Action"] == r["action"], "fields: %r" % g)


if __name__ == "__main__":
    main(test_values, test_subjects, test_smtputf8, test_hostile)
