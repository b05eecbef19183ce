PROGS += queued
queued_SRCS := daemons/queued/main.c
queued_MODS := svc
