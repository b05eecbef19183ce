/* sd_notify(3) and the watchdog, without libsystemd. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "master.h"

void
notify_send(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&a,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

void
notify_ready(struct master *m)
{
	notify_send("READY=1\nSTATUS=serving");
	if (m->ready_fd >= 0) {
		(void)!write(m->ready_fd, "r", 1);
		close(m->ready_fd);
		m->ready_fd = -1;
	}
}

void
notify_reloading(void)
{
	struct timespec ts;
	char t[80];

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(t, sizeof(t), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	notify_send(t);
}

int64_t
notify_watchdog_ms(void)
{
	uint64_t us, pid;
	const char *p = getenv("WATCHDOG_PID");

	if (p != NULL && (str_to_u64(str_c(p), INT32_MAX, &pid) < 0 || pid != (uint64_t)getpid()))
		return 0;
	if (str_to_u64(str_c(getenv("WATCHDOG_USEC")), INT64_MAX, &us) < 0)
		return 0;
	return (int64_t)(us / 1000 / 2);
}
