#!/usr/bin/python3
"""Writes what charset.c knows of charsets: charsets of one byte a character as tables, the names of
the others' converters, and every name, those of iconv -l and those that mail uses besides.

  lib/mime/charset_gen.py > lib/mime/charset_tables.c
  lib/mime/charset_gen.py names > tests/unit/mime/charset_names.h

Run by hand when the lists below change, or the iconv of the system does. Sources are Python's codecs
and, behind "iconv:", glibc's iconv. A name of iconv is read as iconv reads it: a source listed here
for it has to read everything alike that iconv can read, or it gives way, except for EXTENDED.
tests/unit/mime/test_charsets_all.c compares the result with the iconv of the machine that it runs on.
"""
import ctypes
import errno
import glob
import os
import re
import subprocess
import sys

# Source, further names. iso-8859-1 and -9 and tis-620 are read as the Windows code pages that extend
# them, as mail programs and browsers do: mail labelled so often has those bytes.
SINGLE = [
    ("cp1252", "windows-1252 cp1252 ms-ansi iso-8859-1 iso8859-1 latin1 l1 latin-1 iso-ir-100 ibm819 cp819 csisolatin1"
     " iso_8859-1:1987 x-cp1252 ansi iso-latin-1 8859-1"),
    ("cp1250", "windows-1250 cp1250 ms-ee x-cp1250"),
    ("cp1251", "windows-1251 cp1251 ms-cyrl x-cp1251 win1251 win-1251"),
    ("cp1253", "windows-1253 cp1253 ms-greek x-cp1253"),
    ("cp1254", "windows-1254 cp1254 ms-turk x-cp1254 iso-8859-9 latin5 l5 iso-ir-148 csisolatin5 iso_8859-9:1989"),
    ("cp1256", "windows-1256 cp1256 ms-arab x-cp1256"),
    ("cp1257", "windows-1257 cp1257 winbaltrim x-cp1257"),
    ("cp874", "windows-874 cp874 x-cp874 tis-620 iso-8859-11 iso-ir-166 dos-874 tis620.2533-0"),
    ("iso8859_2", "iso-8859-2 latin2 l2 latin-2 iso-ir-101 csisolatin2 iso_8859-2:1987"),
    ("iso8859_3", "iso-8859-3 latin3 l3 iso-ir-109 csisolatin3 iso_8859-3:1988"),
    ("iso8859_4", "iso-8859-4 latin4 l4 iso-ir-110 csisolatin4 iso_8859-4:1988"),
    ("iso8859_5", "iso-8859-5 cyrillic iso-ir-144 csisolatincyrillic iso_8859-5:1988"),
    ("iso8859_6", "iso-8859-6 arabic iso-ir-127 csisolatinarabic ecma-114 asmo-708 iso-8859-6-e iso-8859-6-i iso_8859-6:1987"),
    ("iso8859_7", "iso-8859-7 greek greek8 iso-ir-126 csisolatingreek ecma-118 elot_928 iso_8859-7:1987 sun_eu_greek"),
    ("iso8859_8", "iso-8859-8 hebrew iso-ir-138 csisolatinhebrew iso-8859-8-e iso-8859-8-i logical visual iso_8859-8:1988"),
    ("iso8859_10", "iso-8859-10 latin6 l6 iso-ir-157 csisolatin6 iso_8859-10:1992"),
    ("iso8859_13", "iso-8859-13 latin7 l7 iso-ir-179"),
    ("iso8859_14", "iso-8859-14 latin8 l8 iso-ir-199 iso-celtic"),
    ("iso8859_15", "iso-8859-15 latin9 latin-9 l9 latin0 iso-ir-203 csisolatin9"),
    ("iso8859_16", "iso-8859-16 latin10 l10 iso-ir-226"),
    ("koi8_r", "koi8-r koi8 koi cskoi8r koi-8-r koi8r"),
    ("koi8_u", "koi8-u"),
    ("koi8_t", "koi8-t"),
    ("mac_roman", "macintosh mac x-mac-roman x-macroman macroman csmacintosh"),
    ("mac_cyrillic", "x-mac-cyrillic mac-cyrillic maccyrillic x-mac-ukrainian mac-uk macukrainian"),
    ("mac_greek", "x-mac-greek mac-greek macgreek"),
    ("mac_turkish", "x-mac-turkish mac-turkish macturkish"),
    ("mac_iceland", "x-mac-icelandic mac-iceland mac-is maciceland"),
    ("mac_latin2", "x-mac-ce x-mac-centraleurroman x-mac-central-europe mac-centraleurope maccentraleurope mac-ce"),
    ("mac_croatian", "x-mac-croatian mac-croatian maccroatian"),
    ("mac_romanian", "x-mac-romanian mac-romania macromania"),
    ("cp437", "ibm437 cp437 437 cspc8codepage437"),
    ("cp720", "ibm720 cp720 dos-720"),
    ("cp737", "ibm737 cp737"),
    ("cp775", "ibm775 cp775 cspc775baltic"),
    ("cp850", "ibm850 cp850 850 cspc850multilingual"),
    ("cp852", "ibm852 cp852 852 cspcp852"),
    ("cp855", "ibm855 cp855 855 csibm855"),
    ("cp857", "ibm857 cp857 857 csibm857"),
    ("cp858", "ibm858 ibm00858 cp858 cp00858 pc-multilingual-850+euro"),
    ("cp860", "ibm860 cp860 860 csibm860"),
    ("cp861", "ibm861 cp861 861 cp-is csibm861"),
    ("cp862", "ibm862 cp862 862 dos-862 cspc862latinhebrew"),
    ("cp863", "ibm863 cp863 863 csibm863"),
    ("cp864", "ibm864 cp864 csibm864"),
    ("cp865", "ibm865 cp865 865 csibm865"),
    ("cp866", "ibm866 cp866 866 csibm866"),
    ("cp869", "ibm869 cp869 869 cp-gr csibm869"),
    ("cp1006", "ibm1006 cp1006"),
    ("cp1125", "ibm1125 cp1125 ruscii cp866u"),
    ("kz1048", "kz-1048 rk1048 strk1048-2002 cskz1048"),
    ("ptcp154", "ptcp154 pt154 cp154 cyrillic-asian csptcp154"),
    ("hp_roman8", "hp-roman8 roman8 r8 cshproman8"),
    ("iconv:VISCII", "viscii csviscii"),
    ("iconv:ARMSCII-8", "armscii-8"),
    ("iconv:GEORGIAN-PS", "georgian-ps"),
    ("iconv:GEORGIAN-ACADEMY", "georgian-academy"),
    ("iconv:MIK", "mik"),
    ("iconv:MAC-SAMI", "mac-sami"),
    ("iconv:DEC-MCS", "dec-mcs dec csdecmcs"),
    ("iconv:ECMA-CYRILLIC", "ecma-cyrillic iso-ir-111 csiso111ecmacyrillic"),
]

