/* What the files of lib/mime share; nobody else includes this. */
#ifndef MOX_MIME_PRIV_H
#define MOX_MIME_PRIV_H

#include "base/limits.h"
#include "base/mem.h"
#include "mime/mime.h"

/* One parameter of Content-Type or Content-Disposition. */
struct mime_param {
	struct mime_param *next;
	struct str name, value; /* as sent; value: quotes removed */
	/* For BODYSTRUCTURE: continuations (RFC 2231 3) joined into their first section, as "name"
	 * when none of them is percent-encoded, else as "name*" with all of it encoded. */
	struct str shown_name, shown_value;
	bool is_tail; /* shown with another one */
};

/* Fields of the envelope, in the order of RFC 9051 7.5.2. */
enum mime_env {
	MIME_ENV_DATE,
	MIME_ENV_SUBJECT,
	MIME_ENV_FROM,
	MIME_ENV_SENDER,
	MIME_ENV_REPLY_TO,
	MIME_ENV_TO,
	MIME_ENV_CC,
	MIME_ENV_BCC,
	MIME_ENV_IN_REPLY_TO,
	MIME_ENV_MESSAGE_ID,
	MIME_ENV_COUNT
};

/* A part with what only the IMAP forms need. Strings are STR_NONE when the field is absent. */
struct mime_node {
	struct mime_part pub; /* first, so that a mime_part of ours is a mime_node */
	struct mime_param *params, *dsp_params;
	struct str id, desc, enc, md5, lang, loc;
	struct str *env;	/* MIME_ENV_COUNT values with folding; NULL but for messages */
	struct mime_node *last; /* last child */
	uint64_t lines0;	/* line ends before the body */
	unsigned depth;		/* parts around it */
	bool has_ctype;
};

/* Between the values of repeated address fields; can't be inside one, where a line end is followed
 * by a blank. */
#define MIME_ENV_JOIN "\n,"

#define MIME_NODE(part) ((struct mime_node *)(part))
#define MIME_CNODE(part) ((const struct mime_node *)(part))

/* The text that a preview is made of, collected while the body passes. */
struct mime_preview {
	struct mime_decoder *dec; /* NULL when no text part is being collected */
	struct buf text;	  /* decoded so far, UTF-8 */
	struct buf line;	  /* the result; empty until there is one */
	bool is_html;
};

/* search.c: what SEARCH asks of the top header */
struct mime_search {
	struct buf fields; /* over: too much */
	bool has_day;
	int64_t day;
};
void mime_search_init(struct mime_search *s);
void mime_search_put(struct mime_search *s, const struct mime_field *f);
/* The block of the index; nothing when there is too much. */
void mime_search_block(const struct mime_search *s, struct buf *out);
void mime_search_get(struct str block, struct mime_index *ix);

struct mime_parser {
	struct arena *arena;
	struct mime_node *root, *cur; /* cur: innermost open part */
	struct mime_top top;
	struct mime_preview preview;
	struct mime_search search;
	struct mime_tap tap; /* without functions when there is none */
	bool is_tapped;	     /* the tap wants the bytes of this body */
	struct buf hdr;	     /* header block being read */
	bool in_header, frozen, is_ended;
	bool hdr_full; /* the rest of this header block is not looked at */
	unsigned nparts;

	/* Open multiparts that have not seen their closing delimiter, outermost first. */
	struct {
		struct mime_node *part;
		struct str text;
	} bounds[LIM_MIME_DEPTH + 1];
	unsigned nbounds;

	uint64_t off;	   /* bytes before the current line */
	uint64_t nlines;   /* line ends before the current line */
	unsigned prev_eol; /* length of the line end before the current line: 0, 1 or 2 */

	/* A line that began in an earlier piece. */
	uint64_t line_len; /* its bytes so far; 0 when at the start of a line */
	size_t hdr_line;   /* hdr.n at its start */
	char last;	   /* last byte of it */
	bool is_held;	   /* may be a delimiter: all its bytes are in hold */
	char hold[LIM_MIME_BOUNDARY_LINE];
};

