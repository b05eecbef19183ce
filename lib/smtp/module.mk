lib_smtp_SRCS := lib/smtp/addr.c lib/smtp/reply.c lib/smtp/dot.c lib/smtp/session.c \
	lib/smtp/cmd.c lib/smtp/auth.c lib/smtp/data.c lib/smtp/trace.c
lib_smtp_NEEDS := base
