#include <check.h>
#include <stdlib.h>

#include "dump.h"

static const struct {
	const char *in;	  /* without the last CRLF */
	const char *want; /* "BAD why", "UNKNOWN why", or the command */
	bool utf8;
} rows[] = {
	{ "a NOOP", "a NOOP", false },
	{ "a]1 nOoP", "a]1 NOOP", false },
	{ "a CAPABILITY", "a CAPABILITY", false },
	{ "a LOGOUT", "a LOGOUT", false },
	{ "a STARTTLS", "a STARTTLS", false },
	{ "a NAMESPACE", "a NAMESPACE", false },
	{ "a IDLE", "a IDLE", false },
	{ "a CHECK", "a CHECK", false },
	{ "a CLOSE", "a CLOSE", false },
	{ "a UNSELECT", "a UNSELECT", false },
	{ "a EXPUNGE", "a EXPUNGE", false },
	{ "a UID EXPUNGE 1:3", "a UID EXPUNGE 1:3", false },
	/* the frame */
	{ "", "BAD tag expected", false },
	{ "a", "BAD one space expected", false },
	{ "a ", "BAD atom expected", false },
	{ " a NOOP", "BAD tag expected", false },
	{ "a+ NOOP", "BAD one space expected", false },
	{ "+ NOOP", "BAD tag expected", false },
	{ "a  NOOP", "BAD atom expected", false },
	{ "a NOOP ", "BAD end of command expected", false },
	{ "a NOOP x", "BAD end of command expected", false },
	{ "a FROB", "UNKNOWN unknown command", false },
	{ "a UID FROB", "UNKNOWN unknown command", false },
	{ "a UID NOOP", "UNKNOWN unknown command", false },
	{ "a UID", "BAD one space expected", false },
	{ "a UID EXPUNGE", "BAD one space expected", false },
	{ "a NO\x01OP", "UNKNOWN unknown command", false },
	/* LOGIN, strings */
	{ "a LOGIN u p", "a LOGIN user=\"u\" pass=\"p\"", false },
	{ "a LOGIN u@x.y \"p w\\\"\\\\\"", "a LOGIN user=\"u@x.y\" pass=\"p w\\\"\\\\\"", false },
	{ "a LOGIN {1}\r\nu {3+}\r\n\"x ", "a LOGIN user=\"u\" pass=\"\\\"x \"", false },
	{ "a LOGIN \"\" {0}\r\n", "a LOGIN user=\"\" pass=\"\"", false },
	{ "a LOGIN \"\xc3\xa4\" p]", "a LOGIN user=\"\xc3\xa4\" pass=\"p]\"", false },
	{ "a LOGIN \"\xe4\" p", "BAD quoted string is not UTF-8", false },
	{ "a LOGIN \xc3\xa4 p", "BAD string expected", false },
	{ "a LOGIN \"u p", "BAD closing quote expected", false },
	{ "a LOGIN \"u\\n\" p", "BAD only \\\" and \\\\ may be escaped", false },
	{ "a LOGIN u", "BAD one space expected", false },
	{ "a LOGIN u p q", "BAD end of command expected", false },
	{ "a LOGIN u  p", "BAD string expected", false },
	{ "a LOGIN u (p)", "BAD string expected", false },
	{ "a LOGIN {3}\r\nu p", "BAD one space expected", false },
	{ "a LOGIN {9}\r\nu", "BAD malformed literal", false },
	{ "a LOGIN {1}u p", "BAD malformed literal", false },
	{ "a LOGIN {1-}\r\nu p", "BAD malformed literal", false },
	/* AUTHENTICATE */
	{ "a AUTHENTICATE PLAIN", "a AUTHENTICATE mech=\"PLAIN\"", false },
	{ "a AUTHENTICATE PLAIN AGEAYg==", "a AUTHENTICATE mech=\"PLAIN\" init=\"AGEAYg==\"",
	  false },
	{ "a AUTHENTICATE PLAIN =", "a AUTHENTICATE mech=\"PLAIN\" init=\"=\"", false },
	{ "a AUTHENTICATE PLAIN ", "BAD base64 expected", false },
	{ "a AUTHENTICATE PLAIN !", "BAD base64 expected", false },
	{ "a AUTHENTICATE", "BAD one space expected", false },
	{ "a AUTHENTICATE \"PLAIN\"", "BAD atom expected", false },
	/* ID, ENABLE */
	{ "a ID NIL", "a ID", false },
	{ "a ID ()", "a ID", false },
	{ "a ID (\"name\" \"x\" \"version\" NIL)", "a ID w=\"name\" w=\"x\" w=\"version\" NIL",
	  false },
	{ "a ID (\"name\")", "BAD one space expected", false },
	{ "a ID (name x)", "BAD string expected", false },
	{ "a ID", "BAD one space expected", false },
	{ "a ENABLE IMAP4rev2 CONDSTORE", "a ENABLE w=\"IMAP4rev2\" w=\"CONDSTORE\"", false },
	{ "a ENABLE", "BAD one space expected", false },
	{ "a ENABLE ", "BAD atom expected", false },
	/* mailboxes */
	{ "a SELECT inbox", "a SELECT mb=\"Inbox\"", false },
	{ "a EXAMINE \"iNBOX/Sub\"", "a EXAMINE mb=\"Inbox/Sub\"", false },
	{ "a SELECT inboxes", "a SELECT mb=\"inboxes\"", false },
	{ "a SELECT Entw&APw-rfe", "a SELECT mb=\"Entw\xc3\xbcrfe\"", false },
	{ "a SELECT Entw&APw-rfe", "a SELECT mb=\"Entw&APw-rfe\"", true },
	{ "a SELECT \"Entw\xc3\xbcrfe\"", "a SELECT mb=\"Entw\xc3\xbcrfe\"", true },
	{ "a SELECT \"Entw\xc3\xbcrfe\"", "a SELECT mb=\"Entw\xc3\xbcrfe\"", false },
	{ "a SELECT a&b", "BAD mailbox name is not modified UTF-7", false },
	{ "a SELECT a&b", "a SELECT mb=\"a&b\"", true },
	{ "a SELECT {1}\r\n\xe4", "BAD mailbox name is not UTF-8", false },
	{ "a SELECT", "BAD one space expected", false },
	{ "a SELECT a b", "BAD end of command expected", false },
	{ "a SELECT a (CONDSTORE)", "BAD end of command expected", false },
	{ "a SELECT %", "BAD string expected", false },
	{ "a CREATE a/b/", "a CREATE mb=\"a/b/\"", false },
	{ "a CREATE x (USE (\\Sent))", "a CREATE mb=\"x\" special=8", false },
	{ "a CREATE x (USE (\\drafts \\junk))", "a CREATE mb=\"x\" special=6", false },
	{ "a CREATE x (USE (\\Flagged))", "a CREATE mb=\"x\" special=40000000", false },
	{ "a CREATE x (USE ())", "a CREATE mb=\"x\"", false },
	{ "a CREATE x (FOO)", "BAD (USE (...)) expected", false },
	{ "a DELETE x", "a DELETE mb=\"x\"", false },
	{ "a RENAME x y", "a RENAME mb=\"x\" mb2=\"y\"", false },
	{ "a RENAME x", "BAD one space expected", false },
	{ "a SUBSCRIBE x", "a SUBSCRIBE mb=\"x\"", false },
	{ "a UNSUBSCRIBE x", "a UNSUBSCRIBE mb=\"x\"", false },
	/* STATUS */
	{ "a STATUS x (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE APPENDLIMIT)",
	  "a STATUS mb=\"x\" status=ff", false },
	{ "a STATUS x (messages)", "a STATUS mb=\"x\" status=1", false },
	{ "a STATUS x ()", "BAD unknown STATUS item", false },
	{ "a STATUS x (FOO)", "BAD unknown STATUS item", false },
	{ "a STATUS x MESSAGES", "BAD '(' expected", false },
	{ "a STATUS x (MESSAGES", "BAD ')' expected", false },
	{ "a STATUS x (MESSAGES )", "BAD unknown STATUS item", false },
	/* LIST */
	{ "a LIST \"\" *", "a LIST sel=0 ret=0 st=0 ref=\"\" pat=\"*\"", false },
	{ "a LIST \"\" \"\"", "a LIST sel=0 ret=0 st=0 ref=\"\" pat=\"\"", false },
	{ "a LIST x/ %/&AOQ-*", "a LIST sel=0 ret=0 st=0 ref=\"x/\" pat=\"%/\xc3\xa4*\"", false },
	{ "a LIST () \"\" *", "a LIST ext sel=0 ret=0 st=0 ref=\"\" pat=\"*\"", false },
	{ "a LIST (SUBSCRIBED REMOTE RECURSIVEMATCH) \"\" (a b) RETURN (CHILDREN STATUS "
	  "(MESSAGES SIZE) "
	  "SUBSCRIBED SPECIAL-USE)",
	  "a LIST ext sel=7 ret=f st=41 ref=\"\" pat=\"a\" pat=\"b\"", false },
	{ "a LIST \"\" (a) RETURN ()", "a LIST ext sel=0 ret=0 st=0 ref=\"\" pat=\"a\"", false },
	{ "a LIST (SPECIAL-USE) \"\" *", "a LIST ext sel=8 ret=0 st=0 ref=\"\" pat=\"*\"", false },
	{ "a LIST (RECURSIVEMATCH) \"\" *", "BAD RECURSIVEMATCH needs another selection option",
	  false },
	{ "a LIST (REMOTE RECURSIVEMATCH) \"\" *",
	  "BAD RECURSIVEMATCH needs another selection option", false },
	{ "a LIST (FOO) \"\" *", "BAD unknown LIST selection option", false },
	{ "a LIST \"\" * RETURN (FOO)", "BAD unknown LIST return option", false },
	{ "a LIST \"\" * FOO", "BAD RETURN (...) expected", false },
	{ "a LIST \"\"", "BAD one space expected", false },
	{ "a LIST \"\" (", "BAD mailbox pattern expected", false },
	{ "a LIST \"\" a&b", "a LIST sel=0 ret=0 st=0 ref=\"\"", false },
	{ "a LSUB \"\" *", "a LSUB sel=0 ret=0 st=0 ref=\"\" pat=\"*\"", false },
	{ "a LSUB \"\" (*)", "BAD LSUB takes one pattern", false },
	/* STORE, COPY, MOVE */
	{ "a STORE 1 FLAGS (\\Seen $Junk foo)", "a STORE 1:1 op== sys=41 kw=\"foo\"", false },
	{ "a STORE 1 +FLAGS.SILENT \\Deleted", "a STORE 1:1 op=+ silent sys=8", false },
	{ "a STORE 1 -flags \\seen \\draft a A", "a STORE 1:1 op=- sys=11 kw=\"a\"", false },
	{ "a UID STORE $ FLAGS ()", "a UID STORE $ op==", false },
	{ "a STORE 1 FLAGS \\Recent", "a STORE 1:1 op==", false },
	{ "a STORE 1 FLAGS \\Foo", "BAD unknown system flag", false },
	{ "a STORE 1 FLAGS (a", "BAD ')' expected", false },
	{ "a STORE 1 FLAGS a)", "BAD end of command expected", false },
	{ "a STORE 1 FLAGS", "BAD one space expected", false },
	{ "a STORE 1 FLAGS ", "BAD atom expected", false },
	{ "a STORE 1 *FLAGS (a)", "BAD FLAGS expected", false },
	{ "a STORE 1 (UNCHANGEDSINCE 3) FLAGS (a)", "BAD FLAGS expected", false },
	{ "a STORE 0 FLAGS (a)", "BAD number must not be 0", false },
	{ "a COPY 1:* x", "a COPY 1:0 mb=\"x\"", false },
	{ "a UID MOVE 2,4:* INBOX", "a UID MOVE 2:2,4:0 mb=\"Inbox\"", false },
	{ "a COPY x", "BAD number expected", false },
	{ "a COPY 1", "BAD one space expected", false },
	/* APPEND: the text ends in front of the message */
	{ "a APPEND x {5}", "a APPEND mb=\"x\" lit=5", false },
	{ "a APPEND x (\\Seen foo) \" 1-Feb-2026 10:20:30 +0130\" {5+}",
	  "a APPEND mb=\"x\" sys=1 kw=\"foo\" date=1769935830 lit=5", false },
	{ "a APPEND x \"01-Feb-2026 10:20:30 -0130\" {5}",
	  "a APPEND mb=\"x\" date=1769946630 lit=5", false },
	{ "a APPEND x () {5}", "a APPEND mb=\"x\" lit=5", false },
	{ "a APPEND x \"31-Feb-2026 10:20:30 +0000\" {5}", "BAD no such day", false },
	{ "a APPEND x \"1-Feb-2026 10:20:30 +0000\" {5}", "BAD malformed date", false },
	{ "a APPEND x \"01-Feb-2026 24:20:30 +0000\" {5}", "BAD time out of range", false },
	{ "a APPEND x \"01-Feb-2026 10:20:30 0000\" {5}", "BAD malformed time zone", false },
	{ "a APPEND x", "BAD one space expected", false },
	{ "a APPEND x foo", "BAD literal expected", false },
	{ "a APPEND x ~{5}", "a APPEND mb=\"x\" lit=5", false },
	{ "a APPEND x ~~{5}", "BAD literal expected", false },
	{ "a APPEND x {5} y", "BAD end of command expected", false },
	/* FETCH */
	{ "a FETCH 1 FLAGS", "a FETCH 1:1 atts=2", false },
	{ "a UID FETCH 1 FLAGS", "a UID FETCH 1:1 atts=3", false },
	{ "a FETCH 1 ALL", "a FETCH 1:1 atts=1e", false },
	{ "a FETCH 1 FAST", "a FETCH 1:1 atts=e", false },
	{ "a FETCH 1 full", "a FETCH 1:1 atts=3e", false },
	{ "a FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE)",
	  "a FETCH 1:1 atts=7f", false },
	{ "a FETCH 1 BODY[]", "a FETCH 1:1 {BODY[] text=0 path=0 fields=0}", false },
	{ "a FETCH 1 BODY.PEEK[]<0.10>", "a FETCH 1:1 {BODY[]<0> text=0 path=0 fields=0 peek 0+10}",
	  false },
	{ "a FETCH 1 (body.peek[header.fields (From \"To\" {2}\r\nCC)] BODY[1.2.MIME] BODY[TEXT])",
	  "a FETCH 1:1 {BODY[HEADER.FIELDS (From To CC)] text=2 path=0 fields=3 peek}"
	  " {BODY[1.2.MIME] text=5 path=2 fields=0} {BODY[TEXT] text=4 path=0 fields=0}",
	  false },
	{ "a FETCH 1 BODY[1.HEADER.FIELDS.NOT (a b)]",
	  "a FETCH 1:1 {BODY[1.HEADER.FIELDS.NOT (a b)] text=3 path=1 fields=2}", false },
	{ "a FETCH 1 (BODY[HEADER] BODY[3.HEADER] BODY[3.TEXT] BODY[3])",
	  "a FETCH 1:1 {BODY[HEADER] text=1 path=0 fields=0} {BODY[3.HEADER] text=1 "
	  "path=1 fields=0}"
	  " {BODY[3.TEXT] text=4 path=1 fields=0} {BODY[3] text=0 path=1 fields=0}",
	  false },
	{ "a FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT)",
	  "a FETCH 1:1 {RFC822 text=0 path=0 fields=0} {RFC822.HEADER text=1 path=0 fields=0 peek}"
	  " {RFC822.TEXT text=4 path=0 fields=0}",
	  false },
	{ "a FETCH 1 (BINARY[1] BINARY.PEEK[1.2]<5.6> BINARY.SIZE[1] BINARY[])",
	  "a FETCH 1:1 {BINARY[1] text=0 path=1 fields=0} {BINARY[1.2]<5> text=0 path=2 "
	  "fields=0 peek 5+6}"
	  " {BINARY.SIZE[1] text=0 path=1 fields=0 peek} {BINARY[] text=0 path=0 fields=0}",
	  false },
	{ "a FETCH 1 ()", "BAD unknown FETCH item", false },
	{ "a FETCH 1 (FLAGS", "BAD ')' expected", false },
	{ "a FETCH 1 (FLAGS  UID)", "BAD unknown FETCH item", false },
	{ "a FETCH 1 (ALL)", "BAD unknown FETCH item", false },
	{ "a FETCH 1 FLAGS UID", "BAD end of command expected", false },
	{ "a FETCH 1 FLAGSX", "BAD unknown FETCH item", false },
	{ "a FETCH 1 BODY[", "BAD ']' expected", false },
	{ "a FETCH 1 BODY[MIME]", "BAD ']' expected", false },
	{ "a FETCH 1 BODY[1.]", "BAD unknown section", false },
	{ "a FETCH 1 BODY[.1]", "BAD ']' expected", false },
	{ "a FETCH 1 BODY[0]", "BAD number must not be 0", false },
	{ "a FETCH 1 BODY[1.FOO]", "BAD unknown section", false },
	{ "a FETCH 1 BODY[HEADERS]", "BAD ']' expected", false },
	{ "a FETCH 1 BODY[HEADER.FIELDS]", "BAD one space expected", false },
	{ "a FETCH 1 BODY[HEADER.FIELDS ()]", "BAD string expected", false },
	{ "a FETCH 1 BODY[]<0>", "BAD unexpected character", false },
	{ "a FETCH 1 BODY[]<0.0>", "BAD number must not be 0", false },
	{ "a FETCH 1 BODY[]<1.2", "BAD unexpected character", false },
	{ "a FETCH 1 BINARY[TEXT]", "BAD ']' expected", false },
	{ "a FETCH 1 BINARY[1.TEXT]", "BAD unknown section", false },
	{ "a FETCH 1 BINARY.SIZE[1]<0.1>", "BAD BINARY.SIZE has no partial form", false },
	{ "a FETCH 1 BODY.PEEK", "BAD '[' expected", false },
	{ "a FETCH FLAGS", "BAD number expected", false },
	/* SEARCH */
	{ "a SEARCH ALL", "a SEARCH (ALL)", false },
	{ "a SEARCH SEEN UNSEEN", "a SEARCH (AND (FLAG n=1) (NOT (FLAG n=1)))", false },
	{ "a SEARCH ANSWERED DELETED DRAFT FLAGGED UNANSWERED UNDELETED UNDRAFT "
	  "UNFLAGGED NEW OLD RECENT",
	  "a SEARCH (AND (FLAG n=2) (FLAG n=8) (FLAG n=16) (FLAG n=4) (NOT (FLAG n=2)) "
	  "(NOT (FLAG n=8))"
	  " (NOT (FLAG n=16)) (NOT (FLAG n=4)) (NEW) (OLD) (RECENT))",
	  false },
	{ "a SEARCH FROM x TO \"y\" CC {1}\r\nz BCC q SUBJECT s",
	  "a SEARCH (AND (HEADER field=\"From\" s=\"x\") (HEADER field=\"To\" s=\"y\")"
	  " (HEADER field=\"Cc\" s=\"z\") (HEADER field=\"Bcc\" s=\"q\") (HEADER "
	  "field=\"Subject\" s=\"s\"))",
	  false },
	{ "a SEARCH HEADER X-y \"\" BODY b TEXT t",
	  "a SEARCH (AND (HEADER field=\"X-y\" s=\"\") (BODY s=\"b\") (TEXT s=\"t\"))", false },
	{ "a SEARCH KEYWORD foo UNKEYWORD $junk KEYWORD $Forwarded",
	  "a SEARCH (AND (KEYWORD s=\"foo\") (NOT (FLAG n=64 s=\"$junk\")) (FLAG n=32 "
	  "s=\"$Forwarded\"))",
	  false },
	{ "a SEARCH LARGER 10 SMALLER 20", "a SEARCH (AND (LARGER n=10) (SMALLER n=20))", false },
	{ "a SEARCH BEFORE 1-Feb-1994 ON \"01-Feb-1994\" SINCE 2-Jan-1970",
	  "a SEARCH (AND (BEFORE day=8797) (ON day=8797) (SINCE day=1))", false },
	{ "a SEARCH SENTBEFORE 1-Feb-1994 SENTON 1-Feb-1994 SENTSINCE 1-Feb-1994",
	  "a SEARCH (AND (SENTBEFORE day=8797) (SENTON day=8797) (SENTSINCE day=8797))", false },
	{ "a SEARCH 1:3,* UID 5:* $ UID $",
	  "a SEARCH (AND (SET 1:3,0:0) (UID 5:0) (SET $) (UID $))", false },
	{ "a SEARCH NOT 1", "a SEARCH (NOT (SET 1:1))", false },
	{ "a SEARCH OR SEEN (DELETED 1)", "a SEARCH (OR (FLAG n=1) (AND (FLAG n=8) (SET 1:1)))",
	  false },
	{ "a SEARCH ((ALL))", "a SEARCH (ALL)", false },
	{ "a SEARCH CHARSET utf-8 BODY x", "a SEARCH charset=\"utf-8\" (BODY s=\"x\")", false },
	{ "a UID SEARCH RETURN () ALL", "a UID SEARCH ret=4 (ALL)", false },
	{ "a SEARCH RETURN (MIN MAX ALL COUNT SAVE) CHARSET x ALL",
	  "a SEARCH ret=1f charset=\"x\" (ALL)", false },
	{ "a SEARCH RETURN (MIN) ALL", "a SEARCH ret=1 (ALL)", false },
	{ "a SEARCH", "BAD one space expected", false },
	{ "a SEARCH ", "BAD unknown search key", false },
	{ "a SEARCH FOO", "BAD unknown search key", false },
	{ "a SEARCH RETURN (FOO) ALL", "BAD unknown SEARCH return option", false },
	{ "a SEARCH RETURN (ALL)", "BAD one space expected", false },
	{ "a SEARCH RETURN ALL", "BAD '(' expected", false },
	{ "a SEARCH CHARSET", "BAD one space expected", false },
	{ "a SEARCH CHARSET utf-8", "BAD one space expected", false },
	{ "a SEARCH NOT", "BAD one space expected", false },
	{ "a SEARCH OR ALL", "BAD one space expected", false },
	{ "a SEARCH ()", "BAD unknown search key", false },
	{ "a SEARCH (ALL", "BAD ')' expected", false },
	{ "a SEARCH ALL ", "BAD unknown search key", false },
	{ "a SEARCH BEFORE 1-Foo-1994", "BAD malformed date", false },
	{ "a SEARCH BEFORE 30-Feb-1994", "BAD no such day", false },
	{ "a SEARCH BEFORE \"1-Feb-1994", "BAD unexpected character", false },
	{ "a SEARCH LARGER x", "BAD number expected", false },
	{ "a SEARCH LARGER 99999999999999999999", "BAD number out of range", false },
	{ "a SEARCH KEYWORD \\Seen", "BAD atom expected", false },
	{ "a SEARCH HEADER x", "BAD one space expected", false },
	{ "a SEARCH $1", "BAD end of command expected", false },
	{ "a SEARCH 1:", "BAD number expected", false },
};

