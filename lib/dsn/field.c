/* What a notification says about the message it is about. */
#include "dsn/dsn.h"

struct str
dsn_field(struct str header, struct str name)
{
	while (header.n > 0) {
		struct str f = header;
		size_t n = 0;

		/* To the end of a line that no continuation follows. */
		do {
			ssize_t nl = str_find(str_from(header, n), STR("\r\n"));

			n = nl < 0 ? header.n : n + (size_t)nl + 2;
		} while (n < header.n && (header.p[n] == ' ' || header.p[n] == '\t'));
		f.n = n;
		header = str_from(header, n);
		if (!str_has_prefixi(f, name))
			continue;
		/* White space before the colon is obsolete syntax, RFC 5322 4.5. */
		f = str_trim_ws(str_from(f, name.n));
		if (str_has_prefix(f, STR(":")))
			return str_trim_ws(str_from(f, 1));
	}
	return STR("");
}
