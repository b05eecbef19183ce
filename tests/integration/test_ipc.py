#!/usr/bin/python3
"""Every IPC channel against a peer that was taken over: requests cut at every byte, wrong types, wrong
senders, wrong descriptors, unsealed memfds, peers that die. The script plays master for one real daemon
at a time. Only the lying channel may end; the worker lives and serves the next one."""
import os
import re
import select
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from hostile import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403


work = scratch("ipc-")
base = Mox(dir=os.path.join(work, "d"), start=False)
base.start()    # makes the data directory
base.stop()
PUB = bytes.fromhex("de9edb7d7b7dbcb4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")    # a valid X25519 point
CAP = bytes(range(32))


def fake_authd():
    return {TYPES["AUTH_LOG_KEY"]: s(b"k" * 32), TYPES["AUTH_ACCOUNT_KEYS"]: s(PUB) + s(b"i" * 32)}


def test_deliverd():
    d = Daemon("DELIVERD", base, "deliverd", answers={"AUTHD": fake_authd()})
    msg = b"Subject: x\r\n\r\nhello\r\n"
    check_body = u(8, 1) + s(b"a@example.org") + s(b"mox@localhost") + s(b"127.0.0.1")
    hostile(d, "SMTPD", "RCPT_CHECK", check_body, tuple, "IMAPD")
    rc = s(b"mox@localhost") + s(b"mox")
    body = u(8, 1) + u(8, 2) + u(4, 0) + u(8, len(msg)) + s(b"") + s(b"127.0.0.1") + s(b"client") + s(b"a@example.org") + \
        s(b"Received: from x by y; Sat, 21 Nov 2026 10:00:00 +0000\r\n") + s(rc)
    hostile(d, "SMTPD", "DELIVER", body, lambda: [memfd(msg)], "AUTHD")
    for what, fd in (("an unsealed memfd", memfd(msg, seal=False)), ("a pipe", pipe_end()), ("a directory", os.open("/", os.O_RDONLY)),
                     ("a linked file", os.open(base.config, os.O_RDONLY)), ("a terminal or device", os.open("/dev/null", os.O_RDONLY))):
        m = d.request("SMTPD", "DELIVER", body, [fd])
        ok = m is None or m[0] == ERROR or (m[0] == ANSWER and b"\xfa\x00" not in m[3][5:7])
        check(ok, "DELIVER with %s is refused" % what)
    for what, body2 in (("a size that is not the file's", body.replace(u(8, len(msg)), u(8, 1 << 40), 1)),
                        ("an account with a path", body.replace(s(b"mox"), s(b"../x"))),
                        ("another account", body.replace(s(b"mox"), s(b"nobody")))):
        m = d.request("SMTPD", "DELIVER", body2, [memfd(msg)])
        check(m is None or m[0] == ERROR or b"\xfa\x00" != m[3][5:7], "DELIVER with %s is refused" % what)
    hostile(d, "SMTPD", "DELIVER_PARTIAL", body, lambda: [memfd(msg)], "IMAPD")
    m = d.request("SMTPD", "DELIVER_PARTIAL", body, [memfd(msg, seal=False)])
    check(m is None or m[0] == ERROR, "DELIVER_PARTIAL with an unsealed memfd is refused")
    cap = s(CAP) + s(b"mox") + u(4, 3) + u(1, ROLES["IMAPD"]) + u(4, 0)
    check(d.refuses("IMAPD", packet(CALL, TYPES["CAP_ADD"], 7, cap)), "CAP_ADD from imapd shuts the channel")
    check(d.refuses("SMTPD", packet(CALL, TYPES["CAP_ADD"], 7, cap)), "CAP_ADD from smtpd shuts the channel")
    hostile(d, "AUTHD", "CAP_ADD", cap, tuple, "SMTPD")
    hostile_notice(d, "AUTHD", "CAP_DEL", s(CAP), "IMAPD")
    stores = {
        "STORE_OPEN": s(CAP),
        "STORE_APPEND": s(CAP) + u(8, 1) + u(4, 0) + s(b"") + u(8, 0) + u(8, len(msg)) + s(b""),
        "STORE_FLAGS": s(CAP) + u(8, 1) + u(1, 1) + u(4, 1) + s(b"") + u(8, 0) + s(u(4, 1) + u(4, 1)),
        "STORE_COPY": s(CAP) + u(8, 1) + u(8, 2) + u(1, 0) + s(u(4, 1) + u(4, 1)),
        "STORE_EXPUNGE": s(CAP) + u(8, 1) + u(1, 0) + s(u(4, 9) + u(4, 9)),
        "STORE_CREATE": s(CAP) + s(b"Box") + u(4, 0),
        "STORE_RENAME": s(CAP) + s(b"Box") + s(b"Box2"),
        "STORE_SUBSCRIBE": s(CAP) + s(b"Box2") + u(1, 1),
        "STORE_DELETE": s(CAP) + s(b"Box2"),
    }

    def makefds(typ):
        return [memfd(msg)] if typ == "STORE_APPEND" else []

    def holder():
        """A channel as imapd with the capability: it goes with the channel."""
        p = d.add_peer("IMAPD")
        m = d.on(d.peers["AUTHD"], "CAP_ADD", cap)
        assert m is not None and m[0] == ANSWER
        return p
    for typ, good in stores.items():
        n = len(makefds(typ))
        m = d.request("IMAPD", typ, good, makefds(typ))
        check(m is not None and m[0] == ERROR, typ + " without a capability is refused")
        bad = sum(not d.refuses("IMAPD", packet(CALL, TYPES[typ], 7, good[:i], n), makefds(typ)) for i in range(len(good)))
        check(bad == 0, typ + ": cut at each of %d bytes shuts the channel (%d did not)" % (len(good), bad))
        check(d.refuses("SMTPD", packet(CALL, TYPES[typ], 7, good, n), makefds(typ)), typ + " from smtpd shuts the channel")
        check(d.refuses("AUTHD", packet(CALL, TYPES[typ], 7, good, n), makefds(typ)), typ + " from authd shuts the channel")
    hostile_notice(d, "IMAPD", "STORE_KEYWRAP", s(CAP) + s(u(8, 1) + s(b"w" * 40)), "SMTPD")
    d.mark()    # the account is open now
    p = holder()
    for typ, good in stores.items():
        m = d.on(p, typ, good, makefds(typ))
        check(m is not None and m[0] == ANSWER, typ + " with the capability works")
    for what, fd in (("an unsealed memfd", memfd(msg, seal=False)), ("a pipe", pipe_end()), ("a directory", os.open("/", os.O_RDONLY)),
                     ("a linked file", os.open(base.config, os.O_RDONLY)), ("a device", os.open("/dev/null", os.O_RDONLY)),
                     ("an O_PATH descriptor", os.open(base.config, os.O_PATH))):
        m = d.on(p, "STORE_APPEND", stores["STORE_APPEND"], [fd])
        check(m is None or m[0] == ERROR, "STORE_APPEND with %s is refused" % what)
        p = p if m else holder()
    for size in (0, len(msg) - 1, len(msg) + 1, 1 << 62, (1 << 64) - 1):
        m = d.on(p, "STORE_APPEND", stores["STORE_APPEND"].replace(u(8, len(msg)), u(8, size)), [memfd(msg)])
        check(m is None or m[0] == ERROR, "STORE_APPEND with a size of %d is refused" % size)
        p = p if m else holder()
    for sets in (u(4, 9) + u(4, 3), u(4, 0) + u(4, 0), u(4, 1), u(4, 5) + u(4, 6) + u(4, 1) + u(4, 2), u(4, 1) + u(4, 5) + u(4, 5) + u(4, 9)):
        for typ, head in (("STORE_EXPUNGE", u(8, 1) + u(1, 0)), ("STORE_COPY", u(8, 1) + u(8, 2) + u(1, 0)),
                          ("STORE_FLAGS", u(8, 1) + u(1, 1) + u(4, 1) + s(b"") + u(8, 0))):
            m = d.on(p, typ, s(CAP) + head + s(sets))
            check(m is None or m[0] == ERROR, "%s with a malformed set is refused" % typ)
            p = p if m else holder()
    for fd in (memfd(b"\1\0\0\0"), memfd(u(4, 9) + u(4, 3)), memfd(u(4, 1) + u(4, 1), seal=False), pipe_end()):
        m = d.on(p, "STORE_EXPUNGE", s(CAP) + u(8, 1) + u(1, 0) + s(b""), [fd])
        check(m is None or m[0] == ERROR, "a bad set in a descriptor is refused")
        p = p if m else holder()
    for name in (b"", b"/", b"/x", b"x/", b"../../etc", b"a/../b", b"\xff\xfe", b"x" * 1001, b"a\0b", b"a//b", b"a\r\nb", b"\x7f"):
        for typ, rest in (("STORE_CREATE", u(4, 0)), ("STORE_SUBSCRIBE", u(1, 1))):
            m = d.on(p, typ, s(CAP) + s(name) + rest)
            check(m is None or m[0] == ERROR, "%s of %r is refused" % (typ, name[:12]))
            p = p if m else holder()
    for op, flags in ((3, 1), (255, 1)):
        m = d.on(p, "STORE_FLAGS", s(CAP) + u(8, 1) + u(1, op) + u(4, flags) + s(b"") + u(8, 0) + s(u(4, 1) + u(4, 1)))
        check(m is None or m[0] == ERROR, "STORE_FLAGS with operation %d, flags %x is refused" % (op, flags))
        p = p if m else holder()
    for words in (b"\1", s(b""), s(b"a b"), s(b"a\r\n"), s(b"\\Seen"), s(b"x" * 5000)):
        m = d.on(p, "STORE_FLAGS", s(CAP) + u(8, 1) + u(1, 1) + u(4, 1) + s(words) + u(8, 0) + s(u(4, 1) + u(4, 1)))
        check(m is None or m[0] == ERROR, "keywords %r are refused" % words[:12])
        p = p if m else holder()
    # Rights of one are not another's
    other = d.add_peer("IMAPD", 3)
    m = d.on(other, "STORE_OPEN", s(CAP))
    check(m is not None and m[0] == ERROR, "another worker of imapd has no use for the capability")
    other.close()
    d.send(d.peers["AUTHD"], NOTIFY, "CAP_DEL", 0, s(CAP))
    d.settle()
    m = d.on(p, "STORE_OPEN", s(CAP))
    check(m is not None and m[0] == ERROR, "nor has its holder after CAP_DEL")
    m = d.on(d.peers["AUTHD"], "CAP_ADD", cap.replace(u(4, 3), u(4, 1)))
    m = d.on(p, "STORE_CREATE", s(CAP) + s(b"Box3") + u(4, 0))
    check(m is not None and m[0] == ERROR, "a capability to read writes nothing")
    p.close()
    d.settle()
    p = d.add_peer("IMAPD")
    m = d.on(p, "STORE_OPEN", s(CAP))
    check(m is not None and m[0] == ERROR, "the capability goes with its holder")
    p.close()
    unknown_types(d, "SMTPD", ("RCPT_CHECK", "DELIVER", "DELIVER_PARTIAL"))
    unknown_types(d, "IMAPD", tuple(stores) + ("STORE_KEYWRAP",))
    check(not os.path.exists(os.path.join(base.dir, "data", "x")), "nothing outside of the accounts")
    d.end()