static void
parse_to(struct buf *b, struct str text, bool utf8)
{
	struct arena *a = arena_new(LIM_IMAP_ARENA);
	struct imap_cmd c;
	const char *why = "";
	enum imap_verdict v = imap_parse(text, utf8, a, &c, &why);

	if (v == IMAP_OK)
		d_cmd(b, &c);
	else
		buf_printf(b, "%s %s", v == IMAP_BAD ? "BAD" : "UNKNOWN", why);
	arena_free(&a);
}

START_TEST(parse)
{
	struct buf in, out;

	buf_init(&in, 4096);
	buf_init(&out, 65536);
	buf_puts(&in, rows[_i].in);
	buf_puts(&in, "\r\n");
	parse_to(&out, buf_str(&in), rows[_i].utf8);
	ck_assert_str_eq(buf_c(&out), rows[_i].want);
	buf_done(&in);
	buf_done(&out);
}
END_TEST

/* Cut short everywhere, as the end of the text in memory of just that size: nothing is read behind
 * it. */
START_TEST(cut)
{
	struct str in = str_c(rows[_i].in);
	struct buf out;

	buf_init(&out, 65536);
	for (size_t n = 0; n <= in.n; n++) {
		char *p = mem_zalloc(n + 2, 1);

		memcpy(p, in.p, n);
		memcpy(p + n, "\r\n", 2);
		parse_to(&out, (struct str){ p, n + 2 }, rows[_i].utf8);
		parse_to(&out, (struct str){ p, n }, rows[_i].utf8);
		buf_reset(&out);
		mem_free(p);
	}
	buf_done(&out);
}
END_TEST

