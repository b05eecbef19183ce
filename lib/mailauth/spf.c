/*
 * An evaluation from outside: what it is given, what it asks, how it ends. A step works until a
 * question is open (ask), another step is set, or the evaluation has ended.
 */
#include "mailauth/spf.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "mailauth/spf_int.h"

static void step_explain_target(struct spf *s);

const char *
spf_result_name(enum spf_result r)
{
	static const char *const names[] = {
#define X(code, word) [code] = word,
		SPF_RESULTS(X)
#undef X
	};

	return names[r];
}

/* ---- ends */

void
spf_copy(char *to, size_t size, struct str s)
{
	size_t n = MIN(s.n, size - 1);

	if (n > 0)
		memcpy(to, s.p, n);
	to[n] = '\0';
}

/* Text of a record as people may see it. */
void
spf_copy_printable(char *to, size_t size, struct str s)
{
	spf_copy(to, size, s);
	for (size_t i = 0; i < MIN(s.n, size - 1); i++)
		if (to[i] < ' ' || to[i] >= 0x7f)
			to[i] = '?';
}

static void
done(struct spf *s, enum spf_result r)
{
	s->out.result = r;
	s->ask = SPF_ASK_NOTHING;
	s->is_done = true;
}

void
spf_end(struct spf *s, enum spf_result r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->out.why, sizeof(s->out.why), fmt, ap);
	va_end(ap);
	done(s, r);
}

/* The whole evaluation has a result; `term` is what matched. RFC 7208 6.2: the explanation is that
 * of the record that decided, never of an included one. */
void
spf_finish(struct spf *s, enum spf_result r, struct str term)
{
	spf_copy(s->out.record_domain, sizeof(s->out.record_domain), str_c(s->frames[0].domain));
	spf_copy_printable(s->out.mechanism, sizeof(s->out.mechanism), term);
	s->out.result = r;
	if (r == SPF_FAIL && s->frames[0].exp.p != NULL)
		s->step = step_explain_target;
	else
		done(s, r);
}

/* ---- questions */

enum dns_type
spf_address_type(const struct spf *s)
{
	return s->is_ip4 ? DNS_A : DNS_AAAA;
}

void
spf_ask(struct spf *s, enum spf_ask ask, struct str name, enum dns_type type)
{
	spf_copy(s->name, sizeof(s->name), name);
	s->type = type;
	s->ask = ask;
	s->out.questions++;
}

/* ---- explanation, RFC 7208 6.2: whatever is wrong, there is none then */

static void
step_explain(struct spf *s)
{
	struct str e;

	if (!spf_explain(s, buf_str(&s->explain), &s->out.explanation))
		return;
	e = buf_str(&s->out.explanation);
	for (size_t i = 0; i < e.n; i++)
		s->out.explanation.over |= e.p[i] < ' ' || e.p[i] >= 0x7f;
	if (s->out.explanation.over)
		buf_reset(&s->out.explanation);
	done(s, SPF_FAIL);
}

static void
step_explain_target(struct spf *s)
{
	switch (spf_target(s, s->frames[0].exp)) {
	case SPF_TARGET_OK: {
		char name[LIM_DOMAIN + 1];

		spf_copy(name, sizeof(name), str_c(s->name));
		spf_ask(s, SPF_ASK_EXPLANATION, str_c(name), DNS_TXT);
		break;
	}
	case SPF_TARGET_NONE:
		done(s, SPF_FAIL);
		break;
	case SPF_TARGET_ASKED:
	case SPF_TARGET_ENDED:
		break;
	}
}

static void
answer_explanation(struct spf *s, const struct dns_answer *a)
{
	if (a->status != DNS_OK || a->n != 1 || a->rr[0].txt.n > LIM_SPF_RECORD ||
	    spf_macro_check(a->rr[0].txt, SPF_MACRO_EXPLAIN) != NULL) {
		done(s, SPF_FAIL);
		return;
	}
	buf_putstr(&s->explain, a->rr[0].txt);
	s->step = step_explain;
}

/* ---- life */

static void
put_ip(struct spf *s)
{
	static const char hex[] = "0123456789ABCDEF"; /* as the public test suite has it */
	const unsigned char *b = s->ip.s6_addr;
	char *p = s->ip_dots;

	if (s->is_ip4) {
		inet_ntop(AF_INET, b + 12, s->ip_text, sizeof(s->ip_text));
		spf_copy(s->ip_dots, sizeof(s->ip_dots), str_c(s->ip_text));
		return;
	}
	inet_ntop(AF_INET6, b, s->ip_text, sizeof(s->ip_text));
	for (unsigned i = 0; i < 16; i++) {
		*p++ = hex[b[i] >> 4];
		*p++ = '.';
		*p++ = hex[b[i] & 15];
		*p++ = i < 15 ? '.' : '\0';
	}
}

