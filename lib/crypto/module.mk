lib_crypto_SRCS := lib/crypto/seal.c lib/crypto/chain.c lib/crypto/blob.c lib/crypto/spool.c \
	lib/crypto/keyfile.c
lib_crypto_NEEDS := base
lib_crypto_LIBS = $(OPENSSL_LIBS) $(SODIUM_LIBS)
lib_crypto_CFLAGS = $(OPENSSL_CFLAGS) $(SODIUM_CFLAGS)
