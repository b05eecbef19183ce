"""Mail for measuring the content filter: the public corpus of MOX_TESTDATA, or generated, split in halves; and
the filters that are measured."""
import os
import random
import resource
import subprocess
import tarfile

from moxtest import BIN, scratch

MOX = os.path.join(BIN, "mox")
SPLITS = (1, 2, 3, 4, 5)


def corpus(folder):
    """Paths of ham and of spam, and whether it is real mail."""
    path = os.path.join(os.environ.get("MOX_TESTDATA", ""), "corpus", "mail.tar.xz")
    if not os.path.exists(path):
        return generate(folder) + (False,)
    with tarfile.open(path) as tar:
        tar.extractall(folder)
    ham, spam = [], []
    for top, _, names in sorted(os.walk(folder)):
        (spam if "spam" in os.path.basename(top) else ham).extend(os.path.join(top, n) for n in sorted(names))
    return ham, spam, True


def generate(folder):
    """Two kinds of letters in words that are in part the same, as plain text, quoted-printable and HTML."""
    r = random.Random(7)

    def words(n):
        return ["".join(r.choice("bdfgklmnprstv") + r.choice("aeiou") for _ in range(r.randint(2, 4))) for _ in range(n)]
    common, own = words(600), (words(1500), words(1500))
    out = ([], [])
    for kind, count in ((0, 600), (1, 300)):
        where = os.path.join(folder, ("ham", "spam")[kind])
        os.makedirs(where)
        for i in range(count):
            text = [r.choice(common if r.random() < 0.8 else own[kind] if r.random() < 0.9 else own[1 - kind])
                    for _ in range(r.randint(30, 300))]
            body, ctype, cte = " ".join(text), "text/plain", "8bit"
            if r.random() < (0.2, 0.6)[kind]:
                ctype = "text/html"
                body = "<html><body><p>%s</p><a href=\"http://www.%s.example/x\">%s</a></body></html>" % (
                    body, r.choice(own[kind]), r.choice(common))
            elif r.random() < 0.3:
                cte = "quoted-printable"
                body = body.replace(" ", "=20\r\n ")
            path = os.path.join(where, "%04d" % i)
            with open(path, "w", newline="") as f:
                f.write("From: %s <%s@%s.example>\r\nTo: me@localhost\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"
                        "Date: Sat, 21 Nov 2026 10:%02d:00 +0000\r\nMessage-ID: <%d.%d@localhost>\r\n"
                        "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n" % (
                            r.choice(common), r.choice(common), r.choice(own[kind][:40]), " ".join(text[:4]), i % 60,
                            kind, i, ctype, cte, body))
            out[kind].append(path)
    return out


def halves(paths, seed):
    paths = sorted(paths)
    random.Random(seed).shuffle(paths)
    return paths[:len(paths) // 2], paths[len(paths) // 2:]


def cpu():
    u = resource.getrusage(resource.RUSAGE_CHILDREN)
    return u.ru_utime + u.ru_stime


def run(args, names, ok=(0,)):
    r = subprocess.run(args, input="".join(n + "\n" for n in names), stdout=subprocess.PIPE, text=True)
    assert r.returncode in ok, (args, r.returncode)
    return r.stdout


class Filter:
    """One that was trained; `flags` go to every call."""

    def __init__(self, flags=()):
        self.dir = scratch("junk-")
        self.flags = list(flags)
        self.start()

    def measure(self, what, names):
        before = cpu()
        out = what(names)
        self.seconds = cpu() - before
        return out


class Ours(Filter):
    name = "mox"

    def start(self):
        self.db = os.path.join(self.dir, "f.db")
        with open(self.db + ".key", "wb") as f:
            f.write(b"\x05" * 32)    # the same tokens each time

    def call(self, what, *args):
        return [MOX, "junk", what, "-dbpath", self.db] + self.flags + list(args)

    def train(self, kind, names):
        return run(self.call("train", kind), names)

    def judge(self, names):
        """(is spam, score) of each."""
        lines = run(self.call("classify"), names).splitlines()
        assert [x.split(" ", 2)[2] for x in lines] == list(names)
        return [(x.split()[0] == "spam", float(x.split()[1])) for x in lines]


class Bogofilter(Filter):
    name = "bogofilter"

    def start(self):
        self.base = ["bogofilter", "-d", self.dir]

    def train(self, kind, names):
        return run(self.base + [{"ham": "-n", "spam": "-s"}[kind], "-b"], names)

    def judge(self, names):
        lines = run(self.base + ["-T", "-b"], names, (0, 1, 2)).splitlines()
        assert len(lines) == len(names), lines[:3]
        return [(x.split()[-2] == "S", float(x.split()[-1])) for x in lines]


def auc(ham, spam):
    """Share of pairs of which the spam has the higher score; a tie is half of one."""
    ranked = sorted([(s, 0) for s in ham] + [(s, 1) for s in spam])
    area = below = i = 0
    while i < len(ranked):
        j, nham, nspam = i, 0, 0
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            nspam += ranked[j][1]
            nham += 1 - ranked[j][1]
            j += 1
        area += nspam * (below + nham / 2)
        below += nham
        i = j
    return area / (len(ham) * len(spam))


class Quality:
    """Trained on one half, judged on the other."""

    def __init__(self, f, ham, spam, seed):
        (train_ham, test_ham), (train_spam, test_spam) = halves(ham, seed), halves(spam, seed)
        f.measure(lambda names: f.train("ham", names), train_ham)
        seconds = f.seconds
        f.measure(lambda names: f.train("spam", names), train_spam)
        self.train_rate = (len(train_ham) + len(train_spam)) / (seconds + f.seconds)
        out = f.measure(f.judge, test_ham + test_spam)
        self.rate = len(out) / f.seconds
        self.ham, self.spam = out[:len(test_ham)], out[len(test_ham):]
        self.lost = sum(x[0] for x in self.ham)
        self.caught = sum(x[0] for x in self.spam) / len(self.spam)
        self.auc = auc([x[1] for x in self.ham], [x[1] for x in self.spam])
