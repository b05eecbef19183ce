#!/usr/bin/python3
"""lib/mime beside Python's email package: the same tree, the same bytes, text, names, subjects, dates and
addresses, over messages made to be odd and, when MOX_TESTDATA is set, over its corpus of real mail. Where
the two differ on purpose, EXPLAINED says why; any other difference fails.

timeout: 900
"""
import base64
import binascii
import codecs
import collections
import email
import email.header
import email.policy
import email.utils
import json
import os
import random
import re
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import gen_messages  # noqa: E402
from moxtest import BIN, check, main  # noqa: E402

DUMP = os.path.join(BIN, "t", "mimedump")
GENERATED = int(os.environ.get("MOX_MIME_GENERATED", "6000"))

EXPLAINED = {
    "header-end": "A line that is no field ends the header for Python; for us, as for Dovecot, only an empty line does "
                  "(RFC 5322 2.1), so that BODY[HEADER] and BODY[TEXT] always split at the empty line.",
    "field-form": "Python takes neither 'Name :' (RFC 5322 4.5) for a field nor reads on behind it.",
    "no-boundary": "A multipart without usable boundary is text to us (RFC 2049 2); Python keeps the type without parts.",
    "no-parts": "A multipart in which no delimiter comes has no parts for us, and its text as payload for Python.",
    "unclosed": "Where the closing delimiter is missing Python takes the last line end off the last part; nothing says that it "
                "belonged to a delimiter.",
    "adjacent": "Two delimiters in a row are an empty part (RFC 2046 5.1.1: a body-part may be empty); Python skips one.",
    "same-boundary": "A multipart inside another one of the same boundary: a delimiter is the inner one's for us, the outer one's "
                     "for Python. RFC 2046 5.1.2 forbids the case.",
    "message-type": "Python reads the body of every message/* as a message; only rfc822 and global are (RFC 2046 5.2, 6532 3.7).",
    "bare-cr": "Python ends lines at a bare CR too; RFC 5322 2.3 has CRLF only, and bare LF is tolerated.",
    "part-in-header": "A delimiter inside a header block: its line end counts to the header for us.",
    "base64": "Python gives up on malformed base64 or stops at padding; we decode what can be decoded (RFC 2045 6.8).",
    "quoted": "Python keeps blanks before line ends in quoted-printable; RFC 2045 6.7 (3) has them removed. Neither reads "
              "malformed escapes alike.",
    "type-form": "A malformed Content-Type: the parameters that can be read are kept, and 'a/b/c' or odd tokens are text/plain.",
    "charset-name": "Python knows no such charset.",
    "charset-read": "Latin-1 is read as windows-1252, TIS-620 as windows-874, GB 2312 as GB 18030 and so on, as mail programs do.",
    "charset-fault": "Malformed text: each converter replaces other bytes.",
    "uue": "Python decodes the uuencoding of x-uuencode; no RFC defines it.",
    "words": "Encoded words inside words or quotes, with blanks, in unknown charsets, with malformed content, or 8-bit text.",
    "param-form": "Malformed, repeated or 8-bit parameters.",
    "date-form": "A date without a zone, with a bad day, or in no form of RFC 5322.",
    "addr-form": "An address list that is malformed, or that Python 3.11 reads wrongly (RFC 5322 4.4 routes, quoted local parts, "
                 "comments, groups).",
}
seen = collections.Counter()


