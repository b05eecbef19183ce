#!/usr/bin/env python3
"""The content filter beside bogofilter (Debian), on the same halves of the same mail: table "Junk filter" of
tests/bench/run. Rates are messages for a second of CPU, all processes and start-up included."""
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
os.environ.setdefault("MOX_BIN", os.path.join(HERE, "..", "..", "build", "dbg", "bin"))
from junkcorpus import SPLITS, Bogofilter, Ours, Quality, corpus  # noqa: E402
from moxtest import scratch  # noqa: E402

MOXS_DEFAULTS = ["-two-grams=false", "-max-power", "0.01", "-top-words", "10", "-rare-words", "2"]


def main():
    ham, spam, is_real = corpus(os.path.join(scratch("junk-corpus-"), "mail"))
    print("\nJunk filter: %d ham, %d spam, %s; trained on a half, judged on the other, %d splits" % (
        len(ham), len(spam), "real mail" if is_real else "GENERATED, for want of MOX_TESTDATA", len(SPLITS)))
    rows = [("mox", lambda: Ours()), ("mox, one-grams", lambda: Ours(MOXS_DEFAULTS)), ("bogofilter", Bogofilter)]
    results = {name: [] for name, _ in rows}
    for seed in SPLITS:     # alternating
        for name, make in rows:
            results[name].append(Quality(make(), ham, spam, seed))
    fmt = "%-16s %9s %22s %13s %13s %9s %9s"
    print(fmt % ("", "ROC AUC", "ham lost, each split", "spam caught", "worst split", "judged/s", "trained/s"))
    for name, _ in rows:
        q = results[name]
        print(fmt % (name, "%.5f" % statistics.mean(x.auc for x in q), " ".join(str(x.lost) for x in q),
                     "%.1f %%" % (100 * statistics.mean(x.caught for x in q)), "%.1f %%" % (100 * min(x.caught for x in q)),
                     "%.0f" % statistics.median(x.rate for x in q), "%.0f" % statistics.median(x.train_rate for x in q)),
              flush=True)
    print("%d ham judged in each split; goal: none lost, 90 %% caught, 2500 judged/s" % len(results["mox"][0].ham))


main()
