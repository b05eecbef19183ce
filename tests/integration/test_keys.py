#!/usr/bin/python3
"""TLS keys: a key that does not fit its certificate is refused by `mox config test`, at the start and at a
reload, which leaves what works; keys that are good take the place of the old ones; a crash of acmed with
broken files on disk costs the broken ones only."""
import os
import signal
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403


def make_cert(dir, name, alg="ec"):
    new = ["-newkey", "rsa:2048"] if alg == "rsa" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", os.path.join(dir, name + ".key"),
                    "-out", os.path.join(dir, name + ".crt")] + new, check=True, stderr=subprocess.DEVNULL)


def put(m, cert, key):
    for src, dst in ((cert + ".crt", "localhost.crt"), (key + ".key", "localhost.key")):
        tmp = os.path.join(m.dir, dst + ".new")
        with open(os.path.join(m.dir, src), "rb") as f, open(tmp, "wb") as g:
            g.write(f.read())
        os.chmod(tmp, 0o600)
        os.rename(tmp, os.path.join(m.dir, dst))


def shown(m):
    """The certificate of a new connection, in PEM; None when there is no handshake."""
    try:
        return ssl.get_server_certificate((m.ip, m.imaps_port), timeout=20)
    except (OSError, ssl.SSLError):
        return None


def pem(m, name):
    with open(os.path.join(m.dir, name + ".crt")) as f:
        return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(f.read()))


def test_keys():
    m = Mox()
    for name, alg in (("one", "ec"), ("two", "rsa")):
        make_cert(m.dir, name, alg)
    put(m, "one", "one")
    r = m.cli("reload")
    check(r.returncode == 0, "a new pair is taken: %s" % r.stdout)
    check(shown(m) == pem(m, "one"), "and shown")
    for what, cert, key in (("another certificate's key", "one", "two"), ("no key", "one", "bad"), ("no certificate", "bad", "one")):
        with open(os.path.join(m.dir, "bad.key"), "w") as f, open(os.path.join(m.dir, "bad.crt"), "w") as g:
            f.write("x\n")
            g.write("x\n")
        put(m, cert, key)
        r = m.cli("config", "test")
        check(r.returncode != 0 and "KeyFile" in r.stdout, "config test refuses %s: %s" % (what, r.stdout))
        r = m.cli("reload")
        check(r.returncode != 0 and "KeyFile" in r.stdout, "reload refuses %s: %s" % (what, r.stdout))
        check(shown(m) == pem(m, "one"), "what was there still works")
    put(m, "two", "two")
    r = m.cli("reload")
    check(r.returncode == 0 and shown(m) == pem(m, "two"), "a good pair is taken again: %s" % r.stdout)
    # The next worker of acmed finds what master finds on disk.
    put(m, "one", "bad")
    pid = next(p for role, num, p in m.status() if role == "acmekey" and num == "0")
    mark = len(m.log)
    os.kill(pid, signal.SIGKILL)
    m.wait_log("acmed.key.unusable", since=mark)
    put(m, "two", "two")
    r = m.cli("reload")
    check(r.returncode == 0 and shown(m) == pem(m, "two"), "it recovers with the files: %s" % r.stdout)
    put(m, "one", "two")
    m.stop()
    m.start(wait=False)
    m.wait_log("is not the key of the certificate in CertFile")
    m.proc.wait(60)
    check(m.proc.returncode != 0, "it does not start with a key that does not fit")


main(test_keys)
