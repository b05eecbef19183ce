/*
 * Header fields as tokens: who writes, through whom, with what; which fields there are. Dates,
 * numbers and what filters on the way have added are left out.
 */
#include "base/arena.h"
#include "junk/junk_int.h"

enum {
	VALUE_MAX = 8192, /* bytes of a field that are looked at */
	RECEIVED_MAX = 12,
	ADDRS_MAX = 50,
	ARENA_MAX = 256 << 10,
	FIELD_NAME_MAX = 40,
};

struct field_kind {
	struct str name;
	void (*add)(struct junk_fields *f, struct str value, enum junk_space space);
	enum junk_space space;
	bool in_parts; /* also of messages inside */
};

static void
words_add(struct junk_fields *f, struct str value, enum junk_space space)
{
	buf_reset(f->decoded);
	mime_put_decoded(value, f->decoded);
	junk_words_add(f->words, space, buf_str(f->decoded));
}

static void
low_add(struct junk_fields *f, enum junk_space space, struct str s)
{
	char low[LIM_JUNK_URL];

	s.n = MIN(s.n, sizeof(low));
	for (size_t i = 0; i < s.n; i++)
		low[i] = chr_lower(s.p[i]);
	junk_set_add(f->set, space, str_mem(low, s.n));
}

static void
addr_add(struct junk_fields *f, const struct mime_addr *a, enum junk_space space)
{
	struct buf addr;

	if (a->kind != MIME_ADDR_MAILBOX)
		return;
	buf_init(&addr, LIM_JUNK_URL);
	buf_putstr(&addr, a->local);
	buf_putc(&addr, '@');
	buf_putstr(&addr, a->domain);
	low_add(f, space, buf_str(&addr));
	buf_done(&addr);
	if (a->name.n > 0)
		words_add(f, a->name, space == JUNK_TO ? JUNK_TO : JUNK_FROM);
	if (space == JUNK_TO)
		return;
	junk_host_add(f->set, space, a->domain);
}

static void
addrs_add(struct junk_fields *f, struct str value, enum junk_space space)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct mime_addr *a;
	unsigned n = 0;

	if (mime_addrs_parse(value, arena, &a, &n) < 0) {
		junk_set_add(f->set, JUNK_NOTE, STR("address malformed"));
		words_add(f, value, space == JUNK_TO ? JUNK_TO : JUNK_FROM);
	}
	if (space == JUNK_TO && n > 1)
		junk_set_add(f->set, JUNK_NOTE, n > 5 ? STR("many recipients") : STR("recipients"));
	for (unsigned i = 0; i < MIN(n, ADDRS_MAX); i++)
		addr_add(f, &a[i], space);
	arena_free(&arena);
}

static bool
is_host_char(char c)
{
	return chr_is_alnum(c) || c == '.' || c == '-';
}

/* Names with dots and addresses, but for mail addresses and the date. */
static void
received_add(struct junk_fields *f, struct str value, enum junk_space space)
{
	ssize_t semicolon = str_rchr(value, ';');
	size_t from;

	value = str_sub(value, 0, semicolon >= 0 ? (size_t)semicolon : value.n);
	for (size_t i = 0; i < value.n; i++) {
		struct str word;

		if (!chr_is_alnum(value.p[i]))
			continue;
		for (from = i; i < value.n && is_host_char(value.p[i]); i++)
			;
		word = str_sub(value, from, i);
		if (i < value.n && value.p[i] == '@') {
			while (i + 1 < value.n && is_host_char(value.p[i + 1]))
				i++;
			continue;
		}
		if (str_chr(word, '.') > 0)
			junk_host_add(f->set, space, word);
		else if (str_eq(word, STR("HELO")) || str_eqi(word, STR("unknown")) ||
			 str_eqi(word, STR("forged")))
			low_add(f, space, word);
	}
}

static void
value_add(struct junk_fields *f, struct str value, enum junk_space space)
{
	struct buf b;

	(void)space;
	buf_init(&b, 2 * LIM_JUNK_URL);
	buf_putstr(&b, f->name);
	buf_putc(&b, ' ');
	buf_putstr(&b, str_sub(str_trim_ws(value), 0, LIM_JUNK_URL / 2));
	low_add(f, JUNK_VALUE, buf_str(&b));
	buf_done(&b);
}

static void
id_add(struct junk_fields *f, struct str value, enum junk_space space)
{
	ssize_t at = str_rchr(value, '@');
	size_t n = 0;

	if (at < 0) {
		junk_set_add(f->set, JUNK_NOTE, STR("id without domain"));
		return;
	}
	value = str_from(value, (size_t)at + 1);
	while (n < value.n && is_host_char(value.p[n]))
		n++;
	junk_host_add(f->set, space, str_sub(value, 0, n));
}

