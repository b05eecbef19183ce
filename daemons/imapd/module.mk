PROGS += imapd
imapd_SRCS := daemons/imapd/main.c daemons/imapd/vault.c daemons/imapd/account.c daemons/imapd/conn.c \
	daemons/imapd/reply.c daemons/imapd/commands.c daemons/imapd/caps.c daemons/imapd/login.c \
	daemons/imapd/mailbox.c daemons/imapd/sets.c daemons/imapd/select.c daemons/imapd/list.c \
	daemons/imapd/manage.c daemons/imapd/append.c daemons/imapd/fetch.c daemons/imapd/content.c daemons/imapd/rows.c \
	daemons/imapd/change.c daemons/imapd/search.c daemons/imapd/match.c daemons/imapd/idle.c
imapd_MODS := svc tls imap store mime crypto config ipc event base