# Name that iconv takes, names. Those that begin with "@" are done in charset.c.
MULTI = [
    ("@utf-8", "utf-8 utf8 unicode-1-1-utf-8 csutf8 x-utf-8 utf8mb4 utf-8-bom cp65001"
     " iso-10646/utf8/ iso-10646/utf-8/ iso-ir-193 osf05010001"),
    ("@guess", "us-ascii ascii ansi_x3.4-1968 ansi_x3.4-1986 iso646-us iso_646.irv:1991 iso-ir-6 us cp367 ibm367 csascii"
     " osf00010020 646 7bit 8bit unknown-8bit x-unknown unknown default default_charset"),
    ("@hz", "hz hz-gb-2312 x-hz hzgb2312"),
    ("UTF-7", "utf-7 unicode-1-1-utf-7 csutf7 x-unicode-2-0-utf-7 x-utf-7 utf7"),
    ("UTF-16", "utf-16 utf16 csutf16 unicode csunicode ucs-2 iso-10646-ucs-2 osf00010100 osf00010101"
     " osf00010102"),
    ("UTF-16LE", "utf-16le utf16le ucs-2le unicodelittle"),
    ("UTF-16BE", "utf-16be utf16be ucs-2be unicodebig"),
    ("UTF-32", "utf-32 utf32"),
    ("UTF-32LE", "utf-32le ucs-4le"),
    ("UTF-32BE", "utf-32be ucs-4be ucs-4 csucs4 iso-10646-ucs-4 iso-10646 iso-10646/ucs4/ 10646-1:1993 10646-1:1993/ucs4/"
     " osf00010104 osf00010105 osf00010106"),
    ("GB18030", "gb18030 csgb18030 gb2312 gb_2312-80 gb-2312 euc-cn cn-gb csgb2312"
     " chinese iso-ir-58 csiso58gb231280 x-euc-cn gb18030-2005 gb2312_charset"),
    ("GBK", "gbk x-gbk csgbk cp936 ms936 windows-936"),
    ("BIG5HKSCS", "big5-hkscs big5hkscs big5-hkscs:2004"),
    ("CP950", "big5 big-5 cn-big5 x-x-big5 csbig5 cp950 ms950 windows-950 x-big5 bigfive big5-eten chinesebig5"),
    ("EUC-TW", "euc-tw x-euc-tw cns11643"),
    ("ISO-2022-CN-EXT", "iso-2022-cn iso-2022-cn-ext csiso2022cn"),
    ("UHC", "euc-kr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 korean cseuckr iso-ir-149 csksc56011987"
     " uhc cp949 ms949 windows-949 ks_c-5601-1987 x-windows-949"),
    ("JOHAB", "johab cp1361 ms1361"),
    ("ISO-2022-KR", "iso-2022-kr csiso2022kr"),
    ("ISO-2022-JP-3", "iso-2022-jp-3 iso-2022-jp-2004"),
    ("ISO-2022-JP-2", "iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 csiso2022jp csiso2022jp2 cp50220 cp50221 cp50222 iso-2022-jp-ms jis"
     " x-iso-2022-jp"),
    ("CP932", "shift_jis shift-jis sjis x-sjis ms_kanji csshiftjis windows-31j cswindows31j cp932 ms932 x-ms-cp932"
     " windows-932"),
    ("EUC-JP-MS", "euc-jp x-euc-jp x-euc euc cseucpkdfmtjapanese ujis euc-jp-ms eucjp-win eucjp-ms"),
    ("SHIFT_JISX0213", "shift_jisx0213 shift_jis-2004"),
    ("EUC-JISX0213", "euc-jisx0213 euc-jis-2004"),
    ("CP1255", "windows-1255 cp1255 ms-hebr x-cp1255"),
    ("CP1258", "windows-1258 cp1258 x-cp1258"),
    ("TCVN5712-1", "tcvn tcvn-5712 tcvn5712-1 x-viet-tcvn5712"),
    ("TSCII", "tscii"),
    ("ISO_6937", "iso_6937 iso-ir-156"),
]


