/* The queue in front of the hash helpers. */
#include "authd.h"
#include "base/mem.h"

struct hash_job {
	struct hash_job *next;
	struct hashq *q;
	enum ipc_type type;
	struct buf body;
	struct hash_job_fn fn;
	unsigned helper;
};

struct hashq {
	struct svc *svc;
	struct hash_job *head, **tail;
	unsigned waiting;
	struct {
		struct hash_job *job;	/* NULL: free */
		uint64_t call;
	} helper[LIM_WORKERS];
	uint64_t verified;
};

static void run(struct hashq *q);

struct hashq *
hashq_new(struct svc *s)
{
	struct hashq *q = MEM_NEW(struct hashq);

	q->svc = s;
	q->tail = &q->head;
	return q;
}

static void
job_free(struct hash_job *j)
{
	buf_wipe(&j->body);
	mem_free(j);
}

void
hashq_free(struct hashq **qp)
{
	struct hashq *q = *qp;
	struct hash_job *j;

	*qp = NULL;
	if (q == NULL)
		return;
	while ((j = q->head) != NULL) {
		q->head = j->next;
		job_free(j);
	}
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
	if (j->type == IPC_HASH_VERIFY)
		q->verified++;
	q->helper[i].call = ipc_call(svc_loop(q->svc), svc_peer(q->svc, ROLE_AUTHHASH, i), j->type,
				     buf_str(&j->body), NULL, 0, 0, on_answer, j);
}

static void
run(struct hashq *q)
{
	while (q->head != NULL) {
		struct hash_job *j = q->head;
		bool any;
		unsigned i = free_helper(q, &any);

		if (i == LIM_WORKERS && any)
			return;
		q->head = j->next;
		if (q->head == NULL)
			q->tail = &q->head;
		q->waiting--;
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

static bool
put(struct hashq *q, enum ipc_type type, struct buf *body, const struct hash_job_fn *fn)
{
	unsigned n = svc_workers(q->svc, ROLE_AUTHHASH);
	struct hash_job *j;

	if (body->over || q->waiting >= LIM_AUTH_QUEUE * MAX(n, 1u)) {
		buf_wipe(body);
		return false;
	}
	j = MEM_NEW(struct hash_job);
	j->q = q;
	j->type = type;
	j->body = *body;
	j->fn = *fn;
	*q->tail = j;
	q->tail = &j->next;
	q->waiting++;
	return true;
}

bool
hashq_verify(struct hashq *q, struct str password, struct str hash, const struct hash_job_fn *fn)
{
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_hash_verify_put(&b, &(struct msg_hash_verify){ .password = password, .hash = hash });
	if (!put(q, IPC_HASH_VERIFY, &b, fn))
		return false;
	run(q);
	return true;
}

bool
hashq_make(struct hashq *q, struct str password, const struct hash_job_fn *fn)
{
	struct buf b;

	buf_init(&b, LIM_IPC_BODY);
	msg_hash_make_put(&b, &(struct msg_hash_make){ .password = password });
	if (!put(q, IPC_HASH_MAKE, &b, fn))
		return false;
	run(q);
	return true;
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
