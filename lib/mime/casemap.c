/* i;unicode-casemap (RFC 5051): each character in title case, then fully decomposed. */
#include <unicase.h>
#include <uninorm.h>

#include "mime/mime_priv.h"

#define DEPTH_MAX 8 /* decompositions nest three deep at most */

/* The recursive decomposition of RFC 5051 2 (2)(b). */
static void
put_decomposed(uint32_t c, unsigned depth, struct buf *out)
{
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
	int tag, n = depth < DEPTH_MAX ? uc_decomposition(c, &tag, parts) : -1;

	if (n <= 0) {
		mime_put_codepoint(out, c);
		return;
	}
	for (int i = 0; i < n; i++)
		put_decomposed(parts[i], depth + 1, out);
}

/* Unified ideographs have neither case nor decomposition: most of what is read in some languages.
 */
static bool
is_plain(uint32_t c)
{
	return c >= 0x3400 && c <= 0x9fff;
}

void
mime_casemap(struct str utf8, struct buf *out)
{
	const unsigned char *s = (const unsigned char *)utf8.p;
	size_t i = 0;

	while (i < utf8.n && !out->over) {
		size_t from = i;
		char chunk[64];
		uint32_t c;
		size_t len;

		while (i < utf8.n && s[i] < 0x80 && i - from < sizeof(chunk)) {
			chunk[i - from] = chr_upper((char)s[i]);
			i++;
		}
		buf_put(out, chunk, i - from);
		if (i == utf8.n || s[i] < 0x80)
			continue;
		len = mime_codepoint_get(str_from(utf8, i), &c);
		if (len == 0) { /* malformed bytes match only themselves */
			buf_putc(out, (char)s[i++]);
			continue;
		}
		if (is_plain(c))
			buf_put(out, s + i, len);
		else
			put_decomposed(uc_totitle(c), 0, out);
		i += len;
	}
}
