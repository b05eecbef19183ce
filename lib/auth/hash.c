/* argon2id by libsodium, SCRAM and CRAM-MD5 by OpenSSL's digests. */
#define OPENSSL_SUPPRESS_DEPRECATED /* MD5_CTX: the state of MD5 after a block has no other        \
				       interface */
#include "auth/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/wire.h"
#include "crypto/seal.h"

/* argon2id */

int
auth_hash_argon2(struct str password, struct buf *out, struct err *e)
{
	char text[crypto_pwhash_STRBYTES];

	if (crypto_pwhash_str(text, password.p, password.n, AUTH_ARGON2_T,
			      (size_t)AUTH_ARGON2_KB * 1024) != 0)
		return err_set(e, EC_TEMP, "no memory for a password hash");
	buf_puts(out, text);
	return 0;
}

/* The next part of `s` up to `sep`, as a number. */
static bool
take_number(struct str *s, const char *prefix, char sep, uint32_t max, uint32_t *v)
{
	struct str part = str_cut(*s, sep, s);

	if (!str_has_prefix(part, str_c(prefix)))
		return false;
	return str_to_u32(str_from(part, strlen(prefix)), max, v) == 0 && *v > 0;
}

static bool
is_base64(struct str s, size_t min, size_t max)
{
	if (s.n < min || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!chr_is_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
			return false;
	}
	return true;
}

struct cost {
	uint32_t m, t, p;
};

/* libsodium reads the text again; here it is seen to be cheap enough to let it try. */
static int
argon2_parse(struct str s, struct cost *c)
{
	struct str salt;

	if (!str_has_prefix(s, STR("$argon2id$v=19$")))
		return -1;
	s = str_from(s, strlen("$argon2id$v=19$"));
	if (!take_number(&s, "m=", ',', 262144, &c->m) || !take_number(&s, "t=", ',', 10, &c->t) ||
	    !take_number(&s, "p=", '$', 4, &c->p) || c->m < 8 * c->p)
		return -1;
	salt = str_cut(s, '$', &s);
	return is_base64(salt, 11, 64) && is_base64(s, 22, 86) ? 0 : -1;
}

bool
auth_hash_check(struct str hash)
{
	struct cost c;

	return hash.n < crypto_pwhash_STRBYTES && argon2_parse(hash, &c) == 0;
}

int
auth_hash_verify(struct str password, struct str hash, bool *match, bool *rehash, struct err *e)
{
	char text[crypto_pwhash_STRBYTES];
	struct cost c;

	if (str_to_c(hash, text, sizeof(text)) < 0 || argon2_parse(hash, &c) < 0)
		return err_set(e, EC_CORRUPT, "stored password hash is malformed");
	*match = crypto_pwhash_str_verify(text, password.p, password.n) == 0;
	*rehash = c.m != AUTH_ARGON2_KB || c.t != AUTH_ARGON2_T || c.p != 1;
	mem_wipe(text, sizeof(text));
	return 0;
}

/* SCRAM */

static const struct scram {
	const char *name;
	const EVP_MD *(*md)(void);
	unsigned size;
} scrams[] = {
	[AUTH_SCRAM_SHA1] = { "SCRAM-SHA-1", EVP_sha1, 20 },
	[AUTH_SCRAM_SHA256] = { "SCRAM-SHA-256", EVP_sha256, 32 },
};

void
auth_scram_derive(struct str password, struct auth_scram_cred *c)
{
	const struct scram *s = &scrams[c->mech];
	unsigned char salted[32], client[32];

	c->nkey = s->size;
	if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n, c->salt, (int)c->nsalt,
			      (int)c->iterations, s->md(), (int)s->size, salted) != 1 ||
	    HMAC(s->md(), salted, (int)s->size, (const unsigned char *)"Client Key", 10, client,
		 NULL) == NULL ||
	    EVP_Digest(client, s->size, c->stored_key, NULL, s->md(), NULL) != 1 ||
	    HMAC(s->md(), salted, (int)s->size, (const unsigned char *)"Server Key", 10,
		 c->server_key, NULL) == NULL)
		abort(); /* memory */
	mem_wipe(salted, sizeof(salted));
	mem_wipe(client, sizeof(client));
}

