/*
 * DataDir/auth/logins: a record for each slot, so that a keeper that crashed does not leave logins
 * behind that nobody can end. Without the master key it opens nothing. It serves one run of master,
 * whose name is in it: a file of another run is emptied, since its workers are gone. Never synced:
 * what ends with the machine needs no record.
 */
#include <fcntl.h>
#include <unistd.h>

#include "authd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wire.h"

/* A record never crosses a page, so a process that is killed leaves all of it or nothing. */
enum { RECORD = 128, HAS_CAP = 1, CONFIRMED = 2 };
#define MAGIC "MOXL0002"

static bool
is_of_this_run(int fd, uint64_t run)
{
	unsigned char head[16];
	struct rd r = rd_init(str_mem(head, sizeof(head)));

	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       str_eq(rd_bytes(&r, 8), STR(MAGIC)) && rd_uint(&r, 8) == run;
}

static bool
start_over(int fd, uint64_t run)
{
	struct buf b;
	bool ok;

	buf_init(&b, 16);
	buf_puts(&b, MAGIC);
	wr_uint(&b, 8, run);
	ok = ftruncate(fd, 0) == 0 && pwrite(fd, buf_str(&b).p, b.n, 0) == (ssize_t)b.n;
	buf_done(&b);
	return ok;
}

int
login_file_open(int dirfd, uint64_t run)
{
	int fd = openat(dirfd, "logins", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && !is_of_this_run(fd, run) && !start_over(fd, run)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		LOG(NULL, LOG_WARN, "authd.logins.unwritten", LF(file, "logins"));
	return fd;
}

void
login_file_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
login_file_put(int fd, uint32_t slot, const struct login *g)
{
	unsigned char record[RECORD];
	struct buf b;

	if (fd < 0)
		return;
	memset(record, 0, sizeof(record));
	buf_init(&b, RECORD);
	if (g->id != 0) {
		wr_uint(&b, 8, g->id);
		buf_put(&b, g->salt, sizeof(g->salt));
		wr_uint(&b, 8, (uint64_t)g->version);
		wr_uint(&b, 1, g->role);
		wr_uint(&b, 4, g->num);
		wr_uint(&b, 1, (g->has_cap ? HAS_CAP : 0u) | (g->confirmed ? CONFIRMED : 0u));
		wr_str(&b, str_c(g->account));
		memcpy(record, buf_str(&b).p, b.n);
	}
	buf_done(&b);
	/* A full disk costs the record, not the login: after a crash it has to log in again. */
	if (pwrite(fd, record, sizeof(record), (off_t)(slot + 1) * RECORD) != RECORD)
		LOG(NULL, LOG_DEBUG, "authd.logins.unwritten", LF(seq, slot));
}

bool
login_file_get(int fd, uint32_t slot, struct login *g)
{
	unsigned char record[RECORD];
	struct rd r = rd_init(str_mem(record, sizeof(record)));
	uint64_t role, num, flags;

	memset(g, 0, sizeof(*g));
	if (fd < 0 || pread(fd, record, sizeof(record), (off_t)(slot + 1) * RECORD) != RECORD)
		return false;
	g->id = rd_uint(&r, 8);
	memcpy(g->salt, rd_bytes(&r, sizeof(g->salt)).p, sizeof(g->salt));
	g->version = (int64_t)rd_uint(&r, 8);
	role = rd_uint(&r, 1);
	num = rd_uint(&r, 4);
	flags = rd_uint(&r, 1);
	if (g->id != 0 &&
	    ((uint32_t)g->id != slot + 1 || role == ROLE_MASTER || role >= ROLE_COUNT ||
	     num >= LIM_WORKERS ||
	     str_to_c(rd_str(&r, LIM_ACCOUNT), g->account, sizeof(g->account)) < 0 || r.bad))
		memset(g, 0, sizeof(*g)); /* damaged: as if it were free */
	g->role = (enum role)role;
	g->num = (unsigned)num;
	g->has_cap = (flags & HAS_CAP) != 0;
	g->confirmed = (flags & CONFIRMED) != 0;
	return true;
}
