/*
 * Replies of a server, line by line: RFC 5321 4.2.1. Input may be cut anywhere. The text of all
 * lines is joined, made printable and cut to LIM_SMTP_ANSWER_TEXT.
 *
 * SECURITY: reads what any server sends. All sizes are fixed; nothing is allocated.
 */
#ifndef MOX_SMTP_ANSWER_H
#define MOX_SMTP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/str.h"

/* What a server said, or with code 0 what we say in its place. */
struct smtp_said {
	uint16_t code, text_n;
	char ecode[12]; /* enhanced status that fits the code (RFC 3463), or "" */
	char text[LIM_SMTP_ANSWER_TEXT];
};

static inline struct str
smtp_said_text(const struct smtp_said *s)
{
	return str_mem(s->text, s->text_n);
}
void smtp_said_set(struct smtp_said *s, unsigned code, struct str ecode, struct str text);

struct smtp_answer {
	struct smtp_said said;
	unsigned lines;
};

enum smtp_answer_got {
	SMTP_ANSWER_MORE, /* of this line has to come */
	SMTP_ANSWER_LINE, /* one line, others follow */
	SMTP_ANSWER_DONE, /* the last line: `said` is complete */
	SMTP_ANSWER_BAD,  /* not a reply, or longer than we read */
};

/* Before each reply. */
void smtp_answer_init(struct smtp_answer *a);
/* Take at most one line from the front of `in`: *used bytes, 0 with MORE. *line gets its text
 * without code, borrowed. LF alone ends a line, too: some servers send it. */
enum smtp_answer_got smtp_answer_line(struct smtp_answer *a, struct str in, size_t *used,
				      struct str *line);

#endif
