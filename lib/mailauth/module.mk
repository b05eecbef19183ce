lib_mailauth_SRCS := lib/mailauth/dmarc.c lib/mailauth/dmarc_from.c lib/mailauth/dmarc_record.c \
	lib/mailauth/name.c lib/mailauth/resolve.c lib/mailauth/spf.c \
	lib/mailauth/spf_ask.c lib/mailauth/spf_host.c lib/mailauth/spf_macro.c lib/mailauth/spf_term.c
lib_mailauth_NEEDS := base dns mime
