#include "dsn/dsn.h"
#include "tests/unit/unit.h"

START_TEST(test_field)
{
	static const struct {
		struct str header, name, value;
	} rows[] = {
		{ STR("Subject: a\r\n"), STR("Subject"), STR("a") },
		{ STR("subject:a\r\n\tb \r\n c\r\nX: y\r\n"), STR("Subject"),
		  STR("a\r\n\tb \r\n c") },
		{ STR("X: Subject: a\r\nSubject : b\r\n"), STR("Subject"), STR("b") },
		{ STR("Subjects: a\r\nX:\r\n Subject: c\r\n"), STR("Subject"), STR("") },
		{ STR("Subject: first\r\nSubject: second\r\n"), STR("Subject"), STR("first") },
		{ STR("Subject:\r\n\r\n"), STR("Subject"), STR("") },
		{ STR("Message-ID: <1@x>"), STR("Message-ID"), STR("<1@x>") },
		{ STR(""), STR("Subject"), STR("") },
		{ STR("\r\n \r\nSubject"), STR("Subject"), STR("") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_is(dsn_field(rows[i].header, rows[i].name), rows[i].value);
}
END_TEST

UNIT_MAIN("field", test_field)
