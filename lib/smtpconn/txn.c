/* A transaction: its recipients' verdicts, the message's bytes, and what is said about it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "smtp/trace.h"
#include "smtpconn/smtpconn.h"

struct smtp_verdict
smtpconn_verdict(const struct deliver_reply *r)
{
	return (struct smtp_verdict){ r->code, str_c(r->ecode), str_c(r->text) };
}

void
smtpconn_txn_begin(struct smtpconn *c, const struct smtp_txn *t)
{
	struct smtpconn_txn *x = MEM_NEW(struct smtpconn_txn);

	x->pub = t;
	/* Not a count: queued and deliverd take a message whose number they know for one that comes
	 * again, so nobody may meet the numbers of another worker, by chance or on purpose. */
	do
		seal_random(&x->mid, sizeof(x->mid));
	while (x->mid == 0);
	x->began = loop_now(c->all->l);
	x->reserved = t->announced;
	c->all->announced += x->reserved;
	c->txn = x;
	c->log.mid = x->mid;
}

void
smtpconn_txn_end(struct smtpconn *c)
{
	struct smtpconn_txn *x = c->txn;

	if (x == NULL)
		return;
	c->txn = NULL;
	c->log.mid = 0;
	for (unsigned i = 0; i < LIM_SMTP_RCPT_PARALLEL; i++)
		deliver_ask_free(&x->asks[i].d);
	spool_free(&x->spool);
	mem_wipe(x->msg.key, sizeof(x->msg.key));
	c->all->announced -= x->reserved;
	mem_free(x);
}

bool
smtpconn_has_space(const struct smtpconns *all, struct smtp_verdict *v)
{
	uint64_t left = spool_disk_free(svc_dir(all->svc, "tmp")), need;

	if (!__builtin_add_overflow(all->announced, (uint64_t)LIM_SMTP_DISK_RESERVE, &need) &&
	    left >= need)
		return true;
	*v = (struct smtp_verdict){ 452, STR("4.3.1"), STR("Out of disk space, try again later") };
	return false;
}

/* ---- recipients */

static void
rcpt_log(struct smtpconn *c, struct str addr, const struct smtp_verdict *v)
{
	LOG(&c->log, LOG_INFO, c->all->ops->events.rcpt, LF(rcpt, addr),
	    LF(from, c->txn->pub->sender), LF(code, v->code), LF(reason, v->text));
}

static void
on_asked(void *arg, const struct deliver_reply *r, struct str account, uint32_t owner)
{
	struct smtpconn_ask *a = arg;
	struct smtp_verdict v = smtpconn_verdict(r);

	if (v.code != 250)
		rcpt_log(a->c, a->addr, &v);
	smtp_session_rcpt_done(a->c->s, a->slot, &v, account, owner);
	stream_wake(a->c->st);
	deliver_ask_free(&a->d);
}

void
smtpconn_txn_ask(struct smtpconn *c, unsigned slot, struct str addr)
{
	struct smtpconn_ask *a = &c->txn->asks[slot];

	*a = (struct smtpconn_ask){ .c = c, .addr = addr, .slot = slot };
	a->d = deliver_ask_new(c->all->svc, c->txn->mid, c->txn->pub->sender, addr, str_c(c->ip),
			       on_asked, a);
}

void
smtpconn_rcpt_refuse(struct smtpconn *c, unsigned slot, struct str addr,
		     const struct smtp_verdict *v)
{
	rcpt_log(c, addr, v);
	smtp_session_rcpt_done(c->s, slot, v, STR(""), 0);
}

/* ---- the message */

void
smtpconn_txn_data(struct smtpconn *c)
{
	c->txn->spool =
		spool_new(svc_dir(c->all->svc, "tmp"), &c->all->pool, c->txn->pub->announced);
}

void
smtpconn_txn_put(struct smtpconn *c, struct str bytes)
{
	struct smtpconn_txn *x = c->txn;

	if (x->err.code == EC_OK && spool_put(x->spool, bytes, &x->err) < 0)
		spool_free(&x->spool); /* gives the disk back at once */
}

bool
smtpconn_txn_finish(struct smtpconn *c, struct deliver_reply *r)
{
	struct smtpconn_txn *x = c->txn;

	if (x->err.code == EC_OK && spool_finish(x->spool, &x->msg, &x->err) == 0)
		return true;
	LOG(&c->log, LOG_ERROR, c->all->ops->events.spool, LF(err, &x->err));
	deliver_reply_err(r, &x->err);
	return false;
}

uint32_t
smtpconn_txn_flags(const struct smtpconn *c)
{
	const struct smtp_txn *t = c->txn->pub;
	uint32_t f = 0;

	if (t->body != SMTP_7BIT)
		f |= DELIVER_8BIT;
	if (t->body == SMTP_BINARYMIME)
		f |= DELIVER_BINARY;
	if (t->is_utf8)
		f |= DELIVER_SMTPUTF8;
	if (stream_layer_arg(c->st) != NULL)
		f |= DELIVER_TLS;
	return f;
}

/* An address that can be ASCII is: with UTF-8 in the header the message would need SMTPUTF8 of all
 * servers on its way. */
static void
put_rcpt(struct buf *b, struct str addr)
{
	ssize_t at = str_rchr(addr, '@');
	char domain[LIM_DOMAIN + 1];

	if (at > 0 && str_is_ascii(str_sub(addr, 0, (size_t)at)) && !str_is_ascii(addr) &&
	    config_domain_ascii(str_from(addr, (size_t)at + 1), domain, NULL) == 0)
		buf_printf(b, STR_FMT "@%s", STR_ARG(str_sub(addr, 0, (size_t)at)), domain);
	else
		buf_putstr(b, addr);
}

void
smtpconn_txn_trace(struct smtpconn *c, bool hide_client)
{
	struct smtpconn_txn *x = c->txn;
	struct str host = str_c(c->conf->smtp.hostname);
	struct smtp_trace t = {
		.helo = hide_client ? host : smtp_session_helo(c->s),
		.ip = hide_client ? STR("") : str_c(c->ip),
		.hostname = host,
		.proto = smtp_session_proto(c->s),
		.id = x->mid,
		.now = clock_now(),
	};
	struct tls_info tls;
	struct buf b, rcpt;

	if (tls_stream_info(c->st, &tls)) {
		t.tls = tls.version;
		t.cipher = tls.cipher;
	}
	buf_init(&rcpt, LIM_ADDR + LIM_DOMAIN);
	if (x->pub->nrcpts == 1)
		put_rcpt(&rcpt, x->pub->rcpts[0].addr);
	t.rcpt = buf_str(&rcpt);
	buf_init(&b, sizeof(x->trace));
	smtp_trace_put(&b, &t);
	x->trace_n = b.n;
	memcpy(x->trace, buf_str(&b).p, b.n);
	buf_done(&rcpt);
	buf_done(&b);
}

void
smtpconn_accept_reply(const struct smtpconn *c, struct deliver_reply *r)
{
	char text[64];

	snprintf(text, sizeof(text), "Accepted, id %016" PRIx64, c->txn->mid);
	deliver_reply_set(r, 250, STR("2.0.0"), str_c(text));
}

void
smtpconn_refused(void *ctx, struct str cmd, unsigned code, struct str ecode, struct str text)
{
	struct smtpconn *c = ctx;

	LOG(&c->log, LOG_INFO, c->all->ops->events.command, LF(cmd, cmd), LF(code, code),
	    LF(ecode, ecode), LF(reason, text));
}
