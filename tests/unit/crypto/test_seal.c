/* Secrets, derivation, sealing, chains. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/chain.h"
#include "crypto/seal.h"
#include "tests/unit/unit.h"

static void
start(void)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(seal_init(&e), 0);
	ck_assert_int_eq(seal_init(&e), 0);
}

static void
ck_hex(const unsigned char *p, size_t n, const char *want)
{
	struct buf b;

	buf_init(&b, 200);
	enc_put_hex(&b, str_mem(p, n));
	ck_assert_str_eq(buf_c(&b), want);
	buf_done(&b);
}

START_TEST(test_hashes)
{
	unsigned char out[32], out2[32], key[32] = { 0 };

	start();
	seal_sha256(STR("abc"), out);
	ck_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	seal_sha256(STR(""), out);
	ck_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	seal_prf(key, STR("a"), out);
	key[31] = 1;
	seal_prf(key, STR("a"), out2);
	ck_assert_mem_ne(out, out2, 32);
	/* info and context cannot run into each other */
	seal_derive(key, "role", STR("x"), out);
	seal_derive(key, "rolex", STR(""), out2);
	ck_assert_mem_ne(out, out2, 32);
	seal_derive(key, "role", STR("x"), out2);
	ck_assert_mem_eq(out, out2, 32);
}
END_TEST

/* Computed with an independent implementation of RFC 5869: no salt, info "test\0context". */
START_TEST(test_derive)
{
	unsigned char key[32], out[32];

	start();
	memset(key, 0x0b, sizeof(key));
	seal_derive(key, "test", STR("context"), out);
	ck_hex(out, 32, "0358f2fc95965a627f038eeffc1329d3941bcf0a83afdddffcd140cdd1cf6e1b");
}
END_TEST

START_TEST(test_secret)
{
	struct secret *s = secret_new(100), *t;
	unsigned char page[5000] = { 7 };

	ck_assert_uint_eq(secret_n(s), 100);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(secret_p(s)[i], 0);
	memset(secret_p(s), 1, 100);
	t = secret_from(page, sizeof(page));
	ck_assert_mem_eq(secret_p(t), page, sizeof(page));
	secret_free(&s);
	ck_assert_ptr_null(s);
	secret_free(&s);
	secret_free(&t);
	s = secret_new(0);
	secret_free(&s);
}
END_TEST

/* Status of a child that reads byte `i` of the secret and exits with it. */
static int
child_reads(struct secret *s, ptrdiff_t i)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		volatile unsigned char *p = secret_p(s);

		signal(SIGSEGV, SIG_DFL); /* the sanitizer's report is not wanted here */
		_exit(p[i]);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(test_secret_guard)
{
	struct secret *s = secret_from("\7\7\7", 3);
	int status;

	ck_assert_int_eq(secret_p(s)[0], 7);
	status = child_reads(s, 0);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0); /* wiped in the child */
	status = child_reads(s, 3);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	status = child_reads(s, -4096);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	secret_free(&s);
}
END_TEST

START_TEST(test_box)
{
	static const unsigned char zero[32];
	unsigned char pub[32], priv[32], pub2[32], priv2[32];
	struct err e = ERR_INIT;
	struct buf box, out;

	start();
	seal_keypair(pub, priv);
	seal_keypair(pub2, priv2);
	buf_init(&box, 1000);
	buf_init(&out, 1000);
	ck_assert_int_eq(seal_box(pub, STR("state"), &box), 0);
	ck_assert_uint_eq(box.n, 5 + SEAL_BOX);
	ck_assert_int_eq(seal_box_open(pub, priv, buf_str(&box), &out, &e), 0);
	ck_assert_str_is(buf_str(&out), STR("state"));
	ck_assert_int_eq(seal_box_open(pub2, priv2, buf_str(&box), &out, &e), -1);
	ck_assert_int_eq(e.code, EC_CORRUPT);
	for (size_t i = 0; i < box.n; i++) { /* each byte counts; so does each missing one */
		buf_reset(&out);
		err_clear(&e);
		box.p[box.off + i] ^= 0x10;
		ck_assert_int_eq(seal_box_open(pub, priv, buf_str(&box), &out, &e), -1);
		box.p[box.off + i] ^= 0x10;
		ck_assert_int_eq(seal_box_open(pub, priv, str_sub(buf_str(&box), 0, i), &out, &e),
				 -1);
		ck_assert_uint_eq(out.n, 0);
	}
	/* a key of low order would give everybody the plaintext */
	buf_reset(&box);
	ck_assert_int_eq(seal_box(zero, STR("state"), &box), -1);
	ck_assert_uint_eq(box.n, 0);
	ck_assert_ptr_null(chain_new(zero));
	buf_done(&box);
	buf_done(&out);
}
END_TEST

START_TEST(test_wrap)
{
	unsigned char key[32] = { 1 }, key2[32] = { 2 };
	struct err e = ERR_INIT;
	struct buf w, out;

	start();
	buf_init(&w, 1000);
	buf_init(&out, 1000);
	for (size_t n = 0; n < 40; n++) {
		char t[40];

		memset(t, 'x', sizeof(t));
		buf_reset(&w);
		buf_reset(&out);
		seal_wrap(key, STR("ad"), str_mem(t, n), &w);
		ck_assert_uint_eq(w.n, n + SEAL_WRAP);
		ck_assert_int_eq(seal_unwrap(key, STR("ad"), buf_str(&w), &out, &e), 0);
		ck_assert_str_is(buf_str(&out), str_mem(t, n));
	}
	buf_reset(&out);
	ck_assert_int_eq(seal_unwrap(key2, STR("ad"), buf_str(&w), &out, &e), -1);
	ck_assert_int_eq(seal_unwrap(key, STR("da"), buf_str(&w), &out, &e), -1);
	for (size_t i = 0; i < w.n; i++) {
		w.p[w.off + i] ^= 1;
		ck_assert_int_eq(seal_unwrap(key, STR("ad"), buf_str(&w), &out, &e), -1);
		w.p[w.off + i] ^= 1;
		ck_assert_int_eq(seal_unwrap(key, STR("ad"), str_sub(buf_str(&w), 0, i), &out, &e),
				 -1);
	}
	ck_assert_uint_eq(out.n, 0);
	/* no room: nothing half done */
	buf_done(&out);
	buf_init(&out, 10);
	seal_wrap(key, STR("ad"), STR("x"), &out);
	ck_assert(out.over);
	ck_assert_uint_eq(out.n, 0);
	buf_done(&w);
	buf_done(&out);
}
END_TEST

