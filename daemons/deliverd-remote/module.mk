PROGS += deliverd-remote
deliverd-remote_SRCS := daemons/deliverd-remote/main.c daemons/deliverd-remote/own.c \
	daemons/deliverd-remote/route.c daemons/deliverd-remote/conn.c daemons/deliverd-remote/job.c \
	daemons/deliverd-remote/host.c daemons/deliverd-remote/send.c \
	daemons/deliverd-remote/message.c daemons/deliverd-remote/answer.c
deliverd-remote_MODS := svc smtp tls dns crypto config
