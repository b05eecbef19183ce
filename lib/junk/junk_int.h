/* What the files of lib/junk share; nobody else includes this. */
#ifndef MOX_JUNK_INT_H
#define MOX_JUNK_INT_H

#include "base/limits.h"
#include "base/mem.h"
#include "junk/junk.h"

/* Raised when the same message gives other tokens than before. */
#define JUNK_VERSION 1

/* What a token is about: the same word in another place is another token. SPACE(name, prefix) */
#define JUNK_SPACES(SPACE)                                                                         \
	SPACE(TEXT, "")		/* words of the text */                                            \
	SPACE(HIDDEN, "hidden") /* words of HTML that is not shown */                              \
	SPACE(LONG, "long")	/* shape of what is too long for a word */                         \
	SPACE(MONEY, "money")	/* shape of an amount */                                           \
	SPACE(URL, "url")	/* hosts of links, and what stands above them */                   \
	SPACE(IMAGE, "image")	/* likewise of images */                                           \
	SPACE(PATH, "path")	/* words in links */                                               \
	SPACE(MAIL, "mail")	/* domains of addresses in the text */                             \
	SPACE(NOTE, "note")	/* what is odd about the message */                                \
	SPACE(SUBJECT, "subject")                                                                  \
	SPACE(FROM, "from")	/* words of the display name */                                    \
	SPACE(SENDER, "sender") /* addresses and domains of From and the like */                   \
	SPACE(TO, "to")                                                                            \
	SPACE(RECEIVED, "received") /* hosts and networks */                                       \
	SPACE(LIST, "list")	    /* mailing lists */                                            \
	SPACE(MAILER, "mailer")                                                                    \
	SPACE(FIELD, "field") /* names of header fields */                                         \
	SPACE(VALUE, "value") /* short values of some */                                           \
	SPACE(ID, "id")	      /* domains of message ids */                                         \
	SPACE(TYPE, "type")   /* media types and charsets of parts */                              \
	SPACE(FILE, "file")   /* names of attachments */
enum junk_space {
#define SPACE(name, prefix) JUNK_##name,
	JUNK_SPACES(SPACE)
#undef SPACE
};

/* ---- set.c: the tokens of a message */

struct junk_set {
	struct junk_key key;
	uint64_t *slots; /* open addressing; 0 is free */
	size_t cap, n;	 /* cap is a power of two */
	bool is_full, with_words;
	uint32_t *words; /* with_words: of each slot, an offset in `text` plus one */
	struct buf text; /* length in two bytes, bytes */
};
void junk_set_init(struct junk_set *s, const struct junk_key *key, bool with_words);
void junk_set_done(struct junk_set *s);
void junk_set_reset(struct junk_set *s);
/* The token of a word; not yet in the set. */
uint64_t junk_set_hash(const struct junk_set *s, enum junk_space space, struct str word);
/* Put it in, `word` only for with_words. */
void junk_set_put(struct junk_set *s, uint64_t hash, enum junk_space space, struct str word);
void junk_set_add(struct junk_set *s, enum junk_space space, struct str word);
struct str junk_set_word(const struct junk_set *s, uint64_t hash);

/* ---- words.c: UTF-8 text as words, piece by piece */

struct junk_words {
	struct junk_set *set;
	enum junk_space space;
	unsigned grams; /* bit n - 1: n words */
	enum { WORDS_PLAIN, WORDS_URL, WORDS_MAIL } mode;
	char text[LIM_JUNK_URL]; /* the word, URL or domain so far */
	size_t n;
	unsigned nchars, nupper, ndigits;
	bool is_long, is_money, has_gap; /* gap: invisible characters inside */
	uint32_t ideograph;		 /* the character before, where each is a word */
	uint64_t before[2];		 /* tokens of the words before, latest first; 0: none */
	struct buf before_text[2];	 /* with_words: their text */
	struct buf folded;
	uint32_t nwords, nshouted, ngaps; /* of all the text */
};
void junk_words_init(struct junk_words *w, struct junk_set *set, const struct junk_params *p);
void junk_words_done(struct junk_words *w);
void junk_words_reset(struct junk_words *w);
void junk_words_put(struct junk_words *w, struct str utf8);
/* One character. */
void junk_words_putc(struct junk_words *w, uint32_t c);
/* A word ends here; with `apart` what follows is no neighbour of what was. */
void junk_words_break(struct junk_words *w, bool apart);
/* All of a short text. */
void junk_words_add(struct junk_words *w, enum junk_space space, struct str utf8);

/* ---- url.c */

/* A host and the domains above it, or the networks of an IP address. */
void junk_host_add(struct junk_set *set, enum junk_space space, struct str host);
void junk_url_add(struct junk_set *set, enum junk_space space, struct str url);

/* ---- html.c: HTML as visible text, piece by piece */

struct junk_html {
	struct junk_words *words;
	enum {
		HTML_TEXT,
		HTML_OPEN,    /* behind "<" */
		HTML_NAME,    /* of a tag */
		HTML_TAG,     /* between attributes */
		HTML_ATTR,    /* name of one */
		HTML_EQUALS,  /* behind a name */
		HTML_VALUE,   /* behind "=" */
		HTML_QUOTED,  /* inside of quotes */
		HTML_BARE,    /* a value without */
		HTML_MARKUP,  /* "<!", "<?" */
		HTML_COMMENT, /* "<!--" */
		HTML_ENTITY,  /* behind "&" */
	} state;
	char name[16], attr[16]; /* lower case, cut */
	size_t nname, nattr;
	bool is_end_tag;
	char quote;
	char value[LIM_JUNK_URL];
	size_t nvalue;
	unsigned dashes; /* at the end of the comment so far; of "<!--" */
	char raw[16];	 /* the element whose inside is no text */
	size_t nraw;
	bool hides;	 /* the tag being read does */
	char hidden[16]; /* the element that hides its text, and how deep in others of its name */
	size_t nhidden;
	unsigned hidden_depth;
	enum junk_space space; /* of text that is shown */
	uint32_t nimages, nlinks, nshown, nhid, ncoded;
};
void junk_html_init(struct junk_html *h, struct junk_words *words);
void junk_html_put(struct junk_html *h, struct str utf8);
void junk_html_end(struct junk_html *h);

/* ---- fields.c: the header */

struct junk_fields {
	struct junk_set *set;
	struct junk_words *words;
	struct buf *decoded;
	struct str name; /* of the field */
	unsigned nreceived;
};
void junk_fields_add(struct junk_fields *f, struct str block, bool is_top);

/* ---- once.c: tokens that were seen once, in little space */

/* One row of them: buckets of 16-bit marks, latest first; the top bit is set for spam, 0 is none.
 */
enum { ONCE_WAYS = 8, ONCE_BUCKETS = 120, ONCE_PAGE = 2 * ONCE_WAYS * ONCE_BUCKETS };
enum junk_once { ONCE_NO, ONCE_HAM, ONCE_SPAM };
unsigned junk_once_page(uint64_t hash);
enum junk_once junk_once_find(const unsigned char page[ONCE_PAGE], uint64_t hash);
/* Take it out, if it is there. */
enum junk_once junk_once_take(unsigned char page[ONCE_PAGE], uint64_t hash);
/* Put it in; the oldest of its bucket goes when that is full. */
void junk_once_put(unsigned char page[ONCE_PAGE], uint64_t hash, bool is_spam);

#endif
