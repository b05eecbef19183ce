/*
 * Charsets to UTF-8. Charsets of one byte come from tables, UTF-8 and unlabelled text are done
 * here, the rest by iconv under a fixed list of names, which has all that glibc's iconv has: what a
 * message calls a charset never reaches iconv as such.
 *
 * Where senders and the standard part ways, labels mean what they mean in mail: ISO-8859-1 is read
 * as windows-1252, GB 2312 as GB18030, EUC-KR as UHC, Shift_JIS and EUC-JP as Microsoft's.
 * test_charsets_all.c has the characters that come out otherwise than by iconv.
 *
 * SECURITY: hostile names and bytes. iconv loads its converters from disk, so a sandboxed process
 * calls mime_charset_preload() before; afterwards only what was loaded is used.
 */
#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mime/mime_priv.h"

#define SLOTS 64 /* at least as many as there are converters of iconv */
#define PEND 16	 /* longest cut-off sequence of any charset */
#define OUT_CHUNK 4096

enum kind { CONV_UTF8, CONV_GUESS, CONV_TABLE, CONV_ICONV, CONV_HZ };

/* Converters of iconv that stay open, unused, so that opening them again needs no file; by index of
 * mime_charset_convs. */
static struct slot {
	bool is_open;
	iconv_t cd;
} slots[SLOTS];
static bool is_sealed;

struct mime_conv {
	enum kind kind;
	const struct mime_charset_table *table;
	iconv_t cd;   /* (iconv_t)-1 but for iconv and HZ */
	bool by_byte; /* what iconv makes of faults depends on where its input was cut */
	uint64_t nbad;
	unsigned char pend[PEND]; /* start of a sequence */
	size_t npend;
	bool hz_is_gb;		/* HZ: between ~{ and ~} */
	unsigned char hz_first; /* HZ: a first byte or "~"; 0: none */
};