def test_authd():
    d = Daemon("AUTHD", base, "authd", answers={
        "AUTHHASH": {TYPES["HASH_VERIFY"]: u(1, 0) + u(1, 0)},
        "DELIVERD": {TYPES["CAP_ADD"]: b""}})
    login = u(8, 1) + s(b"mox@localhost") + s(b"wrong-password") + s(b"imap") + s(b"PLAIN") + s(b"127.0.0.1") + u(1, 1)
    hostile(d, "IMAPD", "AUTH_LOGIN", login, tuple, "SMTPD")
    m = d.request("IMAPD", "AUTH_LOGIN", login)
    check(m[0] == ANSWER and m[3][0] != 0, "a wrong password is no login")
    keys = s(b"mox")
    check(d.refuses("IMAPD", packet(CALL, TYPES["AUTH_ACCOUNT_KEYS"], 7, keys)), "AUTH_ACCOUNT_KEYS from imapd shuts the channel")
    check(d.refuses("SMTPD", packet(CALL, TYPES["AUTH_ACCOUNT_KEYS"], 7, keys)), "AUTH_ACCOUNT_KEYS from smtpd shuts the channel")
    check(d.refuses("IMAPD", packet(CALL, TYPES["AUTH_LOG_KEY"], 7, b"")), "AUTH_LOG_KEY from imapd shuts the channel")
    hostile(d, "DELIVERD", "AUTH_LOG_KEY", u(4, 0), tuple, "SMTPD")
    hostile(d, "DELIVERD", "AUTH_ACCOUNT_KEYS", keys, tuple, "IMAPD")
    hostile_notice(d, "IMAPD", "AUTH_LOGOUT", u(8, 1), "DELIVERD")
    sasl_dialogs(d)
    hostile(d, "QUEUED", "AUTH_QUEUE_KEYS", b"", tuple, "SUBMITD")
    for role in ("IMAPD", "SMTPD", "DELIVERD", "REMOTE"):
        check(d.refuses(role, packet(CALL, TYPES["AUTH_QUEUE_KEYS"], 7, b"")), "AUTH_QUEUE_KEYS from %s shuts the channel" % role)
    for name in (b"", b"../x", b"a/b", b"nobody", b"a\0b", b"x" * 200):
        m = d.request("DELIVERD", "AUTH_ACCOUNT_KEYS", s(name))
        check(m is None or m[0] == ERROR, "keys of the account %r are refused" % name[:10])
    # Lying hash helpers and a lying deliverd: no login, and the next one works.
    p = d.add_peer("IMAPD")
    yes = u(1, 1) + u(1, 0)
    bad = []
    for lie in lies(yes):
        d.answers["AUTHHASH"][TYPES["HASH_VERIFY"]] = lie
        m = d.on(p, "AUTH_LOGIN", login)
        if lie.what != "a descriptor" and (m is None or (m[0] == ANSWER and m[3][0] == 0)):
            bad.append(lie.what)     # a descriptor too many is closed
    for v in (u(1, 2) + u(1, 0), u(1, 1) + u(1, 9)):
        d.answers["AUTHHASH"][TYPES["HASH_VERIFY"]] = v
        m = d.on(p, "AUTH_LOGIN", login)
        if m is None or (m[0] == ANSWER and m[3][0] == 0):
            bad.append(v)
    check(not bad, "false answers of a hash helper are no login: %s" % bad)
    d.answers["AUTHHASH"][TYPES["HASH_VERIFY"]] = yes
    bad = []
    for lie in list(lies(b""))[1:]:
        d.answers["DELIVERD"][TYPES["CAP_ADD"]] = lie
        m = d.on(p, "AUTH_LOGIN", login)
        if lie.what != "a descriptor" and (m is None or (m[0] == ANSWER and m[3][0] == 0)):
            bad.append((lie.what, m))
    check(not bad, "without a registered capability there is no login: %s" % bad)
    d.answers["DELIVERD"][TYPES["CAP_ADD"]] = b""
    d.settle()
    m = d.on(p, "AUTH_LOGIN", login)
    check(m is not None and m[0] == ANSWER and m[3][0] == 0, "the next login works: %s" % (m[:4] if m and m[3][0] else "",))
    p.close()
    logins = ("AUTH_LOGIN", "AUTH_LOGOUT", "AUTH_SASL", "AUTH_SASL_END")
    unknown_types(d, "IMAPD", logins)
    unknown_types(d, "SUBMITD", logins)
    unknown_types(d, "DELIVERD", ("AUTH_ACCOUNT_KEYS", "AUTH_LOG_KEY"))
    unknown_types(d, "QUEUED", ("AUTH_QUEUE_KEYS",))
    d.end()


