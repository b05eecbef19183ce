/* SPF mechanisms that ask the DNS, and %{p}. RFC 7208 5.3 to 5.7, 7.3. */
#include <stdio.h>

#include "base/mem.h"
#include "mailauth/spf_int.h"

/* ---- the client's names */

static void
ask_ptr(struct spf *s)
{
	char name[80];
	size_t n = strlen(s->ip_dots), o = 0;

	/* The parts of %{i}, last one first. */
	for (size_t end = n; end > 0;) {
		size_t from = end;

		while (from > 0 && s->ip_dots[from - 1] != '.')
			from--;
		memcpy(name + o, s->ip_dots + from, end - from);
		o += end - from;
		name[o++] = '.';
		end = from > 0 ? from - 1 : 0;
	}
	snprintf(name + o, sizeof(name) - o, s->is_ip4 ? "in-addr.arpa" : "ip6.arpa");
	spf_ask(s, SPF_ASK_PTR, str_c(name), DNS_PTR);
}

/* How well a name stands for `domain`, 0 best: RFC 7208 7.3. */
static unsigned
ptr_rank(const struct spf_ptr *p, struct str domain)
{
	struct str name = str_c(p->name);

	return str_eqi(name, domain) ? 0 : mailauth_name_is_within(name, domain) ? 1 : 2;
}

/* The best name of the client that is valid, up to that rank: 1, 0 when there is none, -1 when
 * something has to be asked for first. */
static int
ptr_find(struct spf *s, struct str domain, unsigned rank_max, struct str *name)
{
	if (!s->has_ptr) {
		ask_ptr(s);
		return -1;
	}
	for (unsigned rank = 0; rank <= rank_max; rank++)
		for (unsigned i = 0; i < s->nptr; i++) {
			struct spf_ptr *p = &s->ptr[i];

			if (ptr_rank(p, domain) != rank || p->state == SPF_PTR_INVALID)
				continue;
			if (p->state == SPF_PTR_UNKNOWN) {
				s->ptr_at = i;
				spf_ask(s, SPF_ASK_PTR_ADDRESS, str_c(p->name),
					spf_address_type(s));
				return -1;
			}
			*name = str_c(p->name);
			return 1;
		}
	return 0;
}

/* ---- expansion */

static bool
is_explaining(const struct spf *s)
{
	return s->out.result == SPF_FAIL;
}

/* False while the value of %{p} is being asked for, or when the evaluation ended by that. */
static bool
expand(struct spf *s, struct str spec, struct buf *out)
{
	struct str domain = str_c(spf_frame(s)->domain), p = STR("unknown");
	struct spf_macros m = {
		.s = buf_str(&s->sender),
		.l = buf_str(&s->local),
		.o = str_c(s->domain),
		.d = domain,
		.i = str_c(s->ip_dots),
		.v = s->is_ip4 ? STR("in-addr") : STR("ip6"),
		.h = buf_str(&s->helo),
		.c = str_c(s->ip_text),
		.r = buf_str(&s->receiver),
		.t = str_c(s->now),
	};

	if (spf_macro_has(spec, 'p')) {
		if (!s->has_ptr && !is_explaining(s) && !spf_count_term(s))
			return false;
		if (ptr_find(s, domain, 2, &p) < 0)
			return false;
	}
	m.p = p;
	spf_macro_expand(&m, spec, out);
	return true;
}

bool
spf_explain(struct spf *s, struct str text, struct buf *out)
{
	return expand(s, text, out);
}

/* Labels go from the left until 253 bytes are left: RFC 7208 7.3. */
static struct str
cut_left(struct str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > 253) {
		ssize_t dot = str_chr(name, '.');

		if (dot < 0)
			break;
		name = str_from(name, (size_t)dot + 1);
	}
	return name;
}

enum spf_target
spf_target(struct spf *s, struct str spec)
{
	enum spf_target r = SPF_TARGET_NONE;
	struct str name;
	struct buf b;

	/* RFC 8616 4. */
	if (!s->is_local_ascii && (spf_macro_has(spec, 's') || spf_macro_has(spec, 'l')))
		return SPF_TARGET_NONE;
	buf_init(&b, LIM_SPF_EXPANDED);
	if (!expand(s, spec, &b)) {
		r = s->is_done ? SPF_TARGET_ENDED : SPF_TARGET_ASKED;
	} else if (!b.over) {
		name = cut_left(buf_str(&b));
		if (mailauth_name_is_askable(name)) {
			memcpy(s->name, name.p, name.n);
			s->name[name.n] = '\0';
			r = SPF_TARGET_OK;
		}
	}
	buf_done(&b);
	return r;
}

/* ---- steps */

static void
step_mx(struct spf *s)
{
	if (s->mx_at == s->nmx)
		s->step = spf_step_term;
	else
		spf_ask(s, SPF_ASK_MX_ADDRESS, str_c(s->mx[s->mx_at]), spf_address_type(s));
}

/* s->name has the target. */
static void
mech_ptr(struct spf *s)
{
	char target[LIM_DOMAIN + 1];
	struct str name;
	int r;

	memcpy(target, s->name, sizeof(target));
	r = ptr_find(s, str_c(target), 1, &name);
	if (r > 0)
		spf_match(s);
	else if (r == 0)
		s->step = spf_step_term;
}

