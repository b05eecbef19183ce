lib_imap_SRCS := lib/imap/reader.c lib/imap/lex.c lib/imap/parse.c lib/imap/parse_fetch.c \
	lib/imap/parse_search.c lib/imap/set.c lib/imap/name.c lib/imap/put.c
lib_imap_NEEDS := base
