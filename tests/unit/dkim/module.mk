test_verify_CFLAGS = $(OPENDKIM_CFLAGS)
test_verify_LIBS = $(OPENDKIM_LIBS)