def sasl(mech, data, dialog=0, cb=b"", cb_data=b"", want_key=0):
    return u(8, 1) + u(8, dialog) + s(mech) + s(data) + s(cb) + s(cb_data) + s(b"localhost") + s(b"submission") + s(b"127.0.0.1") + u(1, want_key)


def sasl_dialogs(d):
    """Dialogs belong to their channel; a worker that submits mail gets no keys of accounts."""
    first = b"n,,n=mox@localhost,r=fyko+d2lbbFgONRv9qkxdawL"
    hostile(d, "SUBMITD", "AUTH_SASL", sasl(b"SCRAM-SHA-256", first), tuple, "SMTPD")
    hostile_notice(d, "SUBMITD", "AUTH_SASL_END", u(8, 1), "DELIVERD")
    p = d.add_peer("SUBMITD", 4)
    m = d.on(p, "AUTH_SASL", sasl(b"SCRAM-SHA-256", first))
    check(m is not None and m[0] == ANSWER and m[3][0] == 1, "a dialog begins")
    dialog = int.from_bytes(m[3][1:9], "little")
    final = b"c=biws,r=x,p=" + base64.b64encode(bytes(32))
    q = d.add_peer("SUBMITD", 5)
    m = d.on(q, "AUTH_SASL", sasl(b"SCRAM-SHA-256", final, dialog))
    check(m is None or m[0] == ERROR or m[3][0] == 0 and result_of(m) != 0, "another worker has no part in it")
    q.close()
    m = d.on(p, "AUTH_SASL", sasl(b"SCRAM-SHA-256", final, dialog))
    check(m is not None and m[0] == ANSWER and m[3][0] == 0 and result_of(m) == 1, "a false proof ends it")
    m = d.on(p, "AUTH_SASL", sasl(b"SCRAM-SHA-256", final, dialog))
    check(m is None or m[0] == ERROR or result_of(m) != 0, "and it is gone")
    p = p if m else d.add_peer("SUBMITD", 4)
    for what, body in (("an unknown mechanism", sasl(b"GSSAPI", b"")), ("no mechanism", sasl(b"", b"")), ("a NUL", sasl(b"CRAM-MD5\0", b"")),
                       ("noise", sasl(b"SCRAM-SHA-1", os.urandom(900))), ("an empty first message", sasl(b"SCRAM-SHA-1", b"")),
                       ("a dialog that is none", sasl(b"CRAM-MD5", b"mox@localhost " + b"0" * 32, 12345)),
                       ("a binding for a form without", sasl(b"SCRAM-SHA-1", b"p=tls-exporter" + first[1:], 0, b"tls-exporter", bytes(32))),
                       ("a binding of no length", sasl(b"SCRAM-SHA-1-PLUS", b"p=tls-exporter" + first[1:], 0, b"tls-exporter"))):
        m = d.on(p, "AUTH_SASL", body)
        check(m is None or m[0] == ERROR or (m[3][0] == 1) or result_of(m) != 0, "AUTH_SASL with %s is no login" % what)
        p = p if m else d.add_peer("SUBMITD", 4)
    m = d.on(p, "AUTH_SASL", sasl(b"SCRAM-SHA-256", first, want_key=1))
    check(m is None or m[0] == ERROR, "submissiond gets no keys by AUTH_SASL")
    p = p if m else d.add_peer("SUBMITD", 4)
    m = d.on(p, "AUTH_LOGIN", u(8, 1) + s(b"mox@localhost") + s(b"moxmoxmox") + s(b"submission") + s(b"PLAIN") + s(b"127.0.0.1") + u(1, 1))
    check(m is None or m[0] == ERROR, "nor by AUTH_LOGIN")
    p.close()
    check(d.alive(), "authd lives")


