PROGS += deliverd
deliverd_SRCS := daemons/deliverd/main.c daemons/deliverd/accounts.c daemons/deliverd/batch.c \
	daemons/deliverd/caps.c daemons/deliverd/rcpt.c daemons/deliverd/deliver.c daemons/deliverd/txn.c \
	daemons/deliverd/mailbox.c daemons/deliverd/append.c
deliverd_MODS := svc store
