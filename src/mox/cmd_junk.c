/* mox junk ...: the content filter from the command line. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "junk.h"

/* ---- training */

static void
print_trained(const struct junk_run *r)
{
	struct junk_count c = junk_filter_total(r->filter);

	printf("trained: ham %u, spam %u, tokens %llu\n", c.ham, c.spam,
	       (unsigned long long)junk_filter_size(r->filter));
}

static bool
train_files(struct junk_run *r, const struct junk_files *l, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (junk_run_read(r, l->v[i].path) && !junk_run_learn(r, l->v[i].is_spam))
			return false;
	return junk_run_commit(r);
}

/* Names of files, one a line, on standard input. */
static bool
next_name(char **line, size_t *cap)
{
	ssize_t n;

	while ((n = getline(line, cap, stdin)) >= 0) {
		while (n > 0 && ((*line)[n - 1] == '\n' || (*line)[n - 1] == '\r'))
			(*line)[--n] = '\0';
		if (n > 0)
			return true;
	}
	return false;
}

static bool
train_named(struct junk_run *r, bool is_spam)
{
	char *line = NULL;
	size_t cap = 0;
	bool ok = junk_run_load(r);

	while (ok && next_name(&line, &cap))
		if (junk_run_read(r, line))
			ok = junk_run_learn(r, is_spam);
	free(line);
	return ok && junk_run_commit(r);
}

static bool
train_dirs(struct junk_run *r, const char *ham, const char *spam, const char *sent)
{
	struct junk_files l = { 0 };
	bool ok = junk_run_load(r) && junk_files_add(&l, ham, false, false) &&
		  junk_files_add(&l, sent, false, true) && junk_files_add(&l, spam, true, false) &&
		  train_files(r, &l, 0, l.n);

	junk_files_done(&l);
	return ok;
}

int
cmd_junk_train(struct mox *m, int argc, char **argv)
{
	struct junk_flags f = { 0 };
	const struct mox_flag flags[] = { JUNK_FLAGS(f),
					  JUNK_DB_FLAGS(f),
					  { "sent-dir", NULL, &f.sent_dir } };
	bool is_spam = false, ok = false;
	struct junk_run r;
	int status;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 2) < 0)
		return MOX_USAGE;
	if (argc == 1) {
		is_spam = strcmp(argv[0], "spam") == 0;
		if (!is_spam && strcmp(argv[0], "ham") != 0)
			return mox_usage(m);
	}
	status = junk_run_open(&r, m, &f, argc == 1 ? JUNK_RUN_ADD : JUNK_RUN_NEW, false);
	if (status == MOX_OK) {
		ok = argc == 1 ? train_named(&r, is_spam)
			       : train_dirs(&r, argv[0], argv[1], f.sent_dir);
		if (ok)
			print_trained(&r);
		status = ok && r.nfailed == 0 ? MOX_OK : MOX_FAIL;
	}
	junk_run_close(&r);
	return status;
}

/* ---- judging */

int
cmd_junk_check(struct mox *m, int argc, char **argv)
{
	struct junk_flags f = { 0 };
	const struct mox_flag flags[] = { JUNK_FLAGS(f), JUNK_DB_FLAGS(f) };
	struct junk_verdict v;
	struct junk_run r;
	int status;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 1) < 0)
		return MOX_USAGE;
	status = junk_run_open(&r, m, &f, JUNK_RUN_READ, false);
	if (status == MOX_OK) {
		if (junk_run_read(&r, argv[0]) && junk_run_judge(&r, &v))
			printf("%.6f, %s\n", v.probability,
			       v.is_significant ? "significant" : "not significant");
		else
			status = MOX_FAIL;
	}
	junk_run_close(&r);
	return status;
}

/* Above the threshold it is spam, below the middle ham. A filter that knows little says so. */
static const char *
word_of(const struct junk_run *r, const struct junk_verdict *v)
{
	if (v->probability < 0.5)
		return "ham";
	return v->probability > r->threshold && v->is_significant ? "spam" : "unsure";
}

