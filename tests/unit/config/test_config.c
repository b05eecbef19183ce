/* Typed configuration: errors with their place, defaults, rules, lookups, filters, samples, manual.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/schema.h"
#include "tests/unit/unit.h"

/* The parts of a good configuration, with their lines when all are there. */
/* 1-5 */
#define L_HEAD "DataDir: data\nLogLevel: info\nHostname: mail.example.org\nListeners:\n\tpublic:\n"
/* 6-7 */
#define L_IPS "\t\tIPs:\n\t\t\t- 127.0.0.1\n"
/* 8-12 */
#define L_TLS "\t\tTLS:\n\t\t\tKeyCerts:\n\t\t\t\t-\n\t\t\t\t\tCertFile: c\n\t\t\t\t\tKeyFile: k\n"
/* 13-14 */
#define L_SMTP "\t\tSMTP:\n\t\t\tEnabled: true\n"
/* 15-17 */
#define L_POST "Postmaster:\n\tAccount: bob\n\tMailbox: Inbox\n"
#define MOX L_HEAD L_IPS L_TLS L_SMTP L_POST
/* 1-3 */
#define DOMS "Domains:\n\texample.org:\n\t\tLocalpartCatchallSeparator: +\n"
/* 4-8 */
#define ACCS                                                                                       \
	"Accounts:\n\tbob:\n\t\tDomain: example.org\n\t\tDestinations:\n"                          \
	"\t\t\tbob@example.org: nil\n"
#define DOMAINS DOMS ACCS