def result_of(m):
    """The result in AUTH_SASL_R."""
    n = int.from_bytes(m[3][9:13], "little")
    return m[3][13 + n]


def test_authhash():
    d = Daemon("AUTHHASH", base, "authd", arg="hash", answers={})
    body = s(b"password") + s(b"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + b"A" * 43)
    hostile(d, "AUTHD", "HASH_VERIFY", body, tuple, "IMAPD")
    for h in (b"", b"$argon2id$", b"$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAA$AAAA", b"x" * 512, b"$2b$31$" + b"a" * 53):
        m = d.request("AUTHD", "HASH_VERIFY", s(b"password") + s(h))
        check(m is not None and (m[0] == ERROR or m[3][0] == 0), "hash %r does not match" % h[:20])
    unknown_types(d, "AUTHD", ("HASH_VERIFY", "HASH_MAKE"))
    d.end()


def test_acmekey():
    d = Daemon("ACMEKEY", base, "acmed", arg="key", answers={})
    spki = subprocess.run("openssl x509 -in %s/localhost.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary" % base.dir,
                          shell=True, stdout=subprocess.PIPE).stdout
    tls13 = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32
    body = s(spki) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(tls13)
    m = d.request("SMTPD", "KEY_SIGN", body)
    check(m is not None and m[0] == ANSWER, "a handshake is signed")
    hostile(d, "SMTPD", "KEY_SIGN", body, tuple, "AUTHD")
    for what, data in (("anything else", b"sign this mail"), ("a client's CertificateVerify", tls13.replace(b"server", b"client")),
                       ("padding of another length", tls13[1:]), ("an empty text", b""), ("a hash of another length", tls13 + b"x")):
        m = d.request("SMTPD", "KEY_SIGN", s(spki) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(data))
        check(m is None or m[0] == ERROR, "%s is not signed" % what)
    m = d.request("SMTPD", "KEY_SIGN", s(bytes(32)) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(tls13))
    check(m is not None and m[0] == ERROR, "an unknown key is an error")
    # A reload with files that do not fit (they changed behind master's back), then without any.
    text = d.config_text()
    for what, key in (("a broken key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), ("an empty key", b""), ("no files", None)):
        if key is not None:
            path = os.path.join(work, "broken.key")
            with open(path, "wb") as f:
                f.write(key)
            for kind, name in ((1, path), (2, os.path.join(base.dir, "localhost.crt"))):
                fd = os.open(name, os.O_RDONLY)
                socket.send_fds(d.ctl, [packet(NOTIFY, TYPES["CTL_FILE"], 0, u(1, kind) + u(4, 0), 1)], [fd])
                os.close(fd)
        socket.send_fds(d.ctl, [packet(CALL, TYPES["CTL_RELOAD"], 55, b"", 1)], [memfd(text)])
        m = d.recv(d.ctl)
        check(m is not None and m[0] == ANSWER and m[2] == 55, "a reload with %s" % what)
        m = d.request("SMTPD", "KEY_SIGN", body)
        check(m is not None and m[0] == ANSWER, "after a reload with %s the old key signs" % what)
    unknown_types(d, "IMAPD", ("KEY_SIGN", "KEY_TICKETS"))
    d.end()


def test_lying_deliverd():
    """smtpd gets cut and false answers: the client sees a temporary failure, the next one is served."""
    ls = socket.socket()
    ls.bind(("127.0.0.1", 0))
    ls.listen(50)
    good = u(2, 250) + s(b"2.1.5") + s(b"ok") + s(b"mox") + u(4, 0)
    current = [good]
    d = Daemon("SMTPD", base, "smtpd", answers={"DELIVERD": {TYPES["RCPT_CHECK"]: lambda b: current[0]}, "ACMEKEY": {}},
               listeners=[(0, ls)], certs=1)

    def rcpt():
        c = socket.create_connection(ls.getsockname(), 20)
        c.settimeout(0.05)
        buf = [b""]

        def reply():
            while not re.search(rb"(?m)^\d{3} .*\r\n\Z", buf[0]):
                for p in list(d.peers.values()):
                    r, _, _ = select.select([p], [], [], 0)
                    if r:
                        d.serve([k for k, v in d.peers.items() if v is p][0], p)
                try:
                    x = c.recv(4096)
                    if not x:
                        return 0
                    buf[0] += x
                except TimeoutError:
                    pass
            code = int(buf[0].splitlines()[-1][:3])
            buf[0] = b""
            return code
        reply()
        code = 0
        for line in (b"EHLO client.example", b"MAIL FROM:<a@example.org>", b"RCPT TO:<mox@localhost>"):
            c.sendall(line + b"\r\n")
            code = reply()
        c.close()
        return code
    check(rcpt() == 250, "a good answer is taken")
    bad = []
    for i in range(len(good)):
        current[0] = good[:i]
        code = rcpt()
        if not 400 <= code < 500:
            bad.append((i, code))
        d.peers["DELIVERD"].close()
        d.peers["DELIVERD"] = d.add_peer("DELIVERD")
    check(not bad, "answers cut at each byte give 4xx: %s" % bad[:5])
    current[0] = u(2, 9999) + good[2:]
    check(400 <= rcpt() < 500, "a reply code out of range gives 4xx")
    d.peers["DELIVERD"].close()
    d.peers["DELIVERD"] = d.add_peer("DELIVERD")
    current[0] = u(2, 550) + s(b"5.1.1") + s(b"x\r\n250 injected") + s(b"") + u(4, 0)
    code = rcpt()
    check(code != 250, "a line end in a text reaches no client (%d)" % code)
    d.peers["DELIVERD"].close()
    d.peers["DELIVERD"] = d.add_peer("DELIVERD")
    current[0] = good
    check(rcpt() == 250, "the next client is served")
    d.end()


def handshake(ls):
    """An IMAPS connection; raises when there is none."""
    c = socket.create_connection(ls.getsockname(), 20)
    t = tls_context().wrap_socket(c)
    f = t.makefile("rb")
    assert f.readline().startswith(b"* OK")
    return t, f


def test_lying_acmekey():
    """False signatures and ticket keys: the handshake fails, the next client is served."""
    ls = socket.socket()
    ls.bind(("127.0.0.1", 0))
    ls.listen(50)
    sign = sign_body(os.path.join(base.dir, "localhost.key"))
    key = {TYPES["KEY_SIGN"]: sign, TYPES["KEY_TICKETS"]: TICKETS}
    good = sign(s(bytes(32)) + s(b"SHA256") + u(1, 0) + u(2, 0) + s(b"x"))
    d = Daemon("IMAPD", base, "imapd", answers={"ACMEKEY": key, "AUTHD": {}, "DELIVERD": {}}, listeners=[(4, ls)])

    def client():
        t, f = handshake(ls)
        t.close()
        return True
    r = d.during(client)
    check(r is True, "a good signature makes a handshake (%s)" % r)
    bad, dead = [], []
    step = max(1, len(good) // 12)
    for i, lie in enumerate(lies(good)):
        if lie.what.startswith("cut at") and i > 6 and i % step:
            continue
        key[TYPES["KEY_SIGN"]] = lie
        r = d.during(client)
        if lie.what != "a descriptor" and r is True:
            bad.append(lie.what)
        key[TYPES["KEY_SIGN"]] = sign
        r = d.during(client)
        if r is not True:
            dead.append((lie.what, r))
    for what, sig in (("an empty signature", s(b"")), ("noise", s(os.urandom(70))), ("a signature of something else", good),
                      ("a long one", s(b"x" * 1024)), ("one beyond the limit", s(b"x" * 1025))):
        key[TYPES["KEY_SIGN"]] = sig
        r = d.during(client)
        if r is True:
            bad.append(what)
    key[TYPES["KEY_SIGN"]] = sign
    check(not bad, "false signatures make no handshake: %s" % bad)
    r = d.during(client)
    check(r is True and not dead, "and the next client is served: %s %s" % (r, dead[:3]))
    # Ticket keys are asked for at the start and at a reload.
    dead = []
    for lie in list(lies(TICKETS))[::7] + [u(4, 0) + s(bytes(80)), u(4, 0xffffffff) + s(bytes(80)), u(4, 60) + s(bytes(79)), u(4, 60) + s(b""),
                                           u(4, 60) + s(bytes(240)), u(4, 60) + s(bytes(241))]:
        key[TYPES["KEY_TICKETS"]] = lie
        d.peers["ACMEKEY"].close()
        d.peers["ACMEKEY"] = d.add_peer("ACMEKEY")
        d.during(client)    # whose signature may have waited on the channel that went
        key[TYPES["KEY_TICKETS"]] = TICKETS
        d.during(lambda: threading.Event().wait(0.1))
        r = d.during(client)
        if r is not True:
            dead.append((lie.what if isinstance(lie, Lie) else lie[:8], r))
    check(not dead, "false ticket keys do no harm to handshakes: %s" % dead[:3])
    d.end()


def test_lying_to_imapd():
    """authd and deliverd lie to imapd: NO for the client, who may go on; the next one is served."""
    ls = socket.socket()
    ls.bind(("127.0.0.1", 0))
    ls.listen(50)
    auth, store = {}, {}
    d = Daemon("IMAPD", base, "imapd", listeners=[(4, ls)], answers={
        "ACMEKEY": {TYPES["KEY_SIGN"]: sign_body(os.path.join(base.dir, "localhost.key")), TYPES["KEY_TICKETS"]: TICKETS},
        "AUTHD": auth, "DELIVERD": store})

    def login_r(result=0, account=b"mox", cap=CAP, pub=PUB, priv=bytes(range(32)), owner=0, delay=0):
        return u(1, result) + s(b"text") + u(8, 5) + s(account) + s(b"mox@localhost") + s(cap) + s(pub) + s(priv) + u(4, owner) + u(4, delay)
    good, opened = login_r(), s(b"accounts/mox")
    auth[TYPES["AUTH_LOGIN"]], store[TYPES["STORE_OPEN"]] = good, opened
    conn = []

    def login():
        """OK, NO, BAD, or what went wrong; on the connection there is, or a new one."""
        if not conn:
            conn.append(handshake(ls))
        t, f = conn[0]
        try:
            t.settimeout(45)
            t.sendall(b"a LOGIN mox@localhost secret\r\n")
            line = f.readline()
            while line.startswith(b"*") and not line.startswith(b"* BYE"):
                line = f.readline()
        except OSError as e:
            conn.clear()
            return repr(e)
        if not line.startswith(b"a NO"):
            t.close()
            conn.clear()
        return line.split()[1].decode() if line else "closed"

    def fresh():
        if conn:
            conn[0][0].close()
            conn.clear()
        return d.during(login)
    r = d.during(login)
    check(r == "OK", "a good answer is a login (%s)" % r)
    bad = []
    for lie in lies(good):
        auth[TYPES["AUTH_LOGIN"]] = lie
        r = d.during(login)
        if r != "NO" and lie.what != "a descriptor":
            bad.append((lie.what, r))
        if conn and lie.what.startswith("cut at") and len(bad) == 0 and int(lie.what[7:]) % 3 == 2:
            conn[0][0].close()      # before the limit of failed logins
            conn.clear()
    for what, body in (("a result out of range", login_r(result=9)), ("a short capability", login_r(cap=b"x")), ("a short key", login_r(priv=b"x")),
                       ("no public key", login_r(pub=b"")), ("no account", login_r(account=b"")), ("a NUL in the account", login_r(account=b"m\0x"))):
        auth[TYPES["AUTH_LOGIN"]] = body
        r = fresh()
        if r != "NO":
            bad.append((what, r))
    check(not bad, "false answers of authd are a NO: %s" % bad[:6])
    auth[TYPES["AUTH_LOGIN"]] = good
    r = fresh()
    check(r == "OK", "and the next client is served (%s)" % r)
    auth[TYPES["AUTH_LOGIN"]] = login_r(owner=4000000000)
    r = fresh()
    check(r in ("OK", "NO"), "an owner that is not there (%s)" % r)
    auth[TYPES["AUTH_LOGIN"]] = good
    # Without deliverd, reading goes on where it can; an answer that is wrong in itself is none.
    bad = []
    for lie in lies(opened):
        store[TYPES["STORE_OPEN"]] = lie
        r = fresh()
        if r not in (("NO",) if lie.what.startswith("cut at") or lie.what == "trailing byte" else ("OK", "NO")):
            bad.append((lie.what, r))
    for path in (b"", b"/etc", b"../../etc", b"accounts/../auth", b"accounts/nobody", b"accounts/m\0x", b"x" * 4000):
        store[TYPES["STORE_OPEN"]] = s(path)
        r = fresh()
        if r != "NO":
            bad.append((path[:20], r))
    check(not bad, "false answers of deliverd are a NO: %s" % bad[:6])
    store[TYPES["STORE_OPEN"]] = opened
    r = fresh()
    check(r == "OK", "and the next client is served then (%s)" % r)
    fresh()
    d.end()


LYING_DAEMON = r"""#!/usr/bin/python3
import os, socket, sys
T = %(types)r
CALL, ANSWER, ERROR, NOTIFY = 1, 2, 3, 4
here = os.path.dirname(os.path.abspath(sys.argv[0]))


def u(w, v):
    return int(v).to_bytes(w, "little")


def packet(kind, typ, ident, body, nfds=0, length=None):
    return bytes([1, kind]) + u(2, T.get(typ, 9999)) + u(8, ident) + u(4, len(body) if length is None else length) + bytes([nfds]) + body


stop = u(1, 0) + u(4, 4) + b"stop" + u(4, 0)
ready = packet(NOTIFY, "CTL_READY", 0, u(4, 0))
noise = os.urandom(300)
PARENT = [noise, b"\1", packet(NOTIFY, "CTL_EXIT", 0, u(4, 0) + b"x"), packet(NOTIFY, "CTL_EXIT", 0, u(4, 63) + u(4, 1) + u(4, 0)),
          packet(ANSWER, "CTL_SPAWN", 99, u(4, 1)), packet(CALL, "CTL_COMMAND", 5, stop), ready, packet(CALL, "CTL_RELOAD", 5, b"")]
WORKER = [noise, ready, packet(NOTIFY, "CTL_READY", 0, u(4, 90) + b"x"), packet(CALL, "CTL_COMMAND", 5, stop), packet(NOTIFY, "CTL_EXIT", 0, u(4, 0) * 3),
          packet(NOTIFY, "CTL_COMPLAIN", 0, u(4, 1) + u(4, 1) + b"x"), packet(ANSWER, "CTL_RELOAD", 77, b""), packet(NOTIFY, "", 0, b""),
          packet(CALL, "CTL_ADMIN", 4, stop), packet(CALL, "CTL_SPAWN", 4, u(4, 0)), packet(CALL, "CTL_PEER", 4, u(1, 1) + u(4, 0)),
          packet(CALL, "CTL_FILE", 4, u(1, 0) + u(4, 0)), packet(CALL, "AUTH_LOG_KEY", 4, u(4, 0)), packet(ERROR, "CTL_RELOAD", 2, b"\1"),
          packet(NOTIFY, "CTL_READY", 0, u(4, 0), length=7), packet(NOTIFY, "CTL_READY", 0, u(4, 1) + b"\n")]
n = int(open(here + "/life").read())
open(here + "/life.new", "w").write(str(n + 1))
os.rename(here + "/life.new", here + "/life")
parent = socket.socket(fileno=3)
parent.settimeout(10)
spawned = 0
kept = []
while spawned < 2:
    data, fds, _, _ = socket.recv_fds(parent, 70000, 4)
    if not data:
        sys.exit(0)
    typ, ident = int.from_bytes(data[2:4], "little"), data[4:12]
    if typ != T["CTL_SPAWN"]:
        continue
    parent.send(packet(ANSWER, "CTL_SPAWN", int.from_bytes(ident, "little"), u(4, os.getpid())))
    w = socket.socket(fileno=fds[0])
    kept.append(w)
    try:
        w.send(WORKER[(2 * n + spawned) %% len(WORKER)])
    except OSError:
        pass
    spawned += 1
for w in kept:      # until it is shut
    w.settimeout(2)
    try:
        while w.recv(70000):
            pass
    except OSError:
        pass
try:
    parent.send(PARENT[n %% len(PARENT)])
    while parent.recv(70000):
        pass
except OSError:
    pass
"""


def test_lying_to_master():
    """A whole daemon that was taken over, towards master: it is restarted, the others work on."""
    dest = os.path.join(work, "bin")
    os.makedirs(dest)
    for f in os.listdir(BIN):
        if os.path.isfile(os.path.join(BIN, f)):
            shutil.copy2(os.path.join(BIN, f), os.path.join(dest, f))
    mox = Mox(dir=os.path.join(work, "m"), bin=dest)     # sets the password
    mox.stop()
    os.rename(os.path.join(dest, "smtpd"), os.path.join(dest, "smtpd.real"))
    path = os.path.join(dest, "smtpd")
    with open(os.path.join(dest, "life"), "w") as f:
        f.write("0")
    with open(path, "w") as f:
        f.write(LYING_DAEMON % {"types": TYPES})
    os.chmod(path, 0o755)
    mox.start()
    master = next(p for r, w, p in mox.status() if r == "master")

    def life():
        with open(os.path.join(dest, "life")) as f:
            return int(f.read())
    wait_for(lambda: life() >= 3, "three lives", 60)
    before = len(os.listdir("/proc/%d/fd" % master))
    wait_for(lambda: life() >= 8, "eight lives", 90)
    mox.imap().logout()
    check(True, "logins work meanwhile")
    check(next(p for r, w, p in mox.status() if r == "master") == master, "master lives and tells its status")
    os.rename(path + ".real", path + ".new")
    os.rename(path + ".new", path)

    def greets():
        try:
            mox.smtp(timeout=5).quit()
            return True
        except Exception:  # noqa: BLE001
            return False
    wait_for(greets, "the real smtpd", 60)
    check(True, "the real smtpd comes back")
    after = len(os.listdir("/proc/%d/fd" % master))
    check(after <= before + 6, "master keeps no descriptors: %d before, %d after" % (before, after))
    check(sum("ipc.channel.bad" in x and "peer_role=smtpd" in x for x in mox.log) >= 8, "the lies are logged")
    check(mox.stop() == 0, "and stops with 0")


def test_reports():
    base.sanitizer_reports()


main(*[t for t in (test_deliverd, test_authd, test_authhash, test_acmekey, test_lying_deliverd, test_lying_acmekey, test_lying_to_imapd,
                       test_lying_to_master, test_reports) if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]])
