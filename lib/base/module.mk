lib_base_SRCS := lib/base/str.c lib/base/mem.c lib/base/buf.c lib/base/arena.c lib/base/err.c \
	lib/base/clock.c lib/base/encode.c lib/base/log.c lib/base/proc.c lib/base/iplimit.c
lib_base_NEEDS :=
