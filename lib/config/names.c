/* Domains, addresses, and the names of accounts and mailboxes. */
#include <idn2.h>
#include <uninorm.h>

#include "base/mem.h"
#include "config/config.h"

/* Labels of letters, digits, "-" and "_", in lower case. RFC 1035 2.3.1, RFC 5890 2.3.2.1; "_"
 * since people do have such names. */
static int
ascii_domain(struct str s, char out[LIM_DOMAIN + 1], struct err *e)
{
	size_t label = 0;

	if (s.n == 0 || s.n > 253)
		return err_set(e, EC_SYNTAX, "a domain has from 1 to 253 characters");
	for (size_t i = 0; i <= s.n; i++) {
		char c = i < s.n ? chr_lower(s.p[i]) : '.';

		if (c == '.') {
			if (label == 0 || label > 63)
				return err_set(e, EC_SYNTAX,
					       "expected a domain: a label is empty or too long");
			if (out[i - label] == '-' || out[i - 1] == '-')
				return err_set(
					e, EC_SYNTAX,
					"expected a domain: a label begins or ends with \"-\"");
			label = 0;
		} else if (chr_is_alnum(c) || c == '-' || c == '_') {
			label++;
		} else {
			return err_set(e, EC_SYNTAX,
				       "expected a domain, found a character that can't be in one");
		}
		out[i] = c;
	}
	out[s.n] = '\0';
	return 0;
}

int
config_domain_ascii(struct str domain, char out[LIM_DOMAIN + 1], struct err *e)
{
	char tmp[LIM_DOMAIN * 4 + 1], ascii_buf[LIM_DOMAIN + 1];
	char *ascii = NULL;
	int r;

	if (str_is_ascii(domain)) {
		if (ascii_domain(domain, ascii_buf, e) < 0)
			return -1;
		memcpy(out, ascii_buf, domain.n + 1);
		return 0;
	}
	if (!str_is_utf8(domain) || str_to_c(domain, tmp, sizeof(tmp)) < 0)
		return err_set(e, EC_SYNTAX, "expected a domain: not UTF-8, or too long");
	r = idn2_to_ascii_8z(tmp, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (r != IDN2_OK)
		return err_set(e, EC_SYNTAX, "expected a domain: %s", idn2_strerror(r));
	r = ascii_domain(str_c(ascii), ascii_buf, e);
	idn2_free(ascii);
	if (r == 0)
		memcpy(out, ascii_buf, strlen(ascii_buf) + 1);
	return r;
}

/* Append in NFC. */
static int
put_nfc(struct buf *b, struct str s, struct err *e)
{
	uint8_t tmp[1024], *p;
	size_t n = sizeof(tmp);

	if (str_is_ascii(s)) {
		buf_putstr(b, s);
		return 0;
	}
	if (!str_is_utf8(s))
		return err_set(e, EC_SYNTAX, "not UTF-8");
	p = u8_normalize(UNINORM_NFC, (const uint8_t *)s.p, s.n, tmp, &n);
	if (p == NULL)
		return err_set(e, EC_SYNTAX, "can't be normalized");
	buf_put(b, p, n);
	if (p != tmp)
		free(p);
	return 0;
}

int
config_address_parse(struct str address, struct buf *localpart, char domain[LIM_DOMAIN + 1],
		     struct err *e)
{
	ssize_t at = str_rchr(address, '@');
	struct str local;

	if (at < 0)
		return err_set(e, EC_SYNTAX, "expected an address with an \"@\"");
	local = str_sub(address, 0, (size_t)at);
	if (local.n > LIM_LOCALPART)
		return err_set(e, EC_SYNTAX, "more than %d bytes before the \"@\"", LIM_LOCALPART);
	for (size_t i = 0; i < local.n; i++) {
		unsigned char c = (unsigned char)local.p[i];

		/* RFC 5321 4.1.2 Dot-string, with RFC 6531 3.3. */
		if (c <= ' ' || c == 0x7f || (c < 0x80 && strchr("\"(),:;<>@[\\]", c) != NULL))
			return err_set(
				e, EC_SYNTAX,
				"the part before the \"@\" has a character that needs quotes");
		if (c == '.' && (i == 0 || i + 1 == local.n || local.p[i + 1] == '.'))
			return err_set(
				e, EC_SYNTAX,
				"the part before the \"@\" has a dot at its start or end, or "
				"two in a row");
	}
	if (config_domain_ascii(str_from(address, (size_t)at + 1), domain, e) < 0)
		return -1;
	return put_nfc(localpart, local, e);
}

int
config_account_check(struct str name, struct err *e)
{
	if (name.n == 0 || name.n > LIM_ACCOUNT)
		return err_set(e, EC_SYNTAX, "the name of an account has from 1 to %d bytes",
			       LIM_ACCOUNT);
	if (name.p[0] == '.' || name.p[0] == '-')
		return err_set(e, EC_SYNTAX,
			       "the name of an account can't begin with \".\" or \"-\"");
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < 0x80 && !chr_is_alnum((char)c) && (c == 0 || strchr("._-+@", c) == NULL))
			return err_set(e, EC_SYNTAX,
				       "the name of an account has letters, digits and ._-+@ only");
	}
	if (!str_is_utf8(name))
		return err_set(e, EC_SYNTAX, "not UTF-8");
	return 0;
}

int
config_mailbox_check(struct str name, struct err *e)
{
	struct str rest = name, part;
	struct buf nfc;
	bool same;

	if (name.n == 0 || name.n > LIM_MAILBOX_NAME)
		return err_set(e, EC_SYNTAX, "the name of a mailbox has from 1 to %d bytes",
			       LIM_MAILBOX_NAME);
	if (name.p[0] == '#')
		return err_set(e, EC_SYNTAX, "the name of a mailbox can't begin with \"#\"");
	do {
		part = str_cut(rest, '/', &rest);
		if (part.n == 0 || str_eq(part, STR(".")) || str_eq(part, STR("..")))
			return err_set(e, EC_SYNTAX,
				       "a part of the name of a mailbox is empty, \".\" or \"..\"");
	} while (rest.p != NULL);
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		/* C1 controls are 0xc2 0x80 to 0xc2 0x9f. */
		if (c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && i + 1 < name.n && (unsigned char)name.p[i + 1] < 0xa0))
			return err_set(e, EC_SYNTAX,
				       "the name of a mailbox has a control character");
	}
	if (str_is_ascii(name))
		return 0;
	buf_init(&nfc, 8 * LIM_MAILBOX_NAME);
	same = put_nfc(&nfc, name, e) == 0 && str_eq(buf_str(&nfc), name);
	buf_done(&nfc);
	return same ? 0
		    : err_set(e, EC_SYNTAX,
			      "the name of a mailbox is not in Unicode normalization form C");
}
