PROGS += submissiond
submissiond_SRCS := daemons/submissiond/main.c
submissiond_MODS := svc
