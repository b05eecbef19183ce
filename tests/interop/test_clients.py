#!/usr/bin/python3
"""People's programs: curl, and neomutt in a terminal (tmux), read, flag, append, search and move."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

work = scratch("clients-")
mox = Mox(dir=os.path.join(work, "d"))
CERT = os.path.join(mox.dir, "localhost.crt")


def curl(path, *args, data=None):
    r = subprocess.run(["curl", "-sS", "--cacert", CERT, "--user", USER + ":" + PASSWORD, *args,
                        "imaps://localhost:%d/%s" % (mox.imaps_port, path)],
                       input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    check(r.returncode == 0, "curl %s %s%s" % (path, " ".join(args), ": " + r.stderr.decode() if r.returncode else ""))
    return r.stdout.decode("utf-8", "replace")


def test_curl():
    r = subprocess.run(["curl", "-sS", "--ssl-reqd", "--cacert", CERT, "--mail-from", "me@example.org", "--mail-rcpt", USER,
                        "-T", "-", "smtp://localhost:%d" % mox.smtp_port],
                       input=b"From: me@example.org\r\nTo: %s\r\nSubject: by curl\r\n\r\nsent by curl over STARTTLS\r\n" % USER.encode(),
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(r.returncode == 0, "curl sends over STARTTLS " + r.stdout.decode())
    check("INBOX" in curl("").upper(), "curl lists mailboxes")
    check("sent by curl over STARTTLS" in curl("INBOX;MAILINDEX=1"), "curl reads")
    check("by curl" in curl("INBOX;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)"), "curl reads a section")
    f = os.path.join(work, "append.eml")
    with open(f, "wb") as fh:
        fh.write(b"From: me@example.org\r\nSubject: appended by curl\r\n\r\nappended\r\n")
    curl("INBOX", "-T", f)
    check(re.search(r"SEARCH 2\b", curl("INBOX?SUBJECT%20appended")), "curl appends and searches")
    check("\\Flagged" in curl("INBOX", "-X", "STORE 2 +FLAGS (\\Flagged)") + curl("INBOX", "-X", "FETCH 2 (FLAGS)"), "curl flags")
    curl("", "-X", "CREATE Moved")
    curl("INBOX", "-X", "UID MOVE 2 Moved")
    check("appended" in curl("Moved;MAILINDEX=1"), "curl moves")
    check("EXAMINE" not in curl("", "-X", "STATUS Moved (MESSAGES)"), "curl asks STATUS")


class Tmux:
    def __init__(self, cmd, env=None):
        self.sock = os.path.join(work, "tmux")
        self.run("new-session", "-d", "-x", "120", "-y", "40", "-s", "t", cmd)
        atexit.register(self.kill)

    def run(self, *a):
        return subprocess.run(["tmux", "-S", self.sock, "-f", "/dev/null"] + list(a), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, env=dict(os.environ, TERM="xterm", LANG="C.UTF-8", HOME=work)).stdout

    def keys(self, *k):
        self.run("send-keys", "-t", "t", *k)

    def screen(self):
        return self.run("capture-pane", "-p", "-t", "t")

    def wait(self, pattern, timeout=30):
        try:
            return wait_for(lambda: re.search(pattern, self.screen()) and self.screen(), pattern, timeout)
        except TimeoutError:
            print(self.screen())
            raise

    def kill(self):
        self.run("kill-server")


def test_neomutt():
    for i in range(3):
        mox.send(b"From: Friend %d <f%d@example.org>\r\nTo: me <%s>\r\nSubject: letter number %d\r\n\r\nbody of letter %d\r\n" %
                 (i, i, USER.encode(), i, i))
    rc = os.path.join(work, "muttrc")
    with open(rc, "w") as f:
        f.write("""set folder=imaps://localhost:%d/
set spoolfile=+INBOX
set imap_user=%s
set imap_pass=%s
set certificate_file=%s
set ssl_ca_certificates_file=%s
set mail_check=1
set timeout=1
set quit=yes
set confirmappend=no
set confirmcreate=no
set delete=yes
set wait_key=no
set sort=date-received
""" % (mox.imaps_port, USER, PASSWORD, CERT, CERT))
    t = Tmux("neomutt -n -F " + rc)
    t.wait(r"letter number 2")
    check(True, "neomutt lists the mailbox")
    t.keys("/", "letter number 1", "Enter")
    t.keys("Enter")
    t.wait("body of letter 1")
    check(True, "neomutt reads a message")
    t.keys("i")
    t.wait("letter number 2")
    t.keys("F")     # flag
    t.wait(r"!.*letter number 1")
    check(True, "neomutt flags")
    t.keys("/", "~b 'body of letter 2'", "Enter")
    t.wait("letter number 2")
    t.keys("s", "C-u", "=Moved", "Enter")    # move to a mailbox
    t.keys("$")
    t.wait(r"(?s)letter number 1")
    wait_for(lambda: count("Moved", "letter number 2") == 1, "the message in Moved", 30)
    wait_for(lambda: count("INBOX", "letter number 2") == 0, "the message gone from INBOX", 30)
    check(True, "neomutt searches bodies and moves")
    c = mox.imap()
    c.select("INBOX", readonly=True)
    uid = c.search(None, "SUBJECT", '"letter number 1"')[1][0]
    check(b"\\Flagged" in c.fetch(uid, "(FLAGS)")[1][0], "the flag arrived on the server")
    c.logout()
    mox.send(b"From: late@example.org\r\nSubject: arrives while open\r\n\r\nx\r\n")
    t.wait("arrives while open")
    check(True, "neomutt shows new mail while it is open")
    t.keys("q")


def count(box, subject):
    c = mox.imap()
    try:
        c.select(box, readonly=True)
        return len(c.search(None, "SUBJECT", '"%s"' % subject)[1][0].split())
    finally:
        c.logout()


def test_imaplib_idle_move():
    """MOVE, COPY, UIDPLUS, SEARCH with charsets, as a library speaks them."""
    c = mox.imap()
    c.select("INBOX")
    typ, d = c.append("INBOX", "(\\Seen)", '"21-Nov-2026 10:00:00 +0000"',
                      "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n".encode() + "Schöne Grüße\r\n".encode("latin-1"))
    check(typ == "OK" and b"APPENDUID" in d[0], "APPENDUID: %s" % d)
    uid = re.search(rb"APPENDUID \d+ (\d+)", d[0]).group(1)
    for charset, word in (("UTF-8", "grüsse".replace("ss", "ß")), ("ISO-8859-1", "Schöne")):
        c.literal = word.encode(charset)
        typ, d = c.uid("SEARCH", "CHARSET", charset, "TEXT")
        check(typ == "OK" and uid in d[0].split(), "SEARCH in %s: %s" % (charset, d))
    typ, d = c.uid("SEARCH", "CHARSET", "X-NONSENSE", "TEXT", "x")
    check(typ == "NO" and b"BADCHARSET" in d[0], "an unknown charset: %s" % d)
    check(c.uid("COPY", uid, "Moved")[0] == "OK", "COPY")
    typ, d = c.uid("FETCH", uid, "(INTERNALDATE)")
    check(b"21-Nov-2026 10:00:00 +0000" in d[0], "INTERNALDATE as given: %s" % d)
    c.logout()


def test_end():
    check(mox.cli("verifydata").returncode == 0, "verifydata")
    check(mox.stop() == 0, "stops")


main(test_curl, test_neomutt, test_imaplib_idle_move, test_end)