/* mox.conf, domains.conf, what the first problem begins with */
static const struct {
	const char *mox, *domains, *problem;
} bad[] = {
	{ MOX "Foo: bar\n", DOMAINS, "mox.conf:18: Foo: unknown key" },
	{ MOX "CheckUpdates: true\n", DOMAINS,
	  "mox.conf:18: CheckUpdates: this version of mox does not implement" },
	{ MOX "Transports:\n\tx:\n\t\tSMTP:\n\t\t\tHost: y\n", DOMAINS,
	  "mox.conf:18: Transports: this version of mox does not implement" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\t\tDNSBLs:\n\t\t\t\t- x\n" L_POST, DOMAINS,
	  "mox.conf:15: Listeners.public.SMTP.DNSBLs: this version" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\t\tPort: 0x19\n" L_POST, DOMAINS,
	  "mox.conf:15: Listeners.public.SMTP.Port: expected a number" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\t\tPort: 65536\n" L_POST, DOMAINS,
	  "mox.conf:15: Listeners.public.SMTP.Port: must be from 1 to 65535" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\t\tPort: -1\n" L_POST, DOMAINS,
	  "mox.conf:15: Listeners.public.SMTP.Port: must" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\t\tNoSTARTTLS: yes\n" L_POST, DOMAINS,
	  "mox.conf:15: Listeners.public.SMTP.NoSTARTTLS: expected true or false" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\t\tNoSTARTTLS: true\n\t\t\tRequireSTARTTLS: true\n" L_POST,
	  DOMAINS, "mox.conf:16: Listeners.public.SMTP.RequireSTARTTLS: excludes" },
	{ L_HEAD L_IPS L_SMTP L_POST, DOMAINS,
	  "mox.conf:8: Listeners.public.SMTP: needs certificates" },
	{ L_HEAD L_IPS L_TLS "\t\tSMTP:\n\t\t\tPort: 25\n" L_POST, DOMAINS,
	  "mox.conf:13: Listeners.public.SMTP.Enabled: missing" },
	{ L_HEAD L_IPS "\t\tSMTP:\n\t\t\tEnabled: false\n" L_POST, DOMAINS,
	  "mox.conf: Listeners: no service" },
	{ L_HEAD L_IPS "\t\tSubmission:\n\t\t\tEnabled: true\n" L_POST, DOMAINS,
	  "mox.conf:8: Listeners.public.Submission: needs certificates: add TLS to the listener, "
	  "or set NoRequireSTARTTLS" },
	{ L_HEAD L_IPS "\t\tSubmissions:\n\t\t\tEnabled: true\n" L_POST, DOMAINS,
	  "mox.conf:8: Listeners.public.Submissions: needs certificates: add TLS to the listener" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\tSubmission:\n\t\t\tEnabled: true\n\t\t\tPort: 25\n" L_POST,
	  DOMAINS,
	  "mox.conf:17: Listeners.public.Submission.Port: port 25 of 127.0.0.1 is used in line 13" },
	{ L_HEAD L_IPS L_TLS L_SMTP
	  "\t\tSubmissions:\n\t\t\tEnabled: true\n\t\t\tPort: 65536\n" L_POST,
	  DOMAINS, "mox.conf:17: Listeners.public.Submissions.Port: must be from 1 to 65535" },
	{ L_HEAD L_IPS L_TLS L_SMTP "\t\tIMAPS:\n\t\t\tEnabled: true\n\t\t\tPort: 25\n" L_POST,
	  DOMAINS,
	  "mox.conf:17: Listeners.public.IMAPS.Port: port 25 of 127.0.0.1 is used in line 13" },
	{ L_HEAD "\t\tIPs:\n\t\t\t- localhost\n" L_TLS L_SMTP L_POST, DOMAINS,
	  "mox.conf:7: Listeners.public.IPs: expected an IP address" },
	{ L_HEAD "\t\tIPs: 127.0.0.1\n" L_TLS L_SMTP L_POST, DOMAINS,
	  "mox.conf:6: Listeners.public.IPs: needs indented lines" },
	{ L_HEAD "\t\tIPs:\n\t\t\tA: 127.0.0.1\n" L_TLS L_SMTP L_POST, DOMAINS,
	  "mox.conf:6: Listeners.public.IPs: expected a list" },
	{ L_HEAD L_IPS
	  "\t\tTLS:\n\t\t\tKeyCerts:\n\t\t\t\t-\n\t\t\t\t\tCertFile: c\n" L_SMTP L_POST,
	  DOMAINS, "mox.conf:10: Listeners.public.TLS.KeyCerts.KeyFile: missing" },
	{ L_HEAD L_IPS "\t\tTLS:\n\t\t\tMinVersion: TLSv1.2\n" L_SMTP L_POST, DOMAINS,
	  "mox.conf:8: Listeners.public.TLS.KeyCerts: missing" },
	{ L_HEAD L_IPS L_TLS "\t\tSMTP:\n\t\t\tEnabled: true\n\t\t\tNoSTARTTLS: true\n" L_POST,
	  DOMAINS,
	  "mox.conf:8: Listeners.public.TLS: does nothing: no service of the listener has TLS" },
	{ L_HEAD L_IPS "\t\tTLS:\n\t\t\tACME: letsencrypt\n" L_SMTP L_POST, DOMAINS,
	  "mox.conf:9: Listeners.public.TLS.ACME: this version" },
	{ L_HEAD "\t\tTLS: x\n" L_POST, DOMAINS,
	  "mox.conf:6: Listeners.public.TLS: needs indented" },
	{ L_HEAD L_IPS L_TLS "\t\t\tMinVersion: TLSv1.1\n" L_SMTP L_POST, DOMAINS,
	  "mox.conf:13: Listeners.public.TLS.MinVersion: expected TLSv1.2 or TLSv1.3: TLS 1.0 "
	  "and 1.1 are not supported" },
	{ L_HEAD L_IPS L_TLS L_SMTP
	  "\t\tSubmissions:\n\t\t\tEnabled: false\n\t\t\tEnabledOnHTTPS: true\n" L_POST,
	  DOMAINS, "mox.conf:17: Listeners.public.Submissions.EnabledOnHTTPS: this version" },
	{ MOX "NoFixPermissions: true\n", DOMAINS, "mox.conf:18: NoFixPermissions: this version" },
	{ MOX "PackageLogLevels:\n\tqueue: debug\n", DOMAINS,
	  "mox.conf:19: PackageLogLevels.queue: there is no daemon" },
	{ MOX, DOMAINS "\t\tFullName: B\n", "domains.conf:9: Accounts.bob.FullName: this version" },
	{ MOX, DOMAINS "\t\t\ta@example.org:\n\t\t\t\tFullName: B\n",
	  "domains.conf:10: Accounts.bob.Destinations.a@example.org.FullName: this version" },
	{ MOX, DOMAINS "\t\t\ta@example.org:\n\t\t\t\tSMTPError: 5501 x\n",
	  "domains.conf:10: Accounts.bob.Destinations.a@example.org.SMTPError: expected" },
	{ "DataDir: data\nLogLevel: loud\n", DOMAINS, "mox.conf:2: LogLevel: expected error" },
	{ MOX "PackageLogLevels:\n\tx: y\n", DOMAINS,
	  "mox.conf:19: PackageLogLevels.x: expected error" },
	{ MOX "User: 12\n", DOMAINS, "mox.conf:18: User: expected" },
	{ MOX "Workers:\n\tnosuchd: 1\n", DOMAINS,
	  "mox.conf:19: Workers.nosuchd: there is no daemon" },
	{ MOX "Workers:\n\tsmtpd: 0\n", DOMAINS, "mox.conf:19: Workers.smtpd: must be from 1" },
	{ MOX "Workers:\n\tauthd: 2\n", DOMAINS,
	  "mox.conf:19: Workers.authd: there can be only 1" },
	{ MOX "InitialMailboxes:\n\tSpecialUse:\n\t\tSent: a/../b\n", DOMAINS,
	  "mox.conf:20: InitialMailboxes.SpecialUse.Sent: a part" },
	{ MOX "InitialMailboxes:\n\tSpecialUse:\n\t\tSent: A\n\t\tTrash: A\n", DOMAINS,
	  "mox.conf:19: InitialMailboxes.SpecialUse: \"A\" has two uses" },
	{ MOX "LogLevel: info\n", DOMAINS, "mox.conf:18: \"LogLevel\" was set in line 2" },
	{ MOX "DataDir:x\n", DOMAINS, "mox.conf:18: DataDir: expected a space" },
	{ MOX, DOMS, "domains.conf: Accounts: missing" },
	{ MOX, DOMS "Accounts:\n\talice:\n\t\tDomain: example.org\n",
	  "mox.conf:16: Postmaster.Account: there is no account \"bob\"" },
	{ MOX, DOMS "Accounts:\n\tbob: nil\n", "domains.conf:5: Accounts.bob.Domain: missing" },
	{ MOX, DOMS "Accounts:\n\tbob: x\n", "domains.conf:5: Accounts.bob: expected nil" },
	{ MOX, DOMAINS "\t\tRejectsMailbox: Rejects\n",
	  "domains.conf:9: Accounts.bob.RejectsMailbox: this version" },
	{ MOX, DOMAINS "\t\tColour: red\n", "domains.conf:9: Accounts.bob.Colour: unknown key" },
	{ MOX, DOMAINS "\talice:\n\t\tDomain: nowhere\n",
	  "domains.conf:10: Accounts.alice.Domain: \"nowhere\"" },
	{ MOX, DOMAINS "\t../x:\n\t\tDomain: example.org\n",
	  "domains.conf:9: Accounts.../x: the name" },
	{ MOX,
	  DOMAINS
	  "\talice:\n\t\tDomain: example.org\n\t\tDestinations:\n\t\t\tBOB@EXAMPLE.org: nil\n",
	  "domains.conf:12: Accounts.alice.Destinations.BOB@EXAMPLE.org: the same address is "
	  "in account \"bob\"" },
	{ MOX, DOMAINS "\t\t\tbob@else.where: nil\n",
	  "domains.conf:9: Accounts.bob.Destinations.bob@else.where: the domain" },
	{ MOX, DOMAINS "\t\t\ta+b@example.org: nil\n",
	  "domains.conf:9: Accounts.bob.Destinations.a+b@example.org: has a sep" },
	{ MOX, DOMAINS "\t\t\tab: nil\n",
	  "domains.conf:9: Accounts.bob.Destinations.ab: expected an address" },
	{ MOX, DOMAINS "\t\t\ta..b@example.org: nil\n",
	  "domains.conf:9: Accounts.bob.Destinations.a..b@example.org: the part" },
	{ MOX, DOMAINS "\t\t\ta@example.org:\n\t\t\t\tSMTPError: 250 x\n",
	  "domains.conf:10: Accounts.bob.Destinations.a@example.org.SMTPError: expected" },
	{ MOX, DOMAINS "\t\t\ta@example.org:\n\t\t\t\tSMTPError: 550 x\n\t\t\t\tMailbox: y\n",
	  "domains.conf:10: Accounts.bob.Destinations.a@example.org.SMTPError: excludes" },
	{ MOX, DOMAINS "\t\t\ta@example.org:\n\t\t\t\tMailbox: #y\n",
	  "domains.conf:10: Accounts.bob.Destinations.a@example.org.Mailbox: the name" },
	{ MOX, DOMS "\tEXAMPLE.org: nil\n" ACCS,
	  "domains.conf:4: Domains.EXAMPLE.org: the same domain" },
	{ MOX, DOMS "\ta b: nil\n" ACCS, "domains.conf:4: Domains.a b: expected a domain" },
	{ MOX, "Domains:\n\texample.org:\n\t\tLocalpartCatchallSeparator: + # see below\n" ACCS,
	  "domains.conf:3: Domains.example.org.LocalpartCatchallSeparator: expected ASCII" },
	{ MOX, DOMS "\t\tLocalpartCatchallSeparators:\n\t\t\t- -\n" ACCS,
	  "domains.conf:4: Domains.example.org.LocalpartCatchallSeparators: excludes" },
	{ MOX,
	  DOMS "\t\tDKIM:\n\t\t\tSelectors:\n\t\t\t\ta:\n\t\t\t\t\tPrivateKeyFile: "
	       "x\n\t\t\tSign:\n\t\t\t\t- b\n" ACCS,
	  "domains.conf:8: Domains.example.org.DKIM.Sign: there is no selector \"b\"" },
	{ MOX,
	  DOMS "\t\tDKIM:\n\t\t\tSelectors:\n\t\t\t\ta:\n\t\t\t\t\tPrivateKeyFile: "
	       "x\n\t\t\t\t\tHash: sha1\n" ACCS,
	  "domains.conf:8: Domains.example.org.DKIM.Selectors.a.Hash: expected sha256" },
	{ MOX,
	  DOMS "\t\tDKIM:\n\t\t\tSelectors:\n\t\t\t\ta:\n\t\t\t\t\tPrivateKeyFile: "
	       "x\n\t\t\t\t\tExpiration: 3d\n" ACCS,
	  "domains.conf:8: Domains.example.org.DKIM.Selectors.a.Expiration: expected a duration" },
	{ MOX, "Routes:\n\t-\n\t\tTransport: x\n" DOMAINS, "domains.conf:1: Routes: this version" },
};

