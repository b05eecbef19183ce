/*
 * The content filter: a message becomes a set of tokens (junk_tok), tokens are counted in the mail
 * that the user called junk or not junk (junk_filter), and the counts give a probability for the
 * next message (junk_classify). After Graham and Robinson, with the parameters of mox.
 *
 * A token is a 64-bit hash keyed for the account, made at once: no word is kept or stored, but
 * where junk_tok_new is asked for them. Reading messages is pure; a filter is tables in a database
 * of the caller's, an account's own or one with other tables in it. Nothing here asks for the time.
 *
 * SECURITY: messages are hostile. What is looked at, kept and stored of one is limited by
 * LIM_JUNK_*, and cost is linear. Who has the database learns how many tokens there are and how
 * often they were counted; with the key, whether a word that he thinks of is among them.
 */
#ifndef MOX_JUNK_JUNK_H
#define MOX_JUNK_JUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "mime/mime.h"

struct db;

/* JunkFilter in domains.conf; names and meanings are mox's. */
struct junk_params {
	bool onegrams, twograms, threegrams; /* tokens of so many words of text */
	double max_power;		     /* a token's probability stays so far from 0 and 1 */
	unsigned top_words;  /* strongest tokens for ham, and for spam, that count */
	double ignore_words; /* tokens so close to 0.5 don't count */
	unsigned rare_words; /* tokens seen so often, or less, are rare and count for less */
};
/* What was measured to be best (tests/bench/junk.py). mox writes onegrams alone, 0.01, 10, 2. */
#define JUNK_PARAMS_DEFAULT                                                                        \
	((struct junk_params){ .onegrams = true,                                                   \
			       .twograms = true,                                                   \
			       .max_power = 0.001,                                                 \
			       .top_words = 15,                                                    \
			       .ignore_words = 0.1,                                                \
			       .rare_words = 3 })
#define JUNK_THRESHOLD 0.95 /* probability above which mail is spam, unless configured */

/* ---- tokens of a message */

struct junk_key {
	unsigned char bytes[16];
};
/* The key of an account's tokens, from its index key. */
void junk_key_derive(const unsigned char index_key[32], struct junk_key *k);

struct junk_tok;
/* `with_words` keeps each token's text for junk_tok_word. */
struct junk_tok *junk_tok_new(const struct junk_params *p, const struct junk_key *key,
			      bool with_words);
void junk_tok_free(struct junk_tok **t);
/* For the next message; memory is kept. */
void junk_tok_reset(struct junk_tok *t);
/* To be given to the parser before the message; the tokens are complete after mime_parser_end and
 * junk_tok_end. */
struct mime_tap junk_tok_tap(struct junk_tok *t);
void junk_tok_end(struct junk_tok *t);
/* All of it for a message in memory. */
void junk_tok_message(struct junk_tok *t, struct str message);
/* Ascending, without duplicates, at most LIM_JUNK_TOKENS. Borrowed until the next message. */
const uint64_t *junk_tok_hashes(const struct junk_tok *t, size_t *n);
/* "" for an unknown hash, or without words. */
struct str junk_tok_word(const struct junk_tok *t, uint64_t hash);

/* Token hashes as bytes, to be stored with a message (8 each, little-endian), and back. -1 when
 * these are no such bytes. */
void junk_hashes_put(const uint64_t *hashes, size_t n, struct buf *out);
int junk_hashes_get(struct str bytes, uint64_t *hashes, size_t max, size_t *n)
	__attribute__((warn_unused_result));

/* ---- judging */

/* How often a token was seen in either kind of message; of a filter: the messages. */
struct junk_count {
	uint32_t ham, spam;
};

struct junk_weight {
	uint64_t hash;
	struct junk_count count;
	double spaminess; /* 0 to 1 */
};

struct junk_verdict {
	double probability;  /* of spam; 0.5 when nothing is known */
	bool is_significant; /* LIM_JUNK_SIGNIFICANT ham messages were trained */
	size_t nham, nspam;  /* tokens that counted, strongest first */
	struct junk_weight ham[LIM_JUNK_TOP], spam[LIM_JUNK_TOP];
};
/* counts[i] belongs to hashes[i]. */
void junk_classify(const struct junk_params *p, struct junk_count total, const uint64_t *hashes,
		   const struct junk_count *counts, size_t n, struct junk_verdict *v);

/* ---- the filter in a database */

/* Steps for db_migrate, for a database of its own; a store that has the tables with others runs
 * them in its own steps. Later versions append. */
extern const char *const junk_schema[];
extern const unsigned junk_schema_steps;

struct junk_filter;
/* The tables are there. `db` stays the caller's, and outlives the filter; `p` is copied. *is_stale
 * (may be NULL): other n-grams, or an older way of making tokens, were counted: train anew. */
struct junk_filter *junk_filter_open(struct db *db, const struct junk_params *p, bool *is_stale,
				     struct err *e);
void junk_filter_free(struct junk_filter **f);
/* Read all counts into memory, for classifying many messages: 16 to 48 bytes for each token. Kept
 * up to date by this filter's own changes. */
int junk_filter_load(struct junk_filter *f, struct err *e) __attribute__((warn_unused_result));
/* Messages that were trained. */
struct junk_count junk_filter_total(const struct junk_filter *f);
/* Tokens in the database. */
uint64_t junk_filter_size(const struct junk_filter *f);
int junk_filter_classify(struct junk_filter *f, const uint64_t *hashes, size_t n,
			 struct junk_verdict *v, struct err *e) __attribute__((warn_unused_result));

/*
 * A batch of training is one transaction: the caller's, when one is open, else its own, committed
 * by junk_filter_commit. Each call changes memory; commit writes each token once, and prunes. After
 * a failure, or junk_filter_abort, nothing of the batch counts; who rolls back a transaction of his
 * own after commit calls abort too. `day` (since 1970) is when: old and rare tokens make room
 * first.
 */
enum junk_change { JUNK_TRAIN_HAM, JUNK_TRAIN_SPAM, JUNK_UNTRAIN_HAM, JUNK_UNTRAIN_SPAM };
int junk_filter_change(struct junk_filter *f, enum junk_change what, const uint64_t *hashes,
		       size_t n, int64_t day, struct err *e) __attribute__((warn_unused_result));
int junk_filter_commit(struct junk_filter *f, struct err *e) __attribute__((warn_unused_result));
void junk_filter_abort(struct junk_filter *f);
/* Forget everything, as the start of training anew; a batch by itself. */
int junk_filter_clear(struct junk_filter *f, struct err *e) __attribute__((warn_unused_result));

#endif
