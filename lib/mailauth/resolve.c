/* Questions of an evaluator to lib/dns, one after the other, under one deadline. */
#include "base/mem.h"
#include "mailauth/mailauth.h"

/* One server that is silent must not cost the whole time: what it was asked may not matter. */
enum { QUESTION_PART = 3 };

struct mailauth_job {
	struct loop *l;
	struct dns *d;
	const struct mailauth_ops *ops;
	void *eval;
	mailauth_fn *fn;
	void *arg;
	struct loop_timer *deadline;
	struct loop_wake *wake;
	uint64_t query; /* open one; 0 */
	int64_t question_ms;
};

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct mailauth_job *j = arg;

	j->query = 0;
	j->ops->put(j->eval, a);
	loop_wake(j->wake);
}

static void
on_deadline(void *arg)
{
	struct mailauth_job *j = arg;

	dns_cancel(j->d, j->query);
	j->query = 0;
	j->ops->expire(j->eval);
	loop_wake(j->wake);
}

static void
on_wake(void *arg)
{
	struct mailauth_job *j = arg;
	struct mailauth_question q;

	if (j->query != 0)
		return;
	if (j->ops->next(j->eval, &q)) {
		j->query = dns_query(j->d, q.name, q.type, j->question_ms, on_answer, j);
		return;
	}
	loop_timer_stop(j->deadline);
	j->fn(j->arg); /* may free the job */
}

struct mailauth_job *
mailauth_start(struct loop *l, struct dns *d, const struct mailauth_ops *ops, void *eval,
	       int64_t timeout_ms, mailauth_fn *fn, void *arg)
{
	struct mailauth_job *j = MEM_NEW(struct mailauth_job);

	*j = (struct mailauth_job){
		.l = l, .d = d, .ops = ops, .eval = eval, .fn = fn, .arg = arg
	};
	j->deadline = loop_timer_new(l, on_deadline, j);
	j->wake = loop_wake_new(l, on_wake, j);
	if (timeout_ms <= 0)
		timeout_ms = LIM_MAILAUTH_MS;
	j->question_ms = MAX(timeout_ms / QUESTION_PART, 1);
	loop_timer_set(j->deadline, timeout_ms);
	loop_wake(j->wake);
	return j;
}

void
mailauth_free(struct mailauth_job **jp)
{
	struct mailauth_job *j = *jp;

	*jp = NULL;
	if (j == NULL)
		return;
	dns_cancel(j->d, j->query);
	loop_timer_free(&j->deadline);
	loop_wake_free(&j->wake);
	mem_free(j);
}
