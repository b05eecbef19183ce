/* What the files of queue share. */
#ifndef MOX_QUEUE_QUEUE_INT_H
#define MOX_QUEUE_QUEUE_INT_H

#include "db/db.h"
#include "queue/queue.h"

enum {
	QUEUE_SALT = 16,
	QUEUE_SEALED = 8192, /* a sealed row: addresses and a result */
	QUEUE_PREFIX = 1 << 20,
};

struct queue {
	struct db *db;
	int dir, files; /* queue, queue/msg; files -1: there is none (verify) */
	struct secret *msg_key, *dest_key;
	int64_t next_id, first_id; /* ids from first_id on are of this process */
	int64_t reserved, reserved_done;
	bool is_full_sync; /* how the database commits now */
	bool files_dirty;  /* names that are not synced yet */
	int64_t *gone;	   /* files to be removed once it is durable that their messages went, */
	size_t ngone, gone_cap;
	size_t ngone_done; /* ... of committed transactions; those behind are of this one */
	void *sweep;	   /* DIR of the pass over files */
	struct buf tmp;
};

/* What a sealed value is: bound to it, with message and recipient. */
enum queue_what { QUEUE_W_ENVELOPE = 1, QUEUE_W_RCPT, QUEUE_W_PREFIX, QUEUE_W_BODY };

void queue_msg_keys(const struct queue *q, struct queue_msg *m, struct str salt);
void queue_wrap(const struct queue_msg *m, enum queue_what what, uint32_t n, struct str plain,
		struct buf *out);
int queue_unwrap(const struct queue_msg *m, enum queue_what what, uint32_t n, struct str sealed,
		 struct buf *out, struct err *e) __attribute__((warn_unused_result));
void queue_put_result(struct buf *b, const struct queue_rcpt *r);
/* Strings borrowed from `s`. */
int queue_get_envelope(struct str s, struct queue_msg *m, struct err *e)
	__attribute__((warn_unused_result));
int queue_get_rcpt(struct str s, struct queue_rcpt *r, struct err *e)
	__attribute__((warn_unused_result));
void queue_file_name(int64_t id, char name[32]);
/* The keys alone, for a reader. */
struct queue *queue_keys_new(const unsigned char key[SEAL_KEY]);
/* A known value under the key. */
int queue_check_get(struct queue *q, const unsigned char key[SEAL_KEY], bool *found, struct err *e)
	__attribute__((warn_unused_result));

#endif
