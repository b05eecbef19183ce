#!/usr/bin/python3
"""The content filter on real mail (MOX_TESTDATA/corpus), or on generated where that is not given: its quality is
printed; that it is sane, gives the same result each time, and that its database holds no words, is checked.

timeout: 600
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from junkcorpus import MOX, Ours, Quality, corpus, halves, run  # noqa: E402
from moxtest import check, main, scratch  # noqa: E402

SEED = 1


def report(name, q):
    print("%s: ROC AUC %.5f, ham lost %d of %d, spam caught %.1f %% of %d" % (
        name, q.auc, q.lost, len(q.ham), 100 * q.caught, len(q.spam)))


def test_quality():
    ham, spam, is_real = corpus(os.path.join(scratch("junk-corpus-"), "mail"))
    print("real mail" if is_real else "MOX_TESTDATA not given: generated mail")
    filters = [Ours(), Ours()]
    q, again = [Quality(f, ham, spam, SEED) for f in filters]
    report("all words and pairs", q)
    report("as mox by default", Quality(Ours(["-two-grams=false", "-max-power", "0.01", "-top-words", "10", "-rare-words", "2"]), ham, spam,
                                        SEED))
    check(q.auc > 0.99, "ham and spam told apart")
    check(q.lost <= len(q.ham) // 200, "next to no ham lost")
    check(q.caught > 0.7, "most spam caught")
    check(q.ham + q.spam == again.ham + again.spam, "the same result each time")
    with open(filters[0].db, "rb") as f:
        data = f.read().lower()
    common = [b"received", b"subject", b"free", b"please", b"click", b"html"]
    check(not any(w in data for w in common), "no words in the database")


def test_commands():
    ham, spam, _ = corpus(os.path.join(scratch("junk-corpus-"), "mail"))
    (train_ham, test_ham), (train_spam, test_spam) = halves(ham, SEED), halves(spam, SEED)
    f = Ours()
    r = subprocess.run(f.call("check", ham[0]), stderr=subprocess.PIPE, text=True)
    check(r.returncode == 1 and r.stderr, "a filter must be trained")
    # Few ham messages: nothing is called spam.
    f.train("ham", train_ham[:20])
    f.train("spam", train_spam[:100])
    check(not any(x[0] for x in f.judge(test_spam[:50])), "unsure while little was trained")
    out = run(f.call("check", test_spam[0]), [])
    check(out.endswith(", not significant\n"), "check says so: " + out.strip())
    # By directories: anew.
    dirs = {}
    for name, files in (("ham", train_ham[:200]), ("spam", train_spam[:150]), ("ham2", test_ham[:100]),
                        ("spam2", test_spam[:100])):
        dirs[name] = os.path.join(f.dir, name)
        os.mkdir(dirs[name])
        for i, path in enumerate(files):
            os.symlink(path, os.path.join(dirs[name], "%04d" % i))
    out = run(f.call("train", dirs["ham"], dirs["spam"]), [])
    check(out.startswith("trained: ham 200, spam 150, "), "training anew: " + out.strip())
    out = run(f.call("test", dirs["ham2"], dirs["spam2"]), [])
    check("total ham, ok " in out and "accuracy: " in out, "test")
    out = run(f.call("analyze", test_spam[1]), [])
    check(out.split()[0] in ("ham", "spam", "unsure") and "\nspam " in out, "analyze shows the words of a message")
    for what in ("analyze", "play"):
        out = run([MOX, "junk", what, dirs["ham"], dirs["spam"]], [])
        check("sensitivity" in out, what)
    r = subprocess.run(f.call("classify", "-one-grams=false"), stderr=subprocess.PIPE, text=True, input="")
    check(r.returncode == 1 and "n-grams" in r.stderr, "other n-grams need training anew")
    r = subprocess.run(f.call("classify"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       input="/nowhere\n%s\n" % ham[0])
    check(r.returncode == 1 and "/nowhere" in r.stderr and r.stdout.count("\n") == 1, "a file that is missing is named")


if __name__ == "__main__":
    main(test_quality, test_commands)
