PROGS += mox
mox_SRCS := $(sort $(wildcard src/mox/*.c))
mox_MODS := config base