static struct config *
parse(const char *mox, const char *domains)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;

	ck_assert_msg(config_parse_files(&c, "mox.conf", str_c(mox), "domains.conf", str_c(domains),
					 NULL, &e) == 0,
		      "%s", e.msg);
	return c;
}

START_TEST(test_bad)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct config *c = NULL;
		struct err e = ERR_INIT;
		struct buf all;

		buf_init(&all, 1 << 20);
		ck_assert_msg(config_parse_files(&c, "mox.conf", str_c(bad[i].mox), "domains.conf",
						 str_c(bad[i].domains), &all, &e) < 0,
			      "accepted: %s", bad[i].problem);
		ck_assert_msg(str_has_prefix(str_c(e.msg), str_c(bad[i].problem)),
			      "%s, expected %s", e.msg, bad[i].problem);
		/* In full in the list, and there as a line. */
		ck_assert(str_has_prefix(buf_str(&all), str_c(bad[i].problem)));
		ck_assert_int_eq(all.p[all.off + all.n - 1], '\n');
		ck_assert_ptr_null(c);
		buf_done(&all);
	}
}
END_TEST

START_TEST(test_all_problems)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct buf all;

	buf_init(&all, 1 << 20);
	ck_assert_int_lt(config_parse_files(&c, "m", STR("A: b\nDataDir: x\nB: c\n"), "d",
					    STR("C: d\n"), &all, &e),
			 0);
	ck_assert_str_is(
		buf_str(&all),
		STR("m:1: A: unknown key\nm:3: B: unknown key\nm: LogLevel: missing, and must "
		    "be there\n"
		    "m: Hostname: missing, and must be there\nm: Listeners: missing, and must "
		    "be there\n"
		    "m: Postmaster: missing, and must be there\nd:1: C: unknown key\n"
		    "d: Domains: missing, and must be there\nd: Accounts: missing, and must be "
		    "there\n"));
	buf_reset(&all);
	for (unsigned i = 0; i < 2 * LIM_CONF_PROBLEMS; i++)
		buf_printf(&all, "K%u: v\n", i);
	ck_assert_int_lt(config_parse_files(&c, "m", buf_str(&all), "d", STR(DOMAINS), NULL, &e),
			 0);
	buf_done(&all);
}
END_TEST

