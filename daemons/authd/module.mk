PROGS += authd
authd_SRCS := daemons/authd/main.c daemons/authd/keeper.c daemons/authd/try.c daemons/authd/login.c \
	daemons/authd/sasl.c daemons/authd/dialogs.c daemons/authd/logins.c \
	daemons/authd/login_file.c daemons/authd/hashq.c daemons/authd/hash.c \
	daemons/authd/attempts.c daemons/authd/share.c daemons/authd/admin.c
authd_MODS := svc auth
authd_LIBS = $(OPENSSL_LIBS)
authd_CFLAGS = $(OPENSSL_CFLAGS)
