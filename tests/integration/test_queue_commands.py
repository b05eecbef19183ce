#!/usr/bin/python3
"""mox queue ...: what the operator sees of the queue and does to it, in localserve, where addresses choose their
own failures.

timeout: 300
"""
import email
import email.policy
import json
import os
import re
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from moxtest import *  # noqa: E402,F403

MANY = 130
m = Mox()


def submit(*rcpts, subject="test"):
    with smtplib.SMTP_SSL(m.ip, m.submissions_port, context=tls_context(), timeout=60) as c:
        c.login(USER, PASSWORD)
        c.sendmail(USER, list(rcpts), "From: %s\r\nTo: x@y.example\r\nSubject: %s\r\n\r\nthe body\r\n" % (USER, subject))


def queue(*args, rc=0):
    r = m.cli("queue", *args)
    if r.returncode != rc:
        check(False, "mox queue %s: exit status %d: %s" % (" ".join(args), r.returncode, r.stdout))
    return r.stdout


def rows(*args):
    return [json.loads(line) for line in queue("list", "-json", *args).splitlines()]


def rcpts(*args):
    return sorted(r["recipient"] for r in rows(*args))


def test_list():
    check(queue("list") == "the queue is empty\n" and rows() == [], "an empty queue")
    submit("a-temperror@a.example", "b-temperror@b.example")
    submit("c450@b.example", subject="other")
    wait_for(lambda: [r["attempts"] for r in rows()] == [1, 1, 1], "a first attempt for each")
    text = queue("list").splitlines()
    check(re.match(r" +ID +AGE +SIZE +TRIES +NEXT +STATE", text[0]) and len(text) == 7, "a table: %r" % text[0])
    check(re.match(r" +\d+ +\d+s +\d+B +1 +[67]m queued +mox@localhost -> [abc]", text[1]), text[1])
    check(any(re.match(r" +\d+s ago: 451 4\.\d\.\d .*\(localhost\)$", line) for line in text), text[2])
    r = [x for x in rows() if x["recipient"] == "c450@b.example"][0]
    check(r["code"] == 450 and r["state"] == "queued" and not r["hold"] and r["account"] == "mox" and r["sender"] == USER and
          r["lastattempt"] < r["nextattempt"] and re.fullmatch("[0-9a-f]{16}", r["mid"]), "as JSON: %r" % r)


def test_filters():
    ids = {r["recipient"]: r["id"] for r in rows()}
    a, b, c = sorted(ids)
    check(ids[a] == ids[b] != ids[c], "two recipients of one message")
    for args, want in ((("-ids", str(ids[a])), [a, b]), (("-ids", "%d,%d" % (ids[c], ids[c] + 99)), [c]), (("-account", "mox"), [a, b, c]),
                       (("-account", "nobody"), []), (("-from", "@LOCALHOST"), [a, b, c]), (("-from", "else"), []),
                       (("-to", "@b.example"), [b, c]), (("-to", "temperror"), [a, b]), (("-submitted", "<1m"), [a, b, c]),
                       (("-submitted", ">-1h"), [a, b, c]), (("-submitted", "<-1h"), []), (("-nextattempt", ">5m"), [a, b, c]),
                       (("-nextattempt", "<5m"), []), (("-hold", "true"), []), (("-hold", "false"), [a, b, c]),
                       (("-to", "@b.example", "-from", "mox", "-hold", "false"), [b, c])):
        check(rcpts(*args) == want, "%s: %r" % (" ".join(args), rcpts(*args)))
    check(queue("list", "-to", "nobody") == "nothing in the queue fits\n", "nothing fits")
    check(len(rows("-n", "2")) == 2, "-n 2")
    for args in (("list", "-ids", "x"), ("list", "-hold", "maybe"), ("list", "-submitted", "1h"), ("list", "-sort", "size"),
                 ("list", "-n", "0"), ("schedule", "soon"), ("dump", "x"), ("dump", "999999"), ("drop",), ("fail",)):
        check("mox: " in queue(*args, rc=1), "queue %s: %s" % (" ".join(args), queue(*args, rc=1).strip()))
    check("usage:" in queue("list", "-nope", rc=2), "an unknown flag")
    for args in (("list", "12"), ("drop", "12"), ("fail", "-all", "12")):
        check("-ids 12" in queue(*args, rc=2), "queue %s: %s" % (" ".join(args), queue(*args, rc=2).splitlines()[0]))
    check("-all there are no" in queue("drop", "-all", "-ids", "12", rc=1), "-all with a filter")


