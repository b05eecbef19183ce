/*
 * PEM (RFC 7468, and RFC 1421 headers, which mox writes into its DKIM keys as notes and OpenSSL
 * refuses).
 */
#include "base/encode.h"
#include "dkim/key.h"

static const struct str label_end = { "PRIVATE KEY-----", 16 };

/* The next line, without its end. */
static struct str
next_line(struct str *rest)
{
	return str_trim_ws(str_cut(*rest, '\n', rest));
}

static bool
find_begin(struct str *rest)
{
	while (rest->n > 0) {
		struct str line = next_line(rest);

		if (str_has_prefix(line, STR("-----BEGIN ")) && str_has_suffix(line, label_end))
			return true;
	}
	return false;
}

static int
bad(struct err *e)
{
	return err_set(e, EC_SYNTAX, "is not a private key in PEM (PKCS 8, without a password)");
}

int
dk_pem_decode(struct str pem, struct buf *der, struct err *e)
{
	struct buf text;
	int r = -1;

	if (str_find(pem, STR("ENCRYPTED")) >= 0)
		return err_set(e, EC_SYNTAX, "has a password: a key without one is needed");
	if (!find_begin(&pem))
		return bad(e);
	buf_init(&text, pem.n);
	while (pem.n > 0) {
		struct str line = next_line(&pem);

		if (str_has_prefix(line, STR("-----END "))) {
			r = text.n > 0 && enc_get_base64(der, buf_str(&text)) == 0 ? 0 : -1;
			break;
		}
		if (str_chr(line, ':') < 0)
			buf_putstr(&text, line);
	}
	buf_wipe(&text);
	return r < 0 ? bad(e) : 0;
}
