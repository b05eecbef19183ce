/* See message.h. */
#include "mailauth/message.h"

#include "base/mem.h"
#include "mailauth/arc_int.h"
#include "mailauth/dkimv_int.h"

struct mailauth_message {
	struct dkv_lib *lib;
	int64_t now;
	struct dk_header header;
	struct dk_fields fields;
	struct dkv *dkim; /* NULL until the header is complete */
	struct arc *arc;
};

struct mailauth_message *
mailauth_message_new(struct dkv_lib *lib, int64_t now)
{
	struct mailauth_message *m = MEM_NEW(struct mailauth_message);

	m->lib = lib;
	m->now = now;
	dk_header_init(&m->header);
	return m;
}

void
mailauth_message_free(struct mailauth_message **mp)
{
	struct mailauth_message *m = *mp;

	*mp = NULL;
	if (m == NULL)
		return;
	dkv_free(&m->dkim);
	arc_free(&m->arc);
	dk_fields_free(&m->fields);
	dk_header_done(&m->header);
	mem_free(m);
}

static void
on_header(struct mailauth_message *m)
{
	const struct dk_fields *f = &m->fields;
	struct err e = ERR_INIT;

	if (m->header.text.over) {
		err_set(&e, EC_LIMIT, "header of more than %d bytes", LIM_DKIM_HEADER);
		f = NULL;
	} else if (dk_fields_parse(&m->fields, buf_str(&m->header.text), &e) < 0) {
		f = NULL;
	}
	m->dkim = dkv_new(m->lib, f, e.msg, m->now);
	m->arc = arc_new(f, e.msg, m->now);
}

void
mailauth_message_put(struct mailauth_message *m, struct str bytes)
{
	bytes = dk_header_put(&m->header, bytes);
	if (m->header.done && m->dkim == NULL)
		on_header(m);
	if (bytes.n == 0)
		return;
	dkv_body(m->dkim, bytes);
	arc_body(m->arc, bytes);
}

void
mailauth_message_end(struct mailauth_message *m)
{
	if (m->dkim == NULL)
		on_header(m);
	dkv_end(m->dkim);
	arc_end(m->arc);
}

struct dkv *
mailauth_message_dkim(struct mailauth_message *m)
{
	return m->dkim;
}

struct arc *
mailauth_message_arc(struct mailauth_message *m)
{
	return m->arc;
}