static const struct {
	const char *head, *rep, *tail, *want;
	unsigned n;
} nested[] = {
	{ "a SEARCH ", "(", "ALL", "BAD too many parentheses", LIM_IMAP_DEPTH + 1 },
	{ "a SEARCH ", "NOT ", "ALL", "BAD search nested too deep", LIM_IMAP_NEST + 1 },
	{ "a SEARCH ", "OR ALL ", "ALL", "BAD search nested too deep", LIM_IMAP_NEST + 1 },
	{ "a SEARCH ", "OR ", "ALL", "BAD search nested too deep", LIM_IMAP_NEST + 1 },
	{ "a SEARCH ALL", " ALL", "", NULL, 15000 },
	{ "a FETCH 1 (UID", " BODY[]", ")", "BAD too many sections", LIM_IMAP_SECTIONS + 1 },
	{ "a FETCH 1 BODY[1", ".1", "]", "BAD section too deep", 2 * LIM_MIME_DEPTH },
	{ "a FETCH 1 BODY[HEADER.FIELDS (a", " abcdefgh", ")]", "BAD too many header fields",
	  2000 },
	{ "a FETCH 1", ",1", " FLAGS", NULL, 30000 },
	{ "a STORE 1 FLAGS (x", " x", ")", "a STORE 1:1 op== kw=\"x\"", 30000 },
	{ "a ENABLE a", " a", "", NULL, 30000 },
	{ "a SELECT ", "a", "", "BAD mailbox name too long", 3 * LIM_MAILBOX_NAME + 1 },
	{ "a ID (\"a\" \"b\"", " \"a\" \"b\"", ")", "BAD too many ID fields", LIM_IMAP_IDS },
	{ "a LIST \"\" (a", " a", ")", "BAD too many patterns", LIM_IMAP_PATTERNS },
};

