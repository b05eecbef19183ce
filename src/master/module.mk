PROGS += moxmaster
moxmaster_SRCS := src/master/main.c src/master/conf.c src/master/conf_child.c src/master/layout.c \
	src/master/listen.c src/master/daemon.c src/master/worker.c src/master/feed.c \
	src/master/reload.c src/master/stop.c src/master/ctl.c src/master/status.c \
	src/master/notify.c src/master/adminpw.c src/master/files.c src/master/child.c
moxmaster_MODS := svc config crypto dkim
moxmaster_CFLAGS = $(OPENSSL_CFLAGS)
