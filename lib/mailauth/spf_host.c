/*
 * check_host() of RFC 7208 4, with its own stack of includes: frames[depth] is at work.
 */
#include "base/mem.h"
#include "mailauth/spf_int.h"

static void step_record(struct spf *s);

/* ---- results of a frame */

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
	spf_finish(s, r, term);
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

void
spf_answer_record(struct spf *s, const struct dns_answer *a)
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
		spf_copy_printable(s->out.mechanism, sizeof(s->out.mechanism), bad.text);
		spf_end(s, SPF_PERMERROR, "record of %s: \"%.100s\" %s", f->domain,
			s->out.mechanism, why);
	}
}

/* A frame begins, or begins anew: `domain` may be a pointer into its record. RFC 7208 4.3. */
void
spf_frame_begin(struct spf *s, struct str domain, bool is_redirected)
{
	struct spf_frame *f = spf_frame(s);
	char name[LIM_DOMAIN + 1];

	spf_copy(name, sizeof(name), domain);
	buf_done(&f->record);
	*f = (struct spf_frame){ .is_redirected = is_redirected };
	buf_init(&f->record, LIM_SPF_RECORD);
	spf_copy(f->domain, sizeof(f->domain), str_c(name));
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
		spf_frame_begin(s, str_c(s->name), is_redirected);
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