START_TEST(test_defaults)
{
	struct config *c =
		parse(MOX "QuotaMessageSize: 2G\n", DOMAINS "\t\tQuotaMessageSize: -1\n");
	const struct cfg_listener *l = &c->mox.listeners.v[0];

	ck_assert_str_is(l->key, STR("public"));
	ck_assert_int_eq(l->smtp.port, 25);
	ck_assert(l->smtp.tls_session_tickets_disabled);
	ck_assert_int_eq(l->smtp_max_message_size, 100 << 20);
	ck_assert(!l->imaps.set && !l->imaps.enabled);
	ck_assert_int_eq(l->imaps.port, 993);
	ck_assert_str_is(l->tls.min_version, STR("TLSv1.2"));
	ck_assert_str_is(l->tls.key_certs.v[0].key_file, STR("k"));
	ck_assert_str_is(config_listener_hostname(c, l), STR("mail.example.org"));
	ck_assert_str_is(c->mox.user, STR("mox"));
	ck_assert_str_is(c->mox.initial_mailboxes.special_use.draft, STR("Drafts"));
	ck_assert_int_eq(c->mox.quota_message_size, 2LL << 30);
	ck_assert_int_eq(c->domains.accounts.v[0].quota_message_size, -1);
	ck_assert_str_is(c->domains.accounts.v[0].destinations.v[0].mailbox, STR("Inbox"));
	ck_assert_uint_eq(config_workers(c, ROLE_SMTPD), 0);
	config_free(&c);

	/* 0 and the empty value are the default, as in mox's own samples. */
	c = parse(L_HEAD L_IPS
		  "\t\tHostname:\n\t\tSMTPMaxMessageSize: 0\n" L_TLS L_SMTP "\t\t\tPort: 0\n" L_POST
		  "InitialMailboxes:\n\tSpecialUse:\n\t\tSent: S\nWorkers:\n\tsmtpd: 3\n",
		  DOMAINS);
	ck_assert_int_eq(c->mox.listeners.v[0].smtp.port, 25);
	ck_assert_int_eq(c->mox.listeners.v[0].smtp_max_message_size, 100 << 20);
	ck_assert_str_is(c->mox.initial_mailboxes.special_use.sent, STR("S"));
	ck_assert_str_is(c->mox.initial_mailboxes.special_use.draft, STR(""));
	ck_assert_uint_eq(config_workers(c, ROLE_SMTPD), 3);
	config_free(&c);
	config_free(&c);
}
END_TEST

START_TEST(test_duration)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{ "15s", 15000 },
		{ "1h30m", 5400000 },
		{ "1.5h", 5400000 },
		{ "72h", 259200000 },
		{ "1500ms", 1500 },
		{ "0", 0 },
		{ "0s", 0 },
		{ "1000000us", 1000 },
		{ "1h0.5s", 3600500 },
		{ "3d", -1 },
		{ "15", -1 },
		{ "s", -1 },
		{ "1 h", -1 },
		{ "-1h", -1 },
		{ "", -1 },
		{ "999999999999h", -1 },
		{ "1ns", -1 },
		{ "h1", -1 },
		{ ".5s", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct cfg_row row = {
			.name = "T", .type = CFG_T_TIME, .def = "", .min = 1000, .max = INT64_MAX
		};
		struct err e = ERR_INIT;
		int64_t v = -2;

		if (rows[i].ms >= 0) {
			ck_assert_msg(cfg_value_parse(&row, str_c(rows[i].text), NULL, &v, &e) == 0,
				      "%s: %s", rows[i].text, e.msg);
			ck_assert_int_eq(v, rows[i].ms);
		} else if (rows[i].text[0] != '1' || rows[i].text[1] != 'n') {
			ck_assert_msg(cfg_value_parse(&row, str_c(rows[i].text), NULL, &v, &e) < 0,
				      "%s", rows[i].text);
		}
	}
}
END_TEST

/* ---- lookups */

