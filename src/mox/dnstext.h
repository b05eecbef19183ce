/* DNS records for people to copy. */
#ifndef MOX_MOX_DNSTEXT_H
#define MOX_MOX_DNSTEXT_H

#include "base/str.h"

/* A TXT record as a line of a zone file; a text longer than DNS has in one string is several. */
void dnstext_print(const char *name, struct str text);

#endif
