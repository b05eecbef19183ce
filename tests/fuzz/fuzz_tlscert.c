/* Certificate files: any bytes, added to a server that has none. */
#include <stdlib.h>

#include "crypto/seal.h"
#include "tls/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
sign(void *ctx, struct str key, struct str md, bool pss, unsigned saltlen, struct str data,
     struct buf *sig, struct err *e)
{
	(void)ctx;
	(void)key;
	(void)md;
	(void)pss;
	(void)saltlen;
	(void)data;
	(void)sig;
	return err_set(e, EC_BUG, "nobody signs here");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct err e = ERR_INIT;
	struct tls_server *t;

	if (!ready) {
		ready = true;
		if (seal_init(&e) < 0)
			abort();
		tls_init(sign, NULL);
	}
	t = tls_server_new(STR("host.example.org"), STR("TLSv1.2"), &e);
	if (t == NULL)
		abort();
	if (tls_server_add_cert(t, str_mem(data, size), &e) < 0 && e.code != EC_SYNTAX &&
	    e.code != EC_BUG)
		abort();
	tls_server_unref(&t);
	return 0;
}
