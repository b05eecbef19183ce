/* Hosts, networks and links as tokens. */
#include <stdio.h>

#include "junk/junk_int.h"

enum { HOST_MAX = 255, LABELS_MAX = 5, PATH_WORDS = 12, PATH_WORD_MAX = 24 };

/* Dotted numbers: the address without its last byte. */
static bool
ip_add(struct junk_set *set, enum junk_space space, struct str host)
{
	struct str rest = host, label;
	size_t net = 0;
	uint32_t v;

	for (unsigned i = 0; i < 4; i++) {
		label = str_cut(rest, '.', &rest);
		if (str_to_u32(label, 255, &v) < 0 || (rest.p == NULL) != (i == 3))
			return false;
		if (i == 2)
			net = (size_t)(label.p + label.n - host.p);
	}
	junk_set_add(set, space, str_sub(host, 0, net));
	return true;
}

void
junk_host_add(struct junk_set *set, enum junk_space space, struct str host)
{
	char low[HOST_MAX];
	unsigned labels = 1;

	while (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0)
		return;
	host = str_from(host, host.n > sizeof(low) ? host.n - sizeof(low) : 0);
	for (size_t i = 0; i < host.n; i++)
		low[i] = chr_lower(host.p[i]);
	host.p = low;
	if (ip_add(set, space, host)) {
		junk_set_add(set, JUNK_NOTE, space == JUNK_URL ? STR("ip in link") : STR("ip"));
		return;
	}
	/* From the right: two labels and more, as many as are likely to be someone's. */
	for (size_t i = host.n; i-- > 0 && labels <= LABELS_MAX;) {
		if (host.p[i] != '.')
			continue;
		if (labels++ >= 2)
			junk_set_add(set, space, str_from(host, i + 1));
	}
	junk_set_add(set, space, host);
}

static void
path_add(struct junk_set *set, struct str path)
{
	unsigned left = PATH_WORDS;

	for (size_t i = 0, from = 0; i <= path.n && left > 0; i++) {
		char low[PATH_WORD_MAX];

		if (i < path.n && chr_is_alpha(path.p[i]))
			continue;
		if (i - from >= 3 && i - from <= sizeof(low)) {
			for (size_t k = from; k < i; k++)
				low[k - from] = chr_lower(path.p[k]);
			junk_set_add(set, JUNK_PATH, str_mem(low, i - from));
			left--;
		}
		from = i + 1;
	}
}

void
junk_url_add(struct junk_set *set, enum junk_space space, struct str url)
{
	ssize_t at = str_find(url, STR("://"));
	struct str host, path = STR(""), port;
	size_t n = 0;

	if (str_has_prefixi(url, STR("mailto:"))) {
		at = str_chr(url, '@');
		host = str_from(url, at >= 0 ? (size_t)at + 1 : url.n);
		host = str_cut(host, '?', &path);
		junk_host_add(set, JUNK_MAIL, host);
		return;
	}
	if (str_has_prefixi(url, STR("cid:")) || str_has_prefixi(url, STR("data:"))) {
		junk_set_add(set, space, str_sub(url, 0, 4));
		return;
	}
	host = at >= 0 ? str_from(url, (size_t)at + 3) : url;
	if (at < 0 && !str_has_prefixi(url, STR("www.")))
		return;
	while (n < host.n && memchr("/?#\\", host.p[n], 4) == NULL)
		n++;
	path = str_from(host, n);
	host = str_sub(host, 0, n);
	if ((at = str_rchr(host, '@')) >= 0) {
		junk_set_add(set, JUNK_NOTE, STR("user in link"));
		host = str_from(host, (size_t)at + 1);
	}
	host = str_cut(host, ':', &port);
	if (port.n > 0)
		junk_set_add(set, JUNK_NOTE, STR("port in link"));
	if (str_chr(host, '%') >= 0)
		junk_set_add(set, JUNK_NOTE, STR("coded host in link"));
	junk_host_add(set, space, host);
	path_add(set, path);
}
