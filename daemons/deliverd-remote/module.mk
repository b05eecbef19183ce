PROGS += deliverd-remote
deliverd-remote_SRCS := daemons/deliverd-remote/main.c
deliverd-remote_MODS := svc
