/* Passwords: what PRECIS gives out it gives out again, and it is short, UTF-8, and without
 * controls. */
#include <stdlib.h>

#include "auth/precis.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct buf a, b;

	buf_init(&a, 1 << 16);
	buf_init(&b, 1 << 16);
	if (auth_precis(str_mem(data, size), &a, &e) == 0) {
		if (a.n == 0 || a.n > LIM_PASSWORD || !str_is_utf8(buf_str(&a)))
			abort();
		for (size_t i = 0; i < a.n; i++) {
			unsigned char c = (unsigned char)buf_str(&a).p[i];

			if (c < 0x20 || c == 0x7f)
				abort();
		}
		if (auth_precis(buf_str(&a), &b, &e) < 0 || !str_eq(buf_str(&a), buf_str(&b)))
			abort();
	} else if (a.n != 0 || (e.code != EC_SYNTAX && e.code != EC_LIMIT)) {
		abort();
	}
	buf_done(&a);
	buf_done(&b);
	return 0;
}
