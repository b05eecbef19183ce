PROGS += queued
queued_SRCS := daemons/queued/main.c daemons/queued/worker.c daemons/queued/add.c daemons/queued/recent.c \
	daemons/queued/sign.c daemons/queued/body.c daemons/queued/batch.c daemons/queued/dest.c \
	daemons/queued/sched.c daemons/queued/job.c daemons/queued/remote.c \
	daemons/queued/local.c daemons/queued/dsn.c daemons/queued/admin.c \
	daemons/queued/filter.c daemons/queued/seal.c
queued_MODS := svc queue dkim dsn deliver crypto config ipc
