/*
 * The queue in front of the hash helpers: one list for each caller, and the callers take turns, so
 * that one that was taken over and asks without end waits for itself alone.
 */
#include <sys/queue.h>

#include "authd.h"
#include "base/log.h"
#include "base/mem.h"

struct hash_job {
	TAILQ_ENTRY(hash_job) link;
	struct hashq *q;
	enum ipc_type type;
	struct buf body;
	struct hash_job_fn fn;
	enum role role;
	unsigned num;
	unsigned char login[SEAL_HASH]; /* SHA-256 of its name; of none for hashq_make */
	unsigned helper;
};

struct caller {
	TAILQ_ENTRY(caller) link; /* in `turns` while it has jobs */
	TAILQ_HEAD(, hash_job) jobs;
};

struct hashq {
	struct svc *svc;
	struct caller callers[ROLE_COUNT][LIM_WORKERS];
	TAILQ_HEAD(, caller) turns;
	struct share share;
	struct {
		struct hash_job *job; /* NULL: free */
		uint64_t call;
	} helper[LIM_WORKERS];
	uint64_t verified;
};

static void run(struct hashq *q);

struct hashq *
hashq_new(struct svc *s)
{
	struct hashq *q = MEM_NEW(struct hashq);
	unsigned helpers = svc_workers(s, ROLE_AUTHHASH);

	q->svc = s;
	TAILQ_INIT(&q->turns);
	for (unsigned r = 0; r < ROLE_COUNT; r++) {
		for (unsigned i = 0; i < LIM_WORKERS; i++)
			TAILQ_INIT(&q->callers[r][i].jobs);
	}
	/* The operator is a caller as well. */
	share_set(&q->share, LIM_AUTH_QUEUE * MAX((size_t)helpers, 1), share_callers(s) + 1);
	return q;
}

static void
job_free(struct hash_job *j)
{
	buf_wipe(&j->body);
	mem_free(j);
}

/* The next in turn. */
static struct hash_job *
job_take(struct hashq *q)
{
	struct caller *c = TAILQ_FIRST(&q->turns);
	struct hash_job *j = TAILQ_FIRST(&c->jobs);

	TAILQ_REMOVE(&c->jobs, j, link);
	TAILQ_REMOVE(&q->turns, c, link);
	if (!TAILQ_EMPTY(&c->jobs))
		TAILQ_INSERT_TAIL(&q->turns, c, link);
	share_give(&q->share, j->role, j->num);
	return j;
}

void
hashq_free(struct hashq **qp)
{
	struct hashq *q = *qp;

	*qp = NULL;
	if (q == NULL)
		return;
	while (!TAILQ_EMPTY(&q->turns))
		job_free(job_take(q));
	for (unsigned i = 0; i < LIM_WORKERS; i++) {
		ipc_cancel(q->helper[i].call);
		if (q->helper[i].job != NULL)
			job_free(q->helper[i].job);
	}
	mem_free(q);
}

static bool
answer_read(const struct hash_job *j, struct str body, struct hash_answer *a)
{
	struct msg_hash_verify_r v;
	struct msg_hash_make_r m;

	if (j->type == IPC_HASH_VERIFY) {
		if (!msg_hash_verify_r_get(body, &v) || v.match > 1 || v.rehash > 1)
			return false;
		a->match = v.match == 1;
		a->rehash = v.rehash == 1;
		return true;
	}
	if (!msg_hash_make_r_get(body, &m))
		return false;
	a->forms = (struct auth_forms){ m.argon2, m.scram_sha1, m.scram_sha256, m.cram_md5 };
	return true;
}

static void
on_answer(void *arg, const struct err *e, struct ipc_msg *m)
{
	struct hash_job *j = arg;
	struct hashq *q = j->q;
	struct hash_answer a = { .ok = false };

	q->helper[j->helper].job = NULL;
	q->helper[j->helper].call = 0;
	if (e == NULL)
		a.ok = answer_read(j, m->body, &a);
	j->fn.done(j->fn.arg, &a);
	job_free(j);
	run(q);
}