static void
put_sender(struct spf *s, const struct spf_in *in)
{
	ssize_t at = str_rchr(in->mail_from, '@');
	struct str local = str_sub(in->mail_from, 0, at < 0 ? 0 : (size_t)at);
	struct str domain =
		in->mail_from.n == 0 ? in->helo : str_from(in->mail_from, (size_t)(at + 1));

	s->out.is_helo = in->mail_from.n == 0;
	buf_putstr(&s->local, local.n > 0 ? local : STR("postmaster"));
	s->is_local_ascii = str_is_ascii(local);
	if (mailauth_domain(domain, s->domain) < 0)
		s->domain[0] = '\0';
	spf_copy(s->out.domain, sizeof(s->out.domain), str_c(s->domain));
	buf_putstr(&s->sender, buf_str(&s->local));
	buf_putc(&s->sender, '@');
	buf_puts(&s->sender, s->domain);
}

struct spf *
spf_new(const struct spf_in *in)
{
	struct spf *s = MEM_NEW(struct spf);
	char helo[LIM_DOMAIN + 1];

	s->out.is_authentic = true;
	s->ip = in->ip;
	s->is_ip4 = IN6_IS_ADDR_V4MAPPED(&in->ip);
	buf_init(&s->local, LIM_SPF_MACRO);
	buf_init(&s->sender, LIM_SPF_MACRO + LIM_DOMAIN + 1);
	buf_init(&s->helo, LIM_SPF_MACRO);
	buf_init(&s->receiver, LIM_SPF_MACRO);
	buf_init(&s->explain, LIM_SPF_RECORD);
	buf_init(&s->out.explanation, LIM_SPF_EXPLANATION);
	put_ip(s);
	put_sender(s, in);
	/* RFC 8616 4: macros have A-labels. What is no domain stays what it is. */
	if (!str_is_ascii(in->helo) && mailauth_domain(in->helo, helo) >= 0)
		buf_puts(&s->helo, helo);
	else
		buf_putstr(&s->helo, in->helo);
	buf_putstr(&s->receiver, in->receiver.n > 0 ? in->receiver : STR("unknown"));
	snprintf(s->now, sizeof(s->now), "%" PRId64, in->now);
	spf_frame_begin(s, str_c(s->domain), false);
	if (s->domain[0] == '\0')
		spf_end(s, SPF_NONE, "%s",
			s->out.is_helo ? "no sender, and HELO is no domain"
				       : "the sender has no domain");
	else if (s->local.over || s->helo.over || s->receiver.over)
		spf_end(s, SPF_NONE, "sender or HELO is too long");
	return s;
}

void
spf_free(struct spf **sp)
{
	struct spf *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	for (unsigned i = 0; i < SPF_FRAMES; i++)
		buf_done(&s->frames[i].record);
	buf_done(&s->local);
	buf_done(&s->sender);
	buf_done(&s->helo);
	buf_done(&s->receiver);
	buf_done(&s->explain);
	buf_done(&s->out.explanation);
	mem_free(s);
}

bool
spf_next(struct spf *s, struct mailauth_question *q)
{
	while (!s->is_done && s->ask == SPF_ASK_NOTHING)
		s->step(s);
	if (s->is_done)
		return false;
	*q = (struct mailauth_question){ str_c(s->name), s->type };
	return true;
}

void
spf_put(struct spf *s, const struct dns_answer *a)
{
	enum spf_ask ask = s->ask;

	s->out.is_authentic &= a->authentic;
	if (ask == SPF_ASK_RECORD || ask == SPF_ASK_EXPLANATION)
		s->ask = SPF_ASK_NOTHING;
	if (ask == SPF_ASK_RECORD)
		spf_answer_record(s, a);
	else if (ask == SPF_ASK_EXPLANATION)
		answer_explanation(s, a);
	else if (ask != SPF_ASK_NOTHING)
		spf_answer_mech(s, a);
}

void
spf_expire(struct spf *s)
{
	if (s->is_done)
		return;
	if (s->step == step_explain || s->step == step_explain_target)
		done(s, SPF_FAIL);
	else
		spf_end(s, SPF_TEMPERROR, "no result in time");
}

const struct spf_out *
spf_out(const struct spf *s)
{
	return &s->out;
}

static bool
ops_next(void *eval, struct mailauth_question *q)
{
	return spf_next(eval, q);
}

static void
ops_put(void *eval, const struct dns_answer *a)
{
	spf_put(eval, a);
}

static void
ops_expire(void *eval)
{
	spf_expire(eval);
}

const struct mailauth_ops spf_ops = { ops_next, ops_put, ops_expire };
