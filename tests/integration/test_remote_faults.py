#!/usr/bin/python3
"""Remote servers that reject, defer, leave, stall, lie about what they can, and names that lead nowhere: the right
outcome, the right notification in the sender's mailbox. Retries are made due with `mox queue schedule`; nothing
waits for a timeout.
timeout: 600"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import net  # noqa: E402

net.enter()
from faults import DROP, EXTENSIONS, GARBAGE, STALL, TAKE_DROP, FaultServer  # noqa: E402
from mailhost import *  # noqa: E402,F403
from moxtest import *  # noqa: E402,F403

zone = net.Zone()
mox = MailHost()
mox.zone(zone)
addresses = iter(range(10, 60))
servers = []


def server(domain, plan=None, mx=True, ip=None, **kw):
    """A server for a domain: behind an MX, or (mx=False) at the name itself."""
    ip = ip or net.V4 + str(next(addresses))
    s = FaultServer(ip, plan, host="mx." + domain, **kw)
    if mx:
        zone.mx(domain, "mx." + domain)
        zone.host("mx." + domain, ip)
    else:
        zone.host(domain, ip)
    servers.append(s)
    return s


# One domain for each fault. What one must not see of the other is told by its server.
reject = server("reject.test", {"rcpt gone": "550 5.1.1 no such user", "rcpt full": "552 5.2.2 mailbox full"})
mailreject = server("mailreject.test", {"mail": "553 5.1.8 not from you"})
datareject = server("datareject.test", {"body": ("550-5.7.1 we do not like this,", "550 5.7.1 not at all")})
defer = server("defer.test", {"rcpt": ["451 4.7.1 greylisted"]})
bodydefer = server("bodydefer.test", {"body": ["452 4.3.1 disk full"]})
leave = server("leave.test", {"begin": [DROP]})
lost = server("lost.test", {"body": [TAKE_DROP]})
closing = server("closing.test", {"mail": ["421 4.3.2 shutting down"]})
greeting = server("greeting.test", {"connect": ["421 4.3.2 too busy"]})
garbage = server("garbage.test", {"ehlo": [GARBAGE]})
hangup = server("hangup.test", {"connect": [DROP]})
stallconnect = server("stallconnect.test", {"connect": [STALL]})
stallbody = server("stallbody.test", {"body": [STALL]})
helo = server("helo.test", {"ehlo": "502 5.5.1 what?"}, extensions=())
slowly = server("nopipelining.test", extensions=("8BITMIME",))
sevenbit = server("sevenbit.test", extensions=("PIPELINING",))
notutf8 = server("notutf8.test", extensions=("PIPELINING", "8BITMIME"))
small = server("small.test", extensions=("PIPELINING", "SIZE 2000", "8BITMIME"))
tls = server("tls.test", tls=True)
brokentls = server("brokentls.test", {"tls": GARBAGE}, tls=True)
notls = server("notls.test", {"starttls": "454 4.7.0 not now"}, tls=True)
several = server("several.test")
nomx = server("nomx.test", mx=False)
sixonly = server("sixonly.test", mx=False, ip=net.V6 + "3")
sixmx = server("sixmx.test", ip=net.V6 + "4")
aliased = server("target.test")
literal = server("literal.test")
limit = server("limit.test", extensions=EXTENSIONS + ("LIMITS RCPTMAX=2",))
good = server("good.test")
second = server("second.test", mx=False)
backup = server("backup.test", mx=False)
busy = server("busy.test", {"connect": "421 4.3.2 too busy"}, mx=False)
flaky = server("flaky.test", {"body": [TAKE_DROP]}, mx=False)
always = server("always.test", {"rcpt": "451 4.7.1 come again"})
zone.null_mx("nullmx.test")
# Dead ones first: nobody listens, no address, no such name; then one that works.
zone.host("dead.test", net.DEAD)
zone.mx("manymx.test", "dead.test", "gone.nowhere.test", ("second.test", 20), ("backup.test", 30))
zone.mx("busymx.test", "busy.test", "backup.test")
zone.mx("flakymx.test", "flaky.test", "backup.test")
zone.mx("alldead.test", "dead.test", "gone.nowhere.test")
zone.cname("aliased.test", "target.test")
zone.silent("silent.test")
zone.start()


def state(who):
    """(attempts, state) of a recipient in the queue; None when it is not there."""
    for r in listed():
        if r["recipient"] == who:
            return r["attempts"], r["state"]
    return None


def gone(*who):
    wait_for(lambda: not {r["recipient"] for r in listed()} & set(who), "%s to leave the queue" % (who,), 60)


def tried(who, attempts):
    wait_for(lambda: state(who) == (attempts, "queued"), "%d attempts for %s" % (attempts, who), 90)


def listed():
    return queue_rows(mox)


def again(who):
    out = schedule(mox, to=who)
    check(out.startswith("1 "), "queue schedule %s: %s" % (who, out)) if not out.startswith("1 ") else None


def report(who, n=1):
    """The notification about a recipient, checked."""
    m = wait_mails(mox, r"(?i)Final-Recipient: *rfc822; *%s" % re.escape(who), n)[n - 1]
    r = Report(m)
    check(m["To"] is not None and ADDRESS in m["To"] and m["From"] is not None and m["Message-ID"] is not None and m["Date"] is not None,
          "%s: From, To, Date, Message-ID" % who)
    check(str(r.message["Reporting-MTA"]).replace(" ", "") == "dns;mail.example.test", "%s: Reporting-MTA" % who)
    check(who in r.human, "%s: named in words" % who)
    return r


def fails(who, status, text, mta=None):
    """It failed for good, and the sender knows why."""
    gone(who)
    r = report(who)
    action, s, diagnostic = r.fields(who)
    check(action == "failed" and re.fullmatch(status, s) and re.search(text, diagnostic + r.human),
          "%s: %s %s, %s" % (who, action, s, diagnostic))
    if mta:
        check(mta in str(r.rcpts[who]["Remote-MTA"]), "%s: Remote-MTA %s" % (who, r.rcpts[who]["Remote-MTA"]))
    check("hello" not in r.original.as_string() or r.original.get_content_type() == "message/rfc822", "%s: the original's header" % who)
    return r


def no_report(who):
    check(not mails(mox, r"(?i)Final-Recipient: *rfc822; *%s" % re.escape(who)), "%s: no notification" % who)


def test_rejected():
    mox.up()
    c = session(mox)
    submit(mox, "some", "kept@reject.test", "gone@reject.test", "full@reject.test", conn=c)
    submit(mox, "mail", "a@mailreject.test", conn=c)
    submit(mox, "data", "a@datareject.test", conn=c)
    submit(mox, "small", "a@small.test", conn=c, body="x" * 70 + "\r\n" * 2000)
    c.close()
    t = reject.wait_taken()
    check(t.rcpts == ["kept@reject.test"] and t.sender == ADDRESS, "the recipient that was accepted gets it")
    r = fails("gone@reject.test", "5.1.1", "no such user", "mx.reject.test")
    check("smtp; 550" in r.fields("gone@reject.test")[2].replace("smtp;550", "smtp; 550"), "the diagnostic code is the server's")
    fails("full@reject.test", "5.2.2", "mailbox full")
    gone("kept@reject.test")
    no_report("kept@reject.test")
    fails("a@mailreject.test", "5.1.8", "not from you")
    fails("a@datareject.test", "5.7.1", "do not like this.*not at all")
    fails("a@small.test", r"5.3.4|5.2.3", "")
    check(len(datareject.taken) == 0 and reject.connections == 1, "nothing was tried again")


def test_deferred():
    """Refused or lost for now: tried again, delivered, no notification."""
    now = {"defer": defer, "bodydefer": bodydefer, "leave": leave, "lost": lost, "closing": closing, "greeting": greeting, "garbage": garbage,
           "hangup": hangup}
    c = session(mox)
    for name in now:
        submit(mox, name, "a@%s.test" % name, conn=c)
    c.close()
    for name in now:
        tried("a@%s.test" % name, 1)
    for name, s in now.items():
        check(len(s.taken) == (1 if name == "lost" else 0), "%s: not delivered yet" % name)
    for name in now:
        again("a@%s.test" % name)
    for name, s in now.items():
        gone("a@%s.test" % name)
        want = 2 if name == "lost" else 1
        check(len(s.taken) == want and s.taken[-1].answered, "%s: delivered by the second attempt%s" %
              (name, ", twice, since the answer was lost" if name == "lost" else ""))
        no_report("a@%s.test" % name)
    a, b = lost.taken
    check(a.data == b.data, "what is sent again is the same, signatures included")


def test_stalled():
    """A server that says nothing holds up only its own mail."""
    submit(mox, "stall", "a@stallconnect.test")
    submit(mox, "stall", "a@stallbody.test")
    stallconnect.wait(lambda s: s.open == 1, "a connection")
    stallbody.wait(lambda s: s.steps["body"] == 1, "the message")
    n = len(good.taken)
    for i in range(5):
        submit(mox, "past the stall %d" % i, "a@good.test")
    good.wait_taken(n + 5)
    check(state("a@stallconnect.test")[1] == "sending" and state("a@stallbody.test")[1] == "sending", "both are still being sent, five others arrived")
    for s in (stallconnect, stallbody):
        s.release()
        tried("a@%s" % s.host[3:], 1)
        again("a@%s" % s.host[3:])
        s.wait_taken()
        gone("a@%s" % s.host[3:])
        check(len(s.taken) == 1, "%s: delivered when it woke up" % s.host)


def test_names():
    """MX, dead MX, null MX, no MX, only IPv6, no such name."""
    c = session(mox)
    for d in ("manymx", "busymx", "nomx", "sixonly", "sixmx", "aliased"):
        submit(mox, d, "a@%s.test" % d, conn=c)
    for d in ("nullmx.test", "nowhere.test"):
        submit(mox, d, "a@" + d, conn=c)
    submit(mox, "literal", "a@[%s]" % literal.ip, conn=c)
    submit(mox, "silent", "a@silent.test", conn=c)
    submit(mox, "alldead", "a@alldead.test", conn=c)
    c.close()
    check(second.wait_taken().rcpts == ["a@manymx.test"], "dead MX hosts are passed over; the first that lives gets it")
    check(backup.wait_taken().rcpts == ["a@busymx.test"], "an MX that is too busy: the next one")
    check(busy.connections >= 1, "which was asked after the preferred one")
    check(nomx.wait_taken().rcpts == ["a@nomx.test"], "no MX: the name's address")
    check(sixonly.wait_taken().rcpts == ["a@sixonly.test"], "no MX, only IPv6")
    check(sixmx.wait_taken().rcpts == ["a@sixmx.test"], "an MX with IPv6 only")
    check(aliased.wait_taken().rcpts[0] in ("a@aliased.test", "a@target.test"), "a name that is an alias")
    check(literal.wait_taken().rcpts == ["a@[%s]" % literal.ip], "an address literal")
    fails("a@nullmx.test", "5.1.10", "")
    fails("a@nowhere.test", "5.1.2|5.4.4", "")
    tried("a@alldead.test", 1)
    no_report("a@alldead.test")
    # An MX that took the message and said nothing: the backup must not be asked in the same attempt.
    submit(mox, "flaky", "a@flakymx.test")
    tried("a@flakymx.test", 1)
    check(len(flaky.taken) == 1 and len(backup.taken) == 1, "after a lost answer no other host is asked in the same attempt")
    again("a@flakymx.test")
    gone("a@flakymx.test")


def test_abilities():
    """What the server can and cannot do is honoured."""
    c = session(mox)
    submit(mox, "helo", "a@helo.test", conn=c)
    submit(mox, "slowly", "a@nopipelining.test", "b@nopipelining.test", conn=c)
    submit(mox, "tls", "a@tls.test", conn=c)
    submit(mox, "brokentls", "a@brokentls.test", conn=c)
    submit(mox, "notls", "a@notls.test", conn=c)
    submit(mox, "limit", *["%s@limit.test" % x for x in "abcde"], conn=c)
    mime = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    submit(mox, "eight", "a@sevenbit.test", conn=c, body="Grüße\r\n", extra=mime)
    submit(mox, "seven", "seven@sevenbit.test", conn=c)
    submit(mox, "eight", "a@notutf8.test", conn=c, body="Grüße\r\n", extra=mime)
    mox.send("From: <mjl@example.test>\r\nSubject: Grüße\r\n\r\nhello\r\n".encode(), sender=ADDRESS, rcpts=["utf8@notutf8.test"], smtputf8=True, conn=c)
    mox.send("From: <mjl@example.test>\r\nSubject: Grüße\r\n\r\nhello\r\n".encode(), sender=ADDRESS, rcpts=["grüße@good.test"], smtputf8=True, conn=c)
    c.close()
    check(helo.wait_taken().params == "" and any(x[1].startswith("HELO") for x in helo.lines), "a server without EHLO")
    check(slowly.wait_taken().rcpts == ["a@nopipelining.test", "b@nopipelining.test"] and not slowly.unasked, "without PIPELINING nothing is sent ahead: %s" % slowly.unasked)
    check((tls.wait_taken().tls or "").startswith("TLSv1"), "STARTTLS when offered: %s" % tls.taken[0].tls)
    for s, what in ((brokentls, "a broken handshake"), (notls, "a refused STARTTLS")):
        who = "a@" + s.host[3:]
        if not s.taken:
            wait_for(lambda: s.taken or state(who) == (1, "queued"), "an outcome at " + s.host)
            if not s.taken:
                again(who)
        check(s.wait_taken().tls is None, "%s: the message goes in the clear" % what)
        gone(who)
    wait_for(lambda: sum(len(t.rcpts) for t in limit.taken) == 5, "five recipients")
    check(all(len(t.rcpts) <= 2 for t in limit.taken) and len(limit.taken) == 3, "RCPTMAX=2: %s" % [len(t.rcpts) for t in limit.taken])
    check(sevenbit.wait_taken().rcpts == ["seven@sevenbit.test"], "ASCII goes to a server without 8BITMIME")
    fails("a@sevenbit.test", "5.6.[13]", "8BIT")
    check("BODY=8BITMIME" in notutf8.wait_taken().params, "BODY=8BITMIME is said")
    fails("utf8@notutf8.test", "5.6.7", "UTF8")
    wait_for(lambda: any("grüße@good.test" in t.rcpts for t in good.taken), "an address in UTF-8")
    t = [t for t in good.taken if "grüße@good.test" in t.rcpts][0]
    check("SMTPUTF8" in t.params, "an address in UTF-8 is sent with SMTPUTF8")


def test_reuse():
    """One connection carries what is due for a destination; one transaction the recipients of a message."""
    several.plan["connect"] = "421 4.3.2 not yet"
    c = session(mox)
    for i in range(100):
        submit(mox, "several %d" % i, "a@several.test", "b@several.test", conn=c)
    c.close()
    wait_for(lambda: all(r["attempts"] == 1 and r["state"] == "queued" for r in listed() if "@several.test" in r["recipient"]), "first attempts")
    n = several.connections
    del several.plan["connect"]
    schedule(mox, to="@several.test")
    several.wait_taken(100)
    gone("a@several.test", "b@several.test")
    check(all(t.rcpts == ["a@several.test", "b@several.test"] for t in several.taken), "two recipients, one transaction")
    check(several.connections - n <= 40, "100 messages over %d connections" % (several.connections - n))
    check(max(t.nth for t in several.taken) > 1, "connections are used again, up to %d times" % max(t.nth for t in several.taken))


def test_until_it_fails():
    """Eight attempts; the fifth tells the sender of the delay, the last of the failure."""
    who = ("a@alldead.test", "late@always.test")
    submit(mox, "always", who[1])
    for w in who:
        for n in range(1, 8):
            tried(w, n)
            if n == 4:
                no_report(w)
            if n == 5:
                r = report(w)
                action, status, _ = r.fields(w)
                check(action == "delayed" and status.startswith("4.") and r.rcpts[w]["Will-Retry-Until"], "%s: delayed, %s, until %s" %
                      (w, status, r.rcpts[w]["Will-Retry-Until"]))
            again(w)
        gone(w)
        r = report(w, 2)
        action, status, text = r.fields(w)
        check(action == "failed" and status[0] in "45", "%s: failed after eight attempts, %s %s" % (w, status, text))
    check(always.steps["rcpt"] == 8, "eight attempts: %d" % always.steps["rcpt"])
    if state("a@silent.test"):
        check(True, "a resolver that does not answer: the message waits")
    no_report("a@silent.test")


def test_operator():
    """hold, unhold, fail, drop, dump."""
    c = session(mox)
    for who in ("hold", "fail", "drop"):
        defer.plan["rcpt " + who] = "451 4.0.0 later"
        submit(mox, "operator " + who, who + "@defer.test", conn=c)
    c.close()
    for who in ("hold", "fail", "drop"):
        tried(who + "@defer.test", 1)
    operate(mox, "hold", to="hold@defer.test")
    del defer.plan["rcpt hold"]
    n = len(defer.taken)
    again("hold@defer.test")
    operate(mox, "fail", to="fail@defer.test")
    operate(mox, "drop", to="drop@defer.test")
    fails("fail@defer.test", r"[45]\.\d+\.\d+", "")
    gone("drop@defer.test")
    no_report("drop@defer.test")
    row = [r for r in listed() if r["recipient"] == "hold@defer.test"]
    check(len(row) == 1 and row[0]["hold"], "what is held stays, due or not")
    r = mox.cli("queue", "dump", str(row[0]["id"]))
    check(r.returncode == 0 and "Subject: operator hold" in r.stdout and "DKIM-Signature:" in r.stdout, "dump shows the message as it will be sent")
    check(len(defer.taken) == n, "and was not sent")
    operate(mox, "unhold", to="hold@defer.test")
    gone("hold@defer.test")
    check(defer.taken[-1].rcpts == ["hold@defer.test"], "unhold lets it go, since it was due")


def test_clean():
    left = {r["recipient"] for r in listed()}
    check(left <= {"a@silent.test"}, "the queue is empty otherwise: %s" % sorted(left))
    operate(mox, "drop", to="a@silent.test")
    wait_for(lambda: not listed(), "an empty queue", 60)
    files = [f for b, _, fs in os.walk(os.path.join(mox.data, "queue", "msg")) for f in fs]
    check(not files, "no files are left: %s" % files)
    r = mox.cli("verifydata")
    check(r.returncode == 0, "verifydata: " + r.stdout[-300:])
    r = mox.cli("stop")
    check(r.returncode == 0 and mox.proc.wait(30) == 0, "stops")


TESTS = (test_rejected, test_deferred, test_stalled, test_names, test_abilities, test_reuse, test_until_it_fails, test_operator, test_clean)
main(*[t for t in TESTS if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]])
