"""Varied messages for tests that compare what was sent with what is read: the same ones for the same seed.

messages(n, seed) yields (sender, recipients, bytes, smtputf8). The bytes are what DATA may carry: CRLF
line ends, no other CR or LF, no NUL, a CRLF at the end. No two are equal. Among a thousand there is one
with a 20 MB attachment, the others are small or middling.
"""
import base64
import binascii
import email
import email.policy
import quopri
import random

BIG = 20 << 20
RCPT = "mox@localhost"
WORDS = ("alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa "
         "quebec romeo sierra tango uniform victor whiskey xray yankee zulu").split()
UTF8 = ("grüße straße naïve café señor Ελληνικά русский 日本語 中文 한국어 עברית العربية हिन्दी ไทย 🙂 𝔘𝔫𝔦 "
        "e\u0301 \u2028 \u00a0 ﬁ Å").split(" ")
# Charset, text that fits it.
CHARSETS = [
    ("iso-8859-1", "Grüße aus Köln, déjà vu"), ("iso-8859-2", "Příliš žluťoučký kůň"),
    ("iso-8859-15", "100 € für Œuvre"), ("windows-1252", "“quoted” – dash…"),
    ("windows-1251", "Съешь же ещё этих мягких булок"), ("koi8-r", "Съешь же ещё"),
    ("iso-8859-7", "Ξεσκεπάζω την ψυχοφθόρα"), ("iso-8859-8-i", "שלום עולם"),
    ("windows-1256", "مرحبا بالعالم"), ("shift_jis", "日本語のテキスト"), ("x-sjis", "テスト"),
    ("iso-2022-jp", "日本語のテキスト"), ("euc-jp", "日本語"), ("gb2312", "简体中文"), ("gb18030", "简体中文€"),
    ("hz-gb-2312", "简体中文"), ("big5", "繁體中文"), ("euc-kr", "한국어 문장"), ("ks_c_5601-1987", "한국어"),
    ("tis-620", "ภาษาไทย"), ("utf-7", "Hi Mom ☺!"), ("x-unknown-charset", "plain"), ("macintosh", "déjà"),
]
PYTHON_NAMES = {"iso-8859-8-i": "iso-8859-8", "x-sjis": "shift_jis", "hz-gb-2312": "hz", "ks_c_5601-1987": "cp949",
                "x-unknown-charset": "ascii", "macintosh": "mac_roman"}


