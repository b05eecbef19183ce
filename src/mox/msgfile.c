#include "msgfile.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"

enum { PIECE = 65536 };

static void
put_piece(struct str s, char *last, msgfile_fn *put, void *arg)
{
	for (ssize_t nl; (nl = str_chr(s, '\n')) >= 0; s = str_from(s, (size_t)nl + 1)) {
		char before = nl > 0 ? s.p[nl - 1] : *last;

		put(arg, str_sub(s, 0, (size_t)nl));
		put(arg, before == '\r' ? STR("\n") : STR("\r\n"));
		*last = '\n';
	}
	put(arg, s);
	if (s.n > 0)
		*last = s.p[s.n - 1];
}

int
msgfile_read(const char *path, msgfile_fn *put, void *arg, struct err *e)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *piece = mem_alloc(PIECE), last = '\0';
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, piece, PIECE)) > 0)
		put_piece(str_mem(piece, (size_t)n), &last, put, arg);
	mem_free(piece);
	if (fd > STDIN_FILENO)
		close(fd);
	return n < 0 ? err_set(e, EC_IO, "%s: can't be read", path) : 0;
}
