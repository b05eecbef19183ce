#include "mime/submit.h"

void
mime_submit_init(struct mime_submit *m, struct str date, struct str message_id,
		 void (*out)(void *arg, struct str bytes), void *arg)
{
	*m = (struct mime_submit){ .out = out, .arg = arg, .date = date, .message_id = message_id };
	buf_init(&m->from, LIM_MIME_FROM);
}

void
mime_submit_done(struct mime_submit *m)
{
	buf_done(&m->from);
}

static void
bad(struct mime_submit *m, const char *why)
{
	m->state = MIME_SUBMIT_BAD;
	m->why = why;
}

/* Bytes of the field that is being read. */
static void
emit(struct mime_submit *m, struct str s)
{
	if (m->is_dropped || s.n == 0)
		return;
	if (m->is_from)
		buf_putstr(&m->from, s);
	m->out(m->arg, s);
}

static void
fields_add(struct mime_submit *m)
{
	if (!m->has_date)
		m->out(m->arg, m->date);
	if (!m->has_message_id)
		m->out(m->arg, m->message_id);
}

static void
field_begin(struct mime_submit *m)
{
	struct str held = str_mem(m->name, m->name_n), name = str_trim(held);

	m->has_field = true;
	m->is_dropped = str_eqi(name, STR("Bcc")) || str_eqi(name, STR("Resent-Bcc"));
	m->has_date |= str_eqi(name, STR("Date"));
	m->has_message_id |= str_eqi(name, STR("Message-ID"));
	m->is_from = false;
	emit(m, held);
	emit(m, STR(":"));
	if (str_eqi(name, STR("From")))
		m->is_from = ++m->nfrom == 1;
	m->state = MIME_SUBMIT_VALUE;
}

/* ---- one byte of the header, by state */

static void
at_line(struct mime_submit *m, char c)
{
	if (c == '\r') {
		m->state = MIME_SUBMIT_LAST_CR;
	} else if (c == ' ' || c == '\t') {
		if (!m->has_field) {
			bad(m, "the header begins with a continuation line");
			return;
		}
		m->state = MIME_SUBMIT_VALUE;
		emit(m, str_mem(&c, 1));
	} else {
		m->state = MIME_SUBMIT_NAME;
		m->name_n = 0;
		m->has_blank = false;
	}
}

/* RFC 5322 3.6.8, and blanks before the colon of 4.5. */
static void
in_name(struct mime_submit *m, char c)
{
	bool blank = c == ' ' || c == '\t';

	if (c == ':' && m->name_n > 0) {
		field_begin(m);
	} else if (c <= ' ' ? !blank : c == ':' || c == 0x7f || m->has_blank) {
		bad(m, "the header has a line without a field name");
	} else if (m->name_n == sizeof(m->name)) {
		bad(m, "the header has a field name that is too long");
	} else {
		m->has_blank |= blank;
		m->name[m->name_n++] = c;
	}
}

static void
behind_last_cr(struct mime_submit *m, char c)
{
	if (c != '\n') {
		bad(m, "the header has a bare CR");
		return;
	}
	fields_add(m);
	m->out(m->arg, STR("\r\n"));
	m->state = MIME_SUBMIT_BODY;
}

static void
behind_cr(struct mime_submit *m, char c)
{
	if (c != '\n') {
		bad(m, "the header has a bare CR");
		return;
	}
	emit(m, STR("\r\n"));
	m->state = MIME_SUBMIT_LINE;
}

/* As much of a value as there is. */
static size_t
in_value(struct mime_submit *m, struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '\r' && s.p[n] != '\n' && s.p[n] != '\0') {
		m->has_8bit_header |= (unsigned char)s.p[n] >= 0x80;
		n++;
	}
	emit(m, str_sub(s, 0, n));
	if (n == s.n)
		return n;
	if (s.p[n] == '\r')
		m->state = MIME_SUBMIT_CR;
	else
		bad(m, s.p[n] == '\n' ? "the header has a bare LF" : "the header has a NUL");
	return n + 1;
}

static size_t
header_take(struct mime_submit *m, struct str s)
{
	char c = s.p[0];

	switch (m->state) {
	case MIME_SUBMIT_VALUE:
		return in_value(m, s);
	case MIME_SUBMIT_LINE:
		at_line(m, c);
		if (m->state != MIME_SUBMIT_NAME)
			break;
		/* FALLTHROUGH */
	case MIME_SUBMIT_NAME:
		in_name(m, c);
		break;
	case MIME_SUBMIT_CR:
		behind_cr(m, c);
		break;
	case MIME_SUBMIT_LAST_CR:
		behind_last_cr(m, c);
		break;
	case MIME_SUBMIT_BODY:
	case MIME_SUBMIT_BAD:
		break;
	}
	return 1;
}

void
mime_submit_put(struct mime_submit *m, struct str s)
{
	while (s.n > 0 && m->state != MIME_SUBMIT_BODY && m->state != MIME_SUBMIT_BAD) {
		size_t n = header_take(m, s);

		s = str_from(s, n);
		m->size += n;
		if (m->size > LIM_MIME_HEADER && m->state != MIME_SUBMIT_BODY)
			bad(m, "the header is too large");
	}
	if (m->state == MIME_SUBMIT_BAD || s.n == 0)
		return;
	m->has_8bit = m->has_8bit || !str_is_ascii(s);
	m->out(m->arg, s);
}

bool
mime_submit_end(struct mime_submit *m)
{
	switch (m->state) {
	case MIME_SUBMIT_BODY:
	case MIME_SUBMIT_BAD:
		break;
	case MIME_SUBMIT_NAME:
		bad(m, "the header has a line without a field name");
		break;
	case MIME_SUBMIT_CR:
	case MIME_SUBMIT_LAST_CR:
		bad(m, "the header has a bare CR");
		break;
	case MIME_SUBMIT_VALUE:
		emit(m, STR("\r\n"));
		/* FALLTHROUGH */
	case MIME_SUBMIT_LINE:
		fields_add(m);
		break;
	}
	m->has_8bit |= m->has_8bit_header;
	if (m->why == NULL && m->from.over)
		bad(m, "the From field is too large");
	return m->why == NULL;
}