static const char lookup_domains[] =
	"Domains:\n\texample.org:\n\t\tLocalpartCatchallSeparators:\n\t\t\t- +\n\t\t\t- --\n"
	"\tcase.example:\n\t\tLocalpartCaseSensitive: true\n"
	"\toff.example:\n\t\tDisabled: true\n"
	"\tB\xc3\xbc\x63her.example: nil\n"
	"\tmail.example.org: nil\n"
	"Accounts:\n"
	"\tbob:\n\t\tDomain: example.org\n\t\tDestinations:\n"
	"\t\t\tBob@example.org: nil\n"
	"\t\t\tj\xc3\xbcrgen@Example.Org:\n\t\t\t\tMailbox: J\n"
	"\t\t\tgone@example.org:\n\t\t\t\tSMTPError: 550 moved away\n"
	"\t\t\tBob@case.example: nil\n"
	"\t\t\tbob@off.example: nil\n"
	"\talice:\n\t\tDomain: example.org\n\t\tDestinations:\n"
	"\t\t\t@xn--bcher-kva.example:\n\t\t\t\tMailbox: Rest\n"
	"\t\t\talice@b\xc3\xbc\x63her.example: nil\n"
	"\t\t\tpostmaster@case.example: nil\n";

START_TEST(test_resolve)
{
	static const struct {
		const char *local, *domain;
		enum config_found found;
		const char *account, *mailbox;
	} rows[] = {
		{ "bob", "example.org", CONFIG_FOUND, "bob", "Inbox" },
		{ "BOB", "EXAMPLE.ORG", CONFIG_FOUND, "bob", "Inbox" },
		{ "bob+x+y", "example.org", CONFIG_FOUND, "bob", "Inbox" },
		{ "bob--x", "example.org", CONFIG_FOUND, "bob", "Inbox" },
		{ "bob-x", "example.org", CONFIG_NO_USER, NULL, NULL },
		{ "+bob", "example.org", CONFIG_NO_USER, NULL, NULL },
		{ "", "example.org", CONFIG_NO_USER, NULL, NULL },
		{ "J\xc3\x9crgen", "example.org", CONFIG_FOUND, "bob", "J" },
		{ "ju\xcc\x88rgen+list", "example.org", CONFIG_FOUND, "bob", "J" },
		{ "j\xff", "example.org", CONFIG_NO_USER, NULL, NULL },
		{ "gone", "example.org", CONFIG_FOUND, "bob", "Inbox" },
		{ "Bob", "case.example", CONFIG_FOUND, "bob", "Inbox" },
		{ "bob", "case.example", CONFIG_NO_USER, NULL, NULL },
		{ "bob", "off.example", CONFIG_DISABLED, NULL, NULL },
		{ "x", "off.example", CONFIG_DISABLED, NULL, NULL },
		{ "x", "nowhere.example", CONFIG_NO_DOMAIN, NULL, NULL },
		{ "x", "sub.example.org", CONFIG_NO_DOMAIN, NULL, NULL },
		{ "x", "[127.0.0.1]", CONFIG_NO_DOMAIN, NULL, NULL },
		{ "x", "example.org.", CONFIG_NO_DOMAIN, NULL, NULL },
		{ "alice", "xn--bcher-kva.example", CONFIG_FOUND, "alice", "Inbox" },
		{ "Alice", "B\xc3\x9c\x43HER.example", CONFIG_FOUND, "alice", "Inbox" },
		{ "other", "b\xc3\xbc\x63her.example", CONFIG_FOUND, "alice", "Rest" },
		{ "PostMaster", "example.org", CONFIG_FOUND, "bob", "Post" },
		{ "postmaster", "", CONFIG_FOUND, "bob", "Post" },
		{ "postmaster", "mail.example.org", CONFIG_FOUND, "bob", "Post" },
		{ "postmaster", "mx.example.org", CONFIG_FOUND, "bob", "Post" },
		{ "POSTMASTER", "case.example", CONFIG_FOUND, "alice", "Inbox" },
		{ "postmaster", "b\xc3\xbc\x63her.example", CONFIG_FOUND, "alice", "Rest" },
		{ "bob", "", CONFIG_NO_DOMAIN, NULL, NULL },
		{ "bob", "mail.example.org", CONFIG_NO_USER, NULL, NULL },
	};
	struct config *c = parse(L_HEAD L_IPS "\t\tHostname: MX.example.org\n" L_TLS L_SMTP
					      "Postmaster:\n\tAccount: bob\n\tMailbox: Post\n",
				 lookup_domains);
	struct config_dest d;
	char longest[LIM_LOCALPART * 5];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum config_found f =
			config_resolve(c, str_c(rows[i].local), str_c(rows[i].domain), &d);

		ck_assert_msg(f == rows[i].found, "%s@%s: %d", rows[i].local, rows[i].domain,
			      (int)f);
		if (f != CONFIG_FOUND)
			continue;
		ck_assert_str_is(d.account->key, str_c(rows[i].account));
		ck_assert_str_is(d.mailbox, str_c(rows[i].mailbox));
		ck_assert_int_eq(d.is_catchall, strcmp(rows[i].mailbox, "Rest") == 0);
		ck_assert_int_eq(d.is_postmaster, strcmp(rows[i].mailbox, "Post") == 0);
		ck_assert_str_is(d.smtp_error, strcmp(rows[i].local, "gone") == 0
						       ? STR("550 moved away")
						       : STR(""));
	}
	memset(longest, 'a', sizeof(longest));
	ck_assert_int_eq(
		config_resolve(c, str_mem(longest, sizeof(longest)), STR("example.org"), &d),
		CONFIG_NO_USER);

	ck_assert_str_is(config_login_find(c, STR("BOB+imap@example.org"))->key, STR("bob"));
	ck_assert_str_is(config_login_find(c, STR("bob@off.example"))->key, STR("bob"));
	ck_assert_ptr_null(config_login_find(c, STR("other@xn--bcher-kva.example")));
	ck_assert_ptr_null(config_login_find(c, STR("postmaster@example.org")));
	ck_assert_ptr_null(config_login_find(c, STR("bob")));
	ck_assert_ptr_null(config_login_find(c, STR("@xn--bcher-kva.example")));
	ck_assert_ptr_null(config_account_find(c, STR("Bob")));
	config_free(&c);
}
END_TEST

