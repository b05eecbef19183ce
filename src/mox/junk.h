/*
 * What the commands mox junk ... share: flags, a filter in a file of its own with its key beside
 * it, or a temporary one, messages in files.
 */
#ifndef MOX_MOX_JUNK_H
#define MOX_MOX_JUNK_H

#include "junk/junk.h"
#include "mox.h"

struct junk_flags {
	const char *one, *two, *three, *max_power, *ignore_words, *top_words, *rare_words;
	const char *threshold, *train_ratio, *sent_dir, *dbpath, *key;
	bool seed;
};
/* For all of them. */
#define JUNK_FLAGS(f)                                                                              \
	{ "one-grams", NULL, &(f).one }, { "two-grams", NULL, &(f).two },                          \
		{ "three-grams", NULL, &(f).three }, { "max-power", NULL, &(f).max_power },        \
		{ "ignore-words", NULL, &(f).ignore_words },                                       \
		{ "top-words", NULL, &(f).top_words }, { "rare-words", NULL, &(f).rare_words },    \
	{                                                                                          \
		"spam-threshold", NULL, &(f).threshold                                             \
	}
/* For those with a filter that is kept. */
#define JUNK_DB_FLAGS(f)                                                                           \
	{ "dbpath", NULL, &(f).dbpath },                                                           \
	{                                                                                          \
		"key", NULL, &(f).key                                                              \
	}

struct junk_run {
	struct junk_params params;
	double threshold, train_ratio;
	struct db *db;
	struct junk_filter *filter;
	struct junk_tok *tok;
	char tmp[64];	       /* folder of a temporary database; "" */
	unsigned uncommitted;  /* messages trained since the last commit */
	int64_t date;	       /* of the message read last; 0 */
	unsigned long nfailed; /* files that can't be read */
};
enum junk_mode {
	JUNK_RUN_READ, /* a filter that exists */
	JUNK_RUN_ADD,  /* made when missing */
	JUNK_RUN_NEW,  /* emptied */
	JUNK_RUN_TMP,
};
/* MOX_OK, or what to return; close it in either case. */
int junk_run_open(struct junk_run *r, struct mox *m, const struct junk_flags *f,
		  enum junk_mode mode, bool with_words);
void junk_run_close(struct junk_run *r);
/* The message's tokens into r->tok. False after a complaint. */
bool junk_run_read(struct junk_run *r, const char *path);
/* The rest: false after a complaint. Before many are judged or learned. */
bool junk_run_load(struct junk_run *r);
/* Train with what r->tok holds; commits now and then. */
bool junk_run_learn(struct junk_run *r, bool is_spam);
bool junk_run_commit(struct junk_run *r);
/* Judge what r->tok holds. */
bool junk_run_judge(struct junk_run *r, struct junk_verdict *v);

/* ---- junk_files.c */

struct junk_file {
	char *path;
	bool is_spam, is_sent;
	int64_t date;
};
struct junk_files {
	struct junk_file *v;
	size_t n, cap;
};
/* The files of a folder, sorted by name; NULL is an empty one. False after a complaint. */
bool junk_files_add(struct junk_files *l, const char *dir, bool is_spam, bool is_sent);
/* *f becomes part of `l`, its path with it. */
void junk_files_move(struct junk_files *l, const struct junk_file *f);
void junk_files_done(struct junk_files *l);
/* The same order for the same seed. */
void junk_files_shuffle(struct junk_files *l, uint64_t seed);
void junk_files_by_date(struct junk_files *l);

/* How well a filter did. */
struct junk_score {
	unsigned long ham_ok, ham_bad, spam_ok, spam_bad;
};
void junk_score_add(struct junk_score *s, const struct junk_run *r, const struct junk_verdict *v,
		    const struct junk_file *f, bool is_printed);
void junk_score_print(const struct junk_score *s);

#endif
