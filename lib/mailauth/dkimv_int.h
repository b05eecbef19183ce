/* Between the files of the DKIM verifier, and its message. */
#ifndef MOX_MAILAUTH_DKIMV_INT_H
#define MOX_MAILAUTH_DKIMV_INT_H

#include "mailauth/dkimv.h"
#include "mailauth/keys.h"

/* ---- libopendkim (dkimv_od.c) */

enum dkv_od_verdict {
	DKV_OD_PASS,
	DKV_OD_HEADER, /* the header was not signed so */
	DKV_OD_BODY,
	DKV_OD_ERROR,
};

/* It refuses signatures from the first seconds of time so many, and those from so far in the
 * future.
 */
enum { DKV_OD_DRIFT = 86400 };

/* One message. */
struct dkv_od;
/* `sigs` are the n signature fields that it is to verify, in their order; those that are not among
 * them are not shown. NULL when it does not want the message. */
struct dkv_od *dkv_od_new(struct dkv_lib *l, const struct dk_fields *f,
			  const struct dk_field *const *sigs, size_t n);
void dkv_od_free(struct dkv_od **o);
void dkv_od_body(struct dkv_od *o, struct str bytes);
/* The key of signature `i`, a record; without one it is not verified. */
void dkv_od_key(struct dkv_od *o, size_t i, struct str txt);
void dkv_od_end(struct dkv_od *o);
enum dkv_od_verdict dkv_od_verdict(const struct dkv_od *o, size_t i, const char **why);

/* ---- the evaluator */

struct dkv_item {
	const struct dk_field *field;
	struct dk_sig sig;
	bool is_settled; /* nothing is to be verified: `out` has it */
	bool is_own;	 /* by lib/dkim */
	size_t od;	 /* index for libopendkim, unless is_own */
	struct mailauth_key *key;
	struct buf record; /* for libopendkim */
};

struct dkv {
	struct dkv_out out;
	struct dkv_sig outs[LIM_DKIM_SIGNATURES];
	struct dkv_item v[LIM_DKIM_SIGNATURES];
	size_t n;
	const struct dk_fields *fields;
	struct mailauth_keys keys;
	struct dkv_od *od;	 /* NULL: it has nothing to verify */
	struct dk_bodies bodies; /* for lib/dkim */
	/* In the body; libopendkim leaves some out. No such mail is taken by SMTP. */
	bool has_bare_cr, ends_in_cr;
	bool has_ended, is_done;
};

/* ---- judging (dkimv_judge.c): each may settle signature `i` */

void dkv_settle(struct dkv *d, size_t i, enum dkv_result r, const char *why);
void dkv_judge_field(struct dkv *d, size_t i);
void dkv_judge_policy(struct dkv *d, size_t i, int64_t now);
/* Once the answer is there. */
void dkv_judge_key(struct dkv *d, size_t i);

/* ---- life (dkimv.c) */

/* `f` lives longer; NULL with a reason when the header can't be read. */
struct dkv *dkv_new(struct dkv_lib *l, const struct dk_fields *f, const char *why, int64_t now);
void dkv_free(struct dkv **d);
void dkv_body(struct dkv *d, struct str bytes);
/* The message has ended. */
void dkv_end(struct dkv *d);

#endif
