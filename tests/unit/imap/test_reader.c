#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "imap/imap.h"
#include "imap/reader.h"

/* What the reader says of an input, as text: one line an event. */
struct trace {
	struct imap_reader r;
	struct buf out;
	struct str in;
	bool refuse;
	bool dead;
};

static void
note(struct trace *t, const char *what, struct str s)
{
	buf_printf(&t->out, "%s:", what);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r')
			buf_puts(&t->out, "\\r");
		else if (s.p[i] == '\n')
			buf_puts(&t->out, "\\n");
		else if (s.p[i] == 0)
			buf_puts(&t->out, "\\0");
		else
			buf_putc(&t->out, s.p[i]);
	buf_putc(&t->out, '\n');
}

/* Data pieces are joined, so that cuts do not show. */
static void
note_data(struct trace *t, struct str s)
{
	struct str o = buf_str(&t->out);
	ssize_t nl = o.n > 0 ? str_rchr(str_sub(o, 0, o.n - 1), '\n') : -1;

	if (str_has_prefix(str_from(o, (size_t)(nl + 1)), STR("data:"))) {
		buf_truncate(&t->out, o.n - 1);
		for (size_t i = 0; i < s.n; i++)
			buf_putc(&t->out, s.p[i]);
		buf_putc(&t->out, '\n');
	} else {
		note(t, "data", s);
	}
}

static bool
event(struct trace *t, enum imap_in ev, struct str data)
{
	switch (ev) {
	case IMAP_IN_MORE:
		return false;
	case IMAP_IN_CONTINUE:
		note(t, "continue", STR(""));
		return true;
	case IMAP_IN_MESSAGE:
		note(t, "message", imap_reader_text(&t->r));
		if (t->refuse) {
			if (imap_reader_refuse(&t->r)) {
				note(t, "refused at once", STR(""));
				imap_reader_reset(&t->r);
			}
		} else if (imap_reader_accept(&t->r)) {
			note(t, "plus", STR(""));
		}
		return true;
	case IMAP_IN_DATA:
		note_data(t, data);
		return true;
	case IMAP_IN_COMMAND:
		note(t, "command", imap_reader_text(&t->r));
		imap_reader_reset(&t->r);
		return true;
	case IMAP_IN_LINE:
		note(t, "line", imap_reader_text(&t->r));
		imap_reader_reset(&t->r);
		return true;
	case IMAP_IN_BAD:
		note(t, "bad", imap_reader_tag(&t->r));
		imap_reader_reset(&t->r);
		return true;
	case IMAP_IN_REFUSED:
		note(t, "refused", STR(""));
		imap_reader_reset(&t->r);
		return true;
	case IMAP_IN_FATAL:
		note(t, "fatal", STR(""));
		t->dead = true;
		return false;
	}
	return false;
}

static void
feed(struct trace *t, struct str in)
{
	struct str data;
	size_t used;

	while (!t->dead && event(t, imap_reader_feed(&t->r, in, &used, &data), data))
		in = str_from(in, used);
}

static void
run(struct str in, size_t piece, bool refuse, size_t max, bool line, struct buf *out)
{
	struct trace t = { .refuse = refuse };

	imap_reader_init(&t.r);
	imap_reader_set_max(&t.r, max, LIM_IMAP_CMD);
	if (line)
		imap_reader_want_line(&t.r);
	buf_init(&t.out, 1 << 20);
	for (size_t i = 0; i < in.n; i += piece)
		feed(&t, str_sub(in, i, i + piece));
	buf_putstr(out, buf_str(&t.out));
	imap_reader_done(&t.r);
	buf_done(&t.out);
}

#define CASE(in, want, refuse, max, line)                                                          \
	{                                                                                          \
		STR(in), want, refuse, max, line                                                   \
	}
