/*
 * check_host() of RFC 7208 4, with its own stack of includes: frames[depth] is at work. A step
 * works until a question is open (ask), another step is set, or the evaluation has ended.
 */
#include "mailauth/spf.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "mailauth/spf_int.h"

static void step_record(struct spf *s);
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

static void
copy(char *to, size_t size, struct str s)
{
	size_t n = MIN(s.n, size - 1);

	if (n > 0)
		memcpy(to, s.p, n);
	to[n] = '\0';
}

/* Text of a record as people may see it. */
static void
copy_printable(char *to, size_t size, struct str s)
{
	copy(to, size, s);
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

static enum spf_result
result_of(char qualifier)
{
	switch (qualifier) {
	case '-':
		return SPF_FAIL;
	case '~':
		return SPF_SOFTFAIL;
	case '?':
		return SPF_NEUTRAL;
	default:
		return SPF_PASS;
	}
}

/* The whole evaluation has a result; `term` is what matched. RFC 7208 6.2: the explanation is that
 * of the record that decided, never of an included one. */
static void
finish(struct spf *s, enum spf_result r, struct str term)
{
	copy(s->out.record_domain, sizeof(s->out.record_domain), str_c(s->frames[0].domain));
	copy_printable(s->out.mechanism, sizeof(s->out.mechanism), term);
	s->out.result = r;
	if (r == SPF_FAIL && s->frames[0].exp.p != NULL)
		s->step = step_explain_target;
	else
		done(s, r);
}

/* The frame at work has a result: go on in the one that included it. RFC 7208 5.2. */
static void
frame_result(struct spf *s, enum spf_result r, struct str term)
{
	while (s->depth > 0) {
		buf_done(&spf_frame(s)->record);
		s->depth--;
		term = spf_frame(s)->term.text;
		if (r != SPF_PASS) {
			s->step = spf_step_term;
			return;
		}
		r = result_of(spf_frame(s)->term.qualifier);
	}
	finish(s, r, term);
}

void
spf_match(struct spf *s)
{
	const struct spf_term *t = &spf_frame(s)->term;

	frame_result(s, result_of(t->qualifier), t->text);
}

bool
spf_count_term(struct spf *s)
{
	if (s->out.terms == LIM_SPF_TERMS) {
		spf_end(s, SPF_PERMERROR, "more than %d terms ask the DNS", LIM_SPF_TERMS);
		return false;
	}
	s->out.terms++;
	return true;
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
	copy(s->name, sizeof(s->name), name);
	s->type = type;
	s->ask = ask;
	s->out.questions++;
}

/* ---- records */

/* The one that `a` has; 0 when there is none, -1 when there are several. RFC 7208 4.5. */
static int
record_select(const struct dns_answer *a, struct str *record)
{
	int n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (!spf_record_is(a->rr[i].txt))
			continue;
		if (++n > 1)
			return -1;
		*record = a->rr[i].txt;
	}
	return n;
}

/* All of it must be well-formed before any of it counts: RFC 7208 4.6. NULL, or what is wrong. */
static const char *
frame_check(struct spf_frame *f, struct spf_term *t)
{
	struct str rest = f->rest;
	const char *why = NULL;
	int r;

	while ((r = spf_term_next(&rest, t, &why)) > 0) {
		struct str *once = t->kind == SPF_REDIRECT ? &f->redirect : &f->exp;

		f->has_all |= t->kind == SPF_ALL;
		if (t->kind != SPF_REDIRECT && t->kind != SPF_EXP)
			continue;
		if (once->p != NULL)
			return "is there twice";
		*once = t->spec;
	}
	return r < 0 ? why : NULL;
}

static void
no_record(struct spf *s)
{
	struct spf_frame *f = spf_frame(s);

	if (s->depth > 0)
		spf_end(s, SPF_PERMERROR, "include of %s, which has no SPF record", f->domain);
	else if (f->is_redirected)
		spf_end(s, SPF_PERMERROR, "redirect to %s, which has no SPF record", f->domain);
	else
		spf_end(s, SPF_NONE, "%s has no SPF record", f->domain);
}

