# What the sandbox of each role refuses: test_forbidden.py puts these in place of a daemon.
TESTPROGS += probe probe_open
probe_SRCS := tests/integration/probe/probe.c
probe_MODS := svc
# The same without filter and Landlock, to see that the test would notice.
probe_open_SRCS := tests/integration/probe/probe.c tests/integration/probe/open.c
probe_open_MODS := svc
