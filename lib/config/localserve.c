/* The files of `mox localserve`. */
#include "config/config.h"

static void
put_service(struct buf *b, const char *name, unsigned port)
{
	buf_printf(b, "\t\t%s:\n\t\t\tEnabled: true\n\t\t\tPort: %u\n", name, port);
}

void
config_localserve(struct str ip, bool has_ipv6, unsigned port_offset, struct buf *m, struct buf *d)
{
	unsigned base = 1000 + port_offset;

	buf_puts(m, "# Written by mox localserve: a mail server for trying things out, on this "
		    "machine alone.\n"
		    "# Every address that does not exist is delivered to the account mox.\n"
		    "DataDir: data\n"
		    "LogLevel: info\n"
		    "Hostname: localhost\n"
		    "Listeners:\n"
		    "\tlocal:\n"
		    "\t\tIPs:\n");
	if (ip.n > 0)
		buf_printf(m, "\t\t\t- " STR_FMT "\n", STR_ARG(ip));
	else
		buf_printf(m, "\t\t\t- 127.0.0.1\n%s", has_ipv6 ? "\t\t\t- ::1\n" : "");
	buf_puts(m, "\t\tTLS:\n"
		    "\t\t\tKeyCerts:\n"
		    "\t\t\t\t-\n"
		    "\t\t\t\t\tCertFile: localhost.crt\n"
		    "\t\t\t\t\tKeyFile: localhost.key\n");
	put_service(m, "SMTP", base + 25);
	put_service(m, "Submission", base + 587);
	put_service(m, "Submissions", base + 465);
	put_service(m, "IMAP", base + 143);
	put_service(m, "IMAPS", base + 993);
	buf_puts(m, "Postmaster:\n"
		    "\tAccount: mox\n"
		    "\tMailbox: Inbox\n");
	buf_puts(d, "# Written by mox localserve.\n"
		    "Domains:\n"
		    "\tlocalhost:\n"
		    "\t\tLocalpartCatchallSeparator: +\n"
		    "\t\tDKIM:\n"
		    "\t\t\tSelectors:\n"
		    "\t\t\t\tlocalserve:\n"
		    "\t\t\t\t\tExpiration: 72h\n"
		    "\t\t\t\t\tPrivateKeyFile: " CONFIG_LOCALSERVE_DKIM "\n"
		    "\t\t\tSign:\n"
		    "\t\t\t\t- localserve\n"
		    "Accounts:\n"
		    "\tmox:\n"
		    "\t\tDomain: localhost\n"
		    "\t\tDestinations:\n"
		    "\t\t\tmox@localhost: nil\n"
		    "\t\t\t@localhost: nil\n");
}
