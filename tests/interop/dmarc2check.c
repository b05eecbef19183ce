/*
 * libopendmarc as a second opinion, for test_mailauth_diff.py: the argument is a file of public
 * suffixes, standard input has lines with tabs between: domain of From, organizational domain if
 * the record is there, the record ("" for none), the domain that SPF passed, one that signed (""
 * for none). It asks no DNS.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/str.h"

#include <opendmarc/dmarc.h>

enum { FIELDS = 5 };

static u_char *
text(char *s)
{
	return (u_char *)s;
}

static const char *
check(DMARC_POLICY_T *p, char *f[FIELDS])
{
	static char none[] = "";

	if (opendmarc_policy_store_from_domain(p, text(f[0])) != DMARC_PARSE_OKAY)
		return "permerror";
	if (f[3][0] != '\0')
		opendmarc_policy_store_spf(p, text(f[3]), DMARC_POLICY_SPF_OUTCOME_PASS,
					   DMARC_POLICY_SPF_ORIGIN_MAILFROM, text(none));
	if (f[4][0] != '\0')
		opendmarc_policy_store_dkim(p, text(f[4]), text(none),
					    DMARC_POLICY_DKIM_OUTCOME_PASS, text(none));
	if (f[2][0] == '\0')
		return "none";
	if (opendmarc_policy_store_dmarc(p, text(f[2]), text(f[0]),
					 f[1][0] != '\0' ? text(f[1]) : NULL) != DMARC_PARSE_OKAY)
		return "permerror";
	switch (opendmarc_get_policy_to_enforce(p)) {
	case DMARC_POLICY_PASS:
		return "pass";
	case DMARC_POLICY_NONE:
		return "fail none";
	case DMARC_POLICY_QUARANTINE:
		return "fail quarantine";
	case DMARC_POLICY_REJECT:
		return "fail reject";
	default:
		return "none";
	}
}

int
main(int argc, char **argv)
{
	OPENDMARC_LIB_T lib;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc != 2)
		return 2;
	memset(&lib, 0, sizeof(lib));
	lib.tld_type = OPENDMARC_TLD_TYPE_MOZILLA;
	if (str_to_c(str_c(argv[1]), (char *)lib.tld_source_file, sizeof(lib.tld_source_file)) <
		    0 ||
	    opendmarc_policy_library_init(&lib) != DMARC_PARSE_OKAY)
		return 1;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		DMARC_POLICY_T *p;
		char *f[FIELDS], *rest = line;

		line[n - 1] = '\0';
		for (unsigned i = 0; i < FIELDS; i++) {
			f[i] = rest != NULL ? strsep(&rest, "\t") : NULL;
			if (f[i] == NULL)
				return 1;
		}
		p = opendmarc_policy_connect_init((u_char[]){ "192.0.2.1" },
						  DMARC_POLICY_IP_TYPE_IPV4);
		puts(check(p, f));
		opendmarc_policy_connect_shutdown(p);
	}
	free(line);
	opendmarc_policy_library_shutdown(&lib);
	return 0;
}
