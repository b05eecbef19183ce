/* Values of single keys: text to C types, and what each type accepts. */
#include <arpa/inet.h>

#include "base/log.h"
#include "base/mem.h"
#include "config/schema.h"

/* A decimal number with an optional minus. */
static int
parse_int(struct str s, int64_t *v)
{
	bool neg = s.n > 0 && s.p[0] == '-';
	uint64_t u;

	if (str_to_u64(neg ? str_from(s, 1) : s, INT64_MAX, &u) < 0)
		return -1;
	*v = neg ? -(int64_t)u : (int64_t)u;
	return 0;
}

static int
parse_size(struct str s, int64_t *v)
{
	static const char units[] = "kmg";
	const char *u = s.n > 0 ? strchr(units, chr_lower(s.p[s.n - 1])) : NULL;
	int64_t n, mul = 1;

	if (u != NULL && *u != '\0') {
		mul = 1LL << (10 * (u - units + 1));
		s.n--;
	}
	if (parse_int(s, &n) < 0 || __builtin_mul_overflow(n, mul, v))
		return -1;
	return 0;
}

/* A unit of Go's time.Duration in nanoseconds; *n gets its length. 0 when there is none. */
static int64_t
duration_unit(struct str s, size_t *n)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ns", 1 },	     { "us", 1000 },	    { "\xc2\xb5s", 1000 },
		      { "\xce\xbcs", 1000 }, { "ms", 1000000 },	    { "s", 1000000000 },
		      { "m", 60000000000 },  { "h", 3600000000000 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct str u = str_c(units[i].name);

		*n = u.n;
		if (str_has_prefix(s, u))
			return units[i].ns;
	}
	return 0;
}

int
config_duration_parse(struct str s, int64_t *ms)
{
	bool neg = false;
	int64_t total = 0, unit, part;
	double frac, scale;
	uint64_t n;
	size_t i, un;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
		neg = s.p[0] == '-';
		s = str_from(s, 1);
	}
	if (str_eq(s, STR("0"))) {
		*ms = 0;
		return 0;
	}
	if (s.n == 0)
		return -1;
	while (s.n > 0) {
		for (i = 0; i < s.n && chr_is_digit(s.p[i]); i++)
			;
		if (str_to_u64(str_sub(s, 0, i), INT64_MAX, &n) < 0)
			return -1;
		s = str_from(s, i);
		frac = 0;
		if (s.n > 0 && s.p[0] == '.') {
			scale = 0.1;
			for (i = 1; i < s.n && chr_is_digit(s.p[i]); i++, scale /= 10)
				frac += (s.p[i] - '0') * scale;
			s = str_from(s, i);
		}
		if ((unit = duration_unit(s, &un)) == 0)
			return -1;
		s = str_from(s, un);
		if (__builtin_mul_overflow((int64_t)n, unit, &part) ||
		    __builtin_add_overflow(total, part, &total) ||
		    __builtin_add_overflow(total, (int64_t)(frac * (double)unit), &total))
			return -1;
	}
	*ms = (neg ? -total : total) / 1000000;
	return 0;
}

static int
check_ip(struct str s, struct err *e)
{
	char t[64];
	struct in6_addr a;

	if (str_to_c(s, t, sizeof(t)) < 0 ||
	    (inet_pton(AF_INET, t, &a) != 1 && inet_pton(AF_INET6, t, &a) != 1))
		return err_set(e, EC_SYNTAX, "expected an IP address");
	return 0;
}

static int
parse_number(const struct cfg_row *row, struct str s, int64_t *out, struct err *e)
{
	enum cfg_type t = cfg_type_elem(row->type);
	const char *def = cfg_row_default(row);
	int64_t v;

	if (t == CFG_T_TIME   ? config_duration_parse(s, &v) < 0
	    : t == CFG_T_SIZE ? parse_size(s, &v) < 0
			      : parse_int(s, &v) < 0)
		return err_set(e, EC_SYNTAX, "expected a %s",
			       t == CFG_T_TIME	 ? "duration such as 15s or 1h30m"
			       : t == CFG_T_SIZE ? "number of bytes"
						 : "number");
	if (v == 0 && def[0] != '\0' && !str_eq(s, str_c(def)))
		return cfg_value_parse(row, str_c(def), NULL, out, e);
	if (v == 0 && def[0] == '\0' && !cfg_type_is_map(row->type)) {
		*out = 0;
		return 0;
	}
	if (v < row->min && t == CFG_T_TIME)
		return err_set(e, EC_LIMIT, "must be %lld ms or more", (long long)row->min);
	if (v < row->min || v > row->max)
		return err_set(e, EC_LIMIT, "must be from %lld to %lld", (long long)row->min,
			       (long long)row->max);
	*out = v;
	return 0;
}

static int
parse_bool(struct str s, bool *out, struct err *e)
{
	if (!str_eq(s, STR("true")) && !str_eq(s, STR("false")))
		return err_set(e, EC_SYNTAX, "expected true or false");
	*out = s.n == 4;
	return 0;
}

/* Text types; *out may be changed to its canonical form. */
static int
check_text(const struct cfg_row *row, struct str *s, struct arena *a, struct err *e)
{
	char domain[LIM_DOMAIN + 1];
	enum log_level level;

	switch (cfg_type_elem(row->type)) {
	case CFG_T_HOST:
		if (config_domain_ascii(*s, domain, e) < 0)
			return -1;
		if (check_ip(*s, NULL) == 0)
			return err_set(e, EC_SYNTAX, "expected a name, found an IP address");
		*s = arena_str(a, str_c(domain));
		return 0;
	case CFG_T_LEVEL:
		if (log_level_parse(*s, &level) < 0)
			return err_set(e, EC_SYNTAX, "expected error, warn, info, debug or trace");
		return 0;
	case CFG_T_TLSVER:
		if (str_eq(*s, STR("TLSv1.2")) || str_eq(*s, STR("TLSv1.3")))
			return 0;
		return err_set(e, EC_SYNTAX,
			       "expected TLSv1.2 or TLSv1.3: TLS 1.0 and 1.1 are not supported");
	case CFG_T_DKIMHASH:
		if (str_eq(*s, STR("sha256")))
			return 0;
		return err_set(e, EC_SYNTAX, "expected sha256 (RFC 8301 section 3.1 forbids sha1)");
	case CFG_T_MAILBOX:
		return config_mailbox_check(*s, e);
	case CFG_T_IPS:
		return check_ip(*s, e);
	default:
		return 0;
	}
}

int
cfg_value_parse(const struct cfg_row *row, struct str s, struct arena *a, void *out, struct err *e)
{
	enum cfg_type t = cfg_type_elem(row->type);
	bool is_elem = t != row->type || cfg_type_is_list(row->type);

	switch (t) {
	case CFG_T_BOOL:
		return parse_bool(s, out, e);
	case CFG_T_INT:
	case CFG_T_SIZE:
	case CFG_T_TIME:
		return parse_number(row, s, out, e);
	default:
		break;
	}
	if (s.n == 0 && (is_elem || (row->flags & CFG_REQ)))
		return err_set(e, EC_SYNTAX, "needs a value");
	if (s.n == 0)
		s = str_c(cfg_row_default(row));
	if (s.n > 0 && check_text(row, &s, a, e) < 0)
		return -1;
	*(struct str *)out = s;
	return 0;
}