class Maker:
    """One message's random choices and unique token."""

    def __init__(self, seed, number):
        self.r = random.Random("%s/%d" % (seed, number))
        self.number = number
        self.token = "%08x%06d" % (self.r.getrandbits(32), number)
        self.utf8 = False
        self.tail = ""

    def words(self, lo, hi):
        return " ".join(self.r.choice(WORDS) for _ in range(self.r.randint(lo, hi)))

    def lines(self, lo, hi):
        return [self.words(0, 12).encode() for _ in range(self.r.randint(lo, hi))]

    def text(self, lo=1, hi=20):
        return b"".join(x + b"\r\n" for x in self.lines(lo, hi))

    def header(self, *more, subject=None):
        """A whole top header without its empty line."""
        r = self.r
        rows = [
            ("Date", "Sat, %d Nov 2026 %02d:%02d:%02d %+05d" % (r.randint(1, 28), r.randint(0, 23), r.randint(0, 59),
                                                              r.randint(0, 59), r.choice((0, 100, -330, 545, -800)))),
            ("From", r.choice(("<sender@example.org>", "sender@example.org", '"Sender, A." <sender@example.org>',
                               "sender@example.org (A Sender)", "=?utf-8?q?S=C3=A9nder?= <sender@example.org>"))),
            ("To", r.choice((RCPT, "<%s>" % RCPT, "friends: %s, other@example.net;" % RCPT,
                             "undisclosed-recipients:;", "%s,\r\n\t\"O. Ther\" <other@example.net>" % RCPT))),
            ("Subject", subject if subject is not None else self.words(0, 8)),
            ("Message-ID", "<%s@example.org>" % self.token),
        ]
        rows += more
        if r.random() < 0.3:
            rows.append(("References", "\r\n ".join("<%d@example.org>" % r.getrandbits(40)
                                                    for _ in range(r.randint(1, 12)))))
        if r.random() < 0.2:
            rows.append(("X-Folded", self.words(5, 12).replace(" ", "\r\n\t")))
        if r.random() < 0.1:
            rows.append(("X-Empty", ""))
        if r.random() < 0.2:
            r.shuffle(rows)
        return b"".join(("%s: %s\r\n" % row if row[1] else row[0] + ":\r\n").encode() for row in rows)

    def message(self, body, *more, **kw):
        return self.header(*more, **kw) + b"\r\n" + body

    # ---- kinds

    def plain(self):
        return self.message(self.text())

    def empty_body(self):
        return self.message(b"")

    def header_only(self):
        """No empty line at all."""
        return self.header()

    def no_header(self):
        """The message begins with the empty line."""
        return b"\r\n" + self.token.encode() + b"\r\n" + self.text()

    def bare_text(self):
        """Not a header in sight, nor an end of the last line until one was added."""
        return (self.token.encode() + b" just text\r\n" + b"\r\n".join(self.lines(1, 5))).rstrip(b"\r\n") + b"\r\n"

    def dots(self):
        rows = [b".", b"..", b"...", b".leading", b"..two", b". ", b".\t", b"mid.dle", b". .", b""]
        self.r.shuffle(rows)
        return self.message(b"\r\n".join(rows) + b"\r\n" + self.r.choice((b"", b".", b"..")) + b"\r\n")

    def blanks(self):
        rows = [x + self.r.choice((b"", b" ", b"  \t", b"\t", b" " * 80)) for x in self.lines(3, 12)]
        return self.message(b"\r\n".join(rows) + b" \r\n" + b"\r\n" * self.r.randint(0, 30))

    def from_lines(self):
        return self.message(b"From someone Sat Nov 21 10:44:00 2026\r\n>From quoted\r\n" + self.text())

    def long_lines(self):
        n = self.r.choice((76, 78, 997, 998, 999, 1000, 2000, 4095, 4096, 16384, 70000))
        line = ("%s " % self.token * (n // 15 + 1))[:n].encode()
        return self.message(self.text(1, 3) + line + b"\r\n" + self.text(0, 3) + line + b"\r\n")

    def long_headers(self):
        return self.message(self.text(), ("X-Long", self.words(150, 160)[:900]),
                            ("X-Many", "\r\n ".join(self.words(8, 10) for _ in range(self.r.randint(20, 200)))))

    def eight_bit(self):
        rows = " ".join(self.r.choice(UTF8) for _ in range(self.r.randint(10, 300)))
        rows = rows.replace(" 日本語", "\r\n日本語").encode()
        return self.message(rows + b"\r\n", ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
                            ("Content-Transfer-Encoding", "8bit"))

    def binaryish(self):
        """Every byte but NUL, CR and LF, in lines."""
        rows = [bytes(self.r.choice((self.r.randint(1, 9), 11, 12, self.r.randint(14, 255)))
                      for _ in range(self.r.randint(0, 300))) for _ in range(self.r.randint(1, 40))]
        return self.message(b"\r\n".join(rows) + b"\r\n", ("MIME-Version", "1.0"),
                            ("Content-Type", "application/octet-stream"), ("Content-Transfer-Encoding", "8bit"))

    def charset(self):
        name, text = self.r.choice(CHARSETS)
        raw = (text + " ").encode(PYTHON_NAMES.get(name, name)) * self.r.randint(1, 5)
        raw = raw.replace(b"\r", b"").replace(b"\n", b"")
        cte = self.r.choice(("8bit", "quoted-printable", "base64"))
        if cte == "base64":
            raw = base64.encodebytes(raw).replace(b"\n", b"\r\n")
        elif cte == "quoted-printable":
            raw = quopri.encodestring(raw).replace(b"\n", b"\r\n") + b"\r\n"
        else:
            raw += b"\r\n"
        word = base64.b64encode(text.encode(PYTHON_NAMES.get(name, name))).decode()
        return self.message(raw, ("MIME-Version", "1.0"), ("Content-Type", 'text/plain; charset="%s"' % name),
                            ("Content-Transfer-Encoding", cte), subject="=?%s?B?%s?=" % (name, word))

    def smtputf8(self):
        self.utf8 = True
        u = [x for x in UTF8 if x.strip() and "\u2028" not in x]
        subject = " ".join(self.r.choice(u) for _ in range(5))
        return self.message(self.text() + subject.encode() + b"\r\n", ("X-Name", self.r.choice(u)),
                            ("Cc", '"%s" <grüße@exämple.org>' % self.r.choice(u)), ("MIME-Version", "1.0"),
                            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit"),
                            subject=subject)

    def attachment(self, size):
        raw = self.r.randbytes(size)
        name = self.r.choice(("report.pdf", "with space.bin", 'quo\\"te.txt'))
        head = 'Content-Type: application/octet-stream; name="%s"\r\nContent-Transfer-Encoding: base64\r\n' % name
        disp = self.r.choice(('attachment; filename="%s"' % name, "attachment; filename*=utf-8''gr%C3%BC%C3%9Fe.bin",
                              "attachment; filename*0=long; filename*1=name.bin", "inline"))
        out = bytearray((head + "Content-Disposition: " + disp + "\r\n\r\n").encode())
        for i in range(0, len(raw), 57):
            out += binascii.b2a_base64(raw[i:i + 57], newline=False) + b"\r\n"
        return bytes(out)

    def part(self, depth):
        """A MIME entity: its header, an empty line, its body."""
        k = self.r.random()
        if depth > 0 and k < 0.3:
            return self.multipart(depth - 1)
        if depth > 0 and k < 0.4:
            inner = self.header(("MIME-Version", "1.0")) + self.multipart(depth - 1)
            return b"Content-Type: message/rfc822\r\n\r\n" + inner
        if k < 0.6:
            return self.attachment(self.r.choice((0, 1, 2, 3, 56, 57, 58, 1000, 20000)))
        if k < 0.7:
            return b"\r\n" + self.text(0, 3)
        if k < 0.8:
            return b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + self.text(1, 5) + b"</p>\r\n"
        if k < 0.9:
            body = quopri.encodestring(" ".join(UTF8).encode()).replace(b"\n", b"\r\n")
            return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + body
        return b"Content-Type: text/plain\r\nContent-ID: <%s>\r\n\r\n" % self.token.encode() + self.text()

    def multipart(self, depth):
        """The Content-Type field, an empty line, and parts; now and then an inner boundary that begins as the outer."""
        boundary = self.r.choice(("=_%s", "----=_Part_%s", "b %s", "=_%s--x")) % self.r.getrandbits(30)
        if self.r.random() < 0.2:
            self.tail += "x" * self.r.randint(1, 3)
            boundary = "=_" + self.token + self.tail
        kind = self.r.choice(("mixed", "alternative", "related", "digest", "signed", "x-odd"))
        out = 'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (kind, boundary)
        out = out.encode() + self.r.choice((b"", b"This is a message in MIME format.\r\n"))
        for _ in range(self.r.randint(0 if self.r.random() < 0.1 else 1, 4)):
            body = self.part(depth)
            out += b"--" + boundary.encode() + b"\r\n" + body + (b"" if body.endswith(b"\r\n") else b"\r\n")
        if self.r.random() < 0.95:
            out += b"--" + boundary.encode() + b"--\r\n" + self.r.choice((b"", b"", b"epilogue\r\n"))
        return out

    def mime(self):
        return self.header(("MIME-Version", "1.0")) + self.multipart(self.r.randint(0, 4))

    def middling(self):
        return self.big(self.r.choice((30 << 10, 40 << 10, 100 << 10, 300 << 10, 1 << 20)))

    def big(self, size=BIG):
        b = b"=_big"
        return (self.header(("MIME-Version", "1.0"), ("Content-Type", 'multipart/mixed; boundary="=_big"')) + b"\r\n--" + b +
                b"\r\n\r\n" + self.text() + b"--" + b + b"\r\n" + self.attachment(size) + b"--" + b + b"--\r\n")


# Kind, how often.
KINDS = [(Maker.plain, 10), (Maker.mime, 30), (Maker.charset, 12), (Maker.eight_bit, 8), (Maker.smtputf8, 8),
         (Maker.long_lines, 6), (Maker.dots, 5), (Maker.blanks, 5), (Maker.binaryish, 4), (Maker.long_headers, 3),
         (Maker.empty_body, 2), (Maker.header_only, 1), (Maker.no_header, 2), (Maker.bare_text, 1),
         (Maker.from_lines, 2), (Maker.middling, 1)]


def check(data):
    """What DATA may carry."""
    bare = data.replace(b"\r\n", b"")
    assert b"\r" not in bare and b"\n" not in bare and b"\0" not in data
    assert data.endswith(b"\r\n")


def through_python(data):
    """What a client makes of a message that reads and writes it with Python's email package, as offlineimap does: an
    empty value gets a blank, a missing empty line or closing delimiter is added, and the like. LF line ends."""
    policy = email.policy.default.clone(cte_type="8bit", utf8=True, refold_source="none")
    head = b"Received: x\n"
    return email.message_from_bytes(head + data.replace(b"\r\n", b"\n"), policy=policy).as_bytes(policy=policy)[len(head):]


def messages(n, seed=1):
    """n messages: (sender, recipients, bytes, smtputf8)."""
    kinds = [k for k, often in KINDS for _ in range(often)]
    big_at = n * 2 // 3 if n >= 100 else -1
    for i in range(n):
        m = Maker(seed, i)
        kind = Maker.big if i == big_at else KINDS[i][0] if i < len(KINDS) else m.r.choice(kinds)
        data = kind(m)
        check(data)
        sender = "séndér@exämple.org" if m.utf8 else m.r.choice(("sender@example.org", "a+b@example.net", ""))
        yield sender, [RCPT], data, m.utf8
