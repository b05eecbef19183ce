PROGS += submissiond
submissiond_SRCS := daemons/submissiond/main.c daemons/submissiond/service.c \
	daemons/submissiond/login.c daemons/submissiond/sasl.c daemons/submissiond/identity.c \
	daemons/submissiond/job.c daemons/submissiond/message.c
submissiond_MODS := svc smtp tls crypto config deliver smtpconn mime
