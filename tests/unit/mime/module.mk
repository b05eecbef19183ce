TESTPROGS += mimedump
mimedump_SRCS := tests/interop/mimedump.c
mimedump_MODS := mime
test_charsets_all_MODS := svc