static const struct {
	struct str in;
	const char *want;
	bool refuse;
	size_t max;
	bool line;
} rows[] = {
	CASE("a NOOP\r\n", "command:a NOOP\\r\\n\n", false, 100, false),
	CASE("a NOOP\r\nb LOGOUT\r\n", "command:a NOOP\\r\\n\ncommand:b LOGOUT\\r\\n\n", false, 100,
	     false),
	CASE("a LOGIN {3}\r\nmox {2+}\r\npw\r\nb NOOP\r\n",
	     "continue:\ncommand:a LOGIN {3}\\r\\nmox {2+}\\r\\npw\\r\\n\ncommand:b NOOP\\r\\n\n",
	     false, 100, false),
	CASE("a LOGIN {0}\r\n {0+}\r\n\r\n",
	     "continue:\ncommand:a LOGIN {0}\\r\\n {0+}\\r\\n\\r\\n\n", false, 100, false),
	/* not a literal */
	CASE("a NOOP {}\r\n", "command:a NOOP {}\\r\\n\n", false, 100, false),
	CASE("a NOOP {+}\r\n", "command:a NOOP {+}\\r\\n\n", false, 100, false),
	CASE("a NOOP 3}\r\n", "command:a NOOP 3}\\r\\n\n", false, 100, false),
	/* line ends */
	CASE("a NOOP\nb NOOP\r\nc NOOP\r\n", "bad:a\nrefused:\ncommand:c NOOP\\r\\n\n", false, 100,
	     false),
	CASE("a NO\rOP\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 100, false),
	CASE("\r\nc NOOP\r\n", "command:\\r\\n\ncommand:c NOOP\\r\\n\n", false, 100, false),
	CASE("\nx\r\nc NOOP\r\n", "bad:*\nrefused:\ncommand:c NOOP\\r\\n\n", false, 100, false),
	CASE("a N\0P\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 100, false),
	CASE("a L {2+}\r\n\0x\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 100, false),
	/* too long: the line is thrown away, and a literal at its end with it */
	CASE("a NOOP 56789012345\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 10, false),
	CASE("a NOOP 5678901 {4+}\r\nb X\n\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false,
	     10, false),
	CASE("a NOOP {7+}\r\nz NOOP\n\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 10,
	     false),
	CASE("a NOOP 567\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 10, false),
	CASE("a NOOP 567 {4}\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 10, false),
	CASE("a NOOP {9}\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 8, false),
	/* too large */
	CASE("a LOGIN {102401}\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 100, false),
	CASE("a LOGIN {9999999999}\r\nc NOOP\r\n", "bad:a\ncommand:c NOOP\\r\\n\n", false, 100,
	     false),
	CASE("a LOGIN {99999999999+}\r\nc NOOP\r\n", "fatal:\n", false, 100, false),
	CASE("a LOGIN {99999999999999999999}\r\nc NOOP\r\n", "fatal:\n", false, 100, false),
	/* APPEND */
	CASE("a APPEND x {5}\r\nhello\r\nb NOOP\r\n",
	     "message:a APPEND x {5}\\r\\n\nplus:\ndata:hello\ncommand:a APPEND x {5}\\r\\n\\r\\n\n"
	     "command:b NOOP\\r\\n\n",
	     false, 100, false),
	CASE("a append {1+}\r\nx (\\Seen) {5+}\r\nhello\r\nb NOOP\r\n",
	     "message:a append {1+}\\r\\nx (\\Seen) {5+}\\r\\n\ndata:hello\n"
	     "command:a append {1+}\\r\\nx (\\Seen) {5+}\\r\\n\\r\\n\ncommand:b NOOP\\r\\n\n",
	     false, 100, false),
	CASE("a APPEND x {0+}\r\n\r\n",
	     "message:a APPEND x {0+}\\r\\n\ncommand:a APPEND x {0+}\\r\\n\\r\\n\n", false, 100,
	     false),
	CASE("a APPEND x {5}\r\nb NOOP\r\n",
	     "message:a APPEND x {5}\\r\\n\nrefused at once:\ncommand:b NOOP\\r\\n\n", true, 100,
	     false),
	CASE("a APPEND x {5+}\r\nhello\r\nb NOOP\r\n",
	     "message:a APPEND x {5+}\\r\\n\nrefused:\ncommand:b NOOP\\r\\n\n", true, 100, false),
	CASE("a APPEND x {0+}\r\n\r\nb NOOP\r\n",
	     "message:a APPEND x {0+}\\r\\n\nrefused:\ncommand:b NOOP\\r\\n\n", true, 100, false),
	CASE("a APPEND x {5+}\r\nhello {3+}\r\nxyz\r\nb NOOP\r\n",
	     "message:a APPEND x {5+}\\r\\n\ndata:hello\nbad:a\ncommand:b NOOP\\r\\n\n", false, 100,
	     false),
	CASE("a APPEND x {5+}\r\nhello junk\r\nb NOOP\r\n",
	     "message:a APPEND x {5+}\\r\\n\ndata:hello\nbad:a\ncommand:b NOOP\\r\\n\n", false, 100,
	     false),
	CASE("a APPEND ( {5+}\r\nhello\r\nb NOOP\r\n", "bad:a\ncommand:b NOOP\\r\\n\n", false, 100,
	     false),
	CASE("a APPEND ( {5}\r\nb NOOP\r\n", "bad:a\ncommand:b NOOP\\r\\n\n", false, 100, false),
	/* plain lines */
	CASE("AGEAYg==\r\nb NOOP\r\n", "line:AGEAYg==\ncommand:b NOOP\\r\\n\n", false, 100, true),
	CASE("{5}\r\nb NOOP\r\n", "line:{5}\ncommand:b NOOP\\r\\n\n", false, 100, true),
	CASE("DONE\nx\r\nb NOOP\r\n", "bad:*\nrefused:\ncommand:b NOOP\\r\\n\n", false, 100, true),
	/* tags */
	CASE("a+b NOOP\nx\r\n", "bad:*\nrefused:\n", false, 100, false),
	CASE("a\nx\r\n", "bad:*\nrefused:\n", false, 100, false),
};

START_TEST(cut_anywhere)
{
	struct buf whole, cut;

	buf_init(&whole, 1 << 20);
	run(rows[_i].in, rows[_i].in.n, rows[_i].refuse, rows[_i].max, rows[_i].line, &whole);
	ck_assert_str_eq(buf_c(&whole), rows[_i].want);
	for (size_t piece = 1; piece < rows[_i].in.n; piece++) {
		buf_init(&cut, 1 << 20);
		run(rows[_i].in, piece, rows[_i].refuse, rows[_i].max, rows[_i].line, &cut);
		ck_assert_str_eq(buf_c(&cut), rows[_i].want);
		buf_done(&cut);
	}
	buf_done(&whole);
}
END_TEST

/* Limits on the whole command. */
START_TEST(limits)
{
	struct trace t = { .refuse = false };
	char head[64];
	struct str lit;
	char *big = mem_zalloc(LIM_IMAP_LITERAL, 1);

	memset(big, 'x', LIM_IMAP_LITERAL);
	lit = (struct str){ big, LIM_IMAP_LITERAL };
	imap_reader_init(&t.r);
	imap_reader_set_max(&t.r, LIM_IMAP_LINE, LIM_IMAP_CMD);
	buf_init(&t.out, 1 << 22);
	feed(&t, STR("a LOGIN"));
	for (int i = 0; i < 12; i++) {
		snprintf(head, sizeof(head), " {%d+}\r\n", LIM_IMAP_LITERAL);
		feed(&t, str_c(head));
		feed(&t, lit);
	}
	feed(&t, STR("\r\nb NOOP\r\n"));
	ck_assert_str_eq(buf_c(&t.out), "bad:a\ncommand:b NOOP\\r\\n\n");
	buf_reset(&t.out);
	feed(&t, STR("a LOGIN"));
	for (int i = 0; i <= LIM_IMAP_LITERALS; i++)
		feed(&t, STR(" {1+}\r\nx"));
	feed(&t, STR("\r\nb NOOP\r\n"));
	ck_assert_str_eq(buf_c(&t.out), "bad:a\ncommand:b NOOP\\r\\n\n");
	imap_reader_done(&t.r);
	buf_done(&t.out);
	mem_free(big);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_reader");
	TCase *t = tcase_create("reader");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, cut_anywhere, 0, (int)ARRAY_LEN(rows));
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
