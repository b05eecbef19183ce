/*
 * The sconf format and what is made of it. What parses is written back byte for byte; formatted
 * anew it is a text that has the same tree and stays as it is from then on. The first byte chooses
 * what else the text is used as: a filtered configuration, domains.conf, or mox.conf.
 */
#include <stdlib.h>

#include "config/config.h"
#include "config/edit.h"
#include "config/sconf.h"

static const char mox_conf[] =
	"DataDir: d\nLogLevel: info\nHostname: h.example\nListeners:\n\tl:\n"
	"\t\tIPs:\n\t\t\t- ::1\n\t\tSMTP:\n\t\t\tEnabled: true\n\t\t\tNoSTARTTLS: true\n"
	"Postmaster:\n\tAccount: a\n\tMailbox: M\n";
static const char domains_conf[] =
	"Domains:\n\te.example: nil\nAccounts:\n\ta:\n\t\tDomain: e.example\n";

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* The same keys and values, comments and empty lines, in the same places. */
static bool
is_same(const struct sconf_node *a, const struct sconf_node *b)
{
	if (a->kind != b->kind || !str_eq(a->key, b->key) || !str_eq(a->value, b->value))
		return false;
	if (a->kind == SCONF_COMMENT && !str_eq(str_trim(a->raw), str_trim(b->raw)))
		return false;
	for (a = a->first, b = b->first; a != NULL && b != NULL; a = a->next, b = b->next)
		if (!is_same(a, b))
			return false;
	return a == NULL && b == NULL;
}

static void
round_trip(struct str text)
{
	struct arena *a = arena_new((size_t)1 << 28);
	struct buf written, formatted, again;
	struct err e = ERR_INIT;
	struct sconf s, t;

	buf_init(&written, 1 << 20);
	buf_init(&formatted, 1 << 20);
	buf_init(&again, 1 << 20);
	if (sconf_parse(&s, a, text, &e) == 0) {
		check(e.code == EC_OK && s.bad_line == 0);
		sconf_write(&s, &written);
		if (text.n > 0 && text.p[text.n - 1] != '\n')
			written.n--;
		check(str_eq(buf_str(&written), text));
		sconf_format(&s, &formatted);
		check(sconf_parse(&t, a, buf_str(&formatted), &e) == 0);
		check(is_same(&s.top, &t.top));
		sconf_format(&t, &again);
		check(str_eq(buf_str(&formatted), buf_str(&again)));
	} else {
		check(e.code != EC_OK && s.bad_line > 0);
	}
	buf_done(&written);
	buf_done(&formatted);
	buf_done(&again);
	arena_free(&a);
}

/* What a role gets is a configuration again. */
static void
filter(const struct config *c)
{
	for (unsigned r = 0; r < ROLE_COUNT; r++) {
		struct config *f = NULL;
		struct err e = ERR_INIT;
		struct buf b;

		buf_init(&b, 1 << 24);
		config_filter(c, (enum role)r, &b);
		check(config_parse(&f, buf_str(&b), &e) == 0);
		config_free(&f);
		buf_done(&b);
	}
}

/* All lines but the empty ones. */
static void
put_lines(struct buf *out, struct str text)
{
	while (text.n > 0) {
		struct str line = str_cut(text, '\n', &text);

		buf_putstr(out, line);
		if (line.n > 0)
			buf_putc(out, '\n');
	}
}

static void
edit(struct str domains)
{
	const struct str add[] = { STR("added.example"), STR("a"), STR(""), STR("true") };
	struct buf with, without, x, y;
	struct err e = ERR_INIT;

	buf_init(&with, 1 << 20);
	buf_init(&without, 1 << 20);
	buf_init(&x, 1 << 20);
	buf_init(&y, 1 << 20);
	if (config_edit(STR("domain.add"), add, 4, "m", str_c(mox_conf), "d", domains, &with, &e) ==
	    0) {
		check(config_edit(STR("domain.rm"), add, 1, "m", str_c(mox_conf), "d",
				  buf_str(&with), &without, &e) == 0);
		put_lines(&x, domains);
		put_lines(&y, buf_str(&without));
		check(str_eq(buf_str(&x), buf_str(&y)));
	} else {
		/* Only what was there already can be in the way. */
		check(e.code == EC_EXISTS && with.n == 0);
	}
	buf_done(&with);
	buf_done(&without);
	buf_done(&x);
	buf_done(&y);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str text = str_mem(p + 1, n - 1);
	struct err e = ERR_INIT;
	struct config *c = NULL;
	int r;

	if (n == 0 || n > 1 << 16)
		return 0;
	round_trip(text);
	switch (p[0] % 4) {
	case 1:
		r = config_parse(&c, text, &e);
		break;
	case 2:
		r = config_parse_files(&c, "m", str_c(mox_conf), "d", text, NULL, &e);
		break;
	case 3:
		r = config_parse_files(&c, "m", text, "d", str_c(domains_conf), NULL, &e);
		break;
	default:
		return 0;
	}
	check((r == 0) == (c != NULL) && (r == 0) == (e.code == EC_OK));
	if (c != NULL && p[0] % 4 != 1)
		filter(c);
	if (c != NULL && p[0] % 4 == 2)
		edit(text);
	if (c != NULL) {
		struct config_dest d;

		(void)config_resolve(c, str_sub(text, 0, n / 2), str_sub(text, n / 2, n), &d);
		(void)config_login_find(c, text);
	}
	config_free(&c);
	return 0;
}
