/*
 * DMARC (RFC 9989): was the domain of From used by who may, and what does its owner ask for if not.
 * Records, the domain of From, and an incremental evaluator, see mailauth.h. SPF and DKIM are
 * evaluated before; here their results are compared.
 *
 * The prefix is dm_, since libopendmarc owns dmarc_.
 *
 * Choices where the RFC leaves one: pct, rf and ri are unknown tags (appendix A.6). Of a tag that
 * is there twice the first counts. A record without a valid policy and without an address for
 * reports (4.10.1) is permerror. Failing questions are temperror unless something aligned passes
 * without them (5.3.6).
 */
#ifndef MOX_MAILAUTH_DMARC_H
#define MOX_MAILAUTH_DMARC_H

#include "base/arena.h"
#include "base/buf.h"
#include "mailauth/mailauth.h"
#include "mime/mime.h"

/* ---- records, RFC 9989 4.7 and 4.8 */

/* in the order of how much they ask for */
enum dm_policy { DM_POLICY_NONE, DM_POLICY_QUARANTINE, DM_POLICY_REJECT };
const char *dm_policy_name(enum dm_policy p);

enum dm_psd { DM_PSD_UNKNOWN, DM_PSD_NO, DM_PSD_YES };

enum { DM_FO_0 = 1, DM_FO_1 = 2, DM_FO_D = 4, DM_FO_S = 8 };

/* Strings are borrowed from the text. */
struct dm_record {
	bool has_p, has_sp, has_np; /* are there and valid */
	enum dm_policy p, sp, np;   /* as they apply: sp is p, np is sp when absent */
	bool is_dkim_strict, is_spf_strict, is_test;
	enum dm_psd psd;
	unsigned fo;
	struct str rua, ruf; /* lists as they are; "" */
	bool has_rua;	     /* with a valid address at least */
	bool is_unfit; /* p is missing or not valid, or sp or np is not valid: all are none then */
};

/* Does it begin with v=DMARC1. */
bool dm_record_is(struct str txt);
/* -1 when it is none; faults in the rest leave the tag they are in at its default. */
int dm_record_parse(struct str txt, struct dm_record *r) __attribute__((warn_unused_result));
/* The next valid URI of rua or ruf, without the obsolete "!size": false at the end. */
bool dm_uri_next(struct str *list, struct str *uri);

/* ---- From, RFC 9989 5.3.1 */

enum dm_from {
	DM_FROM_OK,
	DM_FROM_NONE, /* there is no such field */
	DM_FROM_SEVERAL_FIELDS,
	DM_FROM_SEVERAL,   /* addresses in it, or a group */
	DM_FROM_MALFORMED, /* no address, or not of a domain */
	DM_FROM_AMBIGUOUS, /* others may read it differently */
};
const char *dm_from_text(enum dm_from f);

/* The author, from a header block (with or without the empty line). `addr` (made in `a`) and
 * `domain` (A-labels) are set when OK. Anything else never passes as authenticated. */
enum dm_from dm_from_get(struct str header, struct arena *a, struct mime_addr *addr,
			 char domain[LIM_DOMAIN + 1]);

/* ---- evaluation */

/* code, word of RFC 8601 2.7 */
#define DM_RESULTS(X)                                                                              \
	X(DM_NONE, "none")                                                                         \
	X(DM_PASS, "pass")                                                                         \
	X(DM_FAIL, "fail")                                                                         \
	X(DM_TEMPERROR, "temperror")                                                               \
	X(DM_PERMERROR, "permerror")

enum dm_result {
#define X(code, word) code,
	DM_RESULTS(X)
#undef X
};
const char *dm_result_name(enum dm_result r);

/* A domain that authenticated: of MAIL FROM by SPF (never of HELO), or d= of a valid signature. */
struct dm_id {
	struct str domain;
	bool is_spf;  /* else DKIM */
	bool is_temp; /* it has not, but may on another try: temperror */
};

/* Copied. */
struct dm_in {
	struct str from;	 /* dm_from_get's domain; "" without one: permerror */
	const struct dm_id *ids; /* at most LIM_DMARC_IDS count */
	size_t n;
};

struct dm_out {
	enum dm_result result;
	bool is_spf_aligned, is_dkim_aligned; /* and pass */
	char domain[LIM_DOMAIN + 1];	      /* of From */
	char record_domain[LIM_DOMAIN + 1];   /* where the record was found; "" without */
	char org_domain[LIM_DOMAIN + 1]; /* organizational domain; "" where it was not needed */
	struct str text;		 /* the record, as it is; "" without */
	struct dm_record record;
	const char *tag;	    /* whose policy applies: "p", "sp" or "np" */
	enum dm_policy policy;	    /* published for this domain */
	enum dm_policy disposition; /* what is asked for here: none unless fail; "t" weighed */
	char why[320];		    /* none, temperror, permerror: in words */
	unsigned questions;
	bool is_authentic; /* all answers were */
};

struct dm;
struct dm *dm_new(const struct dm_in *in);
void dm_free(struct dm **d);
bool dm_next(struct dm *d, struct mailauth_question *q);
void dm_put(struct dm *d, const struct dns_answer *a);
void dm_expire(struct dm *d);
/* Once dm_next is false; lives as long as `d`. */
const struct dm_out *dm_out(const struct dm *d);
extern const struct mailauth_ops dm_ops;

#endif
