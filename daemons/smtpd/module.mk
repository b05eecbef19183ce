PROGS += smtpd
smtpd_SRCS := daemons/smtpd/main.c daemons/smtpd/service.c daemons/smtpd/job.c \
	daemons/smtpd/deliver.c daemons/smtpd/provoke.c
smtpd_MODS := svc smtp tls crypto config deliver smtpconn
