/*
 * Text of a part. The first byte chooses the transfer encoding, the second the charset (or one that
 * the input names), the rest is text. Output is UTF-8 and the same however the input is cut.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "mime/mime.h"

enum { MOST = 64 << 20 };

static const char *const charsets[] = {
	NULL,
	"",
	"utf-8",
	"us-ascii",
	"iso-8859-1",
	"iso-8859-8-i",
	"koi8-r",
	"windows-1256",
	"x-mac-greek",
	"shift_jis",
	"euc-jp",
	"iso-2022-jp",
	"iso-2022-jp-3",
	"iso-2022-kr",
	"iso-2022-cn",
	"gb18030",
	"gb2312",
	"hz-gb-2312",
	"big5",
	"big5-hkscs",
	"euc-kr",
	"johab",
	"euc-tw",
	"utf-7",
	"utf-16",
	"utf-16le",
	"utf-16be",
	"utf-32",
	"utf-32be",
	"windows-1258",
	"tcvn",
	"tscii",
	"iso_6937",
	"shift_jisx0213",
	"euc-jisx0213",
	"x-nobody",
};

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
decode(enum mime_cte cte, struct str charset, struct str s, unsigned step, struct buf *out)
{
	struct mime_decoder *d = mime_decoder_new(cte, charset);

	for (size_t i = 0, n; i < s.n; i += n) {
		n = step == 0 ? s.n : step == 1 ? 1 : 1 + (i * 31 + step) % 13;
		mime_decoder_put(d, str_sub(s, i, i + n), out);
	}
	mime_decoder_end(d, out);
	mime_decoder_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = str_mem(data, n), charset, line;
	struct buf whole, cut;
	enum mime_cte cte;

	mime_charset_preload(); /* as in a daemon: no names but the known ones reach iconv */
	if (n < 2)
		return 0;
	cte = (enum mime_cte)(data[0] % (MIME_CTE_OTHER + 1));
	s = str_from(s, 2);
	if (data[1] >= ARRAY_LEN(charsets) && data[1] < 128) {
		line = str_cut(s, '\n', &s);
		charset = line.p != NULL ? line : STR("");
	} else {
		charset = str_c(charsets[data[1] % ARRAY_LEN(charsets)]);
	}
	buf_init(&whole, MOST);
	buf_init(&cut, MOST);
	decode(cte, charset, s, 0, &whole);
	check(!whole.over && (charset.p == NULL || str_is_utf8(buf_str(&whole))));
	for (unsigned step = 1; step < 4; step++) {
		buf_reset(&cut);
		decode(cte, charset, s, step, &cut);
		check(str_eq(buf_str(&whole), buf_str(&cut)));
	}
	if (charset.p != NULL && mime_charset_is_known(charset)) {
		buf_reset(&cut);
		if (mime_charset_to_utf8(charset, s, &cut) == 0)
			check(str_is_utf8(buf_str(&cut)));
		else
			check(cut.n == 0);
	}
	buf_done(&whole);
	buf_done(&cut);
	return 0;
}
