lib_tls_SRCS := lib/tls/keyd.c lib/tls/server.c lib/tls/client.c lib/tls/stream.c lib/tls/svc.c
lib_tls_NEEDS := base event ipc crypto config svc
lib_tls_LIBS = $(OPENSSL_LIBS)
lib_tls_CFLAGS = $(OPENSSL_CFLAGS)
