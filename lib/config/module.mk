lib_config_SRCS := lib/config/sconf.c lib/config/schema.c lib/config/value.c lib/config/load.c \
	lib/config/check.c lib/config/resolve.c lib/config/names.c lib/config/filter.c \
	lib/config/describe.c lib/config/localserve.c lib/config/edit.c lib/config/edit_files.c
lib_config_NEEDS := base
lib_config_LIBS = $(IDN2_LIBS) $(UNISTRING_LIBS)
lib_config_CFLAGS = $(IDN2_CFLAGS)
