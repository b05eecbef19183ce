"""A Postfix of the test's own inside net.enter(): a remote server that others wrote. It keeps its mail in
Maildirs by localpart, and sends by MX as any server does."""

import atexit
import email
import os
import re
import shutil
import signal
import socket
import subprocess

from moxtest import scratch, wait_for

MAIN = """compatibility_level = 3.6
queue_directory = %(d)s/queue
data_directory = %(d)s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = %(d)s
maillog_file = %(d)s/maillog
inet_interfaces = %(ip)s
inet_protocols = ipv4
smtp_bind_address = %(ip)s
myhostname = %(host)s
myorigin = %(domain)s
mydestination =
mynetworks = %(ip)s
alias_maps =
virtual_mailbox_domains = %(domain)s
virtual_mailbox_base = %(d)s/mail
virtual_mailbox_maps = texthash:%(d)s/conf/boxes
virtual_uid_maps = static:%(uid)d
virtual_gid_maps = static:%(gid)d
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 104857600
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_cert_file = %(d)s/cert.pem
smtpd_tls_key_file = %(d)s/key.pem
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtp_tls_security_level = may
smtputf8_enable = yes
smtp_host_lookup = dns
smtpd_peername_lookup = no
"""


class Postfix:
    def __init__(self, ip, host, domain, boxes=("bob", "carol", "dave"), extra="", base=None):
        self.ip, self.host, self.domain = ip, host, domain
        d = self.dir = scratch("postfix-", base)
        for x in ("queue", "conf", "data", "mail"):
            os.mkdir(os.path.join(d, x))
        shutil.chown(d + "/data", "postfix")
        shutil.chown(d + "/mail", "mail", "mail")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", d + "/key.pem", "-out", d + "/cert.pem", "-days", "30", "-subj", "/CN=" + host],
                       check=True, stderr=subprocess.DEVNULL)
        st = os.stat(d + "/mail")
        with open(d + "/conf/main.cf", "w") as f:
            f.write(MAIN % {"d": d, "ip": ip, "host": host, "domain": domain, "uid": st.st_uid, "gid": st.st_gid} + extra)
        with open(d + "/conf/boxes", "w") as f:
            f.write("".join("%s@%s %s/\n" % (b, domain, b) for b in boxes))
        with open("/usr/share/postfix/master.cf.dist") as f:
            master = f.read()
        # No chroot: the queue directory has no copy of system files.
        master = re.sub(r"(?m)^(\S+\s+\S+\s+\S+\s+\S+\s+)y(\s)", r"\1n\2", master)
        with open(d + "/conf/master.cf", "w") as f:
            f.write(master)
        atexit.register(self.stop)

    def start(self):
        self.command("postfix", "check")
        r = self.command("postfix", "start")
        if r.returncode != 0:
            raise RuntimeError(r.stdout + self.log())
        wait_for(self.up, "Postfix")
        return self

    def command(self, program, *args, **kw):
        flag = "-C" if program == "sendmail" else "-c"
        return subprocess.run(["/usr/sbin/" + program, flag, self.dir + "/conf"] + list(args), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, text=isinstance(kw.get("input"), str) or "input" not in kw, **kw)

    def up(self):
        try:
            socket.create_connection((self.ip, 25), 2).close()
            return True
        except OSError:
            return False

    def master(self):
        with open(self.dir + "/queue/pid/master.pid") as f:
            return int(f.read())

    def stop(self):
        try:
            os.kill(self.master(), signal.SIGTERM)
        except (OSError, ValueError):
            pass

    def sendmail(self, text, sender, *rcpts):
        r = self.command("sendmail", "-i", "-f", sender, *rcpts, input=text)
        if r.returncode != 0:
            raise RuntimeError(r.stdout)

    def raw(self, box):
        """The messages of a localpart as they were stored, oldest first."""
        new = os.path.join(self.dir, "mail", box, "new")
        try:
            names = sorted(os.listdir(new), key=lambda n: os.stat(os.path.join(new, n)).st_mtime_ns)
        except FileNotFoundError:
            return []
        out = []
        for n in names:
            with open(os.path.join(new, n), "rb") as f:
                out.append(f.read())
        return out

    def wait_mail(self, box, n=1, timeout=60):
        """The n-th message, raw, from Return-Path on."""
        try:
            return wait_for(lambda: len(self.raw(box)) >= n and self.raw(box)[n - 1], "message %d for %s" % (n, box), timeout)
        except TimeoutError:
            print(self.log()[-3000:])
            raise

    def parsed(self, box, n=1, timeout=60):
        return email.message_from_bytes(self.wait_mail(box, n, timeout))

    def log(self):
        try:
            with open(self.dir + "/maillog", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""


def as_sent(raw):
    """What came over the wire: without the fields that Postfix put in front, and with CRLF."""
    text = raw.replace(b"\r\n", b"\n")
    while re.match(rb"(Return-Path|X-Original-To|Delivered-To|Received):", text):
        if text.startswith(b"Received:") and b"by mail.example.test" in field(text):
            break
        text = text[len(field(text)):]
    return text.replace(b"\n", b"\r\n")


def field(text):
    """The first header field, whole."""
    return re.match(rb"[^\n]*\n(?:[ \t][^\n]*\n)*", text).group(0)