def test_hold():
    check(queue("hold", "-to", "@b.example") == "2 recipients put on hold\n", "hold")
    check(rcpts("-hold", "true") == ["b-temperror@b.example", "c450@b.example"] and " held " in queue("list"), "they are held")
    queue("schedule", "-now", "0")
    wait_for(lambda: {r["recipient"][0]: r["attempts"] for r in rows()} == {"a": 2, "b": 1, "c": 1}, "only what is not held is tried")
    check(queue("unhold") == "3 recipients let go\n", "unhold")
    wait_for(lambda: {r["recipient"][0]: r["attempts"] for r in rows()} == {"a": 2, "b": 2, "c": 2}, "now the others are, too")
    before = rows("-to", "c450")[0]
    check(queue("schedule", "-to", "c450", "1h") == "1 recipient rescheduled\n", "schedule")
    after = rows("-to", "c450")[0]
    check(after["nextattempt"] > before["nextattempt"] and rcpts("-nextattempt", ">1h") == ["c450@b.example"], "an hour later")
    queue("schedule", "-to", "c450", "--", "-1h")
    check(rows("-to", "c450")[0]["nextattempt"] == before["nextattempt"], "and back")


def test_dump():
    r = rows("-to", "c450")[0]
    text = queue("dump", str(r["id"]))
    msg = email.message_from_string(text)
    check(msg["DKIM-Signature"] and msg["Received"] and msg["Subject"] == "other" and text.endswith("the body\n"), "dump: %s" % text[:300])


def inbox(subject):
    c = m.imap()
    try:
        c.select("INBOX", readonly=True)
        found = c.search(None, "SUBJECT", '"%s"' % subject)[1][0].split()
        return [c.fetch(n, "(BODY.PEEK[])")[1][0][1] for n in found]
    finally:
        c.logout()


def test_fail():
    check(queue("fail", "-to", "a-temperror") == "1 recipient given up; the senders are told\n", "fail")
    wait_for(lambda: inbox("Not delivered"), "the notification")
    msg = email.message_from_bytes(inbox("Not delivered")[0], policy=email.policy.SMTP)
    status = msg.get_payload()[1].get_payload()[1]
    check(msg.get_content_type() == "multipart/report" and status["Action"] == "failed" and
          status["Final-Recipient"] == "rfc822; a-temperror@a.example", "says: %s" % status)
    check("The operator of the server" in msg.get_payload()[0].get_content(), "and who gave it up")
    wait_for(lambda: rcpts() == ["b-temperror@b.example", "c450@b.example"], "the recipient to be gone")
    m.wait_log(r"queued.recipient.ended.*rcpt=a-temperror@a.example cmd=fail", since=0)


def test_pages():
    """More than one answer holds."""
    for i in range(0, MANY, 65):
        submit(*["r%03d-temperror@many%d.example" % (k, k % 9) for k in range(i, i + 65)])
    wait_for(lambda: all(r["attempts"] == 1 for r in rows("-to", "@many")), "their first attempts")
    found = rows("-to", "@many")
    check(len(found) == MANY == len({r["recipient"] for r in found}), "each once: %d" % len(found))
    check([(r["id"], r["number"]) for r in found] == sorted((r["id"], r["number"]) for r in found), "in the order of the queue")
    check(len(rows("-n", "57")) == 57, "-n beyond a page")
    nexts = [r["nextattempt"] for r in rows("-sort", "nextattempt", "-asc", "-n", "40")]
    check(nexts == sorted(r["nextattempt"] for r in rows())[:40], "-sort nextattempt -asc: the first of all")
    nexts = [r["nextattempt"] for r in rows("-sort", "nextattempt", "-n", "40")]
    check(nexts == sorted((r["nextattempt"] for r in rows()), reverse=True)[:40], "-sort nextattempt: the last of all")
    check([r["submitted"] for r in rows("-sort", "queued")] == sorted((r["submitted"] for r in rows()), reverse=True), "-sort queued")
    check(queue("hold", "-to", "@many") == "%d recipients put on hold\n" % MANY, "hold over many pages")
    check(queue("drop", "-to", "@many") == "%d recipients removed\n" % MANY and len(rows()) == 2, "drop over many pages")


def test_end():
    check(queue("drop", "-all") == "2 recipients removed\n" and queue("list") == "the queue is empty\n", "drop -all")
    check(len(inbox("Not delivered")) == 1, "nobody was told")
    m.stop()
    check("mox is not running" in queue("list", rc=1), "without a server")


main(test_list, test_filters, test_hold, test_dump, test_fail, test_pages, test_end)
