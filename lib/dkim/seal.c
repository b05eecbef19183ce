/*
 * Keys at rest: a line that says what this is, the public half as it stands in DNS, then the PEM
 * text under AES-256-GCM, in base64.
 */
#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/seal.h"
#include "dkim/dkim.h"

static const struct str header = { "mox sealed DKIM key", 19 };
/* Bound to every sealed key: the key of the seal is used for nothing else. */
static const struct str purpose = { "mox sealed DKIM key 1", 21 };

enum { COLUMNS = 64 };

int
dk_text_txt(struct str text, struct buf *txt, struct err *e)
{
	struct dk_key *k;
	int r;

	if (dk_key_is_sealed(text)) {
		(void)str_cut(text, '\n', &text);
		text = str_trim_ws(str_cut(text, '\n', &text));
		if (!str_has_prefix(text, STR("v=DKIM1;")))
			return err_set(e, EC_CORRUPT, "is a sealed key, but damaged");
		buf_putstr(txt, text);
		return 0;
	}
	if ((k = dk_key_parse(text, e)) == NULL)
		return -1;
	r = dk_key_txt(k, txt, e);
	dk_key_free(&k);
	return r;
}

bool
dk_key_is_sealed(struct str text)
{
	return str_has_prefix(text, header);
}

int
dk_text_check(struct str text, struct err *e)
{
	struct dk_key *k;

	if (dk_key_is_sealed(text))
		return 0;
	if ((k = dk_key_parse(text, e)) == NULL)
		return -1;
	dk_key_free(&k);
	return 0;
}

int
dk_key_seal(struct str pem, const unsigned char key[32], struct buf *out, struct err *e)
{
	struct buf box, line;
	struct str rest;

	buf_putstr(out, header);
	buf_putc(out, '\n');
	if (dk_text_txt(pem, out, e) < 0)
		return -1;
	buf_putc(out, '\n');
	buf_init(&box, LIM_DKIM_KEY + SEAL_WRAP);
	buf_init(&line, 2 * LIM_DKIM_KEY);
	seal_wrap(key, purpose, pem, &box);
	enc_put_base64(&line, buf_str(&box));
	for (rest = buf_str(&line); rest.n > 0; rest = str_from(rest, COLUMNS)) {
		buf_putstr(out, str_sub(rest, 0, COLUMNS));
		buf_putc(out, '\n');
	}
	buf_done(&box);
	buf_done(&line);
	return out->over ? err_set(e, EC_LIMIT, "the key is too long") : 0;
}

static int
unseal(struct str text, const unsigned char key[32], struct buf *pem, struct err *e)
{
	struct buf line, box;
	int r;

	buf_init(&line, 2 * LIM_DKIM_KEY);
	buf_init(&box, LIM_DKIM_KEY + SEAL_WRAP);
	(void)str_cut(text, '\n', &text);
	(void)str_cut(text, '\n', &text);
	while (text.n > 0)
		buf_putstr(&line, str_trim_ws(str_cut(text, '\n', &text)));
	r = enc_get_base64(&box, buf_str(&line));
	if (r < 0 || box.over || line.over)
		r = err_set(e, EC_CORRUPT, "is a sealed key, but damaged");
	else if (seal_unwrap(key, purpose, buf_str(&box), pem, NULL) < 0)
		r = err_set(e, EC_CORRUPT,
			    "is a sealed key that this mox can't open: it is damaged, or was "
			    "sealed with another master.key");
	buf_done(&line);
	buf_done(&box);
	return r;
}

struct dk_key *
dk_key_open(struct str text, const unsigned char key[32], bool *is_plain, struct err *e)
{
	struct dk_key *k = NULL;
	struct buf pem;

	*is_plain = !dk_key_is_sealed(text);
	if (*is_plain)
		return dk_key_parse(text, e);
	buf_init(&pem, LIM_DKIM_KEY);
	if (unseal(text, key, &pem, e) == 0)
		k = dk_key_parse(buf_str(&pem), e);
	buf_wipe(&pem);
	return k;
}
