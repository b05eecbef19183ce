lib_ipc_SRCS := lib/ipc/chan.c lib/ipc/call.c lib/ipc/send.c lib/ipc/recv.c lib/ipc/req.c lib/ipc/sync.c \
	lib/ipc/packet.c lib/ipc/names.c
lib_ipc_NEEDS := base event