static bool
classify_named(struct junk_run *r)
{
	struct junk_verdict v;
	char *line = NULL;
	size_t cap = 0;
	bool ok = junk_run_load(r);

	while (ok && next_name(&line, &cap)) {
		if (!junk_run_read(r, line))
			continue;
		if ((ok = junk_run_judge(r, &v)))
			printf("%s %.6f %s\n", word_of(r, &v), v.probability, line);
	}
	free(line);
	return ok;
}

int
cmd_junk_classify(struct mox *m, int argc, char **argv)
{
	struct junk_flags f = { 0 };
	const struct mox_flag flags[] = { JUNK_FLAGS(f), JUNK_DB_FLAGS(f) };
	struct junk_run r;
	int status;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 0, 0) < 0)
		return MOX_USAGE;
	status = junk_run_open(&r, m, &f, JUNK_RUN_READ, false);
	if (status == MOX_OK && (!classify_named(&r) || r.nfailed > 0))
		status = MOX_FAIL;
	junk_run_close(&r);
	return status;
}

static bool
judge_files(struct junk_run *r, const struct junk_files *l, size_t from, size_t to,
	    struct junk_score *score)
{
	struct junk_verdict v;

	for (size_t i = from; i < to; i++) {
		if (!junk_run_read(r, l->v[i].path))
			continue;
		if (!junk_run_judge(r, &v))
			return false;
		junk_score_add(score, r, &v, &l->v[i], true);
	}
	return true;
}

int
cmd_junk_test(struct mox *m, int argc, char **argv)
{
	struct junk_flags f = { 0 };
	const struct mox_flag flags[] = { JUNK_FLAGS(f), JUNK_DB_FLAGS(f) };
	struct junk_score score = { 0 };
	struct junk_files l = { 0 };
	struct junk_run r;
	int status;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 2, 2) < 0)
		return MOX_USAGE;
	status = junk_run_open(&r, m, &f, JUNK_RUN_READ, false);
	if (status == MOX_OK) {
		if (junk_files_add(&l, argv[0], false, false) &&
		    junk_files_add(&l, argv[1], true, false) && junk_run_load(&r) &&
		    judge_files(&r, &l, 0, l.n, &score))
			junk_score_print(&score);
		else
			status = MOX_FAIL;
	}
	junk_files_done(&l);
	junk_run_close(&r);
	return status;
}

/* ---- experiments: nothing is kept */

/* Some of a folder for training, shuffled, the rest for judging. */
static bool
split(struct junk_files *train, struct junk_files *test, const char *dir, bool is_spam,
      const struct junk_run *r, uint64_t seed)
{
	struct junk_files l = { 0 };
	size_t ntrain;
	bool ok = junk_files_add(&l, dir, is_spam, false);

	junk_files_shuffle(&l, seed);
	ntrain = (size_t)(r->train_ratio * (double)l.n);
	for (size_t i = 0; i < l.n; i++)
		junk_files_move(i < ntrain ? train : test, &l.v[i]);
	l.n = 0; /* moved */
	junk_files_done(&l);
	return ok;
}

static bool
analyze_dirs(struct junk_run *r, const char *ham, const char *spam, const char *sent, uint64_t seed)
{
	struct junk_files train = { 0 }, test = { 0 };
	struct junk_score score = { 0 };
	bool ok = split(&train, &test, ham, false, r, seed) &&
		  split(&train, &test, spam, true, r, seed) &&
		  junk_files_add(&train, sent, false, true) && train_files(r, &train, 0, train.n) &&
		  junk_run_load(r) && judge_files(r, &test, 0, test.n, &score);

	if (ok) {
		print_trained(r);
		junk_score_print(&score);
	}
	junk_files_done(&train);
	junk_files_done(&test);
	return ok;
}

static void
print_weights(const struct junk_run *r, const char *what, const struct junk_weight *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str word = junk_tok_word(r->tok, w[i].hash);

		printf("%-4s %.4f %6u %6u ", what, w[i].spaminess, w[i].count.ham, w[i].count.spam);
		for (size_t k = 0; k < word.n; k++) /* nothing that a terminal would act on */
			putchar((unsigned char)word.p[k] < ' ' || word.p[k] == 0x7f ? '?'
										    : word.p[k]);
		putchar('\n');
	}
}

