lib_dsn_SRCS := lib/dsn/dsn.c lib/dsn/human.c lib/dsn/status.c lib/dsn/text.c lib/dsn/field.c
lib_dsn_NEEDS := base
