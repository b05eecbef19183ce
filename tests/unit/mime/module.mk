TESTPROGS += mimedump
mimedump_SRCS := tests/interop/mimedump.c
mimedump_MODS := mime
