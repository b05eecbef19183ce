lib_deliver_SRCS := lib/deliver/reply.c lib/deliver/retry.c lib/deliver/ask.c lib/deliver/deliver.c \
	lib/deliver/enqueue.c
lib_deliver_NEEDS := base event ipc svc
