/*
 * The evaluator. What was asked for is remembered by name; the evaluation runs anew after each
 * answer, until it needs nothing that is not known. RFC 9989 4.10, 5.3.
 */
#include "mailauth/dmarc.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"

/* _dmarc below a domain. */
struct node {
	char name[LIM_DOMAIN + 1];
	enum { NODE_NONE, NODE_RECORD, NODE_TEMP } state;
	bool is_nxdomain;
	struct buf text;
	struct dm_record record;
};

struct id {
	char domain[LIM_DOMAIN + 1];
	bool is_spf, is_temp;
};

/* First walk of all, then those of domains below the same organizational domain. */
enum { NODES = LIM_DMARC_WALK * (1 + LIM_DMARC_IDS) };

struct dm {
	struct dm_out out;
	bool is_done;
	struct id ids[LIM_DMARC_IDS];
	size_t nids;
	struct node *nodes[NODES];
	unsigned nnodes;
	enum { AUTHOR_UNKNOWN, AUTHOR_EXISTS, AUTHOR_MISSING, AUTHOR_TEMP } author;
	/* the open question */
	bool is_asking, is_asking_author;
	char asked[LIM_DOMAIN + 1];		   /* domain it is about */
	char name[LIM_DOMAIN + sizeof("_dmarc.")]; /* that is asked for */
};

/* Goes up through the evaluation. */
enum known { KNOWN, ASKED, FAILED };

const char *
dm_result_name(enum dm_result r)
{
	static const char *const names[] = {
#define X(code, word) [code] = word,
		DM_RESULTS(X)
#undef X
	};

	return names[r];
}

static void
copy(char to[LIM_DOMAIN + 1], struct str s)
{
	size_t n = MIN(s.n, LIM_DOMAIN);

	memcpy(to, s.p, n);
	to[n] = '\0';
}

static void
done(struct dm *d, enum dm_result r, const char *why, const char *name)
{
	d->is_done = true;
	d->out.result = r;
	snprintf(d->out.why, sizeof(d->out.why), "%s%s%s", why, name[0] != '\0' ? " " : "", name);
}

/* ---- what the DNS says */

static struct node *
node_find(struct dm *d, struct str name)
{
	for (unsigned i = 0; i < d->nnodes; i++)
		if (str_eq(str_c(d->nodes[i]->name), name))
			return d->nodes[i];
	return NULL;
}

static struct node *
node_new(struct dm *d, struct str name)
{
	struct node *n = MEM_NEW(struct node);

	assert(d->nnodes < NODES);
	copy(n->name, name);
	buf_init(&n->text, LIM_DMARC_RECORD);
	d->nodes[d->nnodes++] = n;
	return n;
}

/* The record of a domain. */
static enum known
node_get(struct dm *d, struct str domain, const struct node **out)
{
	struct node *n = node_find(d, domain);

	if (n == NULL) {
		snprintf(d->name, sizeof(d->name), "_dmarc." STR_FMT, STR_ARG(domain));
		if (mailauth_name_is_askable(str_c(d->name))) {
			copy(d->asked, domain);
			d->is_asking = true;
			return ASKED;
		}
		n = node_new(d, domain);
	}
	*out = n;
	return n->state == NODE_TEMP ? FAILED : KNOWN;
}

