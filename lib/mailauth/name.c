/* Domain names as text. */
#include "config/config.h"
#include "mailauth/mailauth.h"

enum { LABEL = 63, NAME = 253 };

static bool
is_printable(char c)
{
	return c >= ' ' && c < 0x7f && c != '\\';
}

bool
mailauth_name_is_askable(struct str name)
{
	size_t label = 0;

	if (name.n == 0 || name.n > NAME)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_printable(name.p[i]) || ++label > LABEL) {
			return false;
		}
	}
	return label > 0;
}

/* Leading and trailing hyphens are no host's, but DNS has such names and people send from them. */
static int
ascii_domain(struct str s, char out[LIM_DOMAIN + 1])
{
	if (!mailauth_name_is_askable(s))
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!chr_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return -1;
		out[i] = chr_lower(c);
	}
	out[s.n] = '\0';
	return (int)s.n;
}

int
mailauth_domain(struct str s, char out[LIM_DOMAIN + 1])
{
	char ascii[LIM_DOMAIN + 1];

	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	if (!str_is_ascii(s)) {
		if (config_domain_ascii(s, ascii, NULL) < 0)
			return -1;
		s = str_c(ascii);
	}
	return str_chr(s, '.') < 0 ? -1 : ascii_domain(s, out);
}

unsigned
mailauth_name_labels(struct str name)
{
	unsigned n = name.n > 0;

	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n;
}

struct str
mailauth_name_parent(struct str name)
{
	struct str rest;

	str_cut(name, '.', &rest);
	return rest.p != NULL ? rest : STR("");
}

bool
mailauth_name_is_within(struct str name, struct str above)
{
	if (!str_has_suffixi(name, above) || above.n == 0)
		return false;
	return name.n == above.n || name.p[name.n - above.n - 1] == '.';
}
