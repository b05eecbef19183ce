/*
 * One packet on a SOCK_SEQPACKET socket: header, body, descriptors. Below ipc.h; used by the
 * channel and by the parent process of a daemon, which has no loop. Nothing here blocks.
 *
 * Header: version u8, kind u8, type u16, id u64, body length u32, descriptors u8; little-endian.
 */
#ifndef MOX_IPC_PACKET_H
#define MOX_IPC_PACKET_H

#include "ipc/ipc.h"

enum ipc_kind { IPC_K_CALL = 1, IPC_K_ANSWER, IPC_K_ERROR, IPC_K_NOTIFY };

enum { IPC_HDR_LEN = 17 };

struct ipc_hdr {
	enum ipc_kind kind;
	unsigned type;
	uint64_t id;
};

enum ipc_pkt {
	IPC_PKT_OK,
	IPC_PKT_AGAIN, /* nothing there, or no room in the socket */
	IPC_PKT_GONE,  /* the peer closed, or the socket failed (errno) */
	IPC_PKT_BAD,   /* the peer lied about something */
};

/* Room for any packet. */
struct ipc_pktbuf {
	char bytes[IPC_HDR_LEN + LIM_IPC_BODY];
};

/* On OK the descriptors of `m` are the caller's (close-on-exec) and the body is borrowed from `b`.
 * On BAD *why says what was wrong; nothing is left open. */
enum ipc_pkt ipc_pkt_recv(int fd, struct ipc_pktbuf *b, struct ipc_hdr *h, struct ipc_msg *m,
			  const char **why);
/* Descriptors stay the caller's. */
enum ipc_pkt ipc_pkt_send(int fd, const struct ipc_hdr *h, struct str body, const int *fds,
			  unsigned nfds);
void ipc_fds_close(int *fds, unsigned n);
/* A connected pair, non-blocking, close-on-exec. -1 with errno. */
int ipc_pair(int fd[2]);

#endif