static void
answer_record(struct spf *s, const struct dns_answer *a)
{
	struct spf_frame *f = spf_frame(s);
	struct str record;
	struct spf_term bad;
	const char *why;
	int n = a->status == DNS_OK ? record_select(a, &record) : 0;

	if (a->status == DNS_TEMP) {
		spf_end(s, SPF_TEMPERROR, "record of %s: %s", f->domain,
			a->why != NULL ? a->why : "no answer");
	} else if (n == 0) {
		no_record(s);
	} else if (n < 0) {
		spf_end(s, SPF_PERMERROR, "%s has several SPF records", f->domain);
	} else if (record.n > LIM_SPF_RECORD) {
		spf_end(s, SPF_PERMERROR, "the record of %s is too long", f->domain);
	} else {
		buf_putstr(&f->record, record);
		f->rest = spf_record_terms(buf_str(&f->record));
		s->step = spf_step_term;
		why = frame_check(f, &bad);
		if (why == NULL)
			return;
		copy_printable(s->out.mechanism, sizeof(s->out.mechanism), bad.text);
		spf_end(s, SPF_PERMERROR, "record of %s: \"%.100s\" %s", f->domain,
			s->out.mechanism, why);
	}
}

/* A frame begins, or begins anew: `domain` may be a pointer into its record. RFC 7208 4.3. */
static void
frame_begin(struct spf *s, struct str domain, bool is_redirected)
{
	struct spf_frame *f = spf_frame(s);
	char name[LIM_DOMAIN + 1];

	copy(name, sizeof(name), domain);
	buf_done(&f->record);
	*f = (struct spf_frame){ .is_redirected = is_redirected };
	buf_init(&f->record, LIM_SPF_RECORD);
	copy(f->domain, sizeof(f->domain), str_c(name));
	s->step = step_record;
}

static void
step_record(struct spf *s)
{
	struct str domain = str_c(spf_frame(s)->domain);

	if (str_chr(domain, '.') < 0)
		no_record(s);
	else
		spf_ask(s, SPF_ASK_RECORD, domain, DNS_TXT);
}

/* ---- terms */

static void
step_target(struct spf *s, struct str spec, bool is_redirected)
{
	switch (spf_target(s, spec)) {
	case SPF_TARGET_OK:
		s->depth += !is_redirected;
		frame_begin(s, str_c(s->name), is_redirected);
		break;
	case SPF_TARGET_NONE:
		spf_end(s, SPF_PERMERROR, "%s to a malformed domain",
			is_redirected ? "redirect" : "include");
		break;
	case SPF_TARGET_ASKED:
	case SPF_TARGET_ENDED:
		break;
	}
}

static void
step_redirect(struct spf *s)
{
	step_target(s, spf_frame(s)->redirect, true);
}

static void
step_include(struct spf *s)
{
	/* RFC 8616 4: terms with such macros do not match. */
	struct str spec = spf_frame(s)->term.spec;

	if (!s->is_local_ascii && (spf_macro_has(spec, 's') || spf_macro_has(spec, 'l')))
		s->step = spf_step_term;
	else
		step_target(s, spec, false);
}

/* RFC 7208 4.7, 6.1. */
static void
record_end(struct spf *s)
{
	const struct spf_frame *f = spf_frame(s);

	if (f->redirect.p == NULL || f->has_all)
		frame_result(s, SPF_NEUTRAL, STR("default"));
	else if (spf_count_term(s))
		s->step = step_redirect;
}

static bool
is_network(const struct spf *s, const struct spf_term *t)
{
	unsigned bits = t->kind == SPF_IP4 ? 96 + t->cidr4 : t->cidr6;
	unsigned bytes = bits / 8, rest = bits % 8;
	const unsigned char *a = s->ip.s6_addr, *b = t->ip.s6_addr;

	return (t->kind == SPF_IP4) == s->is_ip4 && memcmp(a, b, bytes) == 0 &&
	       (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

void
spf_step_term(struct spf *s)
{
	struct spf_frame *f = spf_frame(s);
	const char *why;

	s->is_void = false;
	if (spf_term_next(&f->rest, &f->term, &why) <= 0) {
		record_end(s);
		return;
	}
	switch (f->term.kind) {
	case SPF_ALL:
		spf_match(s);
		break;
	case SPF_IP4:
	case SPF_IP6:
		if (is_network(s, &f->term))
			spf_match(s);
		break;
	case SPF_INCLUDE:
		if (spf_count_term(s))
			s->step = step_include;
		break;
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
		if (spf_count_term(s))
			s->step = spf_step_mech;
		break;
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_OTHER:
		break;
	}
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

		copy(name, sizeof(name), str_c(s->name));
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
		copy(s->ip_dots, sizeof(s->ip_dots), str_c(s->ip_text));
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
	copy(s->out.domain, sizeof(s->out.domain), str_c(s->domain));
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
	frame_begin(s, str_c(s->domain), false);
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
		answer_record(s, a);
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