def dump(messages):
    """What lib/mime says of each message."""
    p = subprocess.Popen([DUMP], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    import threading

    def feed():
        for m in messages:
            p.stdin.write(b"%d\n" % len(m) + m)
        p.stdin.close()
    t = threading.Thread(target=feed)
    t.start()
    out = [json.loads(line) for line in p.stdout]
    t.join()
    if p.wait() != 0 or len(out) != len(messages):
        raise RuntimeError("mimedump ended with %s after %d of %d" % (p.returncode, len(out), len(messages)))
    return out


def raw(s):
    return s.encode("latin-1")


def text(s):
    return raw(s).decode("utf-8")


# ---- Python's view

def header_defects(m):
    return any(type(d).__name__ in ("MissingHeaderBodySeparatorDefect", "FirstHeaderLineIsContinuationDefect",
                                    "InvalidHeaderDefect") for d in m.defects)


def py_bytes(m):
    """Body bytes as sent. Python keeps them as text with surrogates."""
    payload = m._payload  # get_payload() would decode it by the charset
    return payload.encode("ascii", "surrogateescape") if isinstance(payload, str) else b""


def b64_clean(body):
    try:
        t = re.sub(rb"\s", b"", body)
        return len(t) % 4 == 0 and base64.b64decode(t, validate=True) is not None and b"=" not in t.rstrip(b"=") and \
            len(t) - len(t.rstrip(b"=")) <= 2
    except (binascii.Error, ValueError):
        return False


def qp_clean(body):
    return not re.search(rb"[ \t]+=?\r?$|=(?![0-9A-Fa-f]{2}|\r?\n)|=\r?[ \t]|\r(?!\n)|[ \t]\Z", body, re.M)


# Names of ours that Python calls otherwise.
CODECS = {"ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "x-sjis": "cp932", "shift_jis": "cp932",
          "iso-8859-1": "cp1252", "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-8-i": "iso8859_8", "gb2312": "gb18030",
          "gbk": "gb18030", "hz-gb-2312": "hz", "macintosh": "mac_roman", "big5": "cp950", "windows-874": "cp874"}


def different(what, why, msg, detail):
    """Count an explained difference; print an unexplained one."""
    seen[why or "NOT EXPLAINED"] += 1
    if why is None and seen[why or "NOT EXPLAINED"] <= 8:
        print("different %s: %s\n%r" % (what, detail, msg[:1500]))


def same_boundary(m):
    names = [x.get_boundary() for x in m.walk() if x.get_boundary()]
    return len(set(names)) < len(names)


def cmp_leaf(p, m, msg):
    body = py_bytes(m)
    mine = raw(p["bytes"])
    cte = str(m.get("content-transfer-encoding", "")).strip().lower()
    theirs = m.get_payload(decode=True) or b""
    start, end = p["range"][1:]
    as_sent = msg[start:end]
    if as_sent != body:
        why = "part-in-header" if not body else None
        if end == len(msg) and re.sub(rb"\r?\n\Z", b"", as_sent) == body:
            why = "unclosed"
        different("body", why, msg, (as_sent[-60:], body[-60:]))
        return
    if mine != theirs:
        why = None
        if cte == "base64" and not b64_clean(body):
            why = "base64"
        elif cte == "quoted-printable" and not qp_clean(body):
            why = "quoted"
        elif "uu" in cte:
            why = "uue"
        elif cte not in ("base64", "quoted-printable") and re.match(r"\s*(base64|quoted-printable)\W", cte):
            why = "type-form"
        different("content", why, msg, (cte, mine[:200], theirs[:200]))
        return
    if "text" not in p:
        return
    name = raw(p["charset"]).decode("ascii", "replace").lower() or "us-ascii"
    try:
        codec = codecs.lookup(CODECS.get(name, name)).name
        want = theirs.decode(codec)
    except LookupError:
        seen["charset-name"] += 1
        return
    except UnicodeError:
        seen["charset-fault"] += 1
        return
    got = text(p["text"])
    if got != want:
        why = "charset-read" if codec in ("cp932", "shift_jis", "euc_jp", "iso2022_jp", "gb18030", "cp950", "big5", "cp949", "johab",
                                          "utf_7", "hz") else None
        different("text", why, msg, (name, got[:200], want[:200]))


def plain_header(m, name):
    v = m.get(name)
    return v if isinstance(v, str) else None


def cmp_names(p, m, msg):
    """Type, charset, disposition, file name."""
    ct = plain_header(m, "content-type")
    cd = plain_header(m, "content-disposition")
    mine = raw(p["type"]) + b"/" + raw(p["subtype"])
    theirs = m.get_content_type().encode()
    odd_type = ct is None and m.get("content-type") is not None or \
        (ct is not None and not re.match(r"\s*[-\w.+]+/[-\w.+]+\s*(;|\Z)", ct))
    odd_param = any(v is None and m.get(n) is not None or v is not None and re.search(
        r"[(\\\x80-\udfff]|=\?|[\r\n]|;\s*(;|\Z)|\*|\"[^\";]*;|=\s*\"[^\"]*\"\s*[^;\s]|=\s|\s=|=\s*[^\s\";]+\s+[^\s;]|\"[^\"]*\Z", v)
        for n, v in (("content-type", ct), ("content-disposition", cd)))
    if len(m.get_all("content-type", [])) > 1 or len(m.get_all("content-disposition", [])) > 1:
        odd_param = True
    if mine != theirs:
        why = "type-form" if odd_type else None
        if theirs.startswith(b"multipart/") and not p["parts"]:
            why = "no-boundary"
        different("type", why, msg, (mine, theirs, ct))
        return
    cs = m.get_param("charset")
    if not isinstance(cs, tuple) and (cs or "").strip().encode("ascii", "surrogateescape") != raw(p["charset"]).strip():
        different("charset", "type-form" if odd_type else "param-form" if odd_param else None, msg, (p["charset"], cs, ct))
    disposition = (m.get_content_disposition() or "").encode("ascii", "surrogateescape")
    if disposition != raw(p["disposition"]):
        different("disposition", "param-form" if odd_param or not re.match(r"\s*[\w-]+\s*(;|\Z)", cd or "") else None, msg,
                  (p["disposition"], disposition, cd))
    try:
        name = m.get_filename() or ""
        if "=?" in name:
            name = str(email.header.make_header(email.header.decode_header(name)))
        name = name.encode()
    except (UnicodeError, LookupError, ValueError):
        return
    if name != raw(p["filename"]):
        different("file name", "param-form" if odd_param or odd_type else None, msg, (p["filename"], name, ct, cd))


def cmp_tree(p, m, msg):
    if header_defects(m):
        seen["header-end"] += 1
        return
    cmp_names(p, m, msg)
    kind = m.get_content_maintype()
    if kind == "multipart":
        if not m.is_multipart():
            seen["no-parts" if p["type"] == "multipart" else "no-boundary"] += 1
            if p["parts"]:
                different("parts", None, msg, "Python has none")
            return
        parts = m.get_payload()
        if len(parts) != len(p["parts"]):
            why = "header-end" if any(header_defects(x) for x in m.walk()) else \
                "same-boundary" if same_boundary(m) else \
                "adjacent" if re.search(rb"(?m)^(--[^\r\n]*?)[ \t]*\r?\n\1[ \t]*\r?(\n|\Z)", msg) else None
            different("parts", why, msg, (len(p["parts"]), len(parts)))
            return
        for a, b in zip(p["parts"], parts):
            cmp_tree(a, b, msg)
    elif kind == "message":
        if m.get_content_subtype() not in ("rfc822", "global"):
            seen["message-type"] += 1
            return
        if not m.is_multipart() or len(p["parts"]) != 1:
            different("message", None, msg, (m.is_multipart(), len(p["parts"])))
            return
        cmp_tree(p["parts"][0], m.get_payload(0), msg)
    elif p["parts"]:
        different("parts", None, msg, "of a leaf")
    else:
        cmp_leaf(p, m, msg)


def cmp_subject(d, m, msg):
    v = m.get_all("subject", [None])[-1]  # of repeated fields the last counts for us
    if v is None:
        return
    if not isinstance(v, str) or re.search(r"[^\x20-\x7e\r\n\t]", v):
        seen["words"] += 1
        return
    try:
        want = str(email.header.make_header(email.header.decode_header(v)))
    except (UnicodeError, LookupError, ValueError):
        seen["words"] += 1
        return
    want = re.sub(r"\r?\n(?=[ \t])", "", want).strip(" \t\r\n")
    got = text(d["subject"])
    if re.sub(r"\s+", " ", got) != re.sub(r"\s+", " ", want):
        odd = re.search(r"[^\s]=\?|\?=[^\s]|=\?[^?]*\?[^?]*\?[^?]*\s[^?]*\?=|=\?(?![-\w]+\?[bBqQ]\?[!->@-~]*\?=)", v)
        charset = re.search(r"=\?(shift_jis|x-sjis|gb2312|big5|euc-kr|ks_c_5601-1987|iso-8859-1|iso-8859-8-i|unknown)", v, re.I)
        different("subject", "words" if odd else "charset-read" if charset else None, msg, (got, want, v))


def cmp_date(d, m, msg):
    v = m.get_all("date", [None])[-1]
    if not isinstance(v, str):
        return
    t = email.utils.parsedate_tz(v)
    form = re.match(r"\s*(\w{3},)?\s*\d{1,2}\s+\w{3}\s+\d{4}\s+\d\d:\d\d(:\d\d)?\s+([-+]\d{4}|GMT|UT|[ECMP][SD]T)(\s*\([^()]*\))?\s*\Z", v)
    if t is None or not form:
        seen["date-form"] += 1
        return
    try:
        want = email.utils.mktime_tz(t)
    except (ValueError, OverflowError):
        return
    if want != d["date"]:
        bad_day = not 1 <= t[2] <= 28 or t[5] > 59 or t[3] > 23 or not 1900 <= t[0] <= 9999
        different("date", "date-form" if bad_day else None, msg, (v, d["date"], want))


def cmp_addrs(d, m, msg):
    for name in ("From", "To", "Cc"):
        values = m.get_all(name, [])
        if not values or not isinstance(values[0], str) or d[name] is None:
            continue
        v = values[0]
        if re.search(r"[^\x20-\x7e\r\n\t]|@[^,>]*:|\(|[\[\]\\;:]|\"@|\"\.|<>", v):
            seen["addr-form"] += 1
            continue
        want = [(n.encode(), a.encode()) for n, a in email.utils.getaddresses([re.sub(r"\r?\n", "", v)]) if n or a]
        got = [(re.sub(rb"\s+", b" ", raw(n)).strip(), raw(x) + b"@" + raw(y)) for n, x, y in d[name]]
        want = [(re.sub(rb"\s+", b" ", n).strip(), a) for n, a in want]
        if got != want:
            different("addresses", None, msg, (v, got, want))


def compare(messages):
    before = seen["NOT EXPLAINED"]
    for msg, d in zip(messages, dump(messages)):
        m = email.message_from_bytes(msg, policy=email.policy.compat32)
        if re.search(rb"(?m)^[^\s:]+[ \t]+:", msg):
            seen["field-form"] += 1
            if header_defects(m):
                continue
        if re.search(rb"\r(?!\n)|[\x0b\x0c\x1c-\x1e\x85]", msg):
            # Python splits lines of header and body at these as well
            seen["bare-cr"] += 1
            continue
        cmp_tree(d["root"], m, msg)
        if header_defects(m):
            continue
        cmp_subject(d, m, msg)
        cmp_date(d, m, msg)
        cmp_addrs(d, m, msg)
    return seen["NOT EXPLAINED"] - before


# ---- messages made to be odd

PIECES = ["--a\r\n", "--a--\r\n", "--b\r\n", "--b--\r\n", "--ab\r\n", "--ab--\r\n", "--a \t\r\n", "-- a\r\n", "--\r\n", "\r\n", "\r\n",
          "text\r\n", "text without end", " leading blank\r\n", "Name: value\r\n", " folded\r\n", "=3D=\r\nx=C3=A9 \r\n", "YWJj\r\nZGVm\r\n",
          "YQ==\r\n"]
FIELDS = ["Content-Type: multipart/mixed; boundary=a\r\n", "Content-Type: multipart/alternative; boundary=\"b\"\r\n",
          "Content-Type: multipart/digest;\r\n boundary=ab\r\n", "Content-Type: message/rfc822\r\n", "Content-Type: text/html\r\n",
          "Content-Type: text/plain; charset=utf-8\r\n", "Content-Type: text/plain; charset=\"iso-8859-2\"; format=flowed\r\n",
          "Content-Type: multipart/mixed\r\n", "Content-Type: image/png; name=x.png\r\n", "Content-Type: text\r\n",
          "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: Quoted-Printable\r\n",
          "Content-Disposition: attachment; filename=\"a b.txt\"\r\n", "Content-Disposition: inline\r\n",
          "Content-Disposition: attachment; filename*=utf-8''%C3%BC.txt\r\n",
          "Content-Disposition: attachment; filename*0=long; filename*1=er.txt\r\n", "X-Other: y\r\n"]
TOPS = ["Subject: plain\r\n", "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= x\r\n", "Subject: a\r\n b\r\n", "Date: Sat, 21 Nov 2026 10:44:00 +0100\r\n",
        "Date: 1 Jan 2000 00:00 GMT\r\n", "From: \"A, B\" <a@b.example>\r\n", "To: a@b, c@d,\r\n\tName <e@f>\r\n", "Cc: x@y\r\n"]


def odd_message(r):
    out = "".join(r.sample(TOPS, r.randint(0, 4)))
    out += "".join(r.sample(FIELDS, r.randint(0, 3))) + "\r\n"
    for _ in range(r.randint(0, 12)):
        k = r.random()
        if k < 0.3:
            out += r.choice(("--a\r\n", "--b\r\n", "--ab\r\n")) + "".join(r.sample(FIELDS, r.randint(0, 2))) + "\r\n"
        else:
            out += r.choice(PIECES)
    if r.random() < 0.2:
        out = out.replace("\r\n", "\n")
    return out.encode()


def test_generated():
    """Odd messages, and those that the delivery tests send."""
    r = random.Random(7)
    n = compare([odd_message(r) for _ in range(GENERATED)])
    check(n == 0, "%d odd messages: %d differences without explanation" % (GENERATED, n))
    messages = [m for _, _, m, _ in gen_messages.messages(600, 11) if len(m) < 4 << 20]
    n = compare(messages)
    check(n == 0, "%d varied messages: %d differences without explanation" % (len(messages), n))


def test_corpus():
    """Real mail, as it is (LF) and with CRLF."""
    data = os.environ.get("MOX_TESTDATA")
    path = os.path.join(data or "", "corpus", "mail.tar.xz")
    if not data or not os.path.exists(path):
        check(True, "MOX_TESTDATA is not set or has no corpus: own messages only")
        return
    with tarfile.open(path) as tar:
        messages = [tar.extractfile(t).read() for t in tar if t.isfile()]
    n = compare(messages)
    check(n == 0, "%d messages of the corpus: %d differences without explanation" % (len(messages), n))
    crlf = [re.sub(rb"\r?\n", b"\r\n", m) for m in messages]
    n = compare(crlf)
    check(n == 0, "the same with CRLF: %d differences without explanation" % n)
    check(same_structure(messages, crlf), "both have the same parts")


def same_structure(a, b):
    def shape(p):
        return [p["type"], p["subtype"], p["charset"], p["filename"], [shape(x) for x in p["parts"]]]
    ok = True
    for msg, x, y in zip(a, dump(a), dump(b)):
        if b"\r" in msg:
            continue
        if shape(x["root"]) != shape(y["root"]) or x["envelope"] != y["envelope"] or x["subject"] != y["subject"]:
            print(repr(msg[:600]), shape(x["root"]), shape(y["root"]))
            ok = False
    return ok


def test_explanations():
    for why, n in seen.most_common():
        print("%6d %s: %s" % (n, why, EXPLAINED.get(why, "see above")))
    check(set(seen) <= set(EXPLAINED) | {"NOT EXPLAINED"}, "every kind of difference has its explanation")


if not os.path.exists(DUMP):
    check(False, DUMP + " is not built")
main(test_generated, test_corpus, test_explanations)
