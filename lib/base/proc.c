/* The process table as data. */
#include <stddef.h>

#include "base/proc.h"

#define S(id) (1u << SERVICE_##id)
#define P(id) ROLE_BIT(ROLE_##id)
static const struct proc procs[ROLE_COUNT] = {
#define PROC(ID, NAME, PROGRAM, ARG, USER, SERVICES, CALLS, SANDBOX, WORKERS)                      \
	[ROLE_##ID] = { ROLE_##ID, NAME, PROGRAM, ARG, USER, SERVICES, CALLS, SANDBOX, WORKERS },
#include "base/procs.def"
#undef PROC
};
#undef S
#undef P
_Static_assert(ROLE_COUNT <= 32, "roles fit in a mask");

static const struct {
	const char *name;
	unsigned port;
} services[] = {
#define X(id, name, port) [SERVICE_##id] = { name, port },
	SERVICES(X)
#undef X
};
_Static_assert(sizeof(services) / sizeof(services[0]) == SERVICE_COUNT, "a row for each service");

const struct proc *
proc_get(enum role r)
{
	return (unsigned)r > ROLE_MASTER && (unsigned)r < ROLE_COUNT ? &procs[r] : NULL;
}

const char *
role_name(unsigned r)
{
	if (r == ROLE_MASTER)
		return "master";
	return r < ROLE_COUNT ? procs[r].name : "?";
}

enum role
role_find(struct str name)
{
	unsigned r;

	for (r = ROLE_MASTER; r < ROLE_COUNT && !str_eq(str_c(role_name(r)), name); r++)
		;
	return (enum role)r;
}

const char *
service_name(enum service s)
{
	return (unsigned)s < SERVICE_COUNT ? services[s].name : "?";
}

unsigned
service_port(enum service s)
{
	return (unsigned)s < SERVICE_COUNT ? services[s].port : 0;
}
