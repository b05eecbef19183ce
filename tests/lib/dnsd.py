"""A DNS server for tests: real packets over UDP and TCP on loopback, from a dictionary.

A zone maps lower-case names to lists of (type, value). TXT values are lists of byte strings, MX values
(preference, name), others text. TIMEOUT among them: types that are not listed get no answer (or SERVFAIL,
see Server.timeout_is_servfail); SERVFAIL likewise. What is not there is NXDOMAIN, or no data where there are names below."""

import select
import socket
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}
NAMES = {v: k for k, v in TYPES.items()}
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def pack_name(name):
    out = b""
    for label in name.rstrip(".").split(".") if name.rstrip(".") else []:
        label = label.encode("latin-1")
        if not 0 < len(label) < 64:
            raise ValueError(name)
        out += bytes([len(label)]) + label
    return out + b"\0"


def unpack_name(p, at):
    labels = []
    while p[at]:
        labels.append(p[at + 1:at + 1 + p[at]].decode("latin-1"))
        at += 1 + p[at]
    return ".".join(labels), at + 1


def rdata(kind, value):
    if kind == "A":
        return socket.inet_pton(socket.AF_INET, value)
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == "MX":
        return struct.pack("!H", value[0]) + pack_name(value[1])
    if kind == "TXT":
        strings = [s[i:i + 255] for s in value for i in range(0, max(len(s), 1), 255)]
        return b"".join(bytes([len(s)]) + s for s in strings)
    return pack_name(value)


class Server:
    """Answers until close(); `zone` may be replaced at any time. The port is the same for UDP and TCP."""

    def __init__(self, zone=None, host="127.0.0.1", timeout_is_servfail=False):
        self.zone = zone or {}
        self.timeout_is_servfail = timeout_is_servfail
        self.asked = []  # (name, type) of each query
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((host, 0))
            self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                self.tcp.bind(self.udp.getsockname())
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self.tcp.listen(100)
        self.address = "%s:%d" % self.udp.getsockname()
        self.wake, self.waker = socket.socketpair()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.waker.close()
        self.thread.join()
        for s in (self.udp, self.tcp, self.wake):
            s.close()

    def run(self):
        conns = {}
        while True:
            for s in select.select([self.udp, self.tcp, self.wake] + list(conns), [], [])[0]:
                if s is self.wake:
                    for c in conns:
                        c.close()
                    return
                if s is self.udp:
                    q, peer = s.recvfrom(4096)
                    a = self.answer(q, 1232)
                    if a:
                        s.sendto(a, peer)
                elif s is self.tcp:
                    conns[s.accept()[0]] = b""
                elif not self.on_tcp(s, conns):
                    del conns[s]
                    s.close()

    def on_tcp(self, s, conns):
        try:
            data = s.recv(4096)
            conns[s] += data
            while len(conns[s]) > 2 and len(conns[s]) >= 2 + struct.unpack("!H", conns[s][:2])[0]:
                n = 2 + struct.unpack("!H", conns[s][:2])[0]
                a = self.answer(conns[s][2:n], 65535)
                conns[s] = conns[s][n:]
                if a:
                    s.sendall(struct.pack("!H", len(a)) + a)
            return bool(data)
        except OSError:
            return False

    def records(self, name, kind):
        """(result code, records of the type or None for silence)"""
        found, silent, failing = [], False, False
        rows = self.zone.get(name)
        if rows is None:
            below = any(n.endswith("." + name) for n in self.zone)
            return (NOERROR if below else NXDOMAIN), []
        for k, v in rows:
            if k == "TIMEOUT":
                silent = not found
            elif k == "SERVFAIL":
                failing = not found
            elif k == kind:
                found.append(v)
        if failing or (silent and self.timeout_is_servfail):
            return SERVFAIL, []
        return (NOERROR, None) if silent else (NOERROR, found)

    def lookup(self, name, kind):
        out, rcode = [], NOERROR
        for _ in range(20):
            rcode, found = self.records(name.lower(), kind)
            if found is None:
                return None, None
            out += [(name, kind, v) for v in found]
            cname = [] if found or kind == "CNAME" else self.records(name.lower(), "CNAME")[1]
            if not cname:
                break
            out.append((name, "CNAME", cname[0]))
            name = cname[0].rstrip(".")
        return rcode, out

    def answer(self, q, limit):
        ident, flags, qd = struct.unpack("!HHH", q[:6])
        name, at = unpack_name(q, 12)
        kind = NAMES.get(struct.unpack("!H", q[at:at + 2])[0], "?")
        self.asked.append((name.lower(), kind))
        rcode, found = self.lookup(name, kind)
        if found is None:
            return None
        body = b"".join(pack_name(n) + struct.pack("!HHIH", TYPES[k], 1, 60, len(rdata(k, v))) + rdata(k, v)
                        for n, k, v in found)
        soa = b""
        if not found:
            d = pack_name("ns.invalid") + pack_name("root.invalid") + struct.pack("!IIIII", 1, 1, 1, 1, 60)
            soa = b"\0" + struct.pack("!HHIH", 6, 1, 60, len(d)) + d
        head = struct.pack("!HHHHHH", ident, 0x8180 | (flags & 0x0100) | rcode, 1, len(found), 1 if soa else 0, 0)
        out = head + q[12:at + 4] + body + soa
        if len(out) > limit:
            return struct.pack("!HHHHHH", ident, 0x8380, 1, 0, 0, 0) + q[12:at + 4]
        return out
