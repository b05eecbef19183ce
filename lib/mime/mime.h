/*
 * MIME messages as trees (RFC 5322, 2045-2047, 2231): a push parser that sees each byte once, the
 * IMAP views of what it found (ENVELOPE, BODYSTRUCTURE), and a compact serialised index that is
 * computed at delivery and read for each FETCH. No sockets, no clock, no store.
 *
 * The parser accepts every input: what is malformed becomes a leaf, a default type or a missing field,
 * as RFC 2049 and practice suggest, and the bytes stay reachable by offset.
 *
 * SECURITY: all bytes are hostile. Depth, parts, fields, parameters and addresses are limited
 * (LIM_MIME_*); beyond the limits structure is flattened, never dropped, and cost stays linear.
 */
#ifndef MOX_MIME_MIME_H
#define MOX_MIME_MIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum mime_cte { MIME_CTE_7BIT, MIME_CTE_8BIT, MIME_CTE_BINARY, MIME_CTE_QP, MIME_CTE_BASE64, MIME_CTE_OTHER };

/* One part. Offsets count from the first byte of the message; all ranges are half-open. The header
 * range includes the empty line. For a message/rfc822 (or message/global) part `child` is the enclosed
 * message, whose header begins at `body`. */
struct mime_part {
	struct mime_part *parent, *child, *next;	/* child: first one */
	uint64_t header, body, end;	/* header starts, body starts, body ends */
	uint64_t lines;			/* line ends in the body, RFC 3501 7.4.2 */
	struct str type, subtype;	/* lower case; "text"/"plain" by default */
	struct str charset;		/* as given, "" when absent */
	struct str filename;		/* decoded to UTF-8; from Content-Disposition or name= */
	struct str disposition;		/* lower case; "" when absent */
	enum mime_cte cte;
	bool is_multipart, is_message;
	unsigned nchildren;
};

/* What deliverd and search need of the top-level header, decoded to UTF-8 where it makes sense. */
struct mime_top {
	struct str message_id;	 /* with brackets, as sent; first well-formed id */
	struct str in_reply_to;
	struct str references;	 /* unfolded */
	struct str subject;	 /* decoded */
	struct str from;	 /* first address, addr-spec, "" when not exactly parseable */
	unsigned nfrom;		 /* From fields */
	unsigned nreceived;	 /* Received fields, for loop detection */
	int64_t date;		 /* seconds since 1970; 0 when absent or malformed */
	bool has_8bit_header;	 /* a byte >= 0x80 in the top header */
};

struct mime_parser;
struct mime_parser *mime_parser_new(void);
void mime_parser_free(struct mime_parser **p);
/* The next bytes of the message, in pieces of any size; line ends CRLF, or bare LF (tolerated). */
void mime_parser_feed(struct mime_parser *p, const void *data, size_t n);
/* For who wants more of what passes than the tree. `header`: a header block was read; the part's
 * type, charset and names are known, its end is not. True: the bytes of its body are wanted, if it
 * turns out to have no parts. Then `body` gets them as sent, in pieces (the line end before a
 * delimiter may be among them), and `end` tells that this was all. To be set before the first byte. */
struct mime_tap {
	bool (*header)(void *arg, const struct mime_part *part, struct str block);
	void (*body)(void *arg, struct str bytes);
	void (*end)(void *arg);
	void *arg;
};
void mime_parser_tap(struct mime_parser *p, const struct mime_tap *tap);
/* No more bytes. The tree belongs to the parser. */
const struct mime_part *mime_parser_end(struct mime_parser *p);
const struct mime_top *mime_parser_top(const struct mime_parser *p);

/* Append the parenthesised IMAP forms of the parsed message, strings as quoted or literal (RFC 9051
 * 7.5.2): ENVELOPE, and BODY or (extended) BODYSTRUCTURE. 8-bit header text is kept as sent in literals;
 * with `utf8` (after ENABLE UTF8=ACCEPT or IMAP4rev2) as UTF-8 quoted strings where well-formed. */
void mime_put_envelope(const struct mime_parser *p, bool utf8, struct buf *out);
void mime_put_body(const struct mime_parser *p, bool extended, bool utf8, struct buf *out);

/* The index: everything above for later reads without the message. Versioned; an unknown version or
 * damaged bytes give EC_CORRUPT, and the caller parses the message again. */