static void
mech_ask(struct spf *s)
{
	char name[LIM_DOMAIN + 1];

	memcpy(name, s->name, sizeof(name));
	switch (spf_frame(s)->term.kind) {
	case SPF_A:
		spf_ask(s, SPF_ASK_ADDRESS, str_c(name), spf_address_type(s));
		break;
	case SPF_MX:
		spf_ask(s, SPF_ASK_MX, str_c(name), DNS_MX);
		break;
	case SPF_PTR:
		mech_ptr(s);
		break;
	default:
		spf_ask(s, SPF_ASK_EXISTS, str_c(name), DNS_A);
		break;
	}
}

/* Called anew after each answer for %{p} and ptr. */
void
spf_step_mech(struct spf *s)
{
	const struct spf_frame *f = spf_frame(s);

	if (f->term.spec.p == NULL) {
		memcpy(s->name, f->domain, sizeof(s->name));
		mech_ask(s);
		return;
	}
	switch (spf_target(s, f->term.spec)) {
	case SPF_TARGET_OK:
		mech_ask(s);
		break;
	case SPF_TARGET_NONE:
		s->step = spf_step_term;
		break;
	case SPF_TARGET_ASKED:
	case SPF_TARGET_ENDED:
		break;
	}
}

/* ---- answers */

static bool
is_ours(const struct spf *s, const struct dns_rr *rr, unsigned cidr4, unsigned cidr6)
{
	const unsigned char *a = s->ip.s6_addr, *b = rr->aaaa.s6_addr;
	unsigned bits = s->is_ip4 ? cidr4 : cidr6, bytes = bits / 8, rest = bits % 8;

	if (s->is_ip4) {
		a += 12;
		b = (const unsigned char *)&rr->a;
	}
	return memcmp(a, b, bytes) == 0 && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static bool
has_ours(const struct spf *s, const struct dns_answer *a, unsigned cidr4, unsigned cidr6)
{
	for (size_t i = 0; i < a->n; i++)
		if (is_ours(s, &a->rr[i], cidr4, cidr6))
			return true;
	return false;
}

/* RFC 7208 4.6.4; false when the evaluation ended by it. */
static bool
count_void(struct spf *s, const struct dns_answer *a)
{
	if (a->n > 0 || s->is_void || is_explaining(s))
		return true;
	s->is_void = true;
	if (s->out.voids == LIM_SPF_VOIDS) {
		spf_end(s, SPF_PERMERROR, "more than %d terms find nothing in the DNS",
			LIM_SPF_VOIDS);
		return false;
	}
	s->out.voids++;
	return true;
}

static void
answer_ptr(struct spf *s, const struct dns_answer *a)
{
	s->has_ptr = true;
	if (a->status == DNS_TEMP || !count_void(s, a))
		return;
	for (size_t i = 0; i < a->n && s->nptr < LIM_SPF_NAMES; i++) {
		struct str name = a->rr[i].name;
		struct spf_ptr *p = &s->ptr[s->nptr++];

		p->state = SPF_PTR_INVALID;
		if (!mailauth_name_is_askable(name))
			continue;
		memcpy(p->name, name.p, name.n);
		p->state = SPF_PTR_UNKNOWN;
	}
}

static void
answer_mx(struct spf *s, const struct dns_answer *a)
{
	if (a->n > LIM_SPF_NAMES) {
		spf_end(s, SPF_PERMERROR, "%s has more than %d MX records", s->name, LIM_SPF_NAMES);
		return;
	}
	s->nmx = s->mx_at = 0;
	for (size_t i = 0; i < a->n; i++) {
		struct str name = a->rr[i].mx.name;

		if (!mailauth_name_is_askable(name))
			continue;
		memcpy(s->mx[s->nmx], name.p, name.n);
		s->mx[s->nmx++][name.n] = '\0';
	}
	s->step = step_mx;
}

/* The mechanism matches, or it has nothing more to ask. */
static void
verdict(struct spf *s, bool is_match)
{
	if (is_match)
		spf_match(s);
	else
		s->step = spf_step_term;
}

void
spf_answer_mech(struct spf *s, const struct dns_answer *a)
{
	const struct spf_term *t = &spf_frame(s)->term;
	enum spf_ask ask = s->ask;

	s->ask = SPF_ASK_NOTHING;
	/* Errors that the client's names make are no fault of the domain: RFC 7208 5.5. */
	if (ask == SPF_ASK_PTR) {
		answer_ptr(s, a);
		return;
	}
	if (ask == SPF_ASK_PTR_ADDRESS) {
		s->ptr[s->ptr_at].state = has_ours(s, a, 32, 128) ? SPF_PTR_VALID : SPF_PTR_INVALID;
		return;
	}
	if (a->status == DNS_TEMP) {
		spf_end(s, SPF_TEMPERROR, "%s: %s", s->name, a->why != NULL ? a->why : "no answer");
		return;
	}
	if (!count_void(s, a))
		return;
	if (ask == SPF_ASK_MX)
		answer_mx(s, a);
	else if (ask == SPF_ASK_EXISTS)
		verdict(s, a->n > 0);
	else if (has_ours(s, a, t->cidr4, t->cidr6))
		spf_match(s);
	else if (ask == SPF_ASK_MX_ADDRESS)
		s->mx_at++;
	else
		s->step = spf_step_term;
}
