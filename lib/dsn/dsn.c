/*
 * The whole notification: header, multipart/report (RFC 6522), and the original's header.
 *
 * SECURITY: nearly every value comes from a sender, or from the server that refused. Values pass
 * through text.h; the original's header keeps its line ends, and the boundary is made not to be in
 * it.
 */
#include "dsn/dsn.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dsn/parts.h"
#include "dsn/text.h"

enum { BOUNDARY_LEN = 64, LINE = 998 };

/* ---- what needs UTF-8 */

static bool
needs_utf8(const struct dsn *d)
{
	if (d->is_utf8 || !str_is_ascii(d->to))
		return true;
	for (size_t i = 0; i < d->nrcpts; i++)
		if (!str_is_ascii(d->rcpts[i].rcpt) || !str_is_ascii(d->rcpts[i].orcpt))
			return true;
	return false;
}

bool
dsn_subject_is_plain(const struct dsn *d)
{
	return str_find(d->subject, STR("=?")) < 0 && str_is_utf8(d->subject);
}

/* ---- the original's header */

/* Whole lines, up to the empty one; in a line no bare CR or LF and no NUL. */
static void
put_original_line(struct buf *out, struct str line, bool utf8)
{
	size_t n;

	for (line = str_sub(line, 0, LINE); line.n > 0; line = str_from(line, n)) {
		n = 1;
		if (line.p[0] == '\r' || line.p[0] == '\n' || line.p[0] == '\0') {
			buf_putc(out, '?');
			continue;
		}
		while (utf8 && n < 4 && n < line.n && !str_is_utf8(str_sub(line, 0, n)))
			n++;
		if (!utf8 || str_is_utf8(str_sub(line, 0, n))) {
			buf_putstr(out, str_sub(line, 0, n));
		} else {
			n = 1;
			buf_putc(out, '?');
		}
	}
	buf_puts(out, "\r\n");
}

static void
put_original(struct buf *out, struct str header, bool utf8)
{
	size_t start = out->n;

	while (header.n > 0 && out->n - start < LIM_DSN_HEADER) {
		ssize_t end = str_find(header, STR("\r\n"));

		if (end == 0)
			break;
		put_original_line(out, str_sub(header, 0, end < 0 ? header.n : (size_t)end), utf8);
		header = str_from(header, end < 0 ? header.n : (size_t)end + 2);
	}
}

/* ---- our header */

static struct str
subject_of(const struct dsn *d)
{
	if (dsn_has(d, DSN_FAILED))
		return STR("Not delivered");
	if (dsn_has(d, DSN_DELAYED))
		return STR("Delivery is delayed");
	return STR("Delivered");
}

/* ASCII stands as it is, encoded words too; a cut is made between words. */
static void
put_subject(struct buf *out, const struct dsn *d, bool utf8)
{
	struct buf value, clean;
	struct str s;

	buf_init(&value, LIM_DSN_VALUE);
	buf_init(&clean, LIM_DSN_VALUE);
	buf_putstr(&value, subject_of(d));
	dsn_put_clean(&clean, d->subject, true, LIM_DSN_SUBJECT);
	s = buf_str(&clean);
	if (s.n >= LIM_DSN_SUBJECT && str_rchr(s, ' ') > 0)
		s = str_sub(s, 0, (size_t)str_rchr(s, ' '));
	if (s.n > 0)
		buf_puts(&value, ": ");
	if (utf8 || str_is_ascii(s))
		buf_putstr(&value, s);
	else
		dsn_put_encoded_words(&value, s);
	dsn_put_field(out, "Subject", buf_str(&value));
	buf_done(&clean);
	buf_done(&value);
}

/* "<...>" without anything that a message id has not. */
static bool
is_message_id(struct str s)
{
	if (s.n < 3 || s.n > LINE / 2 || s.p[0] != '<' || s.p[s.n - 1] != '>')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '<' || s.p[i] == '>')
			return false;
	return true;
}

static void
put_header(struct buf *out, const struct dsn *d, bool utf8, const char *boundary)
{
	struct buf host;

	buf_init(&host, LIM_DOMAIN + 8);
	dsn_put_clean(&host, d->hostname, utf8, LIM_DOMAIN);
	buf_printf(out, "From: Mail Delivery System <postmaster@" STR_FMT ">\r\n",
		   STR_ARG(buf_str(&host)));
	dsn_put_typed(out, "To", "", d->to, utf8);
	put_subject(out, d, utf8);
	dsn_put_date(out, "Date", d->now);
	buf_printf(out, "Message-ID: <dsn.%" PRIx64 ".%" PRIx64 "@" STR_FMT ">\r\n",
		   (uint64_t)d->now, d->id, STR_ARG(buf_str(&host)));
	buf_done(&host);
	if (is_message_id(d->message_id)) {
		dsn_put_field(out, "In-Reply-To", d->message_id);
		dsn_put_field(out, "References", d->message_id);
	}
	buf_printf(out,
		   "Auto-Submitted: auto-replied\r\n"
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: multipart/report; report-type=delivery-status;\r\n"
		   " boundary=\"%s\"\r\n\r\n",
		   boundary);
}

/* ---- parts */

static void
put_part(struct buf *out, const char *boundary, const char *type, struct str body)
{
	buf_printf(out, "--%s\r\nContent-Type: %s\r\n", boundary, type);
	if (!str_is_ascii(body))
		buf_puts(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_puts(out, "\r\n");
	buf_putstr(out, body);
	buf_puts(out, "\r\n");
}

static void
put_human_part(struct buf *out, const char *boundary, struct str text)
{
	struct buf qp;

	if (str_is_ascii(text)) {
		put_part(out, boundary, "text/plain; charset=us-ascii", text);
		return;
	}
	buf_init(&qp, 4 * text.n);
	dsn_put_quoted_printable(&qp, text);
	put_part(out, boundary,
		 "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
		 buf_str(&qp));
	buf_done(&qp);
}

/* One that is in no part: the original's header is the sender's, who may know the number. */
static void
choose_boundary(char out[BOUNDARY_LEN], const struct dsn *d, struct str a, struct str b,
		struct str c)
{
	unsigned n = 0;

	do
		snprintf(out, BOUNDARY_LEN, "=_mox-dsn-%" PRIx64 "-%" PRIx64 "-%u",
			 (uint64_t)d->now, d->id, n++);
	while (str_find(a, str_c(out)) >= 0 || str_find(b, str_c(out)) >= 0 ||
	       str_find(c, str_c(out)) >= 0);
}

void
dsn_put(struct buf *out, const struct dsn *d)
{
	bool utf8 = needs_utf8(d);
	char boundary[BOUNDARY_LEN];
	struct buf human, status, header;

	buf_init(&human, out->max);
	buf_init(&status, out->max);
	buf_init(&header, LIM_DSN_HEADER + 2 * LINE);
	dsn_put_human(&human, d);
	dsn_put_status(&status, d, utf8);
	put_original(&header, d->header, utf8);
	choose_boundary(boundary, d, buf_str(&human), buf_str(&status), buf_str(&header));
	put_header(out, d, utf8, boundary);
	put_human_part(out, boundary, buf_str(&human));
	put_part(out, boundary, utf8 ? "message/global-delivery-status" : "message/delivery-status",
		 buf_str(&status));
	put_part(out, boundary, utf8 ? "message/global-headers" : "text/rfc822-headers",
		 buf_str(&header));
	buf_printf(out, "--%s--\r\n", boundary);
	if (human.over || status.over)
		out->over = true;
	buf_done(&human);
	buf_done(&status);
	buf_done(&header);
}