/* Records of other versions are none, and so are several. 4.10 2. */
static void
node_fill(struct node *n, const struct dns_answer *a)
{
	struct str text = STR_NONE;
	unsigned found = 0;

	n->is_nxdomain = a->status == DNS_NXDOMAIN;
	if (a->status == DNS_TEMP) {
		n->state = NODE_TEMP;
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		if (dm_record_is(a->rr[i].txt)) {
			text = a->rr[i].txt;
			found++;
		}
	if (found != 1 || text.n > LIM_DMARC_RECORD)
		return;
	buf_putstr(&n->text, text);
	if (dm_record_parse(buf_str(&n->text), &n->record) == 0)
		n->state = NODE_RECORD;
}

/* ---- tree walk, 4.10 */

struct walk {
	char org[LIM_DOMAIN + 1];
	const struct node *org_record, *psd_record; /* NULL */
};

static struct str
last_labels(struct str name, unsigned n)
{
	for (unsigned have = mailauth_name_labels(name); have > n; have--)
		name = mailauth_name_parent(name);
	return name;
}

/* The domain that is asked after `name` in a walk from there or from below. */
static struct str
walk_up(struct str name)
{
	unsigned labels = mailauth_name_labels(name);

	return last_labels(name, labels < LIM_DMARC_WALK ? labels - 1 : LIM_DMARC_WALK - 1);
}

/* The organizational domain of `start`, 4.10.2, and the records that lead to it. */
static enum known
walk(struct dm *d, struct str start, struct walk *w)
{
	const struct node *n = NULL, *highest = NULL;

	*w = (struct walk){ .org_record = NULL };
	for (struct str name = start; name.n > 0; name = walk_up(name)) {
		enum known k = node_get(d, name, &n);

		if (k != KNOWN)
			return k;
		if (n->state != NODE_RECORD)
			continue;
		if (n->record.psd == DM_PSD_YES && name.n < start.n) {
			struct str org = last_labels(start, mailauth_name_labels(name) + 1);

			w->psd_record = n;
			copy(w->org, org);
			/* Between the first name and the next there may be some that were left out.
			 */
			n = node_find(d, org);
			w->org_record = n != NULL && n->state == NODE_RECORD ? n : NULL;
			return KNOWN;
		}
		highest = n;
		if (n->record.psd != DM_PSD_UNKNOWN)
			break;
	}
	w->org_record = highest;
	copy(w->org, highest != NULL ? str_c(highest->name) : start);
	return KNOWN;
}

/* ---- steps */

static struct str
author(const struct dm *d)
{
	return str_c(d->out.domain);
}

/* 4.10.1; `record` NULL when there is none. */
static enum known
discover(struct dm *d, const struct node **record)
{
	struct walk w;
	enum known k = node_get(d, author(d), record);

	if (k != KNOWN || (*record)->state == NODE_RECORD)
		return k;
	k = walk(d, author(d), &w);
	*record = w.org_record != NULL ? w.org_record : w.psd_record;
	return k;
}

/* 4.10.2; *aligned is set when KNOWN. */
static enum known
align(struct dm *d, const struct id *id, const struct dm_record *r, bool *aligned)
{
	struct str domain = str_c(id->domain);
	struct walk mine, its;
	enum known k;

	*aligned = str_eq(domain, author(d));
	if (*aligned || (id->is_spf ? r->is_spf_strict : r->is_dkim_strict))
		return KNOWN;
	if ((k = walk(d, author(d), &mine)) != KNOWN)
		return k;
	copy(d->out.org_domain, str_c(mine.org));
	/* Its organizational domain is a name at or above it. */
	if (!mailauth_name_is_within(domain, str_c(mine.org)))
		return KNOWN;
	if ((k = walk(d, domain, &its)) != KNOWN)
		return k;
	*aligned = str_eq(str_c(its.org), str_c(mine.org));
	return KNOWN;
}

/* ASKED, FAILED when one that could not be judged might have made it pass; else the result is in
 * `out`. */
static enum known
align_all(struct dm *d, const struct dm_record *r)
{
	bool is_unsure = false;

	for (size_t i = 0; i < d->nids; i++) {
		const struct id *id = &d->ids[i];
		bool aligned;
		enum known k = align(d, id, r, &aligned);

		if (k == ASKED)
			return ASKED;
		if (k == FAILED || (aligned && id->is_temp))
			is_unsure = true;
		else if (aligned && id->is_spf)
			d->out.is_spf_aligned = true;
		else if (aligned)
			d->out.is_dkim_aligned = true;
	}
	return is_unsure && !d->out.is_spf_aligned && !d->out.is_dkim_aligned ? FAILED : KNOWN;
}

/* Is there such a domain: 3.2.13, RFC 8020. */
static enum known
author_exists(struct dm *d, bool *exists)
{
	const struct node *n = node_find(d, author(d));

	if (n != NULL && n->state == NODE_NONE && !n->is_nxdomain) {
		*exists = true;
		return KNOWN;
	}
	*exists = d->author == AUTHOR_EXISTS;
	if (d->author != AUTHOR_UNKNOWN)
		return d->author == AUTHOR_TEMP ? FAILED : KNOWN;
	snprintf(d->name, sizeof(d->name), "%s", d->out.domain);
	d->is_asking = d->is_asking_author = true;
	return ASKED;
}

/* Which policy is published for the author. */
static enum known
policy(struct dm *d, const struct node *n, bool is_fail)
{
	const struct dm_record *r = &n->record;
	bool exists = true;
	enum known k = KNOWN;

	d->out.tag = "p";
	d->out.policy = r->p;
	if (str_eq(str_c(n->name), author(d)))
		return KNOWN;
	if (is_fail && r->has_np && r->np != r->sp)
		k = author_exists(d, &exists);
	if (r->has_sp)
		d->out.tag = "sp";
	d->out.policy = r->sp;
	if (k == KNOWN && !exists) {
		d->out.tag = "np";
		d->out.policy = r->np;
	}
	return k;
}

/* 4.7, "t". */
static enum dm_policy
weigh(const struct dm_record *r, enum dm_policy p)
{
	return r->is_test && p != DM_POLICY_NONE ? (enum dm_policy)(p - 1) : p;
}

static void
conclude(struct dm *d, const struct node *n)
{
	enum known k = align_all(d, &n->record);
	bool is_pass;

	if (k == ASKED)
		return;
	is_pass = d->out.is_spf_aligned || d->out.is_dkim_aligned;
	if (k == FAILED) {
		(void)policy(d, n, false);
		done(d, DM_TEMPERROR, "what might be aligned could not be looked up", "");
		return;
	}
	k = policy(d, n, !is_pass);
	if (k == ASKED)
		return;
	if (k == FAILED)
		done(d, DM_TEMPERROR, "can't look up", d->out.domain);
	else
		done(d, is_pass ? DM_PASS : DM_FAIL, "", "");
	if (d->out.result == DM_FAIL)
		d->out.disposition = weigh(&n->record, d->out.policy);
}

/* Until it asks or is done. */
static void
evaluate(struct dm *d)
{
	const struct node *n = NULL;
	enum known k = discover(d, &n);

	if (k == ASKED)
		return;
	if (k == FAILED) {
		done(d, DM_TEMPERROR, "can't look up the record for", d->out.domain);
		return;
	}
	if (n == NULL) {
		done(d, DM_NONE, "no DMARC record for", d->out.domain);
		return;
	}
	copy(d->out.record_domain, str_c(n->name));
	d->out.text = buf_str(&n->text);
	d->out.record = n->record;
	if (n->record.is_unfit && !n->record.has_rua)
		done(d, DM_PERMERROR, "the DMARC record has no valid policy:", n->name);
	else
		conclude(d, n);
}

/* ---- life */

static void
id_add(struct dm *d, const struct dm_id *in)
{
	struct id *id = &d->ids[d->nids];

	if (d->nids == LIM_DMARC_IDS || mailauth_domain(in->domain, id->domain) < 0)
		return;
	id->is_spf = in->is_spf;
	id->is_temp = in->is_temp;
	d->nids++;
}

struct dm *
dm_new(const struct dm_in *in)
{
	struct dm *d = MEM_NEW(struct dm);

	d->out.is_authentic = true;
	d->out.text = STR("");
	d->out.tag = "p";
	for (size_t i = 0; i < in->n; i++)
		id_add(d, &in->ids[i]);
	if (mailauth_domain(in->from, d->out.domain) < 0) {
		d->out.domain[0] = '\0';
		done(d, DM_PERMERROR, "no domain in From", "");
	}
	return d;
}

void
dm_free(struct dm **dp)
{
	struct dm *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	for (unsigned i = 0; i < d->nnodes; i++) {
		buf_done(&d->nodes[i]->text);
		mem_free(d->nodes[i]);
	}
	mem_free(d);
}

bool
dm_next(struct dm *d, struct mailauth_question *q)
{
	if (!d->is_done && !d->is_asking) {
		evaluate(d);
		d->out.questions += d->is_asking;
	}
	if (d->is_done)
		return false;
	*q = (struct mailauth_question){ str_c(d->name), d->is_asking_author ? DNS_A : DNS_TXT };
	return true;
}

void
dm_put(struct dm *d, const struct dns_answer *a)
{
	if (!d->is_asking)
		return;
	d->is_asking = false;
	d->out.is_authentic &= a->authentic;
	if (!d->is_asking_author) {
		node_fill(node_new(d, str_c(d->asked)), a);
		return;
	}
	d->is_asking_author = false;
	d->author = a->status == DNS_TEMP	? AUTHOR_TEMP
		    : a->status == DNS_NXDOMAIN ? AUTHOR_MISSING
						: AUTHOR_EXISTS;
}

void
dm_expire(struct dm *d)
{
	if (d->is_done)
		return;
	d->is_asking = false;
	done(d, DM_TEMPERROR, "no result in time", "");
}

const struct dm_out *
dm_out(const struct dm *d)
{
	return &d->out;
}

static bool
ops_next(void *eval, struct mailauth_question *q)
{
	return dm_next(eval, q);
}

static void
ops_put(void *eval, const struct dns_answer *a)
{
	dm_put(eval, a);
}

static void
ops_expire(void *eval)
{
	dm_expire(eval);
}

const struct mailauth_ops dm_ops = { ops_next, ops_put, ops_expire };