START_TEST(many)
{
	struct buf in, out;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 22);
	buf_puts(&in, nested[_i].head);
	for (unsigned i = 0; i < nested[_i].n; i++)
		buf_puts(&in, nested[_i].rep);
	buf_puts(&in, nested[_i].tail);
	buf_puts(&in, "\r\n");
	parse_to(&out, buf_str(&in), false);
	if (nested[_i].want != NULL)
		ck_assert_str_eq(buf_c(&out), nested[_i].want);
	else
		ck_assert(!str_has_prefix(buf_str(&out), STR("BAD")));
	buf_done(&in);
	buf_done(&out);
}
END_TEST

/* More distinct keywords than a mailbox can have. */
START_TEST(keywords)
{
	struct buf in, out;

	buf_init(&in, 65536);
	buf_init(&out, 65536);
	buf_puts(&in, "a STORE 1 FLAGS (x");
	for (unsigned i = 0; i < LIM_KEYWORDS; i++)
		buf_printf(&in, " k%u", i);
	buf_puts(&in, ")\r\n");
	parse_to(&out, buf_str(&in), false);
	ck_assert_str_eq(buf_c(&out), "BAD too many keywords");
	buf_done(&in);
	buf_done(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("imap_parse");
	TCase *t = tcase_create("parse");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, parse, 0, (int)ARRAY_LEN(rows));
	tcase_add_loop_test(t, cut, 0, (int)ARRAY_LEN(rows));
	tcase_add_loop_test(t, many, 0, (int)ARRAY_LEN(nested));
	tcase_add_test(t, keywords);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
