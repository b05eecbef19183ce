/*
 * The SMTP client against a server that says what the input has. The first byte has settings of the
 * messages, the rest is the server's, given a line at a time, then again byte by byte: the client
 * must say and conclude the same. Nobody may be left undecided without a reason, and what was not
 * accepted by a 2yz reply is not delivered.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "smtp/client.h"

enum { RCPTS = 3, SENDS = 4 };

struct run {
	struct smtp_client *c;
	struct smtp_client_txn t;
	struct smtp_client_rcpt rcpts[RCPTS];
	struct str left;
	struct buf out;
	unsigned sends;
};

static const char message[] = "Subject: x\r\n\r\n.\r\n..two\r\ntext\r\n.\r\n";

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static int
source(void *arg, struct str *piece)
{
	struct run *r = arg;

	*piece = str_sub(r->left, 0, 5);
	r->left = str_from(r->left, 5);
	return piece->n > 0;
}

static void
check_results(const struct run *r)
{
	for (unsigned i = 0; i < RCPTS; i++) {
		const struct smtp_client_rcpt *c = &r->rcpts[i];

		check(c->result <= SMTP_CLIENT_FAIL);
		check(c->result != SMTP_CLIENT_OK || c->said.code / 100 == 2);
		check(c->said.text_n <= sizeof(c->said.text) &&
		      str_is_utf8(smtp_said_text(&c->said)));
	}
}

/* Until the client waits for input (true) or is done. */
static bool
turn(struct run *r, struct buf *in)
{
	for (;;) {
		char *copy = mem_dup(buf_str(in).p, in->n);
		size_t used;
		enum smtp_client_want w = smtp_client_run(r->c, str_mem(copy, in->n), &used);

		mem_free(copy);
		check(used <= in->n);
		buf_consume(in, used);
		buf_putstr(&r->out, buf_str(smtp_client_out(r->c)));
		buf_reset(smtp_client_out(r->c));
		check(smtp_client_patience(r->c) > 0 && smtp_client_stage(r->c) != NULL);
		if (w == SMTP_CLIENT_INPUT)
			return true;
		if (w == SMTP_CLIENT_TLS) {
			smtp_client_tls_done(r->c);
			continue;
		}
		if (w == SMTP_CLIENT_OUTPUT)
			continue;
		check_results(r);
		if (w == SMTP_CLIENT_CLOSE || r->sends++ == SENDS || !smtp_client_may_send(r->c))
			return false;
		for (unsigned i = 0; i < RCPTS; i++)
			r->rcpts[i].result = SMTP_CLIENT_OPEN;
		r->left = str_mem(message, sizeof(message) - 1);
		smtp_client_send(r->c, &r->t);
	}
}

static void
converse(struct run *r, unsigned settings, struct str server, bool bytewise)
{
	struct buf in;

	*r = (struct run){ .c = smtp_client_new(STR("me"), (settings & 1) != 0) };
	buf_init(&r->out, 1 << 20);
	buf_init(&in, server.n + 1);
	for (unsigned i = 0; i < RCPTS; i++)
		r->rcpts[i].addr = STR("a@x");
	r->t = (struct smtp_client_txn){ .sender = STR("s@x"),
					 .rcpts = r->rcpts,
					 .nrcpts = RCPTS,
					 .size = sizeof(message) - 1,
					 .source = source,
					 .arg = r,
					 .has_8bit = (settings & 2) != 0,
					 .is_binary = (settings & 4) != 0,
					 .needs_utf8 = (settings & 8) != 0 };
	while (turn(r, &in) && server.n > 0) {
		ssize_t lf = str_chr(server, '\n');
		size_t n = bytewise ? 1 : lf >= 0 ? (size_t)lf + 1 : server.n;

		buf_putstr(&in, str_sub(server, 0, n));
		server = str_from(server, n);
	}
	smtp_client_lost(r->c, "4.4.2", STR("end of input"), (settings & 16) != 0);
	check_results(r);
	buf_done(&in);
	smtp_client_free(&r->c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct run a, b;

	if (n < 1 || n > 20000)
		return 0;
	converse(&a, p[0], str_mem(p + 1, n - 1), false);
	converse(&b, p[0], str_mem(p + 1, n - 1), true);
	check(str_eq(buf_str(&a.out), buf_str(&b.out)));
	for (unsigned i = 0; i < RCPTS; i++)
		check(a.rcpts[i].result == b.rcpts[i].result &&
		      a.rcpts[i].said.code == b.rcpts[i].said.code);
	buf_done(&a.out);
	buf_done(&b.out);
	return 0;
}
