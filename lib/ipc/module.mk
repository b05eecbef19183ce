lib_ipc_SRCS := lib/ipc/chan.c lib/ipc/packet.c lib/ipc/names.c
lib_ipc_NEEDS := base event
