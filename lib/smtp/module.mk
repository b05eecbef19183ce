lib_smtp_SRCS := lib/smtp/addr.c lib/smtp/reply.c lib/smtp/dot.c lib/smtp/session.c \
	lib/smtp/cmd.c lib/smtp/auth.c lib/smtp/data.c lib/smtp/trace.c lib/smtp/answer.c \
	lib/smtp/client.c lib/smtp/client_txn.c
lib_smtp_NEEDS := base
