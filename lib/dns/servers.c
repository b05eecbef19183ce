#include "dns/servers.h"

#include <arpa/inet.h>

#include "base/mem.h"

enum { PORT = 53, TIMEOUT_MAX = 30, ATTEMPTS_MAX = 5 };

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53". */
static bool
server_parse(struct str s, struct dns_server *o)
{
	struct str port = STR_NONE, host = s;
	ssize_t end = str_chr(s, ']');
	char text[64];
	uint32_t n = PORT;

	memset(o, 0, sizeof(*o));
	if (s.n > 0 && s.p[0] == '[' && end > 0) {
		host = str_sub(s, 1, (size_t)end);
		port = str_from(s, (size_t)end + 1);
		if (port.n == 0)
			port = STR_NONE;
		else if (port.p[0] != ':')
			return false;
		else
			port = str_from(port, 1);
	} else if (str_chr(s, ':') >= 0 && str_chr(s, ':') == str_rchr(s, ':')) {
		host = str_cut(s, ':', &port);
	}
	if (str_to_c(host, text, sizeof(text)) < 0 ||
	    (port.p != NULL && (str_to_u32(port, UINT16_MAX, &n) < 0 || n == 0)))
		return false;
	o->port = (uint16_t)n;
	if (inet_pton(AF_INET, text, &o->v4) == 1)
		o->family = AF_INET;
	else if (inet_pton(AF_INET6, text, &o->v6) == 1)
		o->family = AF_INET6;
	return o->family != 0;
}

static bool
is_loopback(const struct dns_server *s)
{
	if (s->family == AF_INET)
		return ntohl(s->v4.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&s->v6);
}

static struct str
word(struct str *line)
{
	size_t n = 0;

	*line = str_trim(*line);
	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	struct str w = str_sub(*line, 0, n);

	*line = str_from(*line, n);
	return w;
}

static void
options(struct str line, struct dns_servers *out)
{
	for (struct str w = word(&line); w.n > 0; w = word(&line)) {
		struct str value, name = str_cut(w, ':', &value);
		uint32_t n;

		if (value.p == NULL || str_to_u32(value, 1000, &n) < 0 || n == 0)
			continue;
		if (str_eq(name, STR("timeout")))
			out->try_ms = (int)MIN(n, TIMEOUT_MAX) * 1000;
		else if (str_eq(name, STR("attempts")))
			out->tries = (int)MIN(n, ATTEMPTS_MAX);
	}
}

static void
add(struct dns_servers *out, struct str s)
{
	if (out->n < LIM_DNS_SERVERS && server_parse(s, &out->v[out->n]))
		out->n++;
}

static void
resolv_conf(struct str text, struct dns_servers *out)
{
	while (text.n > 0) {
		struct str line = str_trim_ws(str_cut(text, '\n', &text)), w = word(&line);

		if (str_eq(w, STR("nameserver"))) {
			struct str addr = word(&line);

			/* The resolver's library takes no port there, nor do we: ':' is IPv6. */
			add(out, addr);
		} else if (str_eq(w, STR("options"))) {
			options(line, out);
		}
	}
}

static bool
list(struct str text, struct dns_servers *out)
{
	while (text.n > 0) {
		struct str s = str_trim(str_cut(text, ',', &text));
		size_t before = out->n;

		add(out, s);
		if (out->n == before)
			return false;
	}
	return true;
}

int
dns_servers_parse(const struct dns_opts *o, struct dns_servers *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	out->try_ms = LIM_DNS_TRY_MS;
	out->tries = LIM_DNS_TRIES;
	if (o->servers.n == 0)
		resolv_conf(o->resolv_conf, out);
	else if (!list(o->servers, out))
		return err_set(e, EC_SYNTAX, "malformed list of DNS servers");
	if (out->n == 0)
		return err_set(e, EC_SYNTAX, "no DNS server is named");
	out->is_trusted = true;
	for (size_t i = 0; i < out->n; i++)
		out->is_trusted &= o->is_trusted || is_loopback(&out->v[i]);
	return 0;
}

static bool
server_eq(const struct dns_server *a, const struct dns_server *b)
{
	if (a->family != b->family || a->port != b->port)
		return false;
	if (a->family == AF_INET)
		return a->v4.s_addr == b->v4.s_addr;
	return memcmp(&a->v6, &b->v6, sizeof(a->v6)) == 0;
}

bool
dns_servers_eq(const struct dns_servers *a, const struct dns_servers *b)
{
	if (a->n != b->n || a->try_ms != b->try_ms || a->tries != b->tries ||
	    a->is_trusted != b->is_trusted)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!server_eq(&a->v[i], &b->v[i]))
			return false;
	return true;
}
