lib_smtpconn_SRCS := lib/smtpconn/conn.c lib/smtpconn/conns.c lib/smtpconn/txn.c
lib_smtpconn_NEEDS := base event ipc crypto config tls smtp svc deliver
