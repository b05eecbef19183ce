#include "dns/packet.h"

#include "base/mem.h"

enum { HEADER = 12, CLASS_IN = 1, TYPE_OPT = 41, LABEL = 63 };
enum {
	FLAG_QR = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_AD = 0x0020
};
enum { RCODE_OK = 0, RCODE_NXDOMAIN = 3 };

/* ---- queries */

static void
put16(struct buf *b, unsigned v)
{
	buf_putc(b, (char)(v >> 8));
	buf_putc(b, (char)v);
}

static int
put_name(struct buf *b, struct str name, struct err *e)
{
	if (name.n > DNS_NAME - 2)
		return err_set(e, EC_SYNTAX, "name is too long");
	while (name.n > 0) {
		struct str label = str_cut(name, '.', &name);

		if (label.n == 0 || label.n > LABEL || (name.p != NULL && name.n == 0))
			return err_set(e, EC_SYNTAX, "a label is empty or too long");
		buf_putc(b, (char)label.n);
		buf_putstr(b, label);
	}
	buf_putc(b, 0);
	return 0;
}

bool
dns_packet_is_name(struct str name)
{
	struct buf b;
	bool r;

	buf_init(&b, DNS_NAME + 1);
	r = name.n > 0 && put_name(&b, name, NULL) == 0;
	buf_done(&b);
	return r;
}

int
dns_packet_query(struct buf *out, struct str name, enum dns_type type, uint16_t id, bool with_opt,
		 struct err *e)
{
	put16(out, id);
	put16(out, FLAG_RD | FLAG_AD);
	put16(out, 1);
	put16(out, 0);
	put16(out, 0);
	put16(out, with_opt);
	if (put_name(out, name, e) < 0)
		return -1;
	put16(out, type);
	put16(out, CLASS_IN);
	if (with_opt) {
		buf_putc(out, 0);
		put16(out, TYPE_OPT);
		put16(out, LIM_DNS_UDP);
		put16(out, 0); /* extended rcode, version */
		put16(out, 0);
		put16(out, 0);
	}
	return 0;
}

/* ---- names */

struct name {
	char text[DNS_NAME + 1];
	size_t n;
	bool is_odd;	/* has bytes that no name of ours has, */
	bool has_blank; /* ... which is fine in a name that was asked for */
};

struct reader {
	struct str pkt;
	size_t pos;
	bool bad;
};

static unsigned
get8(struct reader *r)
{
	if (r->bad || r->pos >= r->pkt.n) {
		r->bad = true;
		return 0;
	}
	return (unsigned char)r->pkt.p[r->pos++];
}

static unsigned
get16(struct reader *r)
{
	unsigned v = get8(r) << 8;

	return v | get8(r);
}

static uint32_t
get32(struct reader *r)
{
	uint32_t v = (uint32_t)get16(r) << 16;

	return v | get16(r);
}

static void
skip(struct reader *r, size_t n)
{
	if (r->bad || n > r->pkt.n - r->pos)
		r->bad = true;
	else
		r->pos += n;
}

static void
label_put(struct name *o, struct str label)
{
	if (o->n > 0)
		o->text[o->n++] = '.';
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		o->is_odd |= c < ' ' || c >= 0x7f || c == '.' || c == '\\';
		o->has_blank |= c == ' ';
		o->text[o->n++] = chr_lower(c);
	}
}

/* A pointer leads to what stands before all that was read of this name: RFC 1035 4.1.4. */
static void
get_name(struct reader *r, struct name *o)
{
	size_t pos = r->pos, first = r->pos, bytes = 1;
	bool jumped = false;

	o->n = 0;
	o->is_odd = o->has_blank = false;
	while (!r->bad) {
		unsigned len = pos < r->pkt.n ? (unsigned char)r->pkt.p[pos] : 0xff;
		size_t to;

		if (len >= 0xc0 && pos + 1 < r->pkt.n) {
			to = (len & 0x3f) << 8 | (unsigned char)r->pkt.p[pos + 1];
			if (!jumped)
				r->pos = pos + 2;
			jumped = true;
			r->bad = to >= first;
			first = pos = to;
			continue;
		}
		bytes += len + 1;
		if (len > LABEL || pos + 1 + len > r->pkt.n || bytes > DNS_NAME + 1) {
			r->bad = true;
			return;
		}
		pos += 1 + len;
		if (len == 0)
			break;
		label_put(o, str_sub(r->pkt, pos - len, pos));
	}
	if (!jumped)
		r->pos = pos;
}

static struct str
name_str(const struct name *o)
{
	return str_mem(o->text, o->n);
}

/* ---- records */

struct rec {
	struct str owner;
	unsigned type;
	uint32_t ttl;
	struct dns_rr rr;
	bool is_odd;
};

