/* Response data. The small ones are called for each message of a FETCH: no printf here. */
#include "imap/imap.h"

#include <assert.h>

#include "base/clock.h"
#include "base/mem.h"

static const struct {
	struct str name;
} flag_names[IMAP_NFLAGS] = {
	{ STR("\\Seen") },    { STR("\\Answered") }, { STR("\\Flagged") }, { STR("\\Deleted") },
	{ STR("\\Draft") },   { STR("$Forwarded") }, { STR("$Junk") },	   { STR("$NotJunk") },
	{ STR("$Phishing") }, { STR("$MDNSent") },
};
static const struct {
	struct str name;
} special_names[IMAP_NSPECIAL] = {
	{ STR("\\Archive") }, { STR("\\Drafts") }, { STR("\\Junk") },
	{ STR("\\Sent") },    { STR("\\Trash") },
};

struct str
imap_flag_name(unsigned i)
{
	assert(i < IMAP_NFLAGS);
	return flag_names[i].name;
}

struct str
imap_special_name(unsigned i)
{
	assert(i < IMAP_NSPECIAL);
	return special_names[i].name;
}

uint32_t
imap_flag_find(struct str keyword)
{
	if (keyword.n == 0 || keyword.p[0] != '$')
		return 0;
	for (unsigned i = 0; i < IMAP_NFLAGS; i++)
		if (str_eqi(keyword, flag_names[i].name))
			return 1u << i;
	return 0;
}

void
imap_put_u32(struct buf *b, uint32_t v)
{
	char t[10];
	unsigned n = sizeof(t);

	do {
		t[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	buf_put(b, t + n, sizeof(t) - n);
}

void
imap_put_flags(struct buf *b, uint32_t sys)
{
	bool first = true;

	for (unsigned i = 0; i < IMAP_NFLAGS; i++) {
		if ((sys & 1u << i) == 0)
			continue;
		if (!first)
			buf_putc(b, ' ');
		first = false;
		buf_putstr(b, flag_names[i].name);
	}
}

static void
put_quoted(struct buf *b, struct str s)
{
	size_t from = 0;

	buf_putc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '"' && s.p[i] != '\\')
			continue;
		buf_put(b, s.p + from, i - from);
		buf_putc(b, '\\');
		from = i;
	}
	buf_put(b, s.p + from, s.n - from);
	buf_putc(b, '"');
}

void
imap_put_string(struct buf *b, struct str s, bool utf8)
{
	bool plain = true, ascii = true;

	for (size_t i = 0; i < s.n && plain; i++) {
		plain = s.p[i] != 0 && s.p[i] != '\r' && s.p[i] != '\n';
		ascii = ascii && (unsigned char)s.p[i] < 0x80;
	}
	if (plain && (ascii || (utf8 && str_is_utf8(s)))) {
		put_quoted(b, s);
		return;
	}
	buf_putc(b, '{');
	buf_putu64(b, s.n);
	buf_puts(b, "}\r\n");
	buf_putstr(b, s);
}

void
imap_put_astring(struct buf *b, struct str s, bool utf8)
{
	bool atom = s.n > 0 && !str_eqi(s, STR("NIL"));

	for (size_t i = 0; i < s.n && atom; i++)
		atom = (unsigned char)s.p[i] > 0x20 && (unsigned char)s.p[i] < 0x7f &&
		       strchr("(){%*\"\\", s.p[i]) == NULL;
	if (atom)
		buf_putstr(b, s);
	else
		imap_put_string(b, s, utf8);
}

void
imap_put_mailbox(struct buf *b, struct str name, bool utf8)
{
	struct buf t;

	if (str_eqi(name, STR("INBOX"))) {
		buf_puts(b, "INBOX");
		return;
	}
	buf_init(&t, 4 * LIM_MAILBOX_NAME);
	if (str_has_prefixi(name, STR("INBOX/"))) {
		buf_puts(&t, "INBOX");
		name = str_from(name, 5);
	}
	if (utf8)
		buf_putstr(&t, name);
	else
		imap_utf7_put(name, &t);
	imap_put_string(b, buf_str(&t), utf8);
	buf_done(&t);
}

static char *
two(char *p, unsigned v)
{
	*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* RFC 9051 9 date-time; the day has two places. */
void
imap_put_date(struct buf *b, int64_t t)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t days = t >= 0 ? t / 86400 : -((86399 - t) / 86400);
	unsigned s = (unsigned)(t - days * 86400), m, d;
	char o[32], *p = o;
	int y;

	clock_civil_from_days(days, &y, &m, &d);
	*p++ = '"';
	p = two(p, d);
	if (o[1] == '0')
		o[1] = ' ';
	*p++ = '-';
	memcpy(p, months + (size_t)3 * (m - 1), 3);
	p += 3;
	*p++ = '-';
	y = MAX(MIN(y, 9999), 0);
	p = two(p, (unsigned)y / 100);
	p = two(p, (unsigned)y % 100);
	*p++ = ' ';
	p = two(p, s / 3600);
	*p++ = ':';
	p = two(p, s / 60 % 60);
	*p++ = ':';
	p = two(p, s % 60);
	memcpy(p, " +0000\"", 7);
	buf_put(b, o, (size_t)(p - o) + 7);
}
