lib_mailauth_SRCS := lib/mailauth/arc.c lib/mailauth/dkimv.c lib/mailauth/dkimv_judge.c \
	lib/mailauth/dkimv_od.c lib/mailauth/dmarc.c lib/mailauth/dmarc_from.c \
	lib/mailauth/dmarc_record.c lib/mailauth/keys.c lib/mailauth/message.c lib/mailauth/name.c \
	lib/mailauth/resolve.c lib/mailauth/spf.c lib/mailauth/spf_ask.c lib/mailauth/spf_host.c \
	lib/mailauth/spf_macro.c lib/mailauth/spf_term.c
lib_mailauth_NEEDS := base dkim dns mime
lib_mailauth_LIBS = $(OPENDKIM_LIBS)
lib_mailauth_CFLAGS = $(OPENDKIM_CFLAGS)