START_TEST(test_names)
{
	static const struct {
		const char *in, *out;
	} domains[] = {
		{ "Example.ORG", "example.org" },
		{ "a_b.c-d.e1", "a_b.c-d.e1" },
		{ "localhost", "localhost" },
		{ "stra\xc3\x9f\x65.de", "xn--strae-oqa.de" },
		{ "\xe2\x98\x83.example", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "a.", NULL },
		{ "-a.b", NULL },
		{ "a-.b", NULL },
		{ "a b", NULL },
		{ "a@b", NULL },
		{ "\xff.b", NULL },
		{ "b\xc3\xbc..c", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b", NULL },
		{ "\xe3\x80\x82", NULL },
	};
	static const char *const mailboxes[] = { "Inbox", "A/B c", "M\xc3\xbcll",
						 "a.b",	  "~",	   "[Gmail]/x" };
	static const char *const no_mailboxes[] = { "",	     "/",	  "a/",		  "/a",
						    "a//b",  ".",	  "a/..",	  "#a",
						    "a\x01", "a\xc2\x85", "Mu\xcc\x88ll", "\xff" };
	char out[LIM_DOMAIN + 1];

	for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
		struct err e = ERR_INIT;
		int r = config_domain_ascii(str_c(domains[i].in), out, &e);

		ck_assert_msg((r == 0) == (domains[i].out != NULL), "%s: %s", domains[i].in, e.msg);
		if (r == 0)
			ck_assert_str_eq(out, domains[i].out);
	}
	for (size_t i = 0; i < ARRAY_LEN(mailboxes); i++)
		ck_assert_msg(config_mailbox_check(str_c(mailboxes[i]), NULL) == 0, "%s",
			      mailboxes[i]);
	for (size_t i = 0; i < ARRAY_LEN(no_mailboxes); i++)
		ck_assert_msg(config_mailbox_check(str_c(no_mailboxes[i]), NULL) < 0, "%s",
			      no_mailboxes[i]);
	ck_assert_int_eq(config_account_check(STR("bob.smith-2_x"), NULL), 0);
	ck_assert_int_lt(config_account_check(STR(".."), NULL), 0);
	ck_assert_int_lt(config_account_check(STR("a/b"), NULL), 0);
	ck_assert_int_lt(config_account_check(STR("a\0b"), NULL), 0);
	ck_assert_int_lt(config_account_check(STR(""), NULL), 0);
}
END_TEST

/* ---- filters */

static struct config *
filtered(const struct config *c, enum role r)
{
	struct config *f = NULL;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 1 << 20);
	config_filter(c, r, &b);
	ck_assert_msg(config_parse(&f, buf_str(&b), &e) == 0, "%s: %s", role_name(r), e.msg);
	buf_done(&b);
	return f;
}

START_TEST(test_filter)
{
	struct config *c =
		parse(L_HEAD L_IPS L_TLS L_SMTP "\tother:\n\t\tIPs:\n\t\t\t- ::1\n" L_TLS
						"\t\tIMAPS:\n\t\t\tEnabled: true\n" L_POST
						"PackageLogLevels:\n\tsmtpd: debug\n",
		      lookup_domains);
	struct config_dest d;
	struct config *f;

	f = filtered(c, ROLE_SMTPD);
	ck_assert_uint_eq(f->domains.accounts.n, 0);
	ck_assert_uint_eq(f->mox.listeners.n, 2);
	ck_assert_uint_eq(f->mox.listeners.v[0].tls.key_certs.n, 1);
	ck_assert_str_is(f->mox.listeners.v[0].tls.key_certs.v[0].cert_file, STR("c"));
	ck_assert_str_is(f->mox.listeners.v[0].tls.key_certs.v[0].key_file, STR(""));
	ck_assert(f->mox.listeners.v[0].smtp.enabled && !f->mox.listeners.v[1].imaps.enabled);
	ck_assert_str_is(f->mox.data_dir, STR(""));
	config_free(&f);

	f = filtered(c, ROLE_ACMEKEY);
	ck_assert_str_is(f->mox.listeners.v[1].tls.key_certs.v[0].key_file, STR("k"));
	ck_assert_uint_eq(f->domains.domains.n, 0);
	config_free(&f);

	f = filtered(c, ROLE_DELIVERD);
	ck_assert_int_eq(config_resolve(f, STR("ju\xcc\x88rgen+list"), STR("example.org"), &d),
			 CONFIG_FOUND);
	ck_assert_str_is(d.mailbox, STR("J"));
	ck_assert_int_eq(config_resolve(f, STR("postmaster"), STR(""), &d), CONFIG_FOUND);
	ck_assert_uint_eq(f->mox.listeners.v[0].tls.key_certs.n, 0);
	config_free(&f);

	f = filtered(c, ROLE_AUTHD);
	ck_assert_str_is(config_login_find(f, STR("Bob@case.example"))->key, STR("bob"));
	ck_assert_uint_eq(f->mox.listeners.n, 0);
	config_free(&f);

	f = filtered(c, ROLE_AUTHHASH);
	ck_assert_str_is(f->mox.package_log_levels.v[0].key, STR("smtpd"));
	ck_assert_uint_eq(f->domains.accounts.n, 0);
	config_free(&f);

	f = filtered(c, ROLE_MASTER);
	ck_assert_str_is(f->mox.data_dir, STR("data"));
	config_free(&f);
	config_free(&c);
}
END_TEST

