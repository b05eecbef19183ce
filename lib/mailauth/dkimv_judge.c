/* What a signature field says, policy, and its key: all that is judged without verifying. RFC 6376
 * 6.1.1, 6.1.2. */
#include <stdio.h>

#include "base/mem.h"
#include "mailauth/dkimv_int.h"

enum { B_PREFIX = 8 };

void
dkv_settle(struct dkv *d, size_t i, enum dkv_result r, const char *why)
{
	d->v[i].is_settled = true;
	d->outs[i].result = r;
	snprintf(d->outs[i].why, sizeof(d->outs[i].why), "%s", why);
}

/* ---- what the field says */

static int
hex_digit(char c)
{
	if (chr_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable, RFC 6376 2.11: white space is none. */
static int
decode_qp(struct str s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '=' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			c = hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]);
			i += 2;
		} else if (c <= ' ') {
			continue;
		}
		if (c == 0 || n + 1 == size)
			return -1;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return 0;
}

/* i= is of the domain of d= or below it. RFC 6376 6.1.1 */
static bool
get_identity(struct dkv_sig *o, struct str i)
{
	char domain[LIM_DOMAIN + 1];
	ssize_t at;

	if (i.n == 0) {
		o->identity[0] = '@';
		memcpy(o->identity + 1, o->domain, sizeof(o->domain));
		return true;
	}
	at = decode_qp(i, o->identity, sizeof(o->identity)) < 0 ? -1
								: str_rchr(str_c(o->identity), '@');
	if (at >= 0 && mailauth_domain(str_from(str_c(o->identity), (size_t)at + 1), domain) >= 0 &&
	    mailauth_name_is_within(str_c(domain), str_c(o->domain)))
		return true;
	o->identity[0] = '\0';
	return false;
}

void
dkv_judge_field(struct dkv *d, size_t i)
{
	struct dk_sig *s = &d->v[i].sig;
	struct dkv_sig *o = &d->outs[i];
	struct err e = ERR_INIT;
	enum dk_sig_fault fault = dk_sig_parse(s, DK_KIND_DKIM, d->v[i].field->raw, &e);

	o->selector = s->selector;
	o->algorithm = s->algorithm;
	o->b = str_sub(s->b, 0, B_PREFIX);
	if (mailauth_domain(s->domain, o->domain) < 0)
		o->domain[0] = '\0';
	if (fault != DK_SIG_OK)
		dkv_settle(d, i, fault == DK_SIG_MALFORMED ? DKV_PERMERROR : DKV_NEUTRAL, e.msg);
	else if (o->domain[0] == '\0')
		dkv_settle(d, i, DKV_PERMERROR, "d= is no domain");
	else if (!get_identity(o, s->identity))
		dkv_settle(d, i, DKV_PERMERROR, "i= is not of the domain of d=");
	else if (dk_sig_covers(s, STR("From")) == 0)
		dkv_settle(d, i, DKV_PERMERROR, "From is not signed");
}

/* ---- policy */

/* Every such field, since nobody knows which one will be shown. */
static bool
covers_all(const struct dkv *d, const struct dk_sig *s, struct str name)
{
	return dk_sig_covers(s, name) >= dk_fields_count(d->fields, name);
}

void
dkv_judge_policy(struct dkv *d, size_t i, int64_t now)
{
	const struct dk_sig *s = &d->v[i].sig;

	if (s->has_expiry && now > s->expiry)
		dkv_settle(d, i, DKV_PERMERROR, "expired");
	else if (s->alg == DK_ALG_RSA_SHA1)
		dkv_settle(d, i, DKV_POLICY, "rsa-sha1");
	else if (!covers_all(d, s, STR("From")))
		dkv_settle(d, i, DKV_POLICY, "not every From field is signed");
	else if (!covers_all(d, s, STR("Subject")))
		dkv_settle(d, i, DKV_POLICY, "not every Subject field is signed");
}

/* RFC 6376 6.1.2 */
void
dkv_judge_key(struct dkv *d, size_t i)
{
	const struct mailauth_key *k = d->v[i].key;
	struct dkv_sig *o = &d->outs[i];
	const char *why;
	struct str at;

	o->is_authentic = k->is_authentic;
	if (k->state != MAILAUTH_KEY_OK) {
		o->is_testing = k->pub.is_testing;
		dkv_settle(d, i,
			   k->state == MAILAUTH_KEY_TEMP    ? DKV_TEMPERROR
			   : k->fault == DK_PUB_UNSUPPORTED ? DKV_NEUTRAL
							    : DKV_PERMERROR,
			   k->why);
		return;
	}
	o->is_testing = k->pub.is_testing;
	o->bits = k->pub.bits;
	at = str_from(str_c(o->identity), (size_t)str_rchr(str_c(o->identity), '@') + 1);
	if ((why = dk_pub_unfit(&k->pub, d->v[i].sig.alg)) != NULL)
		dkv_settle(d, i, DKV_PERMERROR, why);
	else if (k->pub.is_strict &&
		 mailauth_name_labels(at) > mailauth_name_labels(str_c(o->domain)))
		dkv_settle(d, i, DKV_PERMERROR, "the key is not for subdomains, as i= is one");
	else if (!k->pub.is_ed25519 && k->pub.bits < DK_RSA_MIN)
		dkv_settle(d, i, DKV_POLICY, "RSA key of less than 1024 bits");
	else if (!k->pub.is_ed25519 && k->pub.bits > DK_RSA_MAX)
		dkv_settle(d, i, DKV_POLICY, "RSA key of more than 4096 bits");
}