# Sources of one byte a character whose names stay theirs although iconv reads 0x80 to 0x9f of some as
# control characters.
EXTENDED = ["cp1252", "cp1254", "cp874"]

UNDEF = 0xFFFD
PER_LINE = 11

libc = ctypes.CDLL(None, use_errno=True)
libc.iconv_open.restype = ctypes.c_void_p
libc.iconv_close.argtypes = [ctypes.c_void_p]
libc.iconv.restype = ctypes.c_size_t
libc.iconv.argtypes = [ctypes.c_void_p] + [ctypes.c_void_p] * 4


class Iconv:
    def __init__(self, name):
        self.cd = libc.iconv_open(b"UTF-8", name.encode())
        if self.cd == ctypes.c_void_p(-1).value:
            raise LookupError(name)

    def decode(self, data):
        """(text, why it is not whole): 0, EILSEQ, EINVAL (cut off), or EAGAIN for a character that
        came only at the end, since it might have combined with the next."""
        src = ctypes.create_string_buffer(data, len(data) + 1)
        dst = ctypes.create_string_buffer(16 * len(data) + 64)
        at, left = ctypes.c_void_p(ctypes.addressof(src)), ctypes.c_size_t(len(data))
        to, room = ctypes.c_void_p(ctypes.addressof(dst)), ctypes.c_size_t(len(dst))
        libc.iconv(self.cd, None, None, None, None)
        r = libc.iconv(self.cd, ctypes.byref(at), ctypes.byref(left), ctypes.byref(to), ctypes.byref(room))
        why = ctypes.get_errno() if r == ctypes.c_size_t(-1).value else 0
        before = room.value
        libc.iconv(self.cd, None, None, ctypes.byref(to), ctypes.byref(room))
        if room.value != before:
            why = why or errno.EAGAIN
        return dst.raw[:len(dst) - room.value].decode("utf-8", "surrogatepass"), why


def norm(name):
    return "".join(c for c in name.lower() if c.isalnum())


def iconv_names():
    out = subprocess.run(["iconv", "-l"], capture_output=True, check=True, text=True).stdout
    return [re.sub("//$", "", n) for n in out.split()]


def iconv_aliases():
    """Upper-case name -> the name that iconv's configuration gives its converter."""
    r = {}
    base = os.path.join(glob.glob("/usr/lib/*/gconv")[0], "gconv-modules")
    for path in [base] + glob.glob(base + ".d/*.conf"):
        with open(path) as f:
            for line in f:
                w = line.upper().split()
                if w and w[0] == "ALIAS":
                    r[re.sub("//$", "", w[1])] = re.sub("//$", "", w[2])
    return r


