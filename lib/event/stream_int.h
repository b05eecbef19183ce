/* What stream.c gives to connect.c. */
#ifndef MOX_EVENT_STREAM_INT_H
#define MOX_EVENT_STREAM_INT_H

#include "event/stream.h"

/* Of a stream just made: its socket is still connecting. */
void stream_set_connecting(struct stream *s);

#endif