/* "<name.host>" of List-Id, or the addresses of other list fields, as they are. */
static void
list_add(struct junk_fields *f, struct str value, enum junk_space space)
{
	ssize_t a = str_rchr(value, '<');

	value = str_from(value, (size_t)(a + 1));
	low_add(f, space, str_trim_ws(str_cut(value, '>', &(struct str){ 0 })));
}

#define FIELD(name, add, space, in_parts)                                                          \
	{                                                                                          \
		{ name, sizeof(name) - 1 }, add, space, in_parts                                   \
	}
/* Name, what is made of the value, as what, and whether messages inside count too. */
static const struct field_kind kinds[] = {
	FIELD("Subject", words_add, JUNK_SUBJECT, true),
	FIELD("From", addrs_add, JUNK_SENDER, true),
	FIELD("Sender", addrs_add, JUNK_SENDER, false),
	FIELD("Reply-To", addrs_add, JUNK_SENDER, false),
	FIELD("Return-Path", addrs_add, JUNK_SENDER, false),
	FIELD("To", addrs_add, JUNK_TO, false),
	FIELD("Cc", addrs_add, JUNK_TO, false),
	FIELD("Received", received_add, JUNK_RECEIVED, false),
	FIELD("Message-ID", id_add, JUNK_ID, false),
	FIELD("In-Reply-To", id_add, JUNK_ID, false),
	FIELD("X-Mailer", words_add, JUNK_MAILER, false),
	FIELD("User-Agent", words_add, JUNK_MAILER, false),
	FIELD("X-MimeOLE", words_add, JUNK_MAILER, false),
	FIELD("Organization", words_add, JUNK_FROM, false),
	FIELD("List-Id", list_add, JUNK_LIST, false),
	FIELD("Mailing-List", list_add, JUNK_LIST, false),
	FIELD("Precedence", value_add, JUNK_VALUE, false),
	FIELD("X-Priority", value_add, JUNK_VALUE, false),
	FIELD("Importance", value_add, JUNK_VALUE, false),
	FIELD("MIME-Version", value_add, JUNK_VALUE, false),
	FIELD("Auto-Submitted", value_add, JUNK_VALUE, false),
	FIELD("Content-Transfer-Encoding", value_add, JUNK_VALUE, false),
};

/* What the receiving side has added: it says nothing of the sender, or is another filter's word. */
static const struct str ignored[] = {
	{ "X-Spam", 6 },
	{ "X-Mox", 5 },
	{ "X-Bogosity", 10 },
	{ "X-Virus", 7 },
	{ "X-MailScanner", 13 },
	{ "X-Pyzor", 7 },
	{ "X-Rspamd", 8 },
	{ "X-Junk", 6 },
	{ "Authentication-Results", 22 },
	{ "Received-SPF", 12 },
	{ "ARC-", 4 },
	{ "Delivered-To", 12 },
	{ "Status", 6 },
	{ "X-Status", 8 },
	{ "X-UID", 5 },
	{ "X-Keywords", 10 },
	{ "X-IMAP", 6 },
	{ "Lines", 5 },
	{ "Content-Length", 14 },
	/* One word of a mailing list's is enough: List-Id. */
	{ "List-", 5 },
	{ "X-Mailman", 9 },
	{ "X-BeenThere", 11 },
	{ "Errors-To", 9 },
	{ "Delivery-Date", 13 },
	{ "X-Original-Date", 15 },
};

static bool
is_ignored(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (str_has_prefixi(name, ignored[i]))
			return true;
	return false;
}

static const struct field_kind *
kind_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eqi(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static void
field_add(struct junk_fields *f, const struct mime_field *field, bool is_top)
{
	const struct field_kind *k = kind_of(field->name);

	f->name = str_sub(field->name, 0, FIELD_NAME_MAX);
	if (is_top && !is_ignored(field->name))
		low_add(f, JUNK_FIELD, f->name);
	if (k != NULL && (is_top || k->in_parts) &&
	    (k->space != JUNK_RECEIVED || f->nreceived++ < RECEIVED_MAX))
		k->add(f, str_sub(field->value, 0, VALUE_MAX), k->space);
}

void
junk_fields_add(struct junk_fields *f, struct str block, bool is_top)
{
	static const struct str expected[] = {
		{ "Date", 4 }, { "From", 4 }, { "To", 2 }, { "Subject", 7 }, { "Message-ID", 10 }
	};
	unsigned left = LIM_MIME_FIELDS, seen = 0;
	struct mime_field field;

	while (left-- > 0 && mime_field_next(&block, &field)) {
		for (unsigned i = 0; i < ARRAY_LEN(expected); i++)
			seen |= (unsigned)str_eqi(field.name, expected[i]) << i;
		field_add(f, &field, is_top);
	}
	for (unsigned i = 0; is_top && i < ARRAY_LEN(expected); i++) {
		f->name = STR("no");
		if ((seen & 1u << i) == 0)
			value_add(f, expected[i], JUNK_VALUE);
	}
}
