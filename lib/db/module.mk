lib_db_SRCS := lib/db/db.c lib/db/query.c lib/db/vfs.c
lib_db_NEEDS := base
lib_db_LIBS = $(SQLITE_LIBS)
lib_db_CFLAGS = $(SQLITE_CFLAGS)