void
auth_scram_format(const struct auth_scram_cred *c, struct buf *out)
{
	buf_printf(out, "%s$%u:", scrams[c->mech].name, c->iterations);
	enc_put_base64(out, str_mem(c->salt, c->nsalt));
	buf_putc(out, '$');
	enc_put_base64(out, str_mem(c->stored_key, c->nkey));
	buf_putc(out, ':');
	enc_put_base64(out, str_mem(c->server_key, c->nkey));
}

/* Base64 of min to max bytes. */
static bool
take_base64(struct str text, unsigned char *p, unsigned min, unsigned max, unsigned *n)
{
	struct buf b;
	bool ok;

	buf_init(&b, max);
	ok = enc_get_base64(&b, text) == 0 && !b.over && b.n >= min;
	if (ok) {
		memcpy(p, buf_str(&b).p, b.n);
		*n = (unsigned)b.n;
	}
	buf_wipe(&b);
	return ok;
}

int
auth_scram_parse(struct str text, struct auth_scram_cred *out, struct err *e)
{
	struct auth_scram_cred c = { .mech = AUTH_SCRAM_SHA1 };
	struct str name = str_cut(text, '$', &text), head = str_cut(text, '$', &text);
	struct str iter = str_cut(head, ':', &head), stored = str_cut(text, ':', &text);
	unsigned n1 = 0, n2 = 0, size;

	if (str_eq(name, STR("SCRAM-SHA-256")))
		c.mech = AUTH_SCRAM_SHA256;
	else if (!str_eq(name, STR("SCRAM-SHA-1")))
		return err_set(e, EC_CORRUPT, "unknown SCRAM mechanism");
	size = scrams[c.mech].size;
	if (str_to_u32(iter, AUTH_SCRAM_ITER_MAX, &c.iterations) < 0 ||
	    c.iterations < AUTH_SCRAM_ITER_MIN ||
	    !take_base64(head, c.salt, 4, sizeof(c.salt), &c.nsalt) ||
	    !take_base64(stored, c.stored_key, size, size, &n1) ||
	    !take_base64(text, c.server_key, size, size, &n2))
		return err_set(e, EC_CORRUPT, "stored SCRAM keys are malformed");
	c.nkey = size;
	*out = c;
	return 0;
}

/* CRAM-MD5 */

static void
state_put(const MD5_CTX *m, unsigned char *p)
{
	const MD5_LONG v[4] = { m->A, m->B, m->C, m->D };

	for (unsigned i = 0; i < 16; i++)
		p[i] = (unsigned char)(v[i / 4] >> (8 * (i % 4)));
}

/* An MD5 that has taken one block and stands at this state. */
static void
state_get(MD5_CTX *m, const unsigned char *p)
{
	struct rd r = rd_init(str_mem(p, 16));

	MD5_Init(m);
	m->A = (MD5_LONG)rd_uint(&r, 4);
	m->B = (MD5_LONG)rd_uint(&r, 4);
	m->C = (MD5_LONG)rd_uint(&r, 4);
	m->D = (MD5_LONG)rd_uint(&r, 4);
	m->Nl = 64 * 8;
}

/* RFC 2104 2 and 4: keys longer than a block are hashed first; then the states behind ipad and
 * opad. */
void
auth_cram_derive(struct str password, unsigned char state[AUTH_CRAM_STATE])
{
	unsigned char key[64], pad[64];
	MD5_CTX m;

	memset(key, 0, sizeof(key));
	if (password.n > sizeof(key))
		MD5((const unsigned char *)password.p, password.n, key);
	else
		memcpy(key, password.p, password.n);
	for (unsigned half = 0; half < 2; half++) {
		for (unsigned i = 0; i < sizeof(pad); i++)
			pad[i] = key[i] ^ (half == 0 ? 0x36 : 0x5c);
		MD5_Init(&m);
		MD5_Update(&m, pad, sizeof(pad));
		state_put(&m, state + (size_t)16 * half);
	}
	mem_wipe(key, sizeof(key));
	mem_wipe(pad, sizeof(pad));
	mem_wipe(&m, sizeof(m));
}

