/* See arcset.h. */
#include "dkim/arcset.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"

/* ARC-Authentication-Results begins with its instance. */
static unsigned
results_instance(struct str field)
{
	struct str value, number;
	uint32_t n = 0;

	(void)str_cut(field, ':', &value);
	number = str_cut(value, ';', &value);
	if (value.p == NULL || !str_eq(str_trim_ws(str_cut(number, '=', &number)), STR("i")) ||
	    str_to_u32(str_trim_ws(number), LIM_ARC_SETS, &n) < 0)
		return 0;
	return n;
}

static int
place(struct dk_arc *c, const struct dk_field **at, const struct dk_field *f, unsigned instance,
      struct err *e)
{
	if (*at != NULL)
		return err_set(e, EC_SYNTAX, "two " STR_FMT " of instance %u", STR_ARG(f->name),
			       instance);
	*at = f;
	c->n = MAX(c->n, instance);
	return 0;
}

static int
add_results(struct dk_arc *c, const struct dk_field *f, struct err *e)
{
	unsigned i = results_instance(f->raw);

	if (i == 0)
		return err_set(e, EC_SYNTAX, STR_FMT " without an instance", STR_ARG(f->name));
	return place(c, &c->v[i - 1].results, f, i, e);
}

static int
add_message(struct dk_arc *c, const struct dk_field *f, struct err *e)
{
	struct err fault = ERR_INIT;
	struct dk_arc_set *set;
	struct dk_sig s;
	bool is_bad = dk_sig_parse(&s, DK_KIND_AMS, f->raw, &fault) != DK_SIG_OK;

	if (s.instance == 0 || place(c, &c->v[s.instance - 1].message, f, s.instance, e) < 0) {
		dk_sig_done(&s);
		return err_set(e, EC_SYNTAX, "%.40s: %s", "ARC-Message-Signature", fault.msg);
	}
	set = &c->v[s.instance - 1];
	set->ams = s;
	set->is_ams_bad = is_bad;
	snprintf(set->why, sizeof(set->why), "ARC-Message-Signature %u: %.80s", s.instance,
		 fault.msg);
	return 0;
}

static int
add_seal(struct dk_arc *c, const struct dk_field *f, struct err *e)
{
	struct err fault = ERR_INIT;
	struct dk_sig s;
	bool is_bad = dk_sig_parse(&s, DK_KIND_AS, f->raw, &fault) != DK_SIG_OK;

	if (is_bad || place(c, &c->v[s.instance - 1].seal, f, s.instance, e) < 0) {
		dk_sig_done(&s);
		return err_set(e, EC_SYNTAX, "ARC-Seal: %s", fault.msg);
	}
	c->v[s.instance - 1].as = s;
	return 0;
}

static int
collect(struct dk_arc *c, const struct dk_fields *f, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++) {
		const struct dk_field *field = &f->v[i];

		if (str_eqi(field->name, STR("ARC-Authentication-Results")))
			r = add_results(c, field, e);
		else if (str_eqi(field->name, STR("ARC-Message-Signature")))
			r = add_message(c, field, e);
		else if (str_eqi(field->name, STR("ARC-Seal")))
			r = add_seal(c, field, e);
	}
	return r;
}

static int
check_set(const struct dk_arc_set *s, unsigned instance, struct err *e)
{
	const char *missing = s->results == NULL   ? "ARC-Authentication-Results"
			      : s->message == NULL ? "ARC-Message-Signature"
			      : s->seal == NULL	   ? "ARC-Seal"
						   : NULL;

	if (missing != NULL)
		return err_set(e, EC_SYNTAX, "no %s of instance %u", missing, instance);
	if (!str_eq(s->as.cv, instance == 1 ? STR("none") : STR("pass")))
		return err_set(e, EC_SYNTAX, "ARC-Seal %u says cv=" STR_FMT, instance,
			       STR_ARG(str_sub(s->as.cv, 0, 20)));
	return 0;
}

int
dk_arc_read(struct dk_arc *c, const struct dk_fields *f, bool *has_ended, struct err *e)
{
	c->n = 0;
	c->v = mem_zalloc(LIM_ARC_SETS, sizeof(*c->v));
	if (collect(c, f, e) < 0)
		return -1;
	if (c->n == 0)
		return 0;
	*has_ended = str_eq(c->v[c->n - 1].as.cv, STR("fail"));
	for (unsigned i = c->n; i-- > 0;)
		if (check_set(&c->v[i], i + 1, e) < 0)
			return -1;
	return 1;
}

void
dk_arc_done(struct dk_arc *c)
{
	for (unsigned i = 0; c->v != NULL && i < LIM_ARC_SETS; i++) {
		dk_sig_done(&c->v[i].ams);
		dk_sig_done(&c->v[i].as);
	}
	mem_free(c->v);
	c->v = NULL;
}

unsigned
dk_arc_highest(const struct dk_fields *f)
{
	unsigned highest = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct dk_field *field = &f->v[i];
		bool is_seal = str_eqi(field->name, STR("ARC-Seal"));
		struct dk_sig s;

		if (str_eqi(field->name, STR("ARC-Authentication-Results"))) {
			highest = MAX(highest, results_instance(field->raw));
		} else if (is_seal || str_eqi(field->name, STR("ARC-Message-Signature"))) {
			(void)dk_sig_parse(&s, is_seal ? DK_KIND_AS : DK_KIND_AMS, field->raw,
					   NULL);
			highest = MAX(highest, s.instance);
			dk_sig_done(&s);
		}
	}
	return highest;
}