/* header.c */
/* Append with line ends removed where folding white space follows, other CR, LF and NUL as blanks;
 * leading and trailing blanks are dropped. */
void mime_unfold(struct str s, struct buf *out);
/* Likewise into the arena; STR_NONE past its ceiling. */
struct str mime_unfold_try(struct str s, struct arena *a);

/* param.c */
/* Skip blanks, line ends and comments. The last comment's inside is left in *comment when not NULL.
 */
void mime_skip_cfws(struct str *s, struct str *comment);
/* "type/subtype; params" -> lower case type; -1 (type untouched, params still read) when malformed.
 */
int mime_ctype_parse(struct str v, struct arena *a, struct str *type, struct str *subtype,
		     struct mime_param **params);
/* "attachment; params"; an empty *type when there is none. */
void mime_disposition_parse(struct str v, struct arena *a, struct str *type,
			    struct mime_param **params);
/* A parameter's value in UTF-8: RFC 2231 continuations and charsets, else RFC 2047 words. False
 * when absent. */
bool mime_param_decoded(const struct mime_param *params, struct str name, struct buf *out);
/* The plain value as sent, or an RFC 2231 one decoded to bytes; STR_NONE when absent. */
struct str mime_param_raw(const struct mime_param *params, struct str name, struct arena *a);

/* addr.c */
struct mime_addr_sink {
	/* False stops. */
	bool (*put)(void *arg, const struct mime_addr *addr);
	void *arg;
};
/* Strict: stops at the first fault with -1. Lenient: skips to the next comma and goes on, giving
 * what could be read; local or domain may be empty. */
int mime_addrs_scan(struct str value, bool is_lenient, const struct mime_addr_sink *sink);

/* charset.c */
struct mime_conv; /* conversion of one text */
/* NULL when the charset is unknown. */
struct mime_conv *mime_conv_new(struct str charset);
struct mime_conv *mime_conv_new_windows1252(void);
void mime_conv_put(struct mime_conv *c, struct str s, struct buf *out);
void mime_conv_end(struct mime_conv *c, struct buf *out);
/* Malformed sequences so far. */
uint64_t mime_conv_nbad(const struct mime_conv *c);
void mime_conv_free(struct mime_conv **c);
/* Length of the well-formed UTF-8 sequence at s (1 to 4); 0 when malformed, -1 when cut off but
 * good so far. */
int mime_utf8_len(const unsigned char *s, size_t n);
/* UTF-8 kept, other bytes >= 0x80 as windows-1252. */
void mime_put_guessed(struct str s, struct buf *out);

/* charset_tables.c: charsets of one byte a character. No pointers: the pages stay as they are on
 * disk. */
#define MIME_CHARSET_CONV 16
#define MIME_CHARSET_NAME 24
extern const uint16_t
	mime_charset_halves[][128]; /* code points; 0xfffd where undefined; the first is ASCII */
struct mime_charset_table {
	uint16_t low, high; /* half of bytes 0 to 0x7f, of 0x80 to 0xff */
};
extern const struct mime_charset_table mime_charset_tables[];
/* What iconv calls the other charsets; with "@" in front: read by charset.c itself. */
extern const char mime_charset_convs[][MIME_CHARSET_CONV];
extern const size_t mime_charset_nconvs;
/* Names in lower case, letters and digits only; sorted. */
struct mime_charset_name {
	char name[MIME_CHARSET_NAME];
	int16_t how; /* index of a table; -1 less the index of a converter */
};
extern const struct mime_charset_name mime_charset_names[];
extern const size_t mime_charset_nnames;
extern const int mime_charset_windows1252;

/* preview.c */
void mime_preview_start(struct mime_preview *v, const struct mime_part *part);
void mime_preview_put(struct mime_preview *v, struct str s);
/* The part has ended. */
void mime_preview_stop(struct mime_preview *v);
void mime_preview_done(struct mime_preview *v);

/* imap.c */
void mime_put_nstring(struct str s, bool utf8, struct buf *out);

#endif
