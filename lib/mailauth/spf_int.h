/* Between the files of the SPF evaluator. */
#ifndef MOX_MAILAUTH_SPF_INT_H
#define MOX_MAILAUTH_SPF_INT_H

#include "mailauth/spf.h"

/* ---- macros, RFC 7208 7 */

enum spf_macro_kind {
	SPF_MACRO_DOMAIN,   /* domain-spec: without the letters c, r and t */
	SPF_MACRO_MODIFIER, /* value of an unknown modifier */
	SPF_MACRO_EXPLAIN,  /* explain-string */
};

/* NULL, or what is wrong with its syntax. */
const char *spf_macro_check(struct str s, enum spf_macro_kind kind);
/* Does it use the macro of this lower-case letter. */
bool spf_macro_has(struct str s, char letter);

struct spf_macros {
	struct str s, l, o, d, i, p, v, h, c, r, t;
};
/* `s` has passed spf_macro_check. */
void spf_macro_expand(const struct spf_macros *m, struct str s, struct buf *out);

/* ---- state */

/* What the answer to the open question is for. */
enum spf_ask {
	SPF_ASK_NOTHING,
	SPF_ASK_RECORD,
	SPF_ASK_ADDRESS, /* a */
	SPF_ASK_EXISTS,
	SPF_ASK_MX,
	SPF_ASK_MX_ADDRESS,
	SPF_ASK_PTR,
	SPF_ASK_PTR_ADDRESS,
	SPF_ASK_EXPLANATION,
};

/* check_host() of RFC 7208 4: one for the domain, one more for each include within includes. */
struct spf_frame {
	char domain[LIM_DOMAIN + 1];
	bool is_redirected;
	struct buf record;
	struct str rest;	  /* terms that were not looked at; of the record */
	struct spf_term term;	  /* the one that is */
	struct str redirect, exp; /* domain-specs; p is NULL without */
	bool has_all;
};

/* A name of the client's address. */
struct spf_ptr {
	char name[LIM_DOMAIN + 1];
	enum { SPF_PTR_UNKNOWN, SPF_PTR_VALID, SPF_PTR_INVALID } state;
};

enum { SPF_FRAMES = LIM_SPF_TERMS + 1 };

struct spf {
	struct spf_out out;
	bool is_done;
	struct in6_addr ip;
	bool is_ip4;
	/* values of macros */
	struct buf local, sender, helo, receiver;
	char domain[LIM_DOMAIN + 1];
	char ip_dots[64], ip_text[INET6_ADDRSTRLEN], now[24];
	bool is_local_ascii;

	struct spf_frame frames[SPF_FRAMES];
	unsigned depth; /* of the frame at work */
	void (*step)(struct spf *s);

	enum spf_ask ask;
	char name[LIM_DOMAIN + 1]; /* that is asked for */
	enum dns_type type;
	bool is_void; /* the term has been counted as void */

	char mx[LIM_SPF_NAMES][LIM_DOMAIN + 1];
	unsigned nmx, mx_at;
	struct spf_ptr ptr[LIM_SPF_NAMES];
	unsigned nptr, ptr_at;
	bool has_ptr; /* the names are known */
	struct buf explain;
};

static inline struct spf_frame *
spf_frame(struct spf *s)
{
	return &s->frames[s->depth];
}

/* At most size - 1 bytes, and a NUL; printable: others than printable ASCII as "?". */
void spf_copy(char *to, size_t size, struct str s);
void spf_copy_printable(char *to, size_t size, struct str s);
/* The whole evaluation has a result; `term` is what matched. */
void spf_finish(struct spf *s, enum spf_result r, struct str term);
/* The evaluation ends here, whatever includes are open. */
void spf_end(struct spf *s, enum spf_result r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The frame at work begins, or begins anew: `domain` may point into its record. RFC 7208 4.3. */
void spf_frame_begin(struct spf *s, struct str domain, bool is_redirected);
void spf_answer_record(struct spf *s, const struct dns_answer *a);
/* The term at work matches. */
void spf_match(struct spf *s);
/* Goes on with the next term. */
void spf_step_term(struct spf *s);
/* One more term that asks the DNS; false when the evaluation ended by it. */
bool spf_count_term(struct spf *s);

/* The address question for a client like this one. */
enum dns_type spf_address_type(const struct spf *s);
void spf_ask(struct spf *s, enum spf_ask ask, struct str name, enum dns_type type);

/* Expand a domain-spec of the term at work, or of exp=. */
enum spf_target {
	SPF_TARGET_OK,	  /* s->name has it */
	SPF_TARGET_ASKED, /* %{p}: to be called again after the answer */
	SPF_TARGET_NONE,  /* it is no name */
	SPF_TARGET_ENDED,
};
enum spf_target spf_target(struct spf *s, struct str spec);
/* An explain-string; false while %{p} is asked for. */
bool spf_explain(struct spf *s, struct str text, struct buf *out);

/* ---- mechanisms: each is a step, and what to do with an answer (spf_ask.c) */

void spf_step_mech(struct spf *s);
void spf_answer_mech(struct spf *s, const struct dns_answer *a);

#endif
