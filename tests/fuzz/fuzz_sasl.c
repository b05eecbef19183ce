/*
 * Messages of SASL clients. The first byte says what: CRAM-MD5's answer, or a SCRAM dialog, whose
 * first message ends at the first NUL; the rest is the final one. What a message says must hold
 * whatever it is; a proof is never right.
 */
#include <stdlib.h>

#include "auth/sasl.h"

#define DATA "12345678901234567890123456789012"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_name(const char *name)
{
	if (strlen(name) > LIM_ADDR || !str_is_utf8(str_c(name)))
		abort();
}

static void
cram(struct str msg)
{
	char login[LIM_ADDR + 1];
	unsigned char digest[16];

	if (auth_cram_answer(msg, login, digest, NULL) < 0)
		return;
	check_name(login);
	if (login[0] == '\0' || msg.n != strlen(login) + 1 + 32)
		abort();
}

static void
scram(unsigned how, struct str msg)
{
	struct auth_scram_setup s = { .mech = how & 1 ? AUTH_SCRAM_SHA256 : AUTH_SCRAM_SHA1,
				      .plus = how & 2,
				      .offered = how & 4,
				      .cb_type = how & 2 ? STR("tls-exporter") : STR_NONE,
				      .cb_data = how & 2 ? STR(DATA) : STR_NONE };
	struct auth_scram_cred c = { .mech = s.mech,
				     .iterations = 4096,
				     .nsalt = 16,
				     .nkey = s.mech == AUTH_SCRAM_SHA1 ? 20 : 32 };
	struct str first = str_cut(msg, '\0', &msg);
	struct auth_scram_dialog *d;
	struct err e = ERR_INIT;
	struct buf out;
	bool match = false;

	if ((d = auth_scram_begin(&s, first, &e)) == NULL) {
		if (e.code != EC_SYNTAX && e.code != EC_DENIED)
			abort();
		return;
	}
	check_name(auth_scram_login(d));
	check_name(auth_scram_authzid(d));
	if (auth_scram_login(d)[0] == '\0' || s.plus != (first.p[0] == 'p') ||
	    (s.offered && first.p[0] == 'y'))
		abort();
	buf_init(&out, LIM_SASL);
	auth_scram_challenge(d, &c, STR("nonce"), &out);
	if (out.over || !str_has_prefix(buf_str(&out), STR("r=")) ||
	    !str_has_suffix(buf_str(&out), STR(",i=4096")))
		abort();
	buf_reset(&out);
	if (auth_scram_finish(d, msg, &match, &out, NULL) == 0 && (match || out.n > 0))
		abort();
	auth_scram_free(&d);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 8)
		cram(str_mem(data + 1, size - 1));
	else
		scram(data[0], str_mem(data + 1, size - 1));
	return 0;
}
