/* The text of `mox status`. Columns: role, worker ("-" for a parent), pid, state, uptime, restarts,
 * note. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "master.h"

static void
put_uptime(struct buf *out, int64_t ms)
{
	char t[32];
	long long s = ms / 1000;

	if (s >= 86400)
		snprintf(t, sizeof(t), "%lldd%lldh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(t, sizeof(t), "%lldh%lldm", s / 3600, s / 60 % 60);
	else
		snprintf(t, sizeof(t), "%lldm%llds", s / 60, s % 60);
	buf_printf(out, " %8s", t);
}

static void
put_row(struct buf *out, const char *role, const char *num, pid_t pid, const char *state,
	const struct backoff *b, int64_t now, const char *note)
{
	char p[16] = "-";

	if (pid > 0)
		snprintf(p, sizeof(p), "%d", (int)pid);
	buf_printf(out, "%-11s %6s %8s %-9s", role, num, p, state);
	if (b != NULL && b->born_at > 0)
		put_uptime(out, now - b->born_at);
	else
		buf_printf(out, " %8s", "-");
	buf_printf(out, " %8u%s%s\n", b != NULL ? b->restarts : 0, note[0] != '\0' ? "  " : "",
		   note);
}

static const char *
worker_state(const struct worker *w)
{
	return w->state == W_DOWN && loop_timer_is_set(w->back.timer) ? "waiting"
								      : wstate_name(w->state);
}

static void
put_daemon(struct buf *out, const struct daemon *d, int64_t now)
{
	char num[16];

	put_row(out, d->proc->name, "-", d->pid,
		d->pid > 0			   ? "running"
		: loop_timer_is_set(d->back.timer) ? "waiting"
						   : "down",
		&d->back, now, d->pid > 0 ? "" : d->last_error);
	for (unsigned i = 0; i < d->n; i++) {
		const struct worker *w = &d->w[i];

		snprintf(num, sizeof(num), "%u", w->num);
		put_row(out, d->proc->name, num, w->pid, worker_state(w), &w->back, now,
			w->state == W_READY ? "" : w->last_error);
	}
}

void
status_print(struct master *m, struct buf *out)
{
	struct backoff self = { .born_at = m->started };
	int64_t now = loop_now(m->l);

	buf_printf(out, "%-11s %6s %8s %-9s %8s %8s\n", "role", "worker", "pid", "state", "uptime",
		   "restarts");
	put_row(out, "master", "-", getpid(),
		m->stopping   ? "stopping"
		: m->is_ready ? "ready"
			      : "starting",
		&self, now, "");
	for (unsigned r = ROLE_MASTER + 1; r < ROLE_COUNT; r++)
		put_daemon(out, &m->d[r], now);
	buf_printf(out, "\nconfiguration %s\ndata %s\n", m->conf_path, m->conf.data_dir);
	for (unsigned i = 0; i < m->conf.nlisten; i++)
		buf_printf(out, "listener %s: %s on %s port %u\n", m->conf.listen[i].name,
			   service_name(m->conf.listen[i].service), m->conf.listen[i].ip,
			   m->conf.listen[i].port);
}
