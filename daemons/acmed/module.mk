PROGS += acmed
acmed_SRCS := daemons/acmed/main.c daemons/acmed/check.c daemons/acmed/keys.c daemons/acmed/tickets.c
acmed_MODS := svc crypto
acmed_LIBS = $(OPENSSL_LIBS)
acmed_CFLAGS = $(OPENSSL_CFLAGS)
