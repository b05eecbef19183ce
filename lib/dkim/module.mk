lib_dkim_SRCS := lib/dkim/arcseal.c lib/dkim/arcset.c lib/dkim/canon.c lib/dkim/fields.c \
	lib/dkim/hash.c lib/dkim/key.c lib/dkim/pem.c lib/dkim/pub.c lib/dkim/seal.c lib/dkim/sig.c \
	lib/dkim/sign.c lib/dkim/taglist.c lib/dkim/tags.c
lib_dkim_NEEDS := base crypto
lib_dkim_LIBS = $(OPENSSL_LIBS)
lib_dkim_CFLAGS = $(OPENSSL_CFLAGS)
