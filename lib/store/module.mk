lib_store_SRCS := lib/store/set.c lib/store/reader.c lib/store/content.c lib/store/schema.c \
	lib/store/writer.c lib/store/op_message.c lib/store/op_uids.c lib/store/op_mailbox.c \
	lib/store/prepare.c lib/store/intent.c lib/store/shelf.c lib/store/verify.c
lib_store_NEEDS := base crypto db ipc config mime
