/* Commands of the operator, by way of master; queued.h says what they are. */
#include "queued.h"
void
admin_run(struct svc *s, struct ipc_req *req, struct str verb, const struct str *args,
	  unsigned nargs)
{
	struct err e = ERR_INIT;
	if (str_eq(verb, STR("dkim.seal")) && nargs == 1) {
		admin_dkim_seal(svc_data(s), req, args[0]);
		return;
	}
	err_set(&e, EC_NOTFOUND, "queued has no such command");
	svc_admin_reply(&req, STR_NONE, &e);
}
