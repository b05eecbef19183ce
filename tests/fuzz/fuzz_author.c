/* The author of a message: a header block. Who is found stands in the one From field, as it is. */
#include <stdint.h>
#include <stdlib.h>

#include "mailauth/dmarc.h"

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str header = str_mem(p, n);
	char domain[LIM_DOMAIN + 1];
	struct mime_addr addr;
	struct mime_field f;
	static struct arena *a;
	unsigned fields = 0;

	if (n > 65536)
		return 0;
	if (a == NULL)
		a = arena_new(1 << 20);
	arena_reset(a);
	if (dm_from_get(header, a, &addr, domain) != DM_FROM_OK)
		return 0;
	check(str_find(header, addr.domain) >= 0 && addr.local.n > 0);
	check(str_chr(addr.local, '@') < 0 && str_chr(str_c(domain), '.') > 0);
	for (struct str rest = header; mime_field_next(&rest, &f);) {
		fields += str_eqi(f.name, STR("From"));
		check(memchr(f.raw.p, '\0', f.raw.n) == NULL);
	}
	check(fields == 1);
	return 0;
}
