/* SPF records, term by term. RFC 7208 4.5, 4.6.1, 5, 6, 12. */
#include <arpa/inet.h>

#include "base/mem.h"
#include "mailauth/spf_int.h"

static const struct {
	struct str name;
	enum spf_kind kind;
	bool has_spec, needs_spec, has_cidr;
} mechs[] = {
	{ STR("all"), SPF_ALL, false, false, false },
	{ STR("include"), SPF_INCLUDE, true, true, false },
	{ STR("a"), SPF_A, true, false, true },
	{ STR("mx"), SPF_MX, true, false, true },
	{ STR("ptr"), SPF_PTR, true, false, false },
	{ STR("ip4"), SPF_IP4, true, true, true },
	{ STR("ip6"), SPF_IP6, true, true, true },
	{ STR("exists"), SPF_EXISTS, true, true, false },
};

bool
spf_record_is(struct str txt)
{
	return str_has_prefixi(txt, STR("v=spf1")) && (txt.n == 6 || txt.p[6] == ' ');
}

struct str
spf_record_terms(struct str txt)
{
	return str_from(txt, 6);
}

int
spf_ip_parse(struct str s, struct in6_addr *ip)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct in6_addr v6;
	struct in_addr v4;
	char c[INET6_ADDRSTRLEN];

	if (str_to_c(s, c, sizeof(c)) < 0)
		return -1;
	if (inet_pton(AF_INET, c, &v4) == 1) {
		memcpy(ip->s6_addr, mapped, sizeof(mapped));
		memcpy(ip->s6_addr + 12, &v4, sizeof(v4));
		return 0;
	}
	if (inet_pton(AF_INET6, c, &v6) != 1)
		return -1;
	*ip = v6;
	return 0;
}

/* "0", or a number without leading zeros. */
static bool
get_cidr(struct str s, unsigned max, unsigned *v)
{
	uint32_t n;

	if (str_to_u32(s, max, &n) < 0 || (s.n > 1 && s.p[0] == '0'))
		return false;
	*v = n;
	return true;
}

/* Take "/" and digits off the end; the digits, p NULL when there are none. */
static struct str
cut_length(struct str *s)
{
	size_t n = s->n;
	struct str digits;

	while (n > 0 && chr_is_digit(s->p[n - 1]))
		n--;
	if (n == 0 || n == s->n || s->p[n - 1] != '/')
		return STR_NONE;
	digits = str_from(*s, n);
	s->n = n - 1;
	return digits;
}

/* dual-cidr-length at the end of `s`, which is cut. */
static bool
cut_dual_cidr(struct str *s, struct spf_term *t)
{
	struct str last = cut_length(s), first;

	if (last.p == NULL)
		return true;
	if (s->n == 0 || s->p[s->n - 1] != '/')
		return get_cidr(last, 32, &t->cidr4);
	s->n--;
	first = cut_length(s);
	return get_cidr(last, 128, &t->cidr6) &&
	       (first.p == NULL || get_cidr(first, 32, &t->cidr4));
}

static const char *
get_network(struct str s, struct spf_term *t)
{
	bool is_4 = t->kind == SPF_IP4;
	ssize_t slash = str_rchr(s, '/');
	struct str addr = slash < 0 ? s : str_sub(s, 0, (size_t)slash);

	if (slash >= 0 && !get_cidr(str_from(s, (size_t)slash + 1), is_4 ? 32 : 128,
				    is_4 ? &t->cidr4 : &t->cidr6))
		return "has a malformed prefix length";
	/* An IPv4 address has no colon, an IPv6 address has. */
	if (spf_ip_parse(addr, &t->ip) < 0 || (str_chr(addr, ':') < 0) != is_4)
		return "has a malformed address";
	return NULL;
}

/* What follows a mechanism's name: "", ":..." or "/...". */
static const char *
get_args(struct str s, size_t row, struct spf_term *t)
{
	bool is_ip = t->kind == SPF_IP4 || t->kind == SPF_IP6;

	if (mechs[row].has_cidr && !is_ip && !cut_dual_cidr(&s, t))
		return "has a malformed prefix length";
	if (s.n == 0)
		return mechs[row].needs_spec ? "lacks its argument" : NULL;
	if (s.p[0] != ':' || !mechs[row].has_spec)
		return "has an argument that does not belong there";
	t->spec = str_from(s, 1);
	return is_ip ? get_network(t->spec, t) : spf_macro_check(t->spec, SPF_MACRO_DOMAIN);
}

static bool
is_name(char c)
{
	return chr_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

static const char *
get_modifier(struct str name, struct spf_term *t)
{
	t->kind = str_eqi(name, STR("redirect")) ? SPF_REDIRECT
		  : str_eqi(name, STR("exp"))	 ? SPF_EXP
						 : SPF_OTHER;
	t->spec = str_from(t->text, name.n + 1);
	return spf_macro_check(t->spec,
			       t->kind == SPF_OTHER ? SPF_MACRO_MODIFIER : SPF_MACRO_DOMAIN);
}

static const char *
get_mechanism(struct spf_term *t)
{
	struct str s = t->text, name;
	size_t n = 0;

	if (strchr("+-~?", s.p[0]) != NULL) {
		t->qualifier = s.p[0];
		s = str_from(s, 1);
	}
	while (n < s.n && s.p[n] != ':' && s.p[n] != '/')
		n++;
	name = str_sub(s, 0, n);
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		if (!str_eqi(mechs[i].name, name))
			continue;
		t->kind = mechs[i].kind;
		return get_args(str_from(s, n), i, t);
	}
	return "is no mechanism";
}

int
spf_term_next(struct str *rest, struct spf_term *t, const char **why)
{
	size_t n = 0;

	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = str_from(*rest, 1);
	if (rest->n == 0)
		return 0;
	*t = (struct spf_term){
		.text = str_cut(*rest, ' ', rest), .qualifier = '+', .cidr4 = 32, .cidr6 = 128
	};
	while (n < t->text.n && is_name(t->text.p[n]))
		n++;
	if (n > 0 && n < t->text.n && t->text.p[n] == '=' && chr_is_alpha(t->text.p[0]))
		*why = get_modifier(str_sub(t->text, 0, n), t);
	else if (t->text.p[0] == '\0')
		*why = "has a character that is not allowed";
	else
		*why = get_mechanism(t);
	return *why == NULL ? 1 : -1;
}
