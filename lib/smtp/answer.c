#include "smtp/answer.h"

#include "base/mem.h"
#include "smtp/reply.h"

/* All of `p`, or nothing. */
static bool
text_put(struct smtp_said *s, const char *p, size_t n)
{
	if (n > sizeof(s->text) - s->text_n)
		return false;
	memcpy(s->text + s->text_n, p, n);
	s->text_n += (uint16_t)n;
	return true;
}

/* Length of the UTF-8 character that `s` begins with; 0 when it is none, or one that could move a
 * terminal: C1 controls are c2 80 to c2 9f. */
static size_t
char_len(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c < ' ' || c == 0x7f || n > s.n || !str_is_utf8(str_sub(s, 0, n)))
		return 0;
	return c == 0xc2 && (unsigned char)s.p[1] < 0xa0 ? 0 : n;
}

/* Printable characters as they are, other bytes as \xNN, up to the room that there is. */
static void
text_add(struct smtp_said *s, struct str t)
{
	static const char hex[] = "0123456789abcdef";

	while (t.n > 0) {
		size_t n = char_len(t);
		unsigned char c = (unsigned char)t.p[0];
		char esc[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

		if (!text_put(s, n > 0 ? t.p : esc, n > 0 ? n : sizeof(esc)))
			break;
		t = str_from(t, MAX(n, 1));
	}
}

void
smtp_said_set(struct smtp_said *s, unsigned code, struct str ecode, struct str text)
{
	s->code = (uint16_t)code;
	s->text_n = 0;
	if (str_to_c(ecode, s->ecode, sizeof(s->ecode)) < 0)
		s->ecode[0] = '\0';
	text_add(s, text);
}

void
smtp_answer_init(struct smtp_answer *a)
{
	a->said.code = a->said.text_n = 0;
	a->said.ecode[0] = '\0';
	a->lines = 0;
}

/* "250" and what follows: 0 when it can't be a code. */
static unsigned
code_of(struct str line)
{
	if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' || !chr_is_digit(line.p[1]) ||
	    !chr_is_digit(line.p[2]))
		return 0;
	return (unsigned)(line.p[0] - '0') * 100 + (unsigned)(line.p[1] - '0') * 10 +
	       (unsigned)(line.p[2] - '0');
}

/* Without the enhanced code that each line may repeat; the first one counts. */
static struct str
ecode_take(struct smtp_answer *a, struct str text)
{
	struct str rest, word = str_cut(text, ' ', &rest);

	if (!smtp_ecode_fits(a->said.code, word))
		return text;
	if (a->lines == 0)
		(void)!str_to_c(word, a->said.ecode, sizeof(a->said.ecode));
	return rest.p != NULL ? rest : STR("");
}

enum smtp_answer_got
smtp_answer_line(struct smtp_answer *a, struct str in, size_t *used, struct str *line)
{
	ssize_t lf = str_chr(str_sub(in, 0, LIM_SMTP_LINE), '\n');
	struct str l, text;
	unsigned code;
	bool is_last;

	*used = 0;
	if (lf < 0)
		return in.n < LIM_SMTP_LINE ? SMTP_ANSWER_MORE : SMTP_ANSWER_BAD;
	l = str_sub(in, 0, (size_t)lf);
	if (l.n > 0 && l.p[l.n - 1] == '\r')
		l.n--;
	code = code_of(l);
	is_last = l.n == 3 || (l.n > 3 && l.p[3] == ' ');
	if (code == 0 || (!is_last && l.p[3] != '-') || (a->lines > 0 && code != a->said.code) ||
	    a->lines >= LIM_SMTP_ANSWER_LINES)
		return SMTP_ANSWER_BAD;
	*used = (size_t)lf + 1;
	*line = str_from(l, 4);
	a->said.code = (uint16_t)code;
	text = ecode_take(a, *line);
	if (a->said.text_n > 0 && text.n > 0)
		text_add(&a->said, STR(" "));
	text_add(&a->said, text);
	a->lines++;
	return is_last ? SMTP_ANSWER_DONE : SMTP_ANSWER_LINE;
}
