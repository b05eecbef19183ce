TESTPROGS += dsnprint
dsnprint_SRCS := tests/interop/dsnprint.c
dsnprint_MODS := dsn
