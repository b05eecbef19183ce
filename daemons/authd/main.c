/*
 * authd: one program, two roles. The keeper holds the master key, credentials and logins; the hash
 * helpers ("hash") see one password and one hash at a time. See authd(8).
 */
#include <openssl/crypto.h>
#include <string.h>

#include "authd.h"

int
main(int argc, char **argv)
{
	/* The sandbox has no configuration file of OpenSSL, and no policy of the host weakens ours.
	 */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return 1;
	if (argc > 1 && strcmp(argv[1], "hash") == 0)
		return svc_main(argc, argv, &hash_ops);
	return svc_main(argc, argv, &keeper_ops);
}
