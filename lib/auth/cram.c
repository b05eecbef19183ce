/* CRAM-MD5, RFC 2195. */
#include "auth/sasl.h"
#include "base/encode.h"

void
auth_cram_challenge(struct str nonce, int64_t now, struct str hostname, struct buf *out)
{
	buf_printf(out, "<" STR_FMT ".%lld@" STR_FMT ">", STR_ARG(nonce), (long long)now,
		   STR_ARG(hostname));
}

int
auth_cram_answer(struct str msg, char login[LIM_ADDR + 1], unsigned char digest[16], struct err *e)
{
	ssize_t space = str_rchr(msg, ' '); /* a name may have spaces, too */
	struct str name = str_sub(msg, 0, space > 0 ? (size_t)space : 0);
	struct buf b;
	bool ok;

	buf_init(&b, 16);
	ok = name.n > 0 && str_is_utf8(name) &&
	     enc_get_hex(&b, str_from(msg, (size_t)space + 1)) == 0 && !b.over && b.n == 16 &&
	     str_to_c(name, login, LIM_ADDR + 1) == 0;
	if (ok)
		memcpy(digest, buf_str(&b).p, 16);
	buf_done(&b);
	return ok ? 0 : err_set(e, EC_SYNTAX, "not a name and 32 hexadecimal digits");
}