struct mime_index {
	struct str envelope;		/* as mime_put_envelope(utf8 = false) */
	struct str bodystructure;	/* as mime_put_body(extended = true) */
	struct str body;		/* as mime_put_body(extended = false) */
	struct str preview;		/* first text as one line of UTF-8, at most 200 characters */
	const struct mime_part *root;
	/* Of the top header, for searching; has_fields is false when it has too much of them or the index
	 * is of an older version. day: of the Date field in its own zone, since 1970. */
	bool has_fields, has_day;
	int64_t day;
	struct str fields;
};
/* Is a field of this name among `fields`? All of that name are, or has_fields is false. */
bool mime_field_is_kept(struct str name);
/* The next of `fields`: its name, and its value decoded and folded by mime_casemap. */
bool mime_kept_next(struct str *fields, struct str *name, struct str *folded);
void mime_index_put(const struct mime_parser *p, struct buf *out);
/* Strings are borrowed from `bytes`; the tree is made in `a`, only when want_tree. */
int mime_index_get(struct str bytes, bool want_tree, struct arena *a, struct mime_index *ix,
		   struct err *e) __attribute__((warn_unused_result));

/* Walk a section number: "1.2.3" as numbers; NULL when there is no such part. Part 1 of a
 * non-multipart is the message itself (RFC 9051 6.4.5.1). */
const struct mime_part *mime_part_find(const struct mime_part *root, const uint32_t *path,
				       unsigned n);

/* Header fields of a block, one after the other: name without colon, value with folding and without the
 * last line end; `raw` is the whole field. False at the end (also at the empty line). Malformed lines are
 * skipped. */
struct mime_field {
	struct str name, value, raw;
};
bool mime_field_next(struct str *block, struct mime_field *f);
/* First field of that name. */
bool mime_field_find(struct str block, struct str name, struct mime_field *f);

/* Value as people read it: unfolded, RFC 2047 words decoded to UTF-8 (unknown charset: kept as sent),
 * RFC 6532 UTF-8 kept, other 8-bit bytes read as windows-1252. */
void mime_put_decoded(struct str value, struct buf *out);
/* "Sat, 21 Nov 2026 10:44:00 +0000" and its obsolete forms. 0 or -1; seconds since 1970 and, when tz is not
 * NULL, the zone in minutes. RFC 5322 3.3, 4.3. */
int mime_date_parse(struct str s, int64_t *t, int *tz) __attribute__((warn_unused_result));
/* Days since 1970, rounded down. */
int64_t mime_day_of(int64_t seconds);

/* Addresses of a From/To/Cc value (RFC 5322 3.4 with obsolete forms and groups, RFC 6532). */
struct mime_addr {
	struct str name;	/* display name, undecoded, quotes removed; or group name */
	struct str local, domain; /* quotes removed from the local part */
	struct str route;	/* obsolete source route, "@a,@b"; usually "" */
	enum { MIME_ADDR_MAILBOX, MIME_ADDR_GROUP_START, MIME_ADDR_GROUP_END } kind;
};
/* At most LIM_MIME_ADDRS; the count, or -1 when the value can't be read to its end (what was read before
 * is still in *addrs). Made in `a`. */
int mime_addrs_parse(struct str value, struct arena *a, struct mime_addr **addrs, unsigned *n)
	__attribute__((warn_unused_result));

/* Text of a part: transfer decoding, then charset to UTF-8, incremental. out gets UTF-8; bytes that do not
 * convert become U+FFFD. Unknown charsets are read as windows-1252. */
struct mime_decoder;
struct mime_decoder *mime_decoder_new(enum mime_cte cte, struct str charset);
/* charset STR_NONE in _new: bytes after transfer decoding, unconverted. */
void mime_decoder_put(struct mime_decoder *d, struct str s, struct buf *out);
void mime_decoder_end(struct mime_decoder *d, struct buf *out);
void mime_decoder_free(struct mime_decoder **d);
/* Loads what iconv needs of the disk for all charsets that it has; to be called once before a sandbox
 * closes, and before workers are forked: they share the 750 KB. No file is opened later. Without it
 * charsets load as they come. */
void mime_charset_preload(void);
/* True when text in this charset can be read; aliases of practice included. */
bool mime_charset_is_known(struct str charset);
/* `s` in `charset` appended as UTF-8; -1 when the charset is unknown or s is malformed in it. */
int mime_charset_to_utf8(struct str charset, struct str s, struct buf *out)
	__attribute__((warn_unused_result));
/* UTF-8 of a character; the length of the one that `s` (not empty) begins with, 0 when malformed. */
void mime_put_codepoint(struct buf *out, uint32_t c);
size_t mime_codepoint_get(struct str s, uint32_t *c);
/* A character reference of HTML at s.p[*i] == '&'; *i moves behind it. Others are the "&" itself. */
uint32_t mime_html_entity(struct str s, size_t *i);
/* For searching: UTF-8 with case, width and accents folded as RFC 5051 (i;unicode-casemap). */
void mime_casemap(struct str utf8, struct buf *out);

#endif
