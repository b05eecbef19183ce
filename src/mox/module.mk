PROGS += mox
mox_SRCS := $(sort $(wildcard src/mox/*.c)) src/master/ctl_client.c
mox_MODS := config ipc base auth store dkim queue mailauth junk
mox_LIBS = $(OPENSSL_LIBS)
mox_CFLAGS = $(OPENSSL_CFLAGS)