struct parse {
	struct reader r;
	struct arena *a;
	enum dns_type type;
	struct rec *v; /* CNAMEs, and records of the type that was asked for */
	size_t n;
	uint32_t none_ttl; /* of "there is none" */
	bool has_soa, is_full;
	bool has_odd; /* records were left out */
};

static struct str
keep(struct parse *p, struct str s)
{
	struct str k = arena_str_try(p->a, s);

	p->is_full |= k.p == NULL;
	return k.p != NULL ? k : STR("");
}

static struct str
keep_name(struct parse *p, struct rec *c)
{
	struct name o;

	get_name(&p->r, &o);
	c->is_odd |= o.is_odd || o.has_blank;
	return keep(p, name_str(&o));
}

/* The strings of a TXT record, joined. */
static struct str
get_txt(struct parse *p, size_t end)
{
	char *t = arena_try(p->a, end - p->r.pos + 1, 1);
	size_t n = 0;

	if (t == NULL) {
		p->is_full = true;
		return STR("");
	}
	while (!p->r.bad && p->r.pos < end) {
		size_t len = get8(&p->r), at = p->r.pos;

		if (len > end - at) {
			p->r.bad = true;
			break;
		}
		skip(&p->r, len);
		memcpy(t + n, p->r.pkt.p + at, len);
		n += len;
	}
	return str_mem(t, n);
}

static void
get_bytes(struct parse *p, void *to, size_t n)
{
	size_t at = p->r.pos;

	skip(&p->r, n);
	if (!p->r.bad)
		memcpy(to, p->r.pkt.p + at, n);
}

static void
get_tlsa(struct parse *p, struct dns_rr *rr, size_t end)
{
	rr->tlsa.usage = (uint8_t)get8(&p->r);
	rr->tlsa.selector = (uint8_t)get8(&p->r);
	rr->tlsa.match = (uint8_t)get8(&p->r);
	if (p->r.bad || p->r.pos > end) {
		p->r.bad = true;
		return;
	}
	rr->tlsa.data = keep(p, str_sub(p->r.pkt, p->r.pos, end));
	p->r.pos = end;
}

/* Afterwards the reader is at `end`, or bad. */
static void
get_rdata(struct parse *p, struct rec *c, size_t end)
{
	switch ((enum dns_type)c->type) {
	case DNS_A:
		get_bytes(p, &c->rr.a, 4);
		break;
	case DNS_AAAA:
		get_bytes(p, &c->rr.aaaa, 16);
		break;
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		c->rr.name = keep_name(p, c);
		break;
	case DNS_SOA: {
		struct name o;
		uint32_t minimum;

		c->rr.name = keep_name(p, c);
		get_name(&p->r, &o);
		skip(&p->r, 16);
		minimum = get32(&p->r);
		/* RFC 2308 5. */
		p->none_ttl = MIN(c->ttl, minimum);
		break;
	}
	case DNS_MX:
		c->rr.mx.pref = (uint16_t)get16(&p->r);
		c->rr.mx.name = keep_name(p, c);
		break;
	case DNS_TXT:
		c->rr.txt = get_txt(p, end);
		break;
	case DNS_TLSA:
		get_tlsa(p, &c->rr, end);
		break;
	}
	if (p->r.pos != end)
		p->r.bad = true;
}

enum section { ANSWER, AUTHORITY, ADDITIONAL };

/* True when the record is kept. `opt_rcode` gets the upper bits of the result code. */
static bool
get_rec(struct parse *p, enum section s, struct rec *c, unsigned *opt_rcode)
{
	struct name owner;
	unsigned class;
	size_t len, end;

	*c = (struct rec){ .is_odd = false };
	get_name(&p->r, &owner);
	c->type = get16(&p->r);
	class = get16(&p->r);
	c->ttl = get32(&p->r);
	len = get16(&p->r);
	end = p->r.pos + len;
	if (p->r.bad || len > p->r.pkt.n - p->r.pos) {
		p->r.bad = true;
		return false;
	}
	/* More than 2^31 is 0: RFC 2181 8. */
	if (c->ttl > INT32_MAX)
		c->ttl = 0;
	if (s == ADDITIONAL && c->type == TYPE_OPT)
		*opt_rcode = c->ttl >> 24;
	if (class != CLASS_IN || s == ADDITIONAL ||
	    (s == AUTHORITY ? c->type != DNS_SOA : c->type != p->type && c->type != DNS_CNAME)) {
		skip(&p->r, len);
		return false;
	}
	get_rdata(p, c, end);
	if (s == AUTHORITY) {
		p->has_soa = true;
		return false;
	}
	c->is_odd |= owner.is_odd;
	c->owner = keep(p, name_str(&owner));
	p->has_odd |= c->is_odd;
	return !c->is_odd;
}