/* Who gets a key gets the sections around it. */
static void
check_masks(const struct cfg_table *t, uint32_t around, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct cfg_row *r = &t->rows[i];

		ck_assert_msg((r->roles & ~around) == 0, "%s.%s", name, r->name);
		if (r->sub != NULL)
			check_masks(r->sub(), r->roles, r->name);
		ck_assert_msg(r->type == CFG_T_LATER || r->help[strlen(r->help) - 1] == '.', "%s",
			      r->name);
	}
}

START_TEST(test_schema)
{
	check_masks(cfg_table_mox(), UINT32_MAX, "mox.conf");
	check_masks(cfg_table_domains(), UINT32_MAX, "domains.conf");
}
END_TEST

START_TEST(test_restart_keys)
{
	struct config *a = parse(MOX, DOMAINS), *b;
	struct buf out;

	buf_init(&out, 1 << 20);
	b = parse(MOX "QuotaMessageSize: 5\n", DOMS ACCS "\t\tDescription: B\n");
	ck_assert_uint_eq(config_restart_keys(a, b, &out), 0);
	config_free(&b);
	b = parse(L_HEAD L_IPS "\t\t\t- ::1\n" L_TLS L_SMTP "\t\t\tPort: 2525\n"
			       "\tmore:\n\t\tIPs:\n\t\t\t- 127.0.0.2\n" L_POST
			       "Workers:\n\tsmtpd: 2\n",
		  DOMAINS);
	ck_assert_uint_eq(config_restart_keys(a, b, &out), 4);
	ck_assert_str_is(
		buf_str(&out),
		STR("Listeners.public.IPs\nListeners.public.SMTP.Port\nListeners.more.IPs\nWorkers\n"));
	config_free(&b);
	config_free(&a);
	buf_done(&out);
}
END_TEST

/* ---- generated texts */

START_TEST(test_describe)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct buf m, d;

	buf_init(&m, 1 << 20);
	buf_init(&d, 1 << 20);
	config_describe_static(&m);
	config_describe_domains(&d);
	ck_assert_msg(config_parse_files(&c, "static", buf_str(&m), "domains", buf_str(&d), NULL,
					 &e) == 0,
		      "%s", e.msg);
	config_free(&c);
	buf_done(&m);
	buf_done(&d);
}
END_TEST

START_TEST(test_localserve)
{
	struct config *c = NULL;
	struct config_dest dest;
	struct err e = ERR_INIT;
	struct buf m, d;

	buf_init(&m, 1 << 20);
	buf_init(&d, 1 << 20);
	config_localserve(STR_NONE, true, 3000, &m, &d);
	ck_assert_msg(config_parse_files(&c, "m", buf_str(&m), "d", buf_str(&d), NULL, &e) == 0,
		      "%s", e.msg);
	ck_assert_int_eq(c->mox.listeners.v[0].smtp.port, 4025);
	ck_assert_uint_eq(c->mox.listeners.v[0].ips.n, 2);
	ck_assert_int_eq(config_resolve(c, STR("anybody"), STR("localhost"), &dest), CONFIG_FOUND);
	ck_assert_str_is(dest.account->key, STR("mox"));
	config_free(&c);
	buf_reset(&m);
	buf_reset(&d);
	config_localserve(STR("192.0.2.1"), false, 0, &m, &d);
	ck_assert_int_eq(config_parse_files(&c, "m", buf_str(&m), "d", buf_str(&d), NULL, &e), 0);
	ck_assert_str_is(c->mox.listeners.v[0].ips.v[0], STR("192.0.2.1"));
	ck_assert_int_eq(c->mox.listeners.v[0].imaps.port, 1993);
	config_free(&c);
	buf_done(&m);
	buf_done(&d);
}
END_TEST

static void
read_file(const char *path, struct buf *out)
{
	struct err e = ERR_INIT;

	ck_assert_msg(config_read_file(path, out, &e) == 0, "%s", e.msg);
}

/* A file that is generated, or has a generated part between the lines `from` and `to`, is up to
 * date. With MOX_UPDATE in the environment it is brought up to date instead. */
static void
check_generated(const char *path, const char *from, const char *to, struct str want)
{
	struct buf have;
	struct str s;
	ssize_t a, b;
	FILE *f;

	buf_init(&have, 1 << 20);
	read_file(path, &have);
	s = buf_str(&have);
	a = from[0] != '\0' ? str_find(s, str_c(from)) + (ssize_t)strlen(from) : 0;
	b = to[0] != '\0' ? str_find(s, str_c(to)) : (ssize_t)s.n;
	ck_assert_msg(a <= b && a >= (ssize_t)strlen(from), "%s has no place for what is generated",
		      path);
	if (getenv("MOX_UPDATE") != NULL) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fprintf(f, STR_FMT STR_FMT STR_FMT, STR_ARG(str_sub(s, 0, (size_t)a)),
			STR_ARG(want), STR_ARG(str_from(s, (size_t)b)));
		ck_assert_int_eq(fclose(f), 0);
	} else {
		ck_assert_msg(str_eq(str_sub(s, (size_t)a, (size_t)b), want),
			      "%s is not up to date: run this test with MOX_UPDATE=1", path);
	}
	buf_done(&have);
}

