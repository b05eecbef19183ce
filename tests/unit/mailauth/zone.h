/* A zone in memory that answers evaluators: lines "name TYPE value" as in spf.cases. */
#ifndef MOX_TESTS_MAILAUTH_ZONE_H
#define MOX_TESTS_MAILAUTH_ZONE_H

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mailauth/mailauth.h"

enum { ZONE_ROWS = 200 };

struct zone {
	struct zone_row {
		char *name, *kind, *value;
		size_t value_n;
	} v[ZONE_ROWS];
	unsigned n;
	unsigned asked; /* questions so far */
};

static inline void
zone_clear(struct zone *z)
{
	for (unsigned i = 0; i < z->n; i++) {
		mem_free(z->v[i].name);
		mem_free(z->v[i].kind);
		mem_free(z->v[i].value);
	}
	*z = (struct zone){ .n = 0 };
}

/* \xNN, and \_ for a blank. */
static inline struct str
zone_unescape(struct str s, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '_') {
			buf_putc(out, ' ');
			i++;
		} else if (s.p[i] == '\\' && i + 3 < s.n && s.p[i + 1] == 'x') {
			ck_assert_int_eq(enc_get_hex(out, str_sub(s, i + 2, i + 4)), 0);
			i += 3;
		} else {
			buf_putc(out, s.p[i]);
		}
	}
	return buf_str(out);
}

/* The strings of TXT are joined, as lib/dns gives them. */
static inline struct str
zone_txt(struct str s, struct buf *out)
{
	struct buf joined;
	struct str r;

	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return zone_unescape(s, out);
	buf_init(&joined, 65536);
	s = str_sub(s, 1, s.n - 1);
	for (ssize_t at; (at = str_find(s, STR("\" \""))) >= 0; s = str_from(s, (size_t)at + 3))
		buf_putstr(&joined, str_sub(s, 0, (size_t)at));
	buf_putstr(&joined, s);
	r = zone_unescape(buf_str(&joined), out);
	buf_done(&joined);
	return r;
}

static inline void
zone_add(struct zone *z, const char *line)
{
	struct str rest, name = str_cut(str_c(line), ' ', &rest), kind = str_cut(rest, ' ', &rest);
	struct zone_row *r = &z->v[z->n++];
	struct buf b;
	struct str s;

	ck_assert_uint_le(z->n, ZONE_ROWS);
	buf_init(&b, 65536);
	s = zone_unescape(name, &b);
	r->name = mem_zalloc(s.n + 1, 1);
	for (size_t i = 0; i < s.n; i++)
		r->name[i] = chr_lower(s.p[i]);
	r->kind = mem_zalloc(kind.n + 1, 1);
	memcpy(r->kind, kind.p, kind.n);
	s = str_eq(kind, STR("TXT")) ? zone_txt(rest, &b) : rest;
	r->value = mem_zalloc(s.n + 1, 1);
	if (s.n > 0)
		memcpy(r->value, s.p, s.n);
	for (size_t i = 0; i < s.n && !str_eq(kind, STR("TXT")); i++)
		r->value[i] = chr_lower(r->value[i]);
	r->value_n = s.n;
	buf_done(&b);
}

static inline const char *
zone_kind(enum dns_type t)
{
	return t == DNS_A      ? "A"
	       : t == DNS_AAAA ? "AAAA"
	       : t == DNS_MX   ? "MX"
	       : t == DNS_PTR  ? "PTR"
			       : "TXT";
}

static inline void
zone_rr(const struct zone_row *r, enum dns_type type, struct dns_rr *rr)
{
	struct str s = str_mem(r->value, r->value_n), rest;
	uint32_t pref;

	*rr = (struct dns_rr){ .ttl = 60 };
	if (type == DNS_A) {
		ck_assert_int_eq(inet_pton(AF_INET, r->value, &rr->a), 1);
	} else if (type == DNS_AAAA) {
		ck_assert_int_eq(inet_pton(AF_INET6, r->value, &rr->aaaa), 1);
	} else if (type == DNS_MX) {
		ck_assert_int_eq(str_to_u32(str_cut(s, ' ', &rest), 65535, &pref), 0);
		rr->mx.pref = (uint16_t)pref;
		rr->mx.name = rest.p != NULL ? rest : STR("");
	} else if (type == DNS_PTR) {
		rr->name = s;
	} else {
		rr->txt = s;
	}
}

static inline void
zone_answer(struct zone *z, const struct mailauth_question *q, const struct mailauth_ops *ops,
	    void *eval)
{
	static struct dns_rr rr[ZONE_ROWS];
	struct dns_answer a = {
		.status = DNS_NXDOMAIN, .rr = rr, .cname = STR(""), .authentic = true
	};
	char name[300];
	bool is_temp = false;

	z->asked++;
	ck_assert(mailauth_name_is_askable(q->name));
	ck_assert_int_eq(str_to_c(q->name, name, sizeof(name)), 0);
	for (unsigned hops = 0, again = 1; again && hops < 20; hops++) {
		again = 0;
		for (unsigned i = 0; i < z->n; i++) {
			const struct zone_row *r = &z->v[i];

			if (str_has_suffixi(str_c(r->name), str_c(name)) &&
			    a.status == DNS_NXDOMAIN &&
			    mailauth_name_is_within(str_c(r->name), str_c(name)))
				a.status = DNS_NODATA;
			if (!str_eqi(str_c(r->name), str_c(name)))
				continue;
			if (strcmp(r->kind, zone_kind(q->type)) == 0)
				zone_rr(r, q->type, &rr[a.n++]);
			else if (strcmp(r->kind, "TIMEOUT") == 0 ||
				 strcmp(r->kind, "SERVFAIL") == 0)
				is_temp = a.n == 0;
			else if (strcmp(r->kind, "CNAME") == 0 && a.n == 0) {
				snprintf(name, sizeof(name), "%s", r->value);
				a.status = DNS_NXDOMAIN;
				again = 1;
				break;
			}
		}
		is_temp |= hops == 19;
	}
	if (is_temp)
		a = (struct dns_answer){ .status = DNS_TEMP, .why = "timeout", .cname = STR("") };
	else if (a.n > 0)
		a.status = DNS_OK;
	ops->put(eval, &a);
}

/* Until there is a result. */
static inline void
zone_run(struct zone *z, const struct mailauth_ops *ops, void *eval)
{
	struct mailauth_question q;

	while (ops->next(eval, &q)) {
		char name[300];

		ck_assert_int_eq(str_to_c(q.name, name, sizeof(name)), 0);
		zone_answer(z, &(struct mailauth_question){ str_c(name), q.type }, ops, eval);
	}
	ck_assert(!ops->next(eval, &q));
}

#endif