def iconv_row(name):
    """256 code points, or None when it isn't one character for each byte, whatever comes next."""
    cd = Iconv(name)
    row = []
    for b in range(256):
        text, why = cd.decode(bytes([b]))
        if why not in (0, errno.EILSEQ) or (why == 0 and (len(text) != 1 or ord(text) > 0xFFFF)):
            return None
        row.append(UNDEF if why else ord(text))
    good = [b for b in range(256) if row[b] != UNDEF]
    for a in good:
        if cd.decode(bytes(x for b in good for x in (a, b))) != ("".join(chr(row[a]) + chr(row[b]) for b in good), 0):
            return None
    return row


def python_row(codec):
    row = []
    for b in range(256):
        try:
            text = bytes([b]).decode(codec)
        except UnicodeDecodeError:
            # What Windows leaves open in these are control characters of the same number there.
            text = chr(b if codec in EXTENDED and b < 0xA0 else UNDEF)
        row.append(ord(text) if len(text) == 1 and ord(text) < 0x10000 else UNDEF)
    return row


def reads_alike(row, other):
    """All that `other` can read."""
    return all(o in (UNDEF, r) for r, o in zip(row, other))


class Charsets:
    def __init__(self):
        self.rows, self.convs, self.names = [], [], {}

    def table(self, row):
        row = tuple(row)
        if row not in self.rows:
            self.rows.append(row)
        return self.rows.index(row)

    def conv(self, name):
        if name not in self.convs:
            self.convs.append(name)
        return -1 - self.convs.index(name)

    def add(self, names, value):
        for n in names:
            assert self.names.setdefault(norm(n), value) == value, n

    def collect(self):
        extended = set()
        for source, names in SINGLE:
            row = iconv_row(source[6:]) if source.startswith("iconv:") else python_row(source)
            t = self.table(row)
            self.add(names.split(), t)
            if source in EXTENDED:
                extended.add(t)
        for source, names in MULTI:
            self.add(names.split(), self.conv(source))
        listed = dict(self.names)
        aliases, done = iconv_aliases(), {}

        def read_as(n, c):
            """How name n is read, whose converter is called c."""
            have = listed.get(norm(n), done.get(c))
            row = iconv_row(c)
            if have is None or (row is not None and have >= 0 and have not in extended
                                and not reads_alike(self.rows[have], row)):
                return self.conv(c) if row is None else self.table(row)
            return have

        for n in iconv_names():
            c = n.upper()
            while c in aliases:
                c = aliases[c]
            if c not in done:
                done[c] = read_as(c, c)
            self.names[norm(n)] = read_as(n, c) if norm(n) in listed else done[c]


def put_numbers(row):
    for k in range(0, len(row), PER_LINE):
        print("\t\t" + " ".join("0x%04x," % c for c in row[k:k + PER_LINE]))


def put_tables():
    cs = Charsets()
    cs.collect()
    used = set(cs.names.values())
    halves = [tuple(range(128))]
    tables = []
    for row in cs.rows:
        for half in (row[:128], row[128:]):
            if half not in halves:
                halves.append(half)
        tables.append((halves.index(row[:128]), halves.index(row[128:])))
    for t in range(len(tables)):
        assert t in used, "no name is left for source %d" % t
    print("/* Made by charset_gen.py from published character sets; not edited by hand. */")
    print('#include "mime/mime_priv.h"\n\n/* clang-format off */')
    print("const uint16_t mime_charset_halves[][128] = {")
    for i, half in enumerate(halves):
        print("\t{\t/* %d */" % i)
        put_numbers(half)
        print("\t},")
    print("};\n\nconst struct mime_charset_table mime_charset_tables[] = {")
    for i, t in enumerate(tables):
        print("\t{ %d, %d },\t/* %d: %s */" % (*t, i, next(n for n, v in cs.names.items() if v == i)))
    print("};\n\nconst char mime_charset_convs[][MIME_CHARSET_CONV] = {")
    for c in cs.convs:
        print('\t"%s",' % c)
    print("};\n\nconst struct mime_charset_name mime_charset_names[] = {")
    for n in sorted(cs.names):
        print('\t{ "%s", %d },' % (n, cs.names[n]))
    print("};\n")
    print("const size_t mime_charset_nconvs = ARRAY_LEN(mime_charset_convs);")
    print("const size_t mime_charset_nnames = ARRAY_LEN(mime_charset_names);")
    print("const int mime_charset_windows1252 = 0;")


def put_names():
    print("/* Made by lib/mime/charset_gen.py: what iconv -l prints. */\n/* clang-format off */")
    print("static const char *const charset_names[] = {")
    for n in iconv_names():
        print('\t"%s",' % n)
    print("};")


if sys.argv[1:] == ["names"]:
    put_names()
else:
    put_tables()
