# What tests/interop compares us with.
TESTPROGS += spf2check dmarc2check
spf2check_SRCS := tests/interop/spf2check.c
spf2check_MODS := dns
spf2check_LIBS = $(SPF2_LIBS)
dmarc2check_SRCS := tests/interop/dmarc2check.c
dmarc2check_MODS := base
dmarc2check_LIBS = $(OPENDMARC_LIBS)
