/* The message of a job: its addresses, its bytes, and what these need of a server. */
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "config/config.h"
#include "remote.h"
#include "smtp/addr.h"

enum { ARENA_MAX = 4 << 20, LINE_MAX_BYTES = 998 };

/* ---- addresses */

/* As it goes over the wire: a domain outside of ASCII as A-labels, when the localpart is ASCII;
 * then a server without SMTPUTF8 can take it. RFC 6531 3.2 allows either. */
static int
address(struct job *j, struct str in, struct str *out)
{
	struct smtp_addr a;
	char domain[LIM_DOMAIN + 1];
	struct str local;

	if (smtp_addr_parse(in, &a, NULL) < 0)
		return -1;
	*out = in;
	local = str_sub(smtp_addr_text(&a), 0, a.at);
	if (!a.is_utf8 || !str_is_ascii(local) || a.at == a.text_n)
		return 0;
	if (config_domain_ascii(smtp_addr_domain(&a), domain, NULL) < 0)
		return -1;
	if (j->arena == NULL)
		j->arena = arena_new(ARENA_MAX);
	*out = arena_printf(j->arena, STR_FMT "@%s", STR_ARG(local), domain);
	return 0;
}

static bool
addresses_read(struct job *j)
{
	struct rd r = rd_init(j->m.rcpts);
	size_t n = 0;

	for (struct rd k = r; rd_more(&k); n++)
		(void)rd_str(&k, LIM_ADDR);
	if (n == 0 || n > LIM_REMOTE_RCPTS)
		return false;
	j->rcpts = mem_zalloc(n, sizeof(*j->rcpts));
	j->nrcpts = n;
	for (size_t i = 0; i < n; i++) {
		struct smtp_client_rcpt *rcpt = &j->rcpts[i];

		rcpt->addr = rd_str(&r, LIM_ADDR);
		if (address(j, rcpt->addr, &rcpt->addr) < 0) {
			rcpt->result = SMTP_CLIENT_FAIL;
			smtp_said_set(&rcpt->said, 0, STR("5.1.3"), STR("not an address"));
		}
		if (!str_is_ascii(rcpt->addr))
			j->txn.needs_utf8 = true;
	}
	return rd_done(&r);
}

/* ---- bytes */

static int
source(void *arg, struct str *piece)
{
	struct job *j = arg;
	struct err e = ERR_INIT;
	int r;

	if (!j->gave_prefix && j->m.prefix.n > 0) {
		j->gave_prefix = true;
		*piece = j->m.prefix;
		return 1;
	}
	r = spool_reader_next(j->reader, piece, &e);
	if (r < 0)
		LOG(&j->log, LOG_ERROR, "remote.message.unreadable", LF(err, &e));
	return r;
}

static void
rewind_source(struct job *j)
{
	j->gave_prefix = false;
	spool_reader_rewind(j->reader);
}

int
message_open(struct job *j, struct err *e)
{
	struct smtp_client_txn *t = &j->txn;
	uint64_t size;

	/* A file of the queue has a name; what it says is authenticated by its key. */
	if (!ipc_fd_is_message(j->fd, j->m.filekey.n > 0, &size))
		return err_set(e, EC_BUG, "not a sealed message");
	j->reader = spool_reader_new(j->fd, j->m.filekey, j->m.size, e);
	if (j->reader == NULL)
		return -1;
	if (!addresses_read(j))
		return err_set(e, EC_BUG, "malformed list of recipients");
	if (j->m.sender.n > 0 && address(j, j->m.sender, &t->sender) < 0)
		return err_set(e, EC_BUG, "malformed sender");
	t->rcpts = j->rcpts;
	t->nrcpts = j->nrcpts;
	t->size = j->m.prefix.n + j->m.size;
	t->source = source;
	t->arg = j;
	t->has_8bit = (j->m.flags & DELIVER_8BIT) != 0;
	t->is_binary = (j->m.flags & DELIVER_BINARY) != 0;
	t->needs_utf8 |= !str_is_ascii(t->sender) || (j->m.flags & DELIVER_SMTPUTF8) != 0;
	return 0;
}

/* ---- what the bytes need */

struct scan {
	bool has_8bit, is_binary, has_utf8_header;
	bool is_body, cr;
	size_t line; /* bytes of this one */
};

static void
scan_put(struct scan *s, struct str piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		unsigned char c = (unsigned char)piece.p[i];

		if (c >= 0x80) {
			s->has_8bit = true;
			s->has_utf8_header |= !s->is_body;
		}
		if (c == 0 || (s->cr && c != '\n') || (c == '\n' && !s->cr))
			s->is_binary = true;
		if (c == '\n') {
			s->is_body |= s->line == 0;
			s->line = 0;
		} else if (c != '\r' && ++s->line > LINE_MAX_BYTES) {
			s->is_binary = true;
		}
		s->cr = c == '\r';
	}
}

/* Clients announce BODY=8BITMIME, or SMTPUTF8, for messages that have no need of it. */
static void
look_closely(struct job *j)
{
	struct smtp_client_txn *t = &j->txn;
	struct scan s = { .line = 0 };
	bool addrs_utf8 = !str_is_ascii(t->sender);
	struct str piece;
	int r;

	j->is_scanned = true;
	rewind_source(j);
	while ((r = source(j, &piece)) > 0)
		scan_put(&s, piece);
	if (r < 0)
		return;
	for (size_t i = 0; i < j->nrcpts; i++)
		addrs_utf8 |= !str_is_ascii(j->rcpts[i].addr);
	t->has_8bit = s.has_8bit;
	t->is_binary = t->is_binary && (s.is_binary || s.cr);
	t->needs_utf8 = addrs_utf8 || (t->needs_utf8 && s.has_utf8_header);
}

void
message_begin(struct job *j, const struct smtp_client_caps *caps)
{
	const struct smtp_client_txn *t = &j->txn;

	if (!j->is_scanned && ((t->has_8bit && !caps->eightbit) || (t->needs_utf8 && !caps->utf8) ||
			       (t->is_binary && !(caps->chunking && caps->binary))))
		look_closely(j);
	rewind_source(j);
}
