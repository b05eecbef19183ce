lib_mime_SRCS := lib/mime/parse.c lib/mime/header.c lib/mime/param.c lib/mime/addr.c lib/mime/date.c \
	lib/mime/words.c lib/mime/decode.c lib/mime/charset.c lib/mime/charset_tables.c \
	lib/mime/casemap.c lib/mime/imap.c lib/mime/index.c lib/mime/preview.c lib/mime/submit.c lib/mime/search.c
lib_mime_NEEDS := base
lib_mime_LIBS = $(UNISTRING_LIBS)
