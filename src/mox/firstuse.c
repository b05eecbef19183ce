/* See firstuse.h. */
#include "firstuse.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "config/config.h"
#include "config/edit.h"
#include "dkim/dkim.h"
#include "selfsigned.h"

int
firstuse_dir(const char *dir, struct err *e)
{
	char path[LIM_PATH];

	snprintf(path, sizeof(path), "%s", dir);
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST && access(path, X_OK) < 0)
			return err_sys(e, EC_IO, errno, "%s", path);
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, EC_IO, errno, "%s", dir);
	if (access(path, R_OK | W_OK | X_OK) < 0)
		return err_sys(e, EC_DENIED, errno, "%s", dir);
	return 0;
}

/* Whole or not at all; what an earlier try left is replaced. */
static int
write_file(const char *dir, const char *name, const struct buf *text, struct err *e)
{
	char path[LIM_PATH + 64], tmp[LIM_PATH + 80];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	(void)unlink(tmp);
	if (config_create_file(tmp, buf_str(text), e) < 0)
		return -1;
	return rename(tmp, path) < 0 ? err_sys(e, EC_IO, errno, "%s", path) : 0;
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static int
write_keys(const char *dir, const char *ip, struct err *e)
{
	struct buf key, crt, dkim;
	int r = -1;

	buf_init(&key, LIM_CONFIG);
	buf_init(&crt, LIM_CONFIG);
	buf_init(&dkim, LIM_DKIM_KEY);
	if (selfsigned_make(ip, &key, &crt, e) == 0 && dk_key_make(0, &dkim, e) == 0 &&
	    write_file(dir, "localhost.key", &key, e) == 0 &&
	    write_file(dir, "localhost.crt", &crt, e) == 0 &&
	    write_file(dir, CONFIG_LOCALSERVE_DKIM, &dkim, e) == 0)
		r = 0;
	buf_wipe(&key);
	buf_done(&crt);
	buf_wipe(&dkim);
	return r;
}

int
firstuse_files(const char *dir, const char *ip, unsigned port_offset, struct err *e)
{
	struct buf mox, domains, empty;
	int r = -1;

	buf_init(&mox, LIM_CONFIG);
	buf_init(&domains, LIM_CONFIG);
	buf_init(&empty, 1);
	config_localserve(str_c(ip), has_ipv6(), port_offset, &mox, &domains);
	if (write_keys(dir, ip, e) == 0 && write_file(dir, FIRSTUSE_PENDING, &empty, e) == 0 &&
	    write_file(dir, "domains.conf", &domains, e) == 0 &&
	    write_file(dir, "mox.conf", &mox, e) == 0)
		r = 0;
	buf_done(&mox);
	buf_done(&domains);
	return r;
}
