/* Edits of domains.conf: what changes, what stays, what is refused, and how the file is replaced.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/edit.h"
#include "tests/unit/unit.h"

static const char mox_conf[] = "DataDir: data\n"
			       "LogLevel: info\n"
			       "Hostname: mail.example.org\n"
			       "Listeners:\n"
			       "\tpublic:\n"
			       "\t\tIPs:\n"
			       "\t\t\t- 127.0.0.1\n"
			       "\t\tSMTP:\n"
			       "\t\t\tEnabled: true\n"
			       "\t\t\tNoSTARTTLS: true\n"
			       "Postmaster:\n"
			       "\tAccount: bob\n"
			       "\tMailbox: Inbox\n";

#define HEAD "# top\nDomains:\n\t# the one\n\texample.org: nil\n"
#define BUECHER "\tB\xc3\xbc\x63her.example:\n\t\t# why\n\t\tDisabled: true\n"
#define BOB                                                                                        \
	"Accounts:\n\t# the boss\n\tbob:\n\t\tDomain: example.org\n\t\tDestinations:\n"            \
	"\t\t\tbob@example.org: nil\n"
#define ROBERT "\t\t\t# second\n\t\t\tRobert@Example.ORG:\n\t\t\t\tMailbox: Second\n"
#define END_BOB "\t\t# end of bob\n"
#define ALICE "\talice:\n\t\tDomain: example.org\n"
#define TAIL "# end\n"
static const char domains_conf[] = HEAD BUECHER BOB ROBERT END_BOB ALICE TAIL;

/* verb, arguments, the new text; NULL: refused, with this in the message */
static const struct {
	const char *verb, *a[9];
	const char *text, *msg;
} rows[] = {
	{ "account.add",
	  { "carol", "Carol@example.org" },
	  HEAD BUECHER BOB ROBERT END_BOB ALICE
	  "\tcarol:\n\t\tDomain: example.org\n\t\tDestinations:\n\t\t\tCarol@example.org: "
	  "nil\n" TAIL,
	  "" },
	{ "account.add", { "bob", "new@example.org" }, NULL, "already" },
	{ "account.add", { "carol", "BOB@example.org" }, NULL, "already" },
	{ "account.add", { "carol", "carol@nowhere.example" }, NULL, "no domain" },
	{ "account.add", { "a/b", "carol@example.org" }, NULL, "name of an account" },
	{ "account.add", { "..", "carol@example.org" }, NULL, "name of an account" },
	{ "account.add", { "carol", "a b@example.org" }, NULL, "quotes" },
	{ "account.add", { "carol", "carol" }, NULL, "@" },
	{ "account.add", { "carol", "x\nDomain: y@example.org" }, NULL, "" },
	{ "account.rm", { "alice" }, HEAD BUECHER BOB ROBERT END_BOB TAIL, "" },
	{ "account.rm", { "bob" }, NULL, "postmaster" },
	{ "account.rm", { "dave" }, NULL, "no account" },
	{ "account.disable",
	  { "alice", "away" },
	  HEAD BUECHER BOB ROBERT END_BOB ALICE "\t\tLoginDisabled: away\n" TAIL,
	  "" },
	{ "account.disable", { "alice", "a\nb" }, NULL, "control" },
	{ "account.disable", { "alice", "na\xc3\xafve" }, NULL, "ASCII" },
	{ "account.disable", { "alice", "" }, NULL, "empty" },
	{ "account.enable", { "alice" }, domains_conf, "" },
	{ "address.add",
	  { "@example.org", "alice" },
	  HEAD BUECHER BOB ROBERT END_BOB ALICE "\t\tDestinations:\n\t\t\t@example.org: nil\n" TAIL,
	  "" },
	{ "address.add",
	  { "b@xn--bcher-kva.example", "bob" },
	  HEAD BUECHER BOB ROBERT "\t\t\tb@xn--bcher-kva.example: nil\n" END_BOB ALICE TAIL,
	  "" },
	{ "address.add", { "x@example.org", "dave" }, NULL, "no account" },
	{ "address.rm", { "robert@example.org" }, HEAD BUECHER BOB END_BOB ALICE TAIL, "" },
	{ "address.rm", { "x@example.org" }, NULL, "no address" },
	{ "domain.add",
	  { "new.example", "alice", "", "false" },
	  HEAD BUECHER
	  "\tnew.example:\n\t\tLocalpartCatchallSeparator: +\n" BOB ROBERT END_BOB ALICE TAIL,
	  "" },
	{ "domain.add",
	  { "new.example", "dave", "d", "true" },
	  HEAD BUECHER
	  "\tnew.example:\n\t\tDisabled: true\n\t\tLocalpartCatchallSeparator: +\n" BOB ROBERT
		  END_BOB ALICE
	  "\tdave:\n\t\tDomain: new.example\n\t\tDestinations:\n\t\t\td@new.example: nil\n" TAIL,
	  "" },
	{ "domain.add",
	  { "new.example", "alice", "", "false", "s1", "dkim/a.pem", "s2", "b.pem" },
	  HEAD BUECHER "\tnew.example:\n\t\tLocalpartCatchallSeparator: +\n\t\tDKIM:\n"
		       "\t\t\tSelectors:\n"
		       "\t\t\t\ts1:\n\t\t\t\t\tExpiration: 72h\n"
		       "\t\t\t\t\tPrivateKeyFile: dkim/a.pem\n"
		       "\t\t\t\ts2:\n\t\t\t\t\tExpiration: 72h\n"
		       "\t\t\t\t\tPrivateKeyFile: b.pem\n"
		       "\t\t\tSign:\n\t\t\t\t- s1\n\t\t\t\t- s2\n" BOB ROBERT END_BOB ALICE TAIL,
	  "" },
	{ "domain.add", { "new.example", "alice", "", "false", "s1" }, NULL, "arguments" },
	{ "domain.add", { "new.example", "alice", "", "false", "a_b:", "x" }, NULL, "" },
	{ "domain.add", { "new.example", "alice", "", "false", "s1", "a\nb" }, NULL, "" },
	{ "domain.add", { "new.example", "dave", "", "false" }, NULL, "localpart" },
	{ "domain.add", { "new.example", "alice", "a", "false" }, NULL, "localpart" },
	{ "domain.add", { "XN--BCHER-KVA.example", "alice", "", "false" }, NULL, "already" },
	{ "domain.add", { "a..b", "alice", "", "false" }, NULL, "label" },
	{ "domain.rm", { "b\xc3\xbc\x63her.example" }, HEAD BOB ROBERT END_BOB ALICE TAIL, "" },
	{ "domain.rm", { "example.org" }, NULL, "bob@example.org" },
	{ "domain.disable",
	  { "example.org" },
	  "# top\nDomains:\n\t# the one\n\texample.org:\n\t\tDisabled: true\n" BUECHER BOB ROBERT
		  END_BOB ALICE TAIL,
	  "" },
	{ "domain.disable", { "nowhere" }, NULL, "no domain" },
	{ "domain.enable",
	  { "xn--bcher-kva.EXAMPLE" },
	  HEAD "\tB\xc3\xbc\x63her.example:\n\t\t# why\n\t\tDisabled: false\n" BOB ROBERT END_BOB
		  ALICE TAIL,
	  "" },
	{ "domain.enable", { "example.org" }, domains_conf, "" },
	{ "domain.dance", { "example.org" }, NULL, "no such edit" },
	{ "domain.rm", { "example.org", "more" }, NULL, "arguments" },
};

