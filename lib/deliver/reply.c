#include "deliver/deliver.h"

void
deliver_reply_set(struct deliver_reply *r, unsigned code, struct str ecode, struct str text)
{
	r->code = code;
	if (str_to_c(ecode, r->ecode, sizeof(r->ecode)) < 0)
		r->ecode[0] = '\0';
	if (str_to_c(str_sub(text, 0, sizeof(r->text) - 1), r->text, sizeof(r->text)) < 0)
		r->text[0] = '\0';
}

void
deliver_reply_err(struct deliver_reply *r, const struct err *e)
{
	if (e->code == EC_NOSPACE)
		deliver_reply_set(r, 452, STR("4.3.1"), STR("Out of disk space, try again later"));
	else
		deliver_reply_set(r, 451, STR("4.3.0"), STR("Internal error, try again later"));
}
