/* The client's side of SCRAM, for tests. */
#ifndef MOX_TESTS_SCRAM_CLIENT_H
#define MOX_TESTS_SCRAM_CLIENT_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/hash.h"
#include "base/encode.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

/* The client's final message after `challenge`, which has "r=", "s=" and "i=". `first`: the
 * client's first message without GS2 header; `binding`: header and channel binding data. */
static void
scram_client_final(enum auth_scram mech, const char *password, const char *first,
		   struct str challenge, struct str binding, struct buf *out)
{
	const EVP_MD *md = mech == AUTH_SCRAM_SHA1 ? EVP_sha1() : EVP_sha256();
	struct str rest = challenge, nonce = str_cut(rest, ',', &rest);
	struct str salt = str_cut(rest, ',', &rest);
	struct auth_scram_cred c = { .mech = mech };
	unsigned char key[32], sig[32], salted[32];
	struct buf head, message, b;

	buf_init(&b, 64);
	ck_assert(str_has_prefix(rest, STR("i=")) && str_has_prefix(salt, STR("s=")));
	ck_assert_int_eq(str_to_u32(str_from(rest, 2), 1000000, &c.iterations), 0);
	ck_assert_int_eq(enc_get_base64(&b, str_from(salt, 2)), 0);
	c.nsalt = (unsigned)b.n;
	memcpy(c.salt, buf_str(&b).p, b.n);
	auth_scram_derive(str_c(password), &c);
	buf_init(&head, 8192);
	buf_init(&message, 16384);
	buf_puts(&head, "c=");
	enc_put_base64(&head, binding);
	buf_printf(&head, "," STR_FMT, STR_ARG(nonce));
	buf_printf(&message, "%s," STR_FMT "," STR_FMT, first, STR_ARG(challenge),
		   STR_ARG(buf_str(&head)));
	ck_assert_int_eq(PKCS5_PBKDF2_HMAC(password, (int)strlen(password), c.salt, (int)c.nsalt,
					   (int)c.iterations, md, (int)c.nkey, salted),
			 1);
	HMAC(md, salted, (int)c.nkey, (const unsigned char *)"Client Key", 10, key, NULL);
	HMAC(md, c.stored_key, (int)c.nkey, (const unsigned char *)buf_str(&message).p, message.n,
	     sig, NULL);
	for (unsigned i = 0; i < c.nkey; i++)
		key[i] ^= sig[i];
	buf_putstr(out, buf_str(&head));
	buf_puts(out, ",p=");
	enc_put_base64(out, str_mem(key, c.nkey));
	buf_done(&head);
	buf_done(&message);
	buf_done(&b);
}

#endif
