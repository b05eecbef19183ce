# What the sandbox of each role refuses: test_forbidden.py puts these in place of a daemon.
TESTPROGS += probe probe_files probe_open
probe_SRCS := tests/integration/probe/probe.c
probe_MODS := svc
# The same as on a kernel without Landlock.
probe_files_SRCS := tests/integration/probe/probe.c tests/integration/probe/open_files.c
probe_files_MODS := svc
# Without filter and Landlock, to see that the test would notice.
probe_open_SRCS := tests/integration/probe/probe.c tests/integration/probe/open_files.c \
	tests/integration/probe/open_calls.c
probe_open_MODS := svc
