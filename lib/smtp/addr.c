#include "smtp/addr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>

#include "base/encode.h"
#include "base/mem.h"

enum { LABEL_MAX = 63 }; /* RFC 1035 2.3.4 */

static bool
is_high(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

/* atext, RFC 5322 3.2.3 with RFC 6531 3.3. */
static bool
is_atext(char c)
{
	return chr_is_alnum(c) || is_high(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Bytes that a quoted string may hold; a backslash only in front of another of them. */
static bool
is_qtext(char c)
{
	return is_high(c) || (c >= ' ' && c <= '~');
}

static int
local_add(struct smtp_addr *a, char c, struct err *e)
{
	if (a->local_n >= LIM_LOCALPART)
		return err_set(e, EC_LIMIT, "localpart is too long");
	a->local[a->local_n++] = c;
	return 0;
}

static int
quoted_get(struct str *s, struct smtp_addr *a, struct err *e)
{
	*s = str_from(*s, 1);
	for (;;) {
		char c;

		if (s->n == 0)
			return err_set(e, EC_SYNTAX, "quoted localpart does not end");
		c = s->p[0];
		*s = str_from(*s, 1);
		if (c == '"')
			return 0;
		if (c == '\\') {
			if (s->n == 0 || is_high(s->p[0]))
				return err_set(e, EC_SYNTAX, "bad escape in localpart");
			c = s->p[0];
			*s = str_from(*s, 1);
		}
		if (!is_qtext(c))
			return err_set(e, EC_SYNTAX, "bad character in localpart");
		if (local_add(a, c, e) < 0)
			return -1;
	}
}

static int
dot_string_get(struct str *s, struct smtp_addr *a, struct err *e)
{
	bool atom = false; /* there is a character since the last dot */

	for (; s->n > 0 && (is_atext(s->p[0]) || s->p[0] == '.'); *s = str_from(*s, 1)) {
		if (s->p[0] == '.' && !atom)
			return err_set(e, EC_SYNTAX, "misplaced dot in localpart");
		atom = s->p[0] != '.';
		if (local_add(a, s->p[0], e) < 0)
			return -1;
	}
	if (!atom)
		return err_set(e, EC_SYNTAX,
			       a->local_n > 0 ? "misplaced dot in localpart"
					      : "localpart is missing");
	return 0;
}

/* The canonical localpart at the start of `text`. -1 when quoting makes it longer than it may be.
 */
static int
local_format(struct smtp_addr *a, struct err *e)
{
	bool plain = a->local_n > 0, atom = false;
	size_t n = 0;

	for (unsigned i = 0; i < a->local_n && plain; i++) {
		plain = is_atext(a->local[i]) || (a->local[i] == '.' && atom);
		atom = a->local[i] != '.';
	}
	if (plain && atom) {
		memcpy(a->text, a->local, a->local_n);
		a->text_n = a->at = a->local_n;
		return 0;
	}
	a->text[n++] = '"';
	for (unsigned i = 0; i < a->local_n; i++) {
		if (a->local[i] == '"' || a->local[i] == '\\')
			a->text[n++] = '\\';
		a->text[n++] = a->local[i];
	}
	a->text[n++] = '"';
	if (n > LIM_LOCALPART) /* RFC 5321 4.5.3.1.1 counts the text */
		return err_set(e, EC_LIMIT, "localpart is too long");
	a->text_n = a->at = (uint16_t)n;
	return 0;
}

bool
smtp_is_domain(struct str s, bool utf8)
{
	size_t label = 0;

	if (s.n == 0 || s.n > LIM_DOMAIN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!chr_is_alnum(c) && c != '_' && !(c == '-' && label > 0) &&
		    !(utf8 && is_high(c)))
			return false;
		if (++label > LABEL_MAX && !is_high(c))
			return false;
	}
	return label > 0 && s.p[s.n - 1] != '-';
}

static bool
is_ip(struct str s, int family)
{
	char text[64];
	unsigned char addr[16];

	return str_to_c(s, text, sizeof(text)) == 0 && inet_pton(family, text, addr) == 1;
}

bool
smtp_is_literal(struct str s)
{
	struct str tag, rest;

	if (s.n < 3 || s.n > LIM_DOMAIN || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	s = str_sub(s, 1, s.n - 1);
	if (str_has_prefixi(s, STR("IPv6:")))
		return is_ip(str_from(s, 5), AF_INET6);
	tag = str_cut(s, ':', &rest);
	if (rest.p == NULL)
		return is_ip(s, AF_INET);
	/* General-address-literal: a standardized tag, then dcontent. None is registered but IPv6.
	 */
	if (tag.n == 0 || rest.n == 0 || tag.p[tag.n - 1] == '-')
		return false;
	for (size_t i = 0; i < tag.n; i++)
		if (!chr_is_alnum(tag.p[i]) && tag.p[i] != '-')
			return false;
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] < '!' || rest.p[i] > '~' || strchr("[\\]", rest.p[i]) != NULL)
			return false;
	return true;
}

bool
smtp_is_helo(struct str s)
{
	return s.n > 0 && s.p[0] == '[' ? smtp_is_literal(s) : smtp_is_domain(s, false);
}

/* The bytes of a domain or literal at the cursor; whether they are one is for the caller. */
static struct str
domain_take(struct str *s)
{
	size_t n = 0;
	struct str d;

	if (s->n > 0 && s->p[0] == '[') {
		ssize_t end = str_chr(*s, ']');

		n = end < 0 ? s->n : (size_t)end + 1;
	} else {
		while (n < s->n &&
		       (chr_is_alnum(s->p[n]) || is_high(s->p[n]) ||
			strchr("-_.", s->p[n]) != NULL) &&
		       s->p[n] != '\0')
			n++;
	}
	d = str_sub(*s, 0, n);
	*s = str_from(*s, n);
	return d;
}

static int
domain_get(struct str *s, struct smtp_addr *a, struct err *e)
{
	struct str d = domain_take(s);

	if (d.n > LIM_DOMAIN)
		return err_set(e, EC_LIMIT, "domain is too long");
	a->is_literal = d.n > 0 && d.p[0] == '[';
	if (!(a->is_literal ? smtp_is_literal(d) : smtp_is_domain(d, true)))
		return err_set(e, EC_SYNTAX, d.n > 0 ? "bad domain" : "domain is missing");
	static_assert(LIM_LOCALPART + 1 + LIM_DOMAIN <= LIM_ADDR, "an address fits");
	a->text[a->text_n++] = '@';
	for (size_t i = 0; i < d.n; i++)
		a->text[a->text_n++] = chr_lower(d.p[i]);
	return 0;
}

static int
local_get(struct str *s, struct smtp_addr *a, struct err *e)
{
	size_t before = s->n;

	if ((s->n > 0 && s->p[0] == '"' ? quoted_get(s, a, e) : dot_string_get(s, a, e)) < 0)
		return -1;
	if (before - s->n > LIM_LOCALPART)
		return err_set(e, EC_LIMIT, "localpart is too long");
	return local_format(a, e);
}

static int
addr_finish(struct smtp_addr *a, struct err *e)
{
	a->is_utf8 = !str_is_ascii(smtp_addr_text(a));
	if (a->is_utf8 && !str_is_utf8(smtp_addr_text(a)))
		return err_set(e, EC_SYNTAX, "address is not UTF-8");
	return 0;
}

static void
addr_clear(struct smtp_addr *a)
{
	a->text_n = a->local_n = a->at = 0;
	a->is_utf8 = a->is_literal = false;
}

int
smtp_addr_get(struct str *s, struct smtp_addr *a, struct err *e)
{
	addr_clear(a);
	if (local_get(s, a, e) < 0)
		return -1;
	if (s->n == 0 || s->p[0] != '@')
		return err_set(e, EC_SYNTAX, "@ and domain are missing");
	*s = str_from(*s, 1);
	if (domain_get(s, a, e) < 0)
		return -1;
	return addr_finish(a, e);
}

int
smtp_addr_parse(struct str s, struct smtp_addr *a, struct err *e)
{
	if (smtp_addr_get(&s, a, e) < 0)
		return -1;
	if (s.n > 0)
		return err_set(e, EC_SYNTAX, "text behind the address");
	return 0;
}

/* "@a.example,@b.example:", checked and forgotten. */
static int
route_skip(struct str *s, struct err *e)
{
	for (;;) {
		struct str d;

		if (s->n == 0 || s->p[0] != '@')
			return err_set(e, EC_SYNTAX, "bad source route");
		*s = str_from(*s, 1);
		d = domain_take(s);
		if (!smtp_is_domain(d, true) && !smtp_is_literal(d))
			return err_set(e, EC_SYNTAX, "bad source route");
		if (s->n > 0 && s->p[0] == ':') {
			*s = str_from(*s, 1);
			return 0;
		}
		if (s->n == 0 || s->p[0] != ',')
			return err_set(e, EC_SYNTAX, "bad source route");
		*s = str_from(*s, 1);
	}
}

int
smtp_path_get(struct str *s, unsigned allow, struct smtp_addr *a, struct err *e)
{
	const struct str pm = STR("postmaster>");

	addr_clear(a);
	if (s->n == 0 || s->p[0] != '<')
		return err_set(e, EC_SYNTAX, "address must be in < and >");
	*s = str_from(*s, 1);
	if (s->n > 0 && s->p[0] == '>' && (allow & SMTP_PATH_NULL)) {
		*s = str_from(*s, 1);
		return 0;
	}
	if ((allow & SMTP_PATH_POSTMASTER) && str_has_prefixi(*s, pm)) {
		memcpy(a->local, pm.p, pm.n - 1);
		memcpy(a->text, pm.p, pm.n - 1);
		a->local_n = a->text_n = a->at = (uint16_t)(pm.n - 1);
		*s = str_from(*s, pm.n);
		return 0;
	}
	if (s->n > 0 && s->p[0] == '@' && route_skip(s, e) < 0)
		return -1;
	if (smtp_addr_get(s, a, e) < 0)
		return -1;
	if (s->n == 0 || s->p[0] != '>')
		return err_set(e, EC_SYNTAX, "> is missing");
	*s = str_from(*s, 1);
	return 0;
}

int
smtp_param_get(struct str *s, struct smtp_param *p, struct err *e)
{
	size_t n = 0;

	if (s->n == 0)
		return 0;
	if (s->p[0] != ' ')
		return err_set(e, EC_SYNTAX, "space is missing before a parameter");
	while (s->n > 0 && s->p[0] == ' ')
		*s = str_from(*s, 1);
	if (s->n == 0)
		return 0;
	while (n < s->n && (chr_is_alnum(s->p[n]) || (n > 0 && s->p[n] == '-')))
		n++;
	if (n == 0 || (n < s->n && s->p[n] != '=' && s->p[n] != ' '))
		return err_set(e, EC_SYNTAX, "bad parameter name");
	p->name = str_sub(*s, 0, n);
	p->value = STR_NONE;
	*s = str_from(*s, n);
	if (s->n == 0 || s->p[0] == ' ')
		return 1;
	*s = str_from(*s, 1);
	for (n = 0; n < s->n && s->p[n] != ' '; n++)
		if (s->p[n] == '=' || (!is_high(s->p[n]) && (s->p[n] < '!' || s->p[n] > '~')))
			return err_set(e, EC_SYNTAX, "bad parameter value");
	if (n == 0)
		return err_set(e, EC_SYNTAX, "parameter value is missing");
	p->value = str_sub(*s, 0, n);
	*s = str_from(*s, n);
	return 1;
}

int
smtp_xtext_get(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '+') {
			struct str hex = str_sub(s, i + 1, i + 3);

			/* RFC 3461 4: upper-case digits only. */
			if (hex.n != 2 || (hex.p[0] >= 'a' && hex.p[0] <= 'f') ||
			    (hex.p[1] >= 'a' && hex.p[1] <= 'f') || enc_get_hex(b, hex) < 0)
				return -1;
			i += 2;
			continue;
		}
		if (c < '!' || c > '~' || c == '=')
			return -1;
		buf_putc(b, c);
	}
	return 0;
}

void
smtp_xtext_put(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c < '!' || c > '~' || c == '=' || c == '+')
			buf_printf(b, "+%02X", (unsigned char)c);
		else
			buf_putc(b, c);
	}
}
