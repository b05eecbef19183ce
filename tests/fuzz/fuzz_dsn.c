/*
 * Notifications made of hostile values: fields are what stands between bytes 0xfe. Every line ends
 * in CRLF and has at most 998 bytes, there is no other CR, LF, or NUL, the boundary stands in its
 * four places, and without UTF-8 the header and the machine's part are ASCII.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "dsn/dsn.h"

enum { MOST = 8 << 20, LINE = 1000, RCPTS = 3 };

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
make(struct str s, unsigned flags, struct dsn *d, struct dsn_rcpt v[RCPTS])
{
	struct str *const values[] = { &d->hostname, &d->to,	     &d->envid,
				       &d->subject,  &d->message_id, &d->header };

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		*values[i] = str_cut(s, (char)0xfe, &s);
	for (unsigned i = 0; i < RCPTS; i++) {
		struct str *const r[] = { &v[i].rcpt,	    &v[i].orcpt,     &v[i].status,
					  &v[i].remote_mta, &v[i].remote_ip, &v[i].diagnostic,
					  &v[i].explanation };

		for (size_t j = 0; j < ARRAY_LEN(r); j++)
			*r[j] = str_cut(s, (char)0xfe, &s);
		v[i].action = (enum dsn_action)((flags >> (2 * i)) % 5);
		v[i].last_attempt = v[i].will_retry_until = 1700000000 + i;
		v[i].attempts = i;
	}
	d->now = 1700000000;
	d->arrived = 1699999999;
	d->id = 7;
	d->is_utf8 = (flags & 0x80) != 0;
	d->rcpts = v;
	d->nrcpts = RCPTS;
}

/* A field is a part of the header, and is found again behind its own name. */
static void
check_field(struct str header)
{
	struct str v = dsn_field(header, STR("Subject"));
	struct buf b;

	check(v.n == 0 || (v.p >= header.p && v.p + v.n <= header.p + header.n));
	check(str_eq(v, str_trim_ws(v)));
	buf_init(&b, MOST);
	buf_puts(&b, "X: y\r\nsubject:");
	buf_putstr(&b, v);
	buf_puts(&b, "\r\nSubject: second\r\n");
	check(str_eq(dsn_field(buf_str(&b), STR("Subject")), v));
	buf_done(&b);
}

/* It ends our header. */
static struct str
boundary_of(struct str s)
{
	struct str key = STR("\r\n boundary=\""),
		   head = str_sub(s, 0, (size_t)str_find(s, STR("\r\n\r\n")));
	ssize_t i;

	check(head.n < s.n);
	while ((i = str_find(head, key)) >= 0)
		head = str_from(head, (size_t)i + key.n);
	check(str_has_suffix(head, STR("\"")));
	return str_sub(head, 0, head.n - 1);
}

static void
check_message(struct str s)
{
	struct str boundary = boundary_of(s);
	bool header = true, ascii = str_find(s, STR("message/global-headers")) < 0;
	unsigned places = 0, part = 0;

	while (s.n > 0) {
		struct str line = str_cut(s, '\n', &s);

		check(str_has_suffix(line, STR("\r")) && line.n < LINE);
		line = str_sub(line, 0, line.n - 1);
		check(str_chr(line, '\r') < 0 && str_chr(line, '\0') < 0);
		if (str_has_prefix(line, STR("--")) && str_find(line, boundary) == 2) {
			places++;
			part++;
		} else if (!header) {
			check(str_find(line, boundary) < 0);
		}
		header = header && line.n > 0;
		/* Of the parts only the original's header may be what it was. */
		check(!ascii || part == 3 || str_is_ascii(line));
	}
	check(places == 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct dsn_rcpt v[RCPTS] = { 0 };
	struct dsn d = { 0 };
	struct buf out;

	if (n < 1)
		return 0;
	make(str_mem(data + 1, n - 1), data[0], &d, v);
	check_field(d.header);
	buf_init(&out, MOST);
	dsn_put(&out, &d);
	check(!out.over);
	check_message(buf_str(&out));
	buf_done(&out);
	return 0;
}
