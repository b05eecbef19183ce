/*
 * Notifications for test_dsn.py. Standard input: for each one flags (1: is_utf8) and the number of
 * recipients as bytes, six values of the message, then for each recipient a byte for the action and
 * seven values; a value is 4 bytes of length, little-endian, and its bytes. Standard output: each
 * notification likewise.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "dsn/dsn.h"

enum { MOST = 256 << 20, VALUE = 1 << 20, RCPTS = 255 };

static int
read_all(struct buf *b)
{
	char *p;
	ssize_t n = 0;

	while ((p = buf_reserve(b, 65536)) != NULL && (n = read(STDIN_FILENO, p, 65536)) > 0)
		buf_commit(b, (size_t)n);
	return p == NULL || n < 0 ? -1 : 0;
}

static void
read_rcpt(struct rd *r, struct dsn_rcpt *v)
{
	v->action = (enum dsn_action)rd_uint(r, 1);
	v->rcpt = rd_str(r, VALUE);
	v->orcpt = rd_str(r, VALUE);
	v->status = rd_str(r, VALUE);
	v->remote_mta = rd_str(r, VALUE);
	v->remote_ip = rd_str(r, VALUE);
	v->diagnostic = rd_str(r, VALUE);
	v->explanation = rd_str(r, VALUE);
	v->last_attempt = 1700000000;
	v->will_retry_until = 1700090000;
	v->attempts = 3;
}

static void
print_one(struct rd *r, uint64_t id)
{
	static struct dsn_rcpt v[RCPTS];
	struct dsn d = { .rcpts = v, .id = id, .now = 1700000100, .arrived = 1699990000 };
	struct buf out, framed;

	d.is_utf8 = (rd_uint(r, 1) & 1) != 0;
	d.nrcpts = (size_t)rd_uint(r, 1);
	d.hostname = rd_str(r, VALUE);
	d.to = rd_str(r, VALUE);
	d.envid = rd_str(r, VALUE);
	d.subject = rd_str(r, VALUE);
	d.message_id = rd_str(r, VALUE);
	d.header = rd_str(r, VALUE);
	for (size_t i = 0; i < d.nrcpts; i++)
		read_rcpt(r, &v[i]);
	buf_init(&out, MOST);
	buf_init(&framed, MOST);
	dsn_put(&out, &d);
	wr_str(&framed, buf_str(&out));
	fwrite(buf_str(&framed).p, 1, framed.n, stdout);
	buf_done(&out);
	buf_done(&framed);
}

int
main(void)
{
	struct buf in;
	struct rd r;
	uint64_t id = 0;

	buf_init(&in, MOST);
	if (read_all(&in) < 0)
		return 1;
	r = rd_init(buf_str(&in));
	while (rd_more(&r))
		print_one(&r, ++id);
	buf_done(&in);
	return r.bad ? 1 : 0;
}
