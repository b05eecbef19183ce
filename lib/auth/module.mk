lib_auth_SRCS := lib/auth/precis.c lib/auth/limit.c lib/auth/hash.c lib/auth/root.c lib/auth/db.c \
	lib/auth/attempts.c lib/auth/scram.c lib/auth/cram.c
lib_auth_NEEDS := base crypto db
lib_auth_LIBS = $(OPENSSL_LIBS) $(SODIUM_LIBS) $(UNISTRING_LIBS)
lib_auth_CFLAGS = $(OPENSSL_CFLAGS) $(SODIUM_CFLAGS)
