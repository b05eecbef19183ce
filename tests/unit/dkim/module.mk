test_verify_CFLAGS = $(OPENDKIM_CFLAGS)
test_verify_LIBS = $(OPENDKIM_LIBS)
TESTPROGS += dkimsign
dkimsign_SRCS := tests/interop/dkimsign.c
dkimsign_MODS := dkim