START_TEST(test_edits)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct str args[9];
		struct buf out;
		size_t n = 0;
		int r;

		for (; n < 9 && rows[i].a[n] != NULL; n++)
			args[n] = str_c(rows[i].a[n]);
		buf_init(&out, 1 << 20);
		r = config_edit(str_c(rows[i].verb), args, n, "mox.conf", str_c(mox_conf),
				"domains.conf", str_c(domains_conf), &out, &e);
		ck_assert_msg((r == 0) == (rows[i].text != NULL), "%s %s: %s", rows[i].verb,
			      rows[i].a[0], e.msg);
		if (r == 0)
			ck_assert_str_is(buf_str(&out), str_c(rows[i].text));
		else
			ck_assert_msg(out.n == 0 && strstr(e.msg, rows[i].msg) != NULL, "%s %s: %s",
				      rows[i].verb, rows[i].a[0], e.msg);
		buf_done(&out);
	}
}
END_TEST

START_TEST(test_broken)
{
	struct str arg = STR("alice");
	struct err e = ERR_INIT;
	struct buf out;

	buf_init(&out, 1 << 20);
	ck_assert_int_lt(config_edit(STR("account.rm"), &arg, 1, "mox.conf", str_c(mox_conf),
				     "domains.conf",
				     STR("Domains:\n\texample.org: nil\nAccounts:\n\talice: nil\n"),
				     &out, &e),
			 0);
	ck_assert_msg(strstr(e.msg, "nothing was changed") != NULL, "%s", e.msg);
	buf_done(&out);
}
END_TEST

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static int
dkim_key(struct str pem, struct err *e)
{
	(void)pem;
	(void)e;
	return 0;
}

static const struct config_check_files any_files = { .dkim_key = dkim_key };

START_TEST(test_files)
{
	char dir[] = "/tmp/mox-test-edit.XXXXXX", mox[64], domains[64], tmp[64], link_[64];
	struct str args[2] = { STR("carol"), STR("carol@example.org") };
	struct err e = ERR_INIT;
	struct config *c = NULL;
	struct stat st;
	struct buf b;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(mox, sizeof(mox), "%s/mox.conf", dir);
	snprintf(domains, sizeof(domains), "%s/domains.conf", dir);
	snprintf(tmp, sizeof(tmp), "%s/real.new", dir);
	snprintf(link_, sizeof(link_), "%s/real", dir);
	write_file(mox, mox_conf, 0600);
	write_file(link_, domains_conf, 0640);
	ck_assert_int_eq(symlink("real", domains), 0);

	ck_assert_int_eq(config_edit_files(STR("account.add"), args, 2, mox, &e), 0);
	ck_assert_int_eq(config_load(&c, mox, &any_files, NULL, &e), 0);
	ck_assert_ptr_nonnull(config_account_find(c, STR("carol")));
	config_free(&c);
	ck_assert_int_eq(lstat(domains, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(stat(domains, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_lt(access(tmp, F_OK), 0);

	/* A refused edit leaves every byte. */
	ck_assert_int_lt(config_edit_files(STR("account.add"), args, 2, mox, &e), 0);
	buf_init(&b, 1 << 20);
	err_clear(&e);
	ck_assert_int_eq(config_read_file(domains, &b, &e), 0);
	ck_assert(str_has_prefix(buf_str(&b), STR(HEAD BUECHER BOB)));
	ck_assert(str_has_suffix(buf_str(&b), STR("carol@example.org: nil\n" TAIL)));
	buf_done(&b);
	ck_assert_int_lt(config_replace_file("/nonexistent/domains.conf", STR("x"), &e), 0);
	unlink(mox);
	unlink(domains);
	unlink(link_);
	rmdir(dir);
}
END_TEST

UNIT_MAIN("edit", test_edits, test_broken, test_files)
