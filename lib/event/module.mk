lib_event_SRCS := lib/event/loop.c lib/event/stream.c lib/event/connect.c
lib_event_NEEDS := base
lib_event_CFLAGS = $(EVENT_CFLAGS)
lib_event_LIBS = $(EVENT_LIBS)
