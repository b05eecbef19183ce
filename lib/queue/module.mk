lib_queue_SRCS := lib/queue/queue.c lib/queue/add.c lib/queue/read.c lib/queue/change.c \
	lib/queue/schedule.c lib/queue/verify.c
lib_queue_NEEDS := base crypto db
