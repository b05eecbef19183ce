/* SCRAM, RFC 5802 section 7 for the grammar, section 3 for what is computed. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "auth/sasl.h"
#include "base/encode.h"
#include "base/mem.h"

/* An answer holds both nonces and has to fit LIM_SASL. Clients have 20 to 50 bytes. */
#define NONCE_MAX 512

struct auth_scram_dialog {
	struct auth_scram_cred cred;
	char authzid[LIM_ADDR + 1], login[LIM_ADDR + 1];
	enum auth_scram mech;
	struct buf binding; /* what "c=" has to say: GS2 header and channel binding data */
	struct buf nonce;   /* of the client, then both */
	struct buf message; /* AuthMessage as far as it is known, without comma at the end */
};

/* Grammar */

/* `s` up to the next comma, which has to be there. */
static bool
take_part(struct str *s, struct str *part)
{
	ssize_t comma = str_chr(*s, ',');

	if (comma < 0)
		return false;
	*part = str_cut(*s, ',', s);
	return true;
}

/* 1*(value-safe-char / "=2C" / "=3D") */
static bool
get_saslname(struct str s, char out[LIM_ADDR + 1])
{
	char space[LIM_ADDR];
	struct buf b = { .p = space, .cap = sizeof(space), .max = sizeof(space) };
	size_t i = 0;

	if (s.n == 0 || !str_is_utf8(s))
		return false;
	while (i < s.n) {
		struct str rest = str_from(s, i);

		if (s.p[i] != '=') {
			buf_putc(&b, s.p[i]);
			i++;
			continue;
		}
		if (str_has_prefix(rest, STR("=2C")))
			buf_putc(&b, ',');
		else if (str_has_prefix(rest, STR("=3D")))
			buf_putc(&b, '=');
		else
			return false;
		i += 3;
	}
	return !b.over && str_to_c(buf_str(&b), out, LIM_ADDR + 1) == 0;
}

static bool
is_nonce(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ',')
			return false;
	}
	return s.n > 0 && s.n <= 2 * NONCE_MAX;
}

/* *("," attr-val): extensions, which a server may ignore, but for "m" (section 5.1). */
static bool
are_extensions(struct str s)
{
	while (s.n > 0) {
		ssize_t comma = str_chr(str_from(s, 1), ',');
		struct str part = str_sub(s, 1, comma >= 0 ? (size_t)comma + 1 : s.n);

		if (part.n < 3 || !chr_is_alpha(part.p[0]) || part.p[0] == 'm' ||
		    part.p[1] != '=' || !str_is_utf8(part) || str_chr(part, '\0') >= 0)
			return false;
		s = str_from(s, part.n + 1);
	}
	return true;
}

/* "r=" nonce and what may follow, to the end of `s`. */
static bool
get_nonce(struct str s, struct str *nonce)
{
	ssize_t comma = str_chr(s, ',');
	size_t end = comma >= 0 ? (size_t)comma : s.n;

	*nonce = str_from(str_sub(s, 0, end), 2);
	return str_has_prefix(s, STR("r=")) && is_nonce(*nonce) && are_extensions(str_from(s, end));
}

struct gs2 {
	char flag;	    /* 'n', 'y', 'p' */
	struct str cb_name; /* with 'p' */
	struct str all;	    /* the header with its last comma */
};

static bool
get_gs2(struct str msg, struct gs2 *g, char authzid[LIM_ADDR + 1], struct str *bare)
{
	struct str rest = msg, flag, name;

	if (!take_part(&rest, &flag) || !take_part(&rest, &name) || flag.n == 0)
		return false;
	g->flag = flag.p[0];
	g->cb_name = STR_NONE;
	if (str_has_prefix(flag, STR("p=")))
		g->cb_name = str_from(flag, 2);
	else if (!str_eq(flag, STR("n")) && !str_eq(flag, STR("y")))
		return false;
	authzid[0] = '\0';
	if (name.n > 0 &&
	    (!str_has_prefix(name, STR("a=")) || !get_saslname(str_from(name, 2), authzid)))
		return false;
	g->all = str_sub(msg, 0, msg.n - rest.n);
	*bare = rest;
	return true;
}

/* client-first-message-bare */
static bool
get_bare(struct str bare, char login[LIM_ADDR + 1], struct str *nonce)
{
	struct str name, rest = bare;

	if (!take_part(&rest, &name) || !str_has_prefix(name, STR("n=")) ||
	    !get_saslname(str_from(name, 2), login))
		return false;
	return get_nonce(rest, nonce) && nonce->n <= NONCE_MAX;
}

struct final {
	struct str binding, nonce, proof; /* binding and proof in base64 */
	struct str without_proof;
};

static bool
get_final(struct str msg, struct final *f)
{
	ssize_t comma = str_rchr(msg, ',');
	struct str rest;

	if (comma < 0)
		return false;
	f->without_proof = str_sub(msg, 0, (size_t)comma);
	f->proof = str_from(msg, (size_t)comma + 1);
	rest = f->without_proof;
	if (!take_part(&rest, &f->binding) || !get_nonce(rest, &f->nonce) ||
	    !str_has_prefix(f->binding, STR("c=")) || !str_has_prefix(f->proof, STR("p=")))
		return false;
	f->binding = str_from(f->binding, 2);
	f->proof = str_from(f->proof, 2);
	return true;
}

/* The dialog */

static int
check_flag(const struct auth_scram_setup *s, const struct gs2 *g, struct err *e)
{
	/* Section 6: who could have bound the channel and says that we did not offer it was lied to
	 * on the way. */
	if (g->flag == 'y' && (s->plus || s->offered))
		return err_set(e, EC_DENIED, "channel binding was offered");
	if (s->plus != (g->flag == 'p'))
		return err_set(e, EC_DENIED, "channel binding does not fit the mechanism");
	if (s->plus && (s->cb_data.n == 0 || !str_eq(g->cb_name, s->cb_type)))
		return err_set(e, EC_DENIED, "this connection has no such channel binding");
	return 0;
}

