lib_svc_SRCS := lib/svc/main.c lib/svc/drop.c lib/svc/landlock.c lib/svc/sandbox.c lib/svc/parent.c \
	lib/svc/worker.c lib/svc/accept.c lib/svc/svc.c
lib_svc_NEEDS := base event ipc config
lib_svc_CFLAGS = $(SECCOMP_CFLAGS)
lib_svc_LIBS = $(SECCOMP_LIBS)