/* McGrew and Viega's GCM test case 16 (256-bit key, 96-bit nonce, with associated data). */
START_TEST(test_gcm)
{
	struct buf key, nonce, ad, plain, want;
	unsigned char out[100], back[100];
	struct err e = ERR_INIT;
	struct seal_gcm *g, *h;

	start();
	buf_init(&key, 100);
	buf_init(&nonce, 100);
	buf_init(&ad, 100);
	buf_init(&plain, 100);
	buf_init(&want, 100);
	ck_assert_int_eq(
		enc_get_hex(
			&key,
			STR("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")),
		0);
	ck_assert_int_eq(enc_get_hex(&nonce, STR("cafebabefacedbaddecaf888")), 0);
	ck_assert_int_eq(enc_get_hex(&ad, STR("feedfacedeadbeeffeedfacedeadbeefabaddad2")), 0);
	ck_assert_int_eq(
		enc_get_hex(&plain, STR("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d"
					"8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
					"ba637b39")),
		0);
	ck_assert_int_eq(
		enc_get_hex(&want, STR("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd"
				       "2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
				       "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b")),
		0);
	g = seal_gcm_new((const unsigned char *)buf_str(&key).p);
	seal_gcm_encrypt(g, (const unsigned char *)buf_str(&nonce).p, buf_str(&ad), buf_str(&plain),
			 out);
	ck_assert_mem_eq(out, buf_str(&want).p, want.n);
	ck_assert_int_eq(seal_gcm_decrypt(g, (const unsigned char *)buf_str(&nonce).p, buf_str(&ad),
					  str_mem(out, want.n), back, &e),
			 0);
	ck_assert_mem_eq(back, buf_str(&plain).p, plain.n);
	/* two at once, in place, and again after the first was freed */
	h = seal_gcm_new((const unsigned char *)buf_str(&key).p);
	memcpy(back, buf_str(&plain).p, plain.n);
	seal_gcm_encrypt(h, (const unsigned char *)buf_str(&nonce).p, buf_str(&ad),
			 str_mem(back, plain.n), back);
	ck_assert_mem_eq(back, buf_str(&want).p, want.n);
	seal_gcm_free(&g);
	ck_assert_int_eq(seal_gcm_decrypt(h, (const unsigned char *)buf_str(&nonce).p, buf_str(&ad),
					  str_mem(back, want.n), back, &e),
			 0);
	ck_assert_mem_eq(back, buf_str(&plain).p, plain.n);
	seal_gcm_free(&h);
	seal_gcm_free(&h);
	buf_done(&key);
	buf_done(&nonce);
	buf_done(&ad);
	buf_done(&plain);
	buf_done(&want);
}
END_TEST

/* What the writer hands out, the owner of the private key finds again; nobody else. */
START_TEST(test_chain)
{
	unsigned char pub[32], priv[32], keys[LIM_CHAIN][32], again[LIM_CHAIN][32];
	struct err e = ERR_INIT;
	struct chain *c, *d;
	struct buf state;
	uint32_t index;

	start();
	seal_keypair(pub, priv);
	buf_init(&state, 100);
	c = chain_new(pub);
	d = chain_new(pub);
	ck_assert_uint_ne(chain_id(c), 0);
	ck_assert_uint_ne(chain_id(c), chain_id(d));
	ck_assert_uint_le(chain_id(c), INT64_MAX);
	ck_assert_uint_eq(chain_sealed(c).n, SEAL_KEY + SEAL_BOX);
	for (uint32_t i = 0; i < LIM_CHAIN; i++) {
		ck_assert(!chain_is_spent(c));
		chain_next(c, keys[i], &index);
		ck_assert_uint_eq(index, i);
		for (uint32_t k = 0; k < i; k++)
			ck_assert_mem_ne(keys[i], keys[k], 32);
	}
	ck_assert(chain_is_spent(c));
	ck_assert_int_eq(seal_box_open(pub, priv, chain_sealed(c), &state, &e), 0);
	ck_assert_uint_eq(state.n, SEAL_KEY);
	chain_walk((const unsigned char *)buf_str(&state).p, LIM_CHAIN, again);
	ck_assert_mem_eq(keys, again, sizeof(keys));
	/* the state itself is no message key, and another chain has other keys */
	for (uint32_t i = 0; i < LIM_CHAIN; i++)
		ck_assert_mem_ne(keys[i], buf_str(&state).p, 32);
	chain_next(d, again[0], &index);
	ck_assert_mem_ne(keys[0], again[0], 32);
	chain_free(&c);
	chain_free(&c);
	chain_free(&d);
	buf_done(&state);
}
END_TEST

UNIT_MAIN("seal", test_hashes, test_derive, test_secret, test_secret_guard, test_box, test_wrap,
	  test_gcm, test_chain)
