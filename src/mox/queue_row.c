/*
 * A recipient of a message in the queue, for people and for programs.
 *
 * SECURITY: addresses and replies are strangers'. Nothing in them may drive the terminal.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, SHORT_TEXT = 24, RESULT_COLUMN = 42 };

/* ---- reading */

static int
number(struct str *line, uint64_t *v)
{
	return str_to_u64(str_cut(*line, '\t', line), INT64_MAX, v);
}

int
queue_row_parse(struct str line, struct queue_row *r)
{
	uint64_t hold;

	if (!str_eq(str_cut(line, '\t', &line), STR("rcpt")) || number(&line, &r->id) < 0 ||
	    number(&line, &r->number) < 0 || number(&line, &r->created) < 0 ||
	    number(&line, &r->size) < 0 || number(&line, &hold) < 0)
		return -1;
	r->hold = hold != 0;
	r->state = str_cut(line, '\t', &line);
	if (number(&line, &r->attempts) < 0 || number(&line, &r->last) < 0 ||
	    number(&line, &r->next) < 0)
		return -1;
	r->account = str_cut(line, '\t', &line);
	r->sender = str_cut(line, '\t', &line);
	r->recipient = str_cut(line, '\t', &line);
	r->mid = str_cut(line, '\t', &line);
	if (number(&line, &r->code) < 0)
		return -1;
	r->ecode = str_cut(line, '\t', &line);
	r->text = str_cut(line, '\t', &line);
	r->mx = str_cut(line, '\t', &line);
	return r->mx.p != NULL && line.p == NULL ? 0 : -1;
}

/* ---- for people */

/* 7s, 5m, 3h, 2d: two figures are enough to see what is stuck. */
static const char *
put_age(char t[SHORT_TEXT], int64_t s)
{
	static const struct {
		int64_t unit;
		char name;
	} units[] = { { 1, 's' }, { MINUTE, 'm' }, { HOUR, 'h' }, { DAY, 'd' } };
	size_t i = ARRAY_LEN(units) - 1;

	s = MAX(s, 0);
	while (i > 0 && s < units[i].unit)
		i--;
	/* 90m says more than 1h. */
	if (i > 0 && s < 2 * units[i].unit)
		i--;
	snprintf(t, SHORT_TEXT, "%" PRId64 "%c", s / units[i].unit, units[i].name);
	return t;
}

static const char *
put_size(char t[SHORT_TEXT], uint64_t n)
{
	static const char units[] = "BKMG";
	size_t i = 0;

	for (; n >= 10000 && i + 2 < sizeof(units); i++)
		n = (n + 1023) / 1024;
	snprintf(t, SHORT_TEXT, "%" PRIu64 "%c", n, units[i]);
	return t;
}

static void
print_clean(struct str s)
{
	bool utf8 = str_is_utf8(s);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool c1 = c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;

		putchar(c < ' ' || c == 0x7f || c1 || (c >= 0x80 && !utf8) ? '?' : c);
		i += c1;
	}
}

static const char *
state_word(const struct queue_row *r)
{
	if (str_eq(r->state, STR("sending")))
		return "sending";
	if (str_eq(r->state, STR("failed")))
		return "failed";
	return r->hold ? "held" : "queued";
}

void
queue_row_print_head(void)
{
	printf("%8s %5s %6s %5s %5s %-8s%s\n", "ID", "AGE", "SIZE", "TRIES", "NEXT", "STATE",
	       "SENDER -> RECIPIENT, AND WHAT THE LAST TRY BROUGHT");
}

static void
print_result(const struct queue_row *r, int64_t now)
{
	char age[SHORT_TEXT];

	if (r->last == 0 && r->text.n == 0)
		return;
	printf("%*s", RESULT_COLUMN, "");
	if (r->last != 0)
		printf("%s ago: ", put_age(age, now - (int64_t)r->last));
	if (r->code != 0)
		printf("%" PRIu64 " ", r->code);
	print_clean(r->ecode);
	if (r->ecode.n > 0)
		putchar(' ');
	print_clean(r->text);
	if (r->mx.n > 0) {
		fputs(" (", stdout);
		print_clean(r->mx);
		putchar(')');
	}
	putchar('\n');
}

void
queue_row_print(const struct queue_row *r, int64_t now)
{
	char age[SHORT_TEXT], size[SHORT_TEXT], next[SHORT_TEXT];

	printf("%8" PRIu64 " %5s %6s %5" PRIu64 " %5s %-8s", r->id,
	       put_age(age, now - (int64_t)r->created), put_size(size, r->size), r->attempts,
	       r->next == 0		 ? "-"
	       : (int64_t)r->next <= now ? "now"
					 : put_age(next, (int64_t)r->next - now),
	       state_word(r));
	print_clean(r->sender.n > 0 ? r->sender : STR("<>"));
	fputs(" -> ", stdout);
	print_clean(r->recipient);
	putchar('\n');
	print_result(r, now);
}

/* ---- for programs */

static void
print_string(const char *key, struct str s)
{
	bool utf8 = str_is_utf8(s);

	printf(",\"%s\":\"", key);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c == 0x7f)
			printf("\\u%04x", c);
		else if (c >= 0x80 && !utf8)
			fputs("\\ufffd", stdout);
		else
			putchar(c);
	}
	putchar('"');
}

static void
print_number(const char *key, uint64_t v)
{
	printf(",\"%s\":%" PRIu64, key, v);
}

static void
print_time(const char *key, uint64_t t)
{
	struct buf b;

	if (t == 0) {
		printf(",\"%s\":null", key);
		return;
	}
	buf_init(&b, 64);
	clock_put_rfc3339(&b, (int64_t)t);
	print_string(key, buf_str(&b));
	buf_done(&b);
}

void
queue_row_print_json(const struct queue_row *r)
{
	printf("{\"id\":%" PRIu64, r->id);
	print_number("number", r->number);
	print_time("submitted", r->created);
	print_number("size", r->size);
	printf(",\"hold\":%s", r->hold ? "true" : "false");
	print_string("state", r->state);
	print_number("attempts", r->attempts);
	print_time("lastattempt", r->last);
	print_time("nextattempt", r->next);
	print_string("account", r->account);
	print_string("sender", r->sender);
	print_string("recipient", r->recipient);
	print_string("mid", r->mid);
	print_number("code", r->code);
	print_string("ecode", r->ecode);
	print_string("text", r->text);
	print_string("mx", r->mx);
	puts("}");
}
