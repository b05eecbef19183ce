/* See dnstext.h. */
#include "dnstext.h"

#include <stdio.h>

enum { STRING = 100 }; /* DNS has up to 255; lines are to be read */

void
dnstext_print(const char *name, struct str text)
{
	printf("%s TXT", name);
	for (; text.n > 0; text = str_from(text, STRING))
		printf(" \"" STR_FMT "\"", STR_ARG(str_sub(text, 0, STRING)));
	putchar('\n');
}
