/* When to try again. */
#include "base/limits.h"
#include "queue/queue.h"

int64_t
queue_gap(unsigned attempts, uint32_t chance)
{
	unsigned doublings = attempts > 0 ? attempts - 1 : 0;
	int64_t gap;

	if (doublings > LIM_QUEUE_ATTEMPTS)
		doublings = LIM_QUEUE_ATTEMPTS;
	gap = (int64_t)LIM_QUEUE_GAP_S << doublings;
	/* So that what failed together does not come back together. */
	return gap - LIM_QUEUE_JITTER_S + (int64_t)(chance % (2 * LIM_QUEUE_JITTER_S + 1));
}
