/* Shares of what all callers use together; the numbers are in authd.h. */
#include "authd.h"

void
share_set(struct share *s, size_t total, size_t callers)
{
	*s = (struct share){ .common = total - total / 2 };
	s->reserved = total / 2 / (callers > 0 ? callers : 1);
}

void
share_count(struct share *s, enum role role, unsigned num)
{
	if (++s->of[role][num] > s->reserved)
		s->used++;
}

bool
share_take(struct share *s, enum role role, unsigned num)
{
	if (s->of[role][num] >= s->reserved && s->used >= s->common)
		return false;
	share_count(s, role, num);
	return true;
}

void
share_give(struct share *s, enum role role, unsigned num)
{
	if (s->of[role][num]-- > s->reserved)
		s->used--;
}

size_t
share_callers(const struct svc *s)
{
	return svc_workers(s, ROLE_IMAPD) + svc_workers(s, ROLE_SUBMITD);
}