static bool
analyze_message(struct junk_run *r, const char *path)
{
	struct junk_verdict v;
	size_t n;

	if (!junk_run_read(r, path) || !junk_run_judge(r, &v))
		return false;
	junk_tok_hashes(r->tok, &n);
	printf("%s %.6f, %s, tokens %zu\n", word_of(r, &v), v.probability,
	       v.is_significant ? "significant" : "not significant", n);
	print_weights(r, "ham", v.ham, v.nham);
	print_weights(r, "spam", v.spam, v.nspam);
	return true;
}

int
cmd_junk_analyze(struct mox *m, int argc, char **argv)
{
	struct junk_flags f = { 0 };
	const struct mox_flag flags[] = { JUNK_FLAGS(f),
					  JUNK_DB_FLAGS(f),
					  { "sent-dir", NULL, &f.sent_dir },
					  { "train-ratio", NULL, &f.train_ratio },
					  { "seed", &f.seed, NULL } };
	struct junk_run r;
	int status;
	bool ok;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 1, 2) < 0)
		return MOX_USAGE;
	status = junk_run_open(&r, m, &f, argc == 1 ? JUNK_RUN_READ : JUNK_RUN_TMP, argc == 1);
	if (status == MOX_OK) {
		ok = argc == 1 ? analyze_message(&r, argv[0])
			       : analyze_dirs(&r, argv[0], argv[1], f.sent_dir,
					      f.seed ? (uint64_t)clock_now_us() : 0);
		status = ok ? MOX_OK : MOX_FAIL;
	}
	junk_run_close(&r);
	return status;
}

/* Each message as it comes: judged by what came before, then learned. */
static bool
play(struct junk_run *r, struct junk_files *l)
{
	unsigned long nham = 0, nspam = 0, nsent = 0, nodate = 0;
	struct junk_score score = { 0 };
	struct junk_verdict v;

	for (size_t i = 0; i < l->n; i++)
		l->v[i].date = junk_run_read(r, l->v[i].path) ? r->date : 0;
	junk_files_by_date(l);
	for (size_t i = 0; i < l->n; i++) {
		const struct junk_file *file = &l->v[i];

		if (file->date == 0) {
			nodate++;
			continue;
		}
		*(file->is_sent ? &nsent : file->is_spam ? &nspam : &nham) += 1;
		if (!junk_run_read(r, file->path) || !junk_run_judge(r, &v))
			return false;
		if (!file->is_sent)
			junk_score_add(&score, r, &v, file, false);
		if (!junk_run_learn(r, file->is_spam))
			return false;
	}
	printf("completed, nham %lu, nsent %lu, nspam %lu, nbad %lu, nwithoutdate %lu\n", nham,
	       nsent, nspam, r->nfailed, nodate);
	junk_score_print(&score);
	return junk_run_commit(r);
}

int
cmd_junk_play(struct mox *m, int argc, char **argv)
{
	struct junk_flags f = { 0 };
	const struct mox_flag flags[] = { JUNK_FLAGS(f), { "sent-dir", NULL, &f.sent_dir } };
	struct junk_files l = { 0 };
	struct junk_run r;
	int status;

	if (mox_args(m, &argc, &argv, flags, ARRAY_LEN(flags), 2, 2) < 0)
		return MOX_USAGE;
	status = junk_run_open(&r, m, &f, JUNK_RUN_TMP, false);
	if (status == MOX_OK &&
	    (!junk_files_add(&l, argv[0], false, false) ||
	     !junk_files_add(&l, argv[1], true, false) ||
	     !junk_files_add(&l, f.sent_dir, false, true) || !junk_run_load(&r) || !play(&r, &l)))
		status = MOX_FAIL;
	junk_files_done(&l);
	junk_run_close(&r);
	return status;
}