struct auth_scram_dialog *
auth_scram_begin(const struct auth_scram_setup *s, struct str msg, struct err *e)
{
	struct auth_scram_dialog *d = MEM_NEW(struct auth_scram_dialog);
	struct str bare, nonce;
	struct gs2 g;

	d->mech = s->mech;
	buf_init(&d->binding, 2 * LIM_SASL);
	buf_init(&d->nonce, 2 * NONCE_MAX);
	buf_init(&d->message, 3 * LIM_SASL);
	if (msg.n > LIM_SASL || !get_gs2(msg, &g, d->authzid, &bare) ||
	    !get_bare(bare, d->login, &nonce)) {
		(void)err_set(e, EC_SYNTAX, "malformed first message");
		auth_scram_free(&d);
		return NULL;
	}
	if (check_flag(s, &g, e) < 0) {
		auth_scram_free(&d);
		return NULL;
	}
	buf_putstr(&d->binding, g.all);
	if (s->plus)
		buf_putstr(&d->binding, s->cb_data);
	buf_putstr(&d->nonce, nonce);
	buf_putstr(&d->message, bare);
	return d;
}

void
auth_scram_free(struct auth_scram_dialog **dp)
{
	struct auth_scram_dialog *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	buf_done(&d->binding);
	buf_done(&d->nonce);
	buf_done(&d->message);
	mem_wipe(d, sizeof(*d));
	mem_free(d);
}

const char *
auth_scram_login(const struct auth_scram_dialog *d)
{
	return d->login;
}

const char *
auth_scram_authzid(const struct auth_scram_dialog *d)
{
	return d->authzid;
}

void
auth_scram_challenge(struct auth_scram_dialog *d, const struct auth_scram_cred *c, struct str nonce,
		     struct buf *out)
{
	struct buf b;

	d->cred = *c;
	buf_putstr(&d->nonce, nonce);
	buf_init(&b, LIM_SASL);
	buf_puts(&b, "r=");
	buf_putstr(&b, buf_str(&d->nonce));
	buf_puts(&b, ",s=");
	enc_put_base64(&b, str_mem(c->salt, c->nsalt));
	buf_printf(&b, ",i=%u", c->iterations);
	buf_putc(&d->message, ',');
	buf_putstr(&d->message, buf_str(&b));
	buf_putstr(out, buf_str(&b));
	buf_done(&b);
}

/* "c=" and "r=" say what they have to. */
static int
check_binding(struct auth_scram_dialog *d, const struct final *f, struct err *e)
{
	struct buf b;
	int r = 0;

	buf_init(&b, 2 * LIM_SASL);
	if (enc_get_base64(&b, f->binding) < 0 || b.over)
		r = err_set(e, EC_SYNTAX, "malformed channel binding");
	else if (!str_eq_consttime(buf_str(&b), buf_str(&d->binding)))
		r = err_set(e, EC_DENIED, "channel binding is another one");
	else if (!str_eq(f->nonce, buf_str(&d->nonce)))
		r = err_set(e, EC_SYNTAX, "nonce is another one");
	buf_done(&b);
	return r;
}

static void
hmac(const EVP_MD *md, const unsigned char *key, unsigned n, struct str text, unsigned char *out)
{
	if (HMAC(md, key, (int)n, (const unsigned char *)text.p, text.n, out, NULL) == NULL)
		abort(); /* memory */
}

/* StoredKey is the hash of what the proof hides. */
static bool
check_proof(const struct auth_scram_dialog *d, const EVP_MD *md, struct str proof)
{
	const struct auth_scram_cred *c = &d->cred;
	unsigned char key[32], stored[32];
	bool match;

	hmac(md, c->stored_key, c->nkey, buf_str(&d->message), key);
	for (unsigned i = 0; i < c->nkey; i++)
		key[i] ^= (unsigned char)proof.p[i];
	if (EVP_Digest(key, c->nkey, stored, NULL, md, NULL) != 1)
		abort(); /* memory */
	match = str_eq_consttime(str_mem(stored, c->nkey), str_mem(c->stored_key, c->nkey));
	mem_wipe(key, sizeof(key));
	mem_wipe(stored, sizeof(stored));
	return match;
}

int
auth_scram_finish(struct auth_scram_dialog *d, struct str msg, bool *match, struct buf *out,
		  struct err *e)
{
	const EVP_MD *md = d->mech == AUTH_SCRAM_SHA1 ? EVP_sha1() : EVP_sha256();
	unsigned char signature[32];
	struct buf proof;
	struct final f;
	int r = -1;

	if (msg.n > LIM_SASL || !get_final(msg, &f))
		return err_set(e, EC_SYNTAX, "malformed final message");
	if (check_binding(d, &f, e) < 0)
		return -1;
	buf_putc(&d->message, ',');
	buf_putstr(&d->message, f.without_proof);
	buf_init(&proof, 64);
	if (enc_get_base64(&proof, f.proof) < 0 || proof.over || proof.n != d->cred.nkey) {
		(void)err_set(e, EC_SYNTAX, "malformed proof");
		goto done;
	}
	*match = check_proof(d, md, buf_str(&proof));
	hmac(md, d->cred.server_key, d->cred.nkey, buf_str(&d->message), signature);
	if (*match) {
		buf_puts(out, "v=");
		enc_put_base64(out, str_mem(signature, d->cred.nkey));
	}
	mem_wipe(signature, sizeof(signature));
	r = 0;
done:
	buf_wipe(&proof);
	return r;
}