void
mime_put_codepoint(struct buf *out, uint32_t c)
{
	char t[4];
	size_t n = 0;

	if (c < 0x80) {
		buf_putc(out, (char)c);
		return;
	}
	if (c < 0x800) {
		t[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		t[n++] = (char)(0xe0 | c >> 12);
		t[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		t[n++] = (char)(0xf0 | c >> 18);
		t[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		t[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	t[n++] = (char)(0x80 | (c & 0x3f));
	buf_put(out, t, n);
}

int
mime_utf8_len(const unsigned char *s, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		len = 2;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		len = 3;
		lo = s[0] == 0xe0 ? 0xa0 : 0x80; /* RFC 3629 4: no overlong forms, no surrogates */
		hi = s[0] == 0xed ? 0x9f : 0xbf;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		len = 4;
		lo = s[0] == 0xf0 ? 0x90 : 0x80;
		hi = s[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	for (size_t i = 1; i < len && i < n; i++, lo = 0x80, hi = 0xbf)
		if (s[i] < lo || s[i] > hi)
			return 0;
	return n >= len ? (int)len : -1;
}

size_t
mime_codepoint_get(struct str s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s.p;
	int len = mime_utf8_len(p, s.n);

	if (len <= 0)
		return 0;
	*c = len == 1 ? p[0] : len == 2 ? p[0] & 0x1f : len == 3 ? p[0] & 0x0f : p[0] & 0x07;
	for (int k = 1; k < len; k++)
		*c = *c << 6 | (p[k] & 0x3f);
	return (size_t)len;
}

/* Bytes of a malformed sequence that one replacement stands for (Unicode 3.9, maximal subpart). */
static size_t
utf8_bad_len(const unsigned char *s, size_t n)
{
	for (size_t k = MIN(n, 3); k > 1; k--)
		if (mime_utf8_len(s, k) < 0)
			return k;
	return 1;
}

static size_t
ascii_len(const unsigned char *s, size_t n)
{
	size_t i = 0;
	uint64_t w;

	for (; i + sizeof(w) <= n; i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if ((w & 0x8080808080808080u) != 0)
			break;
	}
	while (i < n && s[i] < 0x80)
		i++;
	return i;
}

static void
put_1252(unsigned char c, struct buf *out)
{
	const struct mime_charset_table *t = &mime_charset_tables[mime_charset_windows1252];

	mime_put_codepoint(out, c < 0x80 ? c : mime_charset_halves[t->high][c - 0x80]);
}

/* UTF-8 to UTF-8; the bytes consumed: all but a sequence cut off at the end. */
static size_t
utf8_run(struct mime_conv *c, const unsigned char *s, size_t n, bool is_end, struct buf *out)
{
	size_t i = 0;

	while (i < n) {
		size_t good = i, k;
		int len = 1;

		while (good < n) {
			good += ascii_len(s + good, n - good);
			if (good == n || (len = mime_utf8_len(s + good, n - good)) <= 0)
				break;
			good += (size_t)len;
		}
		buf_put(out, s + i, good - i);
		i = good;
		if (i == n || (len < 0 && !is_end))
			break;
		c->nbad++;
		if (c->kind == CONV_GUESS) {
			put_1252(s[i++], out);
		} else {
			k = utf8_bad_len(s + i, n - i);
			mime_put_codepoint(out, 0xfffd);
			i += k;
		}
	}
	return i;
}

void
mime_put_guessed(struct str s, struct buf *out)
{
	struct mime_conv c = { .kind = CONV_GUESS };

	(void)utf8_run(&c, (const unsigned char *)s.p, s.n, true, out);
}

static void
table_run(struct mime_conv *c, const unsigned char *s, size_t n, struct buf *out)
{
	const uint16_t *low = mime_charset_halves[c->table->low];
	const uint16_t *high = mime_charset_halves[c->table->high];
	size_t i = 0;

	while (i < n) {
		size_t k = c->table->low == 0 ? ascii_len(s + i, n - i) : 0;

		buf_put(out, s + i, k);
		for (i += k; i < n && (c->table->low != 0 || s[i] >= 0x80); i++) {
			uint16_t u = s[i] < 0x80 ? low[s[i]] : high[s[i] - 0x80];

			c->nbad += u == 0xfffd;
			mime_put_codepoint(out, u);
		}
	}
}

/* The bytes consumed. */
static size_t
iconv_run(struct mime_conv *c, const unsigned char *s, size_t n, struct buf *out)
{
	char chunk[OUT_CHUNK], *in = (char *)(uintptr_t)s, *to;
	size_t left = n, room, before;

	while (left > 0 && !out->over) {
		size_t r;

		before = left;
		to = chunk;
		room = sizeof(chunk);
		r = iconv(c->cd, &in, &left, &to, &room);
		buf_put(out, chunk, (size_t)(to - chunk));
		if (left == 0)
			break;
		if ((r != (size_t)-1 || errno == E2BIG) && (left < before || to > chunk))
			continue;
		if (r == (size_t)-1 && errno == EINVAL && left < PEND)
			break;
		c->nbad++;
		mime_put_codepoint(out, 0xfffd);
		in++;
		left--;
	}
	return n - left;
}

/* Bytes through iconv, with what was cut off before in front. */
static void
iconv_put(struct mime_conv *c, const unsigned char *s, size_t n, struct buf *out)
{
	size_t used;

	while ((c->npend > 0 || c->by_byte) && n > 0 && !out->over) {
		c->pend[c->npend++] = *s++;
		n--;
		used = iconv_run(c, c->pend, c->npend, out);
		c->npend -= used;
		memmove(c->pend, c->pend + used, c->npend);
	}
	used = iconv_run(c, s, n, out);
	if (used < n && !out->over) {
		c->npend = n - used;
		memcpy(c->pend, s + used, c->npend);
	}
}

/* HZ (RFC 1843) to the eight-bit form of GB 2312, which iconv reads. */
static void
hz_put(struct mime_conv *c, const unsigned char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char first = c->hz_first, pair[2] = { first | 0x80, s[i] | 0x80 };

		c->hz_first = 0;
		if (s[i] == '\n' || s[i] == '\r') {
			c->nbad += first != 0 && first != '~';
			c->hz_is_gb = false; /* a line ends in ASCII */
			if (first != '~' || s[i] == '\r')
				buf_putc(out, (char)s[i]);
		} else if (first == 0) {
			if (s[i] == '~' || (c->hz_is_gb && s[i] > ' ' && s[i] < 0x7f))
				c->hz_first = s[i];
			else
				mime_put_guessed(str_mem(s + i, 1), out);
		} else if (first == '~' && s[i] == '{') {
			c->hz_is_gb = true;
		} else if (first == '~' && s[i] == '}') {
			c->hz_is_gb = false;
		} else if (first == '~' && !c->hz_is_gb) {
			buf_putc(out, '~');
			if (s[i] != '~')
				mime_put_guessed(str_mem(s + i, 1), out);
		} else {
			iconv_put(c, pair, sizeof(pair), out);
		}
	}
}

void
mime_conv_put(struct mime_conv *c, struct str str, struct buf *out)
{
	const unsigned char *s = (const unsigned char *)str.p;
	size_t n = str.n, used;

	if (n == 0 || out->over)
		return;
	switch (c->kind) {
	case CONV_TABLE:
		table_run(c, s, n, out);
		return;
	case CONV_ICONV:
		iconv_put(c, s, n, out);
		return;
	case CONV_HZ:
		hz_put(c, s, n, out);
		return;
	case CONV_UTF8:
	case CONV_GUESS:
		break;
	}
	while (c->npend > 0 && n > 0) {
		c->pend[c->npend++] = *s++;
		n--;
		used = utf8_run(c, c->pend, c->npend, false, out);
		c->npend -= used;
		memmove(c->pend, c->pend + used, c->npend);
	}
	used = n > 0 ? utf8_run(c, s, n, false, out) : 0;
	if (used < n) {
		c->npend = n - used;
		memcpy(c->pend, s + used, c->npend);
	}
}

void
mime_conv_end(struct mime_conv *c, struct buf *out)
{
	char chunk[OUT_CHUNK], *to = chunk;
	size_t room = sizeof(chunk);

	if (c->kind == CONV_UTF8 || c->kind == CONV_GUESS) {
		(void)utf8_run(c, c->pend, c->npend, true, out);
	} else if (c->npend > 0 || (c->hz_first != 0 && c->hz_is_gb)) {
		c->nbad++;
		mime_put_codepoint(out, 0xfffd);
	} else if (c->hz_first == '~') {
		buf_putc(out, '~');
	}
	c->npend = 0;
	c->hz_first = 0;
	if (c->cd != (iconv_t)-1) { /* a character that waited for what may combine with it */
		(void)iconv(c->cd, NULL, NULL, &to, &room);
		buf_put(out, chunk, (size_t)(to - chunk));
	}
}

uint64_t
mime_conv_nbad(const struct mime_conv *c)
{
	return c->nbad;
}

/* ---- names ---- */

/* Lower case, letters and digits only; false when it is too long to be a name. */
static bool
name_normalise(struct str s, char out[MIME_CHARSET_NAME])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!chr_is_alnum(s.p[i]))
			continue;
		if (n == MIME_CHARSET_NAME - 1)
			return false;
		out[n++] = chr_lower(s.p[i]);
	}
	out[n] = '\0';
	return true;
}

static const struct mime_charset_name *
name_find(const char *norm)
{
	size_t lo = 0, hi = mime_charset_nnames;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = strcmp(norm, mime_charset_names[mid].name);

		if (r == 0)
			return &mime_charset_names[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* Open the slot of a converter, if iconv has it. */
static bool
slot_is_open(size_t i)
{
	struct slot *t = &slots[i];

	assert(mime_charset_nconvs <= SLOTS);
	if (t->is_open || is_sealed)
		return t->is_open;
	t->cd = iconv_open("UTF-8", mime_charset_convs[i]);
	t->is_open = t->cd != (iconv_t)-1;
	return t->is_open;
}

/* Loading has mapped pages of converters around those that it needed. They are the file's, and come
 * back when text in that charset does. */
static int
unmap_unused(struct dl_phdr_info *o, size_t size, void *arg)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)arg;
	if (strstr(o->dlpi_name, "/gconv/") == NULL)
		return 0;
	for (unsigned i = 0; i < o->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &o->dlpi_phdr[i];
		uintptr_t from = (o->dlpi_addr + p->p_vaddr) & ~(page - 1);
		uintptr_t end = o->dlpi_addr + p->p_vaddr + p->p_memsz;

		if (p->p_type == PT_LOAD && (p->p_flags & PF_W) == 0)
			(void)madvise((void *)from, end - from, MADV_DONTNEED);
	}
	return 0;
}

void
mime_charset_preload(void)
{
	for (size_t i = 0; i < mime_charset_nconvs; i++)
		if (mime_charset_convs[i][0] != '@')
			(void)slot_is_open(i);
	is_sealed = true;
	(void)dl_iterate_phdr(unmap_unused, NULL);
}

/* How a charset is read. */
struct spec {
	enum kind kind;
	const struct mime_charset_table *table;
	size_t conv; /* of iconv and HZ: index of mime_charset_convs */
};

static size_t
conv_find(const char *name)
{
	size_t i = 0;

	while (strcmp(mime_charset_convs[i], name) != 0)
		i++;
	return i;
}

/* False when the charset is unknown. */
static bool
spec_find(struct str charset, struct spec *spec)
{
	const struct mime_charset_name *n;
	char norm[MIME_CHARSET_NAME];
	const char *name;

	charset = str_trim_ws(charset);
	if (!name_normalise(charset, norm))
		return false;
	*spec = (struct spec){ .kind = CONV_GUESS };
	if (norm[0] == '\0')
		return charset.n == 0;
	if ((n = name_find(norm)) == NULL)
		return false;
	if (n->how >= 0) {
		spec->kind = CONV_TABLE;
		spec->table = &mime_charset_tables[n->how];
		return true;
	}
	spec->conv = (size_t)(-1 - n->how);
	name = mime_charset_convs[spec->conv];
	if (strcmp(name, "@guess") == 0)
		return true;
	if (strcmp(name, "@utf-8") == 0) {
		spec->kind = CONV_UTF8;
		return true;
	}
	spec->kind = CONV_ICONV;
	if (strcmp(name, "@hz") == 0) {
		spec->kind = CONV_HZ;
		spec->conv = conv_find("GB18030");
	}
	return slot_is_open(spec->conv);
}

static struct mime_conv *
conv_new(enum kind kind)
{
	struct mime_conv *c = MEM_NEW(struct mime_conv);

	c->kind = kind;
	c->cd = (iconv_t)-1;
	return c;
}

struct mime_conv *
mime_conv_new_windows1252(void)
{
	struct mime_conv *c = conv_new(CONV_TABLE);

	c->table = &mime_charset_tables[mime_charset_windows1252];
	return c;
}

/* Charsets in which bytes change the meaning of what follows. */
static bool
has_shifts(struct str name)
{
	return str_has_prefixi(name, STR("ISO-2022-")) || str_has_prefixi(name, STR("UTF-7")) ||
	       str_has_prefixi(name, STR("IBM"));
}

struct mime_conv *
mime_conv_new(struct str charset)
{
	struct mime_conv *c;
	struct spec spec;

	if (!spec_find(charset, &spec))
		return NULL;
	c = conv_new(spec.kind);
	c->table = spec.table;
	if (spec.kind == CONV_ICONV || spec.kind == CONV_HZ) {
		const char *name = mime_charset_convs[spec.conv];

		c->by_byte = has_shifts(str_c(name));
		if ((c->cd = iconv_open("UTF-8", name)) == (iconv_t)-1)
			mime_conv_free(&c);
	}
	return c;
}

void
mime_conv_free(struct mime_conv **cp)
{
	struct mime_conv *c = *cp;

	if (c == NULL)
		return;
	if (c->cd != (iconv_t)-1)
		iconv_close(c->cd);
	mem_free(c);
	*cp = NULL;
}

bool
mime_charset_is_known(struct str charset)
{
	struct spec spec;

	return spec_find(charset, &spec);
}

int
mime_charset_to_utf8(struct str charset, struct str s, struct buf *out)
{
	struct mime_conv *c = mime_conv_new(charset);
	size_t before = out->n;
	int r = -1;

	if (c == NULL)
		return -1;
	mime_conv_put(c, s, out);
	mime_conv_end(c, out);
	if (mime_conv_nbad(c) == 0 || c->kind == CONV_GUESS)
		r = 0;
	else
		buf_truncate(out, before);
	mime_conv_free(&c);
	return r;
}
