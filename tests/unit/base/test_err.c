/* Errors as values; the process table. */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/proc.h"
#include "tests/unit/unit.h"

START_TEST(test_first_wins)
{
	struct err e = ERR_INIT, other = ERR_INIT;

	ck_assert_int_eq(err_set(&e, EC_SYNTAX, "line %d", 3), -1);
	ck_assert_int_eq(err_set(&e, EC_IO, "later"), -1);
	ck_assert_int_eq(e.code, EC_SYNTAX);
	ck_assert_str_eq(e.msg, "line 3");
	err_prefix(&e, "%s", "mox.conf");
	ck_assert_str_eq(e.msg, "mox.conf: line 3");
	err_move(&other, &e);
	ck_assert_str_eq(other.msg, "mox.conf: line 3");
	err_clear(&e);
	ck_assert_int_eq(e.code, EC_OK);
	err_prefix(&e, "x"); /* nothing to prefix */
	ck_assert_str_eq(e.msg, "");
	ck_assert_int_eq(err_set(NULL, EC_BUG, "x"), -1);
	ck_assert_int_eq(err_sys(NULL, EC_BUG, 1, "x"), -1);
	ck_assert_int_eq(err_prefix(NULL, "x"), -1);
	err_move(NULL, &other);
}
END_TEST

START_TEST(test_sys)
{
	struct err e = ERR_INIT;

	err_sys(&e, EC_IO, ENOENT, "open %s", "x");
	ck_assert_int_eq(e.code, EC_IO);
	ck_assert_int_eq(e.sys, ENOENT);
	ck_assert_str_eq(e.msg, "open x: No such file or directory");
	err_clear(&e);
	err_sys(&e, EC_IO, ENOSPC, "write");
	ck_assert_int_eq(e.code, EC_NOSPACE);
	err_clear(&e);
	err_sys(&e, EC_IO, EDQUOT, "write");
	ck_assert_int_eq(e.code, EC_NOSPACE);
	err_clear(&e);
	err_sys(&e, EC_IO, 99999, "write");
	ck_assert_str_eq(e.msg, "write: errno 99999");
}
END_TEST

START_TEST(test_long)
{
	struct err e = ERR_INIT;
	char t[400];

	memset(t, 'x', sizeof(t) - 1);
	t[sizeof(t) - 1] = '\0';
	err_sys(&e, EC_IO, EIO, "%s", t);
	ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
	err_prefix(&e, "%s", t);
	ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
}
END_TEST

START_TEST(test_codes)
{
	struct err e = ERR_INIT;

	for (unsigned c = 0; c < EC_COUNT; c++) {
		ck_assert_uint_eq(ec_from_wire(c), c);
		ck_assert_ptr_nonnull(ec_name((enum ec)c));
	}
	ck_assert_uint_eq(ec_from_wire(EC_COUNT), EC_BUG);
	ck_assert_uint_eq(ec_from_wire(UINT64_MAX), EC_BUG);
	ck_assert_str_eq(ec_name(EC_NOSPACE), "nospace");
	err_set(&e, EC_NOSPACE, "x");
	ck_assert(err_is_temp(&e));
	err_clear(&e);
	err_set(&e, EC_LIMIT, "x");
	ck_assert(!err_is_temp(&e));
}
END_TEST

START_TEST(test_procs)
{
	ck_assert_ptr_null(proc_get(ROLE_MASTER));
	ck_assert_ptr_null(proc_get(ROLE_COUNT));
	ck_assert_uint_eq(role_find(STR("nobody")), ROLE_COUNT);
	ck_assert_uint_eq(role_find(STR("master")), ROLE_MASTER);
	for (unsigned r = 1; r < ROLE_COUNT; r++) {
		const struct proc *p = proc_get((enum role)r);

		ck_assert_uint_eq(role_find(str_c(p->name)), r);
		ck_assert_str_eq(role_name(r), p->name);
		ck_assert_uint_eq(p->role, r);
		/* Nobody calls the master or itself, and only rows that exist. */
		ck_assert_uint_eq(p->calls & (ROLE_BIT(ROLE_MASTER) | ROLE_BIT(r)), 0);
		ck_assert_uint_eq(p->calls >> ROLE_COUNT, 0);
		/* A role that listens may accept, and may not write the store or the credentials.
		 */
		if (p->services != 0) {
			ck_assert(p->sandbox & SB_ACCEPT);
			ck_assert(!(p->sandbox & (SB_STORE_WRITE | SB_AUTH_WRITE)));
		}
	}
	ck_assert_str_eq(role_name(ROLE_MASTER), "master");
	ck_assert_str_eq(role_name(99), "?");
	ck_assert_str_eq(service_name(SERVICE_IMAPS), "imaps");
	ck_assert_uint_eq(service_port(SERVICE_SMTP), 25);
}
END_TEST

UNIT_MAIN("err", test_first_wins, test_sys, test_long, test_codes, test_procs)