START_TEST(test_generated)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	config_describe_static(&b);
	check_generated("conf/mox.conf.sample", "", "", buf_str(&b));
	buf_reset(&b);
	config_describe_domains(&b);
	check_generated("conf/domains.conf.sample", "", "", buf_str(&b));
	buf_reset(&b);
	config_describe_mdoc(false, &b);
	check_generated("man/mox.conf.5", ".\\\" keys: generated\n", ".\\\" end of keys\n",
			buf_str(&b));
	buf_reset(&b);
	config_describe_mdoc(true, &b);
	check_generated("man/domains.conf.5", ".\\\" keys: generated\n", ".\\\" end of keys\n",
			buf_str(&b));
	buf_done(&b);
}
END_TEST

/* A key is good when the file says so. */
static int
dkim_key(struct str pem, struct err *e)
{
	return str_eq(pem, STR("good")) ? 0 : err_set(e, EC_SYNTAX, "is no key");
}

static int
tls_pair(struct str cert, struct str key, struct err *e)
{
	return str_eq(cert, key) ? 0 : err_set(e, EC_SYNTAX, "are no pair");
}

static const struct config_check_files files = { dkim_key, tls_pair };

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[LIM_PATH];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* The files that a configuration names, and what is wrong with them ("" for nothing). */
static void
files_check(const char *dir, const char *problem)
{
	char mox[64];
	struct config *c = NULL;
	struct err e = ERR_INIT;
	int r;

	snprintf(mox, sizeof(mox), "%s/mox.conf", dir);
	r = config_load(&c, mox, &files, NULL, &e);
	config_free(&c);
	ck_assert_int_eq(r, problem[0] != '\0' ? -1 : 0);
	ck_assert_msg(strstr(e.msg, problem) != NULL, "%s", e.msg);
}

START_TEST(test_named_files)
{
	static const char *const names[] = { "mox.conf", "domains.conf", "c", "k", "d", "a" };
	char dir[] = "/tmp/mox-test-config.XXXXXX", path[LIM_PATH];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	put_file(dir, "mox.conf", MOX "AdminPasswordFile: a\n");
	put_file(dir, "domains.conf",
		 DOMS
		 "\t\tDKIM:\n\t\t\tSelectors:\n\t\t\t\ts:\n\t\t\t\t\tPrivateKeyFile: d\n" ACCS);
	put_file(dir, "c", "");
	put_file(dir, "k", "x");
	files_check(dir, "mox.conf:12: Listeners.public.TLS.KeyCerts.KeyFile: k: are no pair");
	put_file(dir, "k", "");
	files_check(dir, "domains.conf:7: Domains.example.org.DKIM.Selectors.s.PrivateKeyFile: ");
	put_file(dir, "d", "bad");
	files_check(dir, "PrivateKeyFile: d: is no key");
	put_file(dir, "d", "good");
	files_check(dir, "");
	put_file(dir, "a", "");
	files_check(dir, "");
	put_file(dir, "mox.conf", MOX "AdminPasswordFile: none/a\n");
	files_check(dir, "mox.conf:18: AdminPasswordFile: ");
	put_file(dir, "mox.conf", MOX "AdminPasswordFile: ../\n");
	files_check(dir, "not a regular file");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}
END_TEST

START_TEST(test_load)
{
	char dir[] = "/tmp/mox-test-config.XXXXXX", mox[64], domains[64], path[LIM_PATH];
	struct config *c = NULL;
	struct err e = ERR_INIT;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(mox, sizeof(mox), "%s/mox.conf", dir);
	snprintf(domains, sizeof(domains), "%s/domains.conf", dir);
	ck_assert_int_lt(config_load(&c, mox, NULL, NULL, &e), 0);
	ck_assert_int_eq(e.code, EC_NOTFOUND);
	f = fopen(mox, "w");
	fputs(MOX, f);
	fclose(f);
	f = fopen(domains, "w");
	fputs(DOMAINS, f);
	fclose(f);
	err_clear(&e);
	ck_assert_msg(config_load(&c, mox, NULL, NULL, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(config_path(c, c->mox.data_dir, path, &e), 0);
	ck_assert_str_eq(path + strlen(dir), "/data");
	ck_assert_int_eq(config_path(c, STR("/x"), path, &e), 0);
	ck_assert_str_eq(path, "/x");
	config_free(&c);
	/* The files that it names are not there. */
	ck_assert_int_lt(config_load(&c, mox, &files, NULL, &e), 0);
	ck_assert_msg(strstr(e.msg, "mox.conf:11: Listeners.public.TLS.KeyCerts.CertFile: ") !=
			      NULL,
		      "%s", e.msg);
	unlink(mox);
	unlink(domains);
	rmdir(dir);
}
END_TEST

UNIT_MAIN("config", test_bad, test_all_problems, test_defaults, test_duration, test_resolve,
	  test_names, test_filter, test_schema, test_restart_keys, test_describe, test_localserve,
	  test_generated, test_named_files, test_load)
