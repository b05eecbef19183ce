test_verify_CFLAGS = $(OPENDKIM_CFLAGS)
test_verify_LIBS = $(OPENDKIM_LIBS)
TESTPROGS += dkimsign
dkimsign_SRCS := tests/interop/dkimsign.c
dkimsign_MODS := dkim
TESTPROGS += arcseal
arcseal_SRCS := tests/interop/arcseal.c
arcseal_MODS := dkim
