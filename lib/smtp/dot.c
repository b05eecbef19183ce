#include "smtp/dot.h"

#include <limits.h>

/*
 *          CRLF                  .               CR              LF
 *   MID ----------> START -----------> DOT ----------> DOTCR ----------> the end
 *    ^                | other            | other          | other
 *    +----------------+------------------+                | (a bare CR)
 *    +----------------------------------------------------+
 *   CR: MID behind a CR. A bare CR or LF leads back to MID, never to START.
 */
enum { DOT_START, DOT_MID, DOT_CR, DOT_DOT, DOT_DOTCR };
enum { HOPS_SKIP = 255 };

void
smtp_dot_init(struct smtp_dot *d)
{
	*d = (struct smtp_dot){ .state = DOT_START };
}

/* From within a line to the end of the input or to a line that begins with a dot; all of it is
 * content. */
static size_t
lines_pass(struct smtp_dot *d, struct str in)
{
	size_t i = 0;

	while (i < in.n) {
		const char *p = in.p + i, *lf, *cr, *line_end;

		if (d->state == DOT_START) {
			if (*p == '.')
				return i;
			d->state = DOT_MID;
		}
		if (d->state == DOT_CR && *p != '\n') {
			d->has_bare = true;
			d->state = DOT_MID;
		}
		if (d->state == DOT_CR) {
			d->state = DOT_START;
			i++;
			continue;
		}
		lf = memchr(p, '\n', in.n - i);
		line_end = lf != NULL ? lf : in.p + in.n;
		cr = memchr(p, '\r', (size_t)(line_end - p));
		if (cr == NULL) {
			if (lf != NULL)
				d->has_bare = true; /* and still within the line */
			i = (size_t)(line_end - in.p) + (lf != NULL);
			continue;
		}
		/* The byte behind the CR decides. */
		d->state = DOT_CR;
		i = (size_t)(cr - in.p) + 1;
	}
	return i;
}

size_t
smtp_dot_next(struct smtp_dot *d, struct str in, struct str *out)
{
	size_t i = 0, n;

	*out = STR("");
	/* A dot at the start of a line, and what follows it, are not content before we know. */
	while (i < in.n && d->state != DOT_MID && d->state != DOT_CR) {
		char c = in.p[i];

		if (d->state == DOT_START) {
			if (c != '.')
				break;
			d->state = DOT_DOT;
			i++;
		} else if (d->state == DOT_DOT) {
			if (c != '\r') {
				d->state = DOT_MID; /* the first dot is dropped */
				break;
			}
			d->state = DOT_DOTCR;
			i++;
		} else {
			if (c == '\n') {
				d->is_end = true;
				return i + 1;
			}
			d->has_bare = true; /* ".\rx" */
			d->state = DOT_MID;
		}
	}
	if (i == in.n)
		return i;
	n = lines_pass(d, str_from(in, i));
	*out = str_sub(in, i, i + n);
	return i + n;
}

void
smtp_bare_put(struct smtp_bare *b, struct str s)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && !b->has_bare) {
		const char *lf, *cr;

		if (b->cr) {
			b->has_bare = *p != '\n';
			b->cr = false;
			p++;
			continue;
		}
		lf = memchr(p, '\n', (size_t)(end - p));
		cr = memchr(p, '\r', (size_t)((lf != NULL ? lf : end) - p));
		if (cr == NULL) {
			b->has_bare = lf != NULL;
			return;
		}
		b->cr = true;
		p = cr + 1;
	}
}

bool
smtp_bare_end(const struct smtp_bare *b)
{
	return b->has_bare || b->cr;
}

void
smtp_hops_put(struct smtp_hops *h, struct str s)
{
	static const char name[] = "received:";
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && !h->is_body) {
		if (h->match != HOPS_SKIP && *p != '\n') {
			if (h->match < sizeof(name) - 1 && chr_lower(*p) == name[h->match]) {
				if (++h->match == sizeof(name) - 1) {
					h->count++;
					h->match = HOPS_SKIP;
				}
			} else if (!(h->line == 0 && *p == '\r')) {
				h->match = HOPS_SKIP;
			}
			h->cr = *p == '\r';
			h->line += h->line < UINT_MAX;
			p++;
			continue;
		}
		if (*p == '\n') {
			h->is_body = h->line == 0 || (h->line == 1 && h->cr);
			h->match = 0;
			h->line = 0;
			h->cr = false;
			p++;
			continue;
		}
		/* The rest of a line that is no Received field. */
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *to = lf != NULL ? lf : end;

		h->line = 2;
		h->cr = false;
		p = to;
	}
}