static int
get_section(struct parse *p, enum section s, unsigned count, unsigned *opt_rcode, struct err *e)
{
	for (unsigned i = 0; i < count && !p->r.bad && !p->is_full; i++) {
		struct rec c;

		if (!get_rec(p, s, &c, opt_rcode) || p->r.bad)
			continue;
		if (p->n == LIM_DNS_RRS)
			p->is_full = true;
		else
			p->v[p->n++] = c;
	}
	if (p->r.bad)
		return err_set(e, EC_SYNTAX, "malformed answer");
	return p->is_full ? err_set(e, EC_LIMIT, "answer is too large") : 0;
}

/* ---- the answer to the question */

static const struct rec *
find_cname(const struct parse *p, struct str owner)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].type == DNS_CNAME && str_eq(p->v[i].owner, owner))
			return &p->v[i];
	return NULL;
}

static int
follow(const struct parse *p, struct str *name, struct dns_packet *out, struct err *e)
{
	const struct rec *c;

	while (p->type != DNS_CNAME && (c = find_cname(p, *name)) != NULL) {
		if (++out->chain > LIM_DNS_CHAIN || c->rr.name.n == 0)
			return err_set(e, EC_LIMIT, "too many CNAMEs");
		*name = out->cname = c->rr.name;
		out->ttl = MIN(out->ttl, c->ttl);
	}
	return 0;
}

static int
collect(const struct parse *p, struct str name, struct dns_packet *out, struct err *e)
{
	out->ttl = UINT32_MAX;
	out->cname = STR("");
	if (follow(p, &name, out, e) < 0)
		return -1;
	out->rr = arena_try(p->a, p->n + 1, sizeof(*out->rr));
	if (out->rr == NULL)
		return err_set(e, EC_LIMIT, "answer is too large");
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].type != (unsigned)p->type || !str_eq(p->v[i].owner, name))
			continue;
		out->ttl = MIN(out->ttl, p->v[i].ttl);
		out->rr[out->n] = p->v[i].rr;
		out->rr[out->n++].ttl = p->v[i].ttl;
	}
	if (out->n == 0)
		out->ttl = MIN(out->ttl, p->has_soa ? p->none_ttl : 0);
	return 0;
}

static enum dns_status
status_of(const struct parse *p, struct dns_packet *out)
{
	if (out->rcode == RCODE_NXDOMAIN)
		return DNS_NXDOMAIN;
	if (out->rcode != RCODE_OK)
		return DNS_TEMP;
	out->is_partial = out->n == 0 && out->chain > 0 && !p->has_soa;
	return out->n > 0 ? DNS_OK : DNS_NODATA;
}

static int
question(struct parse *p, struct str name, struct err *e)
{
	struct name q;
	unsigned type, class;

	get_name(&p->r, &q);
	type = get16(&p->r);
	class = get16(&p->r);
	if (p->r.bad || !str_eqi(name_str(&q), name) || type != (unsigned)p->type ||
	    class != CLASS_IN)
		return err_set(e, EC_SYNTAX, "answer to another question");
	return 0;
}

int
dns_packet_parse(struct str packet, struct str name, enum dns_type type, struct arena *a,
		 struct dns_packet *out, struct err *e)
{
	struct parse p = { .r = { packet, 2, false }, .a = a, .type = type };
	unsigned flags = get16(&p.r), count[4], opt_rcode = 0;
	struct name start = { .n = 0 };

	for (unsigned i = 0; i < 4; i++)
		count[i] = get16(&p.r);
	if (p.r.bad || packet.n < HEADER || (flags & (FLAG_QR | FLAG_OPCODE)) != FLAG_QR ||
	    count[0] != 1 || name.n > DNS_NAME)
		return err_set(e, EC_SYNTAX, "not an answer");
	if ((flags & FLAG_TC) != 0)
		return err_set(e, EC_LIMIT, "answer is truncated");
	if (question(&p, name, e) < 0)
		return -1;
	p.v = arena_try(a, MIN(count[1], LIM_DNS_RRS) + 1, sizeof(*p.v));
	if (p.v == NULL)
		return err_set(e, EC_LIMIT, "answer is too large");
	for (unsigned s = 0; s < 3; s++)
		if (get_section(&p, (enum section)s, count[1 + s], &opt_rcode, e) < 0)
			return -1;
	label_put(&start, name);
	*out = (struct dns_packet){ .rcode = opt_rcode << 4 | (flags & 15),
				    .ad = (flags & FLAG_AD) != 0 };
	if (collect(&p, name_str(&start), out, e) < 0)
		return -1;
	/* The names in *out live in the arena, unlike `start`. */
	out->status = status_of(&p, out);
	/* Records that nobody can use are not the absence of records. */
	if (out->status == DNS_NODATA && p.has_odd)
		return err_set(e, EC_SYNTAX, "records without a name that can be used");
	return 0;
}