void
auth_cram_format(const unsigned char state[AUTH_CRAM_STATE], struct buf *out)
{
	buf_puts(out, "CRAM-MD5$");
	enc_put_hex(out, str_mem(state, AUTH_CRAM_STATE));
}

int
auth_cram_parse(struct str text, unsigned char state[AUTH_CRAM_STATE], struct err *e)
{
	struct buf b;
	bool ok;

	buf_init(&b, AUTH_CRAM_STATE);
	ok = str_eq(str_cut(text, '$', &text), STR("CRAM-MD5")) && enc_get_hex(&b, text) == 0 &&
	     !b.over && b.n == AUTH_CRAM_STATE;
	if (ok)
		memcpy(state, buf_str(&b).p, AUTH_CRAM_STATE);
	buf_wipe(&b);
	return ok ? 0 : err_set(e, EC_CORRUPT, "stored CRAM-MD5 state is malformed");
}

void
auth_cram_response(const unsigned char state[AUTH_CRAM_STATE], struct str challenge,
		   unsigned char out[16])
{
	unsigned char inner[16];
	MD5_CTX m;

	state_get(&m, state);
	MD5_Update(&m, challenge.p, challenge.n);
	MD5_Final(inner, &m);
	state_get(&m, state + 16);
	MD5_Update(&m, inner, sizeof(inner));
	MD5_Final(out, &m);
	mem_wipe(&m, sizeof(m));
}

/* All forms */

static void
make_scram(enum auth_scram mech, struct str password, struct buf *out)
{
	struct auth_scram_cred c = { .mech = mech,
				     .iterations = AUTH_SCRAM_ITER,
				     .nsalt = AUTH_SCRAM_SALT };

	seal_random(c.salt, c.nsalt);
	auth_scram_derive(password, &c);
	auth_scram_format(&c, out);
	mem_wipe(&c, sizeof(c));
}

int
auth_hash_make(struct str password, struct buf *argon2, struct buf *scram_sha1,
	       struct buf *scram_sha256, struct buf *cram_md5, struct err *e)
{
	unsigned char state[AUTH_CRAM_STATE];

	if (auth_hash_argon2(password, argon2, e) < 0)
		return -1;
	make_scram(AUTH_SCRAM_SHA1, password, scram_sha1);
	make_scram(AUTH_SCRAM_SHA256, password, scram_sha256);
	auth_cram_derive(password, state);
	auth_cram_format(state, cram_md5);
	mem_wipe(state, sizeof(state));
	return 0;
}

/* Nobody's forms */

static void
dummy_argon2(struct buf *out)
{
	unsigned char random[16 + 32];
	struct buf b;

	seal_random(random, sizeof(random));
	buf_printf(out, "$argon2id$v=19$m=%d,t=%d,p=1$", AUTH_ARGON2_KB, AUTH_ARGON2_T);
	buf_init(&b, 128);
	enc_put_base64(&b, str_mem(random, 16));
	buf_putstr(out, str_sub(buf_str(&b), 0, 22)); /* without padding */
	buf_putc(out, '$');
	buf_reset(&b);
	enc_put_base64(&b, str_mem(random + 16, 32));
	buf_putstr(out, str_sub(buf_str(&b), 0, 43));
	buf_done(&b);
}

static void
dummy_scram(enum auth_scram mech, struct buf *out)
{
	struct auth_scram_cred c = { .mech = mech,
				     .iterations = AUTH_SCRAM_ITER,
				     .nsalt = AUTH_SCRAM_SALT,
				     .nkey = scrams[mech].size };

	seal_random(c.salt, c.nsalt);
	seal_random(c.stored_key, c.nkey);
	seal_random(c.server_key, c.nkey);
	auth_scram_format(&c, out);
}

void
auth_hash_dummy(struct buf *argon2, struct buf *scram_sha1, struct buf *scram_sha256,
		struct buf *cram_md5)
{
	unsigned char state[AUTH_CRAM_STATE];

	dummy_argon2(argon2);
	dummy_scram(AUTH_SCRAM_SHA1, scram_sha1);
	dummy_scram(AUTH_SCRAM_SHA256, scram_sha256);
	seal_random(state, sizeof(state));
	auth_cram_format(state, cram_md5);
}
