lib_junk_SRCS := lib/junk/classify.c lib/junk/counts.c lib/junk/fields.c lib/junk/filter.c lib/junk/html.c lib/junk/message.c \
	lib/junk/once.c lib/junk/set.c lib/junk/tables.c lib/junk/url.c lib/junk/words.c
lib_junk_NEEDS := base mime crypto db
lib_junk_LIBS = $(UNISTRING_LIBS) -lm