/* A helper that is there and has nothing to do; LIM_WORKERS: none. *any: at least one is there. */
static unsigned
free_helper(struct hashq *q, bool *any)
{
	unsigned n = svc_workers(q->svc, ROLE_AUTHHASH);

	*any = false;
	for (unsigned i = 0; i < n && i < LIM_WORKERS; i++) {
		if (svc_peer(q->svc, ROLE_AUTHHASH, i) == NULL)
			continue;
		*any = true;
		if (q->helper[i].job == NULL)
			return i;
	}
	return LIM_WORKERS;
}

static void
start(struct hashq *q, struct hash_job *j, unsigned i)
{
	j->helper = i;
	q->helper[i].job = j;
	if (j->type == IPC_HASH_VERIFY) {
		q->verified++;
		LOG(NULL, LOG_DEBUG, "authd.hash.begun", LF(count, q->verified));
	}
	q->helper[i].call = ipc_call(svc_loop(q->svc), svc_peer(q->svc, ROLE_AUTHHASH, i), j->type,
				     buf_str(&j->body), NULL, 0, 0, on_answer, j);
}

static void
run(struct hashq *q)
{
	while (!TAILQ_EMPTY(&q->turns)) {
		struct hash_job *j;
		bool any;
		unsigned i = free_helper(q, &any);

		if (i == LIM_WORKERS && any)
			return;
		j = job_take(q);
		if (j->fn.may != NULL && !j->fn.may(j->fn.arg)) {
			job_free(j);
		} else if (!any) {
			/* All helpers are away: better an answer now than a queue that nobody
			 * serves. */
			j->fn.done(j->fn.arg, &(struct hash_answer){ .ok = false });
			job_free(j);
		} else {
			start(q, j, i);
		}
	}
}

static unsigned
waiting_for(const struct hashq *q, const unsigned char login[SEAL_HASH])
{
	const struct caller *c;
	const struct hash_job *j;
	unsigned n = 0;

	TAILQ_FOREACH(c, &q->turns, link)
	{
		TAILQ_FOREACH(j, &c->jobs, link)
		n += memcmp(j->login, login, SEAL_HASH) == 0;
	}
	return n;
}

/* Takes over `body`. */
static bool
put(struct hashq *q, enum ipc_type type, const struct hash_client *who, struct buf *body,
    const struct hash_job_fn *fn)
{
	struct caller *c = &q->callers[who->role][who->num];
	struct hash_job *j = MEM_NEW(struct hash_job);

	j->body = *body;
	seal_sha256(who->login, j->login);
	if (body->over || (who->login.n > 0 && waiting_for(q, j->login) >= LIM_AUTH_QUEUE_LOGIN) ||
	    !share_take(&q->share, who->role, who->num)) {
		job_free(j);
		return false;
	}
	j->q = q;
	j->type = type;
	j->fn = *fn;
	j->role = who->role;
	j->num = who->num;
	if (TAILQ_EMPTY(&c->jobs))
		TAILQ_INSERT_TAIL(&q->turns, c, link);
	TAILQ_INSERT_TAIL(&c->jobs, j, link);
	run(q);
	return true;
}

bool
hashq_verify(struct hashq *q, const struct hash_client *c, struct str password, struct str hash,
	     const struct hash_job_fn *fn)
{
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_hash_verify_put(&b, &(struct msg_hash_verify){ .password = password, .hash = hash });
	return put(q, IPC_HASH_VERIFY, c, &b, fn);
}

bool
hashq_make(struct hashq *q, struct str password, const struct hash_job_fn *fn)
{
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_hash_make_put(&b, &(struct msg_hash_make){ .password = password });
	return put(q, IPC_HASH_MAKE, &(struct hash_client){ .role = ROLE_MASTER }, &b, fn);
}

void
hashq_kick(struct hashq *q)
{
	run(q);
}

uint64_t
hashq_verified(const struct hashq *q)
{
	return q->verified;
}
