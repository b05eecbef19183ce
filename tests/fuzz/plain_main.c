/*
 * Runs a harness over files instead of under libFuzzer: every argument is a file or a folder of
 * files. Each input also runs cut at a few places, since seeds are whole messages and the network
 * is not. A folder that is missing or empty is a failure: a harness without seeds tests nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static unsigned inputs;

/* An allocation of exactly n bytes, so that the sanitizer sees a read behind it. */
static void
run_bytes(const char *bytes, size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		exit(1);
	if (n > 0)
		memcpy(p, bytes, n);
	LLVMFuzzerTestOneInput(p, n);
	free(p);
}

static void
run_file(const char *path)
{
	static char bytes[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	run_bytes(bytes, n);
	for (size_t i = 1; i < 8; i++)
		run_bytes(bytes, n * i / 8);
	if (n > 0)
		run_bytes(bytes, n - 1);
	inputs++;
}

static void
run_path(const char *path)
{
	struct dirent **names;
	struct stat st;
	char sub[4096];
	int n;

	if (stat(path, &st) < 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	if ((n = scandir(path, &names, NULL, alphasort)) < 0) {
		perror(path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' &&
		    snprintf(sub, sizeof(sub), "%s/%s", path, names[i]->d_name) < (int)sizeof(sub))
			run_path(sub);
		free(names[i]);
	}
	free(names);
}

int
main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%u inputs\n", inputs);
	return inputs > 0 ? 0 : 1;
}
