/*
 * AUTH_SASL: challenge and answer, RFC 5802 and 2195. No hash is computed here: the client pays for
 * it. An account that does not exist is shown a salt that follows from its name, is asked for as
 * much, and its proof is checked with the same work against a form that nobody can answer.
 *
 * So guessing would be faster here than with passwords, for a worker that was taken over and names
 * a new address each time: what it may get wrong in a minute is what the hash helpers would do for
 * it.
 */
#include "auth/sasl.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/mem.h"
#include "try.h"

enum { NONCE = 18 }; /* random bytes, 24 characters */

struct mech {
	struct str name;
	enum form form;
	enum auth_scram scram;
	bool plus;
};

static const struct mech mechs[] = {
	{ STR("CRAM-MD5"), FORM_CRAM_MD5, 0, false },
	{ STR("SCRAM-SHA-1"), FORM_SCRAM_SHA1, AUTH_SCRAM_SHA1, false },
	{ STR("SCRAM-SHA-1-PLUS"), FORM_SCRAM_SHA1, AUTH_SCRAM_SHA1, true },
	{ STR("SCRAM-SHA-256"), FORM_SCRAM_SHA256, AUTH_SCRAM_SHA256, false },
	{ STR("SCRAM-SHA-256-PLUS"), FORM_SCRAM_SHA256, AUTH_SCRAM_SHA256, true },
};

static const struct mech *
mech_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
		if (str_eq(mechs[i].name, name))
			return &mechs[i];
	}
	return NULL;
}

static void
nonce_put(struct buf *b)
{
	unsigned char random[NONCE];

	seal_random(random, sizeof(random));
	enc_put_base64(b, str_mem(random, sizeof(random)));
}

/* The challenge goes out and the dialog waits. Takes over `g`. */
static void
answer_more(struct dialog *g, struct str challenge)
{
	struct try *t = g->t;
	struct ipc_req *req = t->req;
	struct msg_auth_sasl_r r = { .more = 1, .data = challenge };
	struct buf b;

	r.dialog = dialogs_put(t->a->dialogs, ipc_req_role(req), ipc_req_num(req), g);
	if (r.dialog == 0) {
		g->t = NULL;
		dialog_clear(g);
		try_temp(t);
		return;
	}
	t->req = NULL;
	buf_init(&b, LIM_IPC_BODY);
	msg_auth_sasl_r_put(&b, &r);
	ipc_reply(&req, buf_str(&b), NULL, 0);
	buf_done(&b);
}

static void
bad_message(struct try *t, const struct err *e)
{
	try_bad(t, e->code == EC_DENIED ? "badchanbind" : "badprotocol", e->msg);
}

/* This caller's guesses of this minute. */
static struct guesses *
guesses_of(struct authd *a, const struct ipc_req *req)
{
	struct guesses *g = &a->guesses[ipc_req_role(req)][ipc_req_num(req)];
	int64_t minute = clock_now() / 60;

	if (g->minute != minute)
		*g = (struct guesses){ .minute = minute };
	return g;
}

static void
wrong(struct try *t)
{
	guesses_of(t->a, t->req)->n++;
	try_bad(t, NULL, "");
}

/* CRAM-MD5 */

static void
cram_first(struct try *t, const struct msg_auth_sasl *in)
{
	struct dialog g = { .t = t };
	struct buf nonce;

	if (in->data.n > 0) {
		try_bad(t, "badprotocol", "CRAM-MD5 has no initial response");
		return;
	}
	buf_init(&nonce, 64);
	buf_init(&g.challenge, LIM_SASL);
	nonce_put(&nonce);
	auth_cram_challenge(buf_str(&nonce), clock_now(), in->hostname, &g.challenge);
	buf_done(&nonce);
	answer_more(&g, buf_str(&g.challenge));
}

static void
cram_last(struct try *t, const struct buf *challenge, struct str msg)
{
	unsigned char theirs[16], ours[16], state[AUTH_CRAM_STATE];
	char login[LIM_ADDR + 1];
	struct err e = ERR_INIT;
	struct buf text;
	bool match;

	if (auth_cram_answer(msg, login, theirs, &e) < 0) {
		bad_message(t, &e);
		return;
	}
	try_set_login(t, str_c(login));
	buf_init(&text, 1024);
	if (try_form(t, FORM_CRAM_MD5, &text) < 0 ||
	    auth_cram_parse(buf_str(&text), state, &e) < 0) {
		buf_wipe(&text);
		try_temp(t);
		return;
	}
	buf_wipe(&text);
	auth_cram_response(state, buf_str(challenge), ours);
	mem_wipe(state, sizeof(state));
	match = str_eq_consttime(str_mem(ours, sizeof(ours)), str_mem(theirs, sizeof(theirs)));
	if (!match || !t->known)
		wrong(t);
	else if (try_passed(t) != NULL)
		try_open(t);
}

/* SCRAM */

/* The same for all ways to write a name, or its salts would tell that there is no account. */
static void
salt_of_nobody(const struct try *t, const struct mech *mech, unsigned char out[SEAL_HASH])
{
	struct buf b;

	buf_init(&b, 4 * LIM_ADDR);
	buf_putc(&b, (char)mech->form);
	config_login_key(svc_config(t->a->svc), str_c(t->login), &b);
	seal_prf(secret_p(t->a->salt_key), buf_str(&b), out);
	buf_done(&b);
}

static int
scram_cred(struct try *t, const struct mech *mech, struct auth_scram_cred *c)
{
	unsigned char salt[SEAL_HASH];
	struct err e = ERR_INIT;
	struct buf text;
	int r;

	buf_init(&text, 1024);
	r = try_form(t, mech->form, &text);
	if (r == 0 && (r = auth_scram_parse(buf_str(&text), c, &e)) < 0)
		LOG(&t->log, LOG_ERROR, "authd.password.failed", LF(acct, t->account), LF(err, &e));
	buf_wipe(&text);
	salt_of_nobody(t, mech, salt);
	if (r == 0 && !t->known)
		memcpy(c->salt, salt, AUTH_SCRAM_SALT);
	return r;
}

static void
scram_first(struct try *t, const struct mech *mech, const struct msg_auth_sasl *in)
{
	struct auth_scram_setup setup = { .mech = mech->scram,
					  .plus = mech->plus,
					  .offered = str_eq(in->cb_type, STR("offered")),
					  .cb_type = in->cb_type,
					  .cb_data = in->cb_data };
	struct dialog g = { .t = t };
	struct auth_scram_cred cred;
	struct err e = ERR_INIT;
	struct buf nonce, challenge;
	const char *authzid;

	if ((g.scram = auth_scram_begin(&setup, in->data, &e)) == NULL) {
		bad_message(t, &e);
		return;
	}
	try_set_login(t, str_c(auth_scram_login(g.scram)));
	authzid = auth_scram_authzid(g.scram);
	if (authzid[0] != '\0' && strcmp(authzid, t->login) != 0) {
		auth_scram_free(&g.scram);
		try_bad(t, "badauthzid", "authorization identity is not the login name");
		return;
	}
	if (scram_cred(t, mech, &cred) < 0) {
		auth_scram_free(&g.scram);
		try_temp(t);
		return;
	}
	buf_init(&nonce, 64);
	buf_init(&challenge, LIM_SASL);
	nonce_put(&nonce);
	auth_scram_challenge(g.scram, &cred, buf_str(&nonce), &challenge);
	answer_more(&g, buf_str(&challenge));
	buf_done(&nonce);
	buf_done(&challenge);
	mem_wipe(&cred, sizeof(cred));
}

static void
scram_last(struct try *t, struct auth_scram_dialog *d, struct str msg)
{
	struct err e = ERR_INIT;
	bool match;

	if (auth_scram_finish(d, msg, &match, &t->last, &e) < 0)
		bad_message(t, &e);
	else if (!match || !t->known)
		wrong(t);
	else if (try_passed(t) != NULL)
		try_open(t);
}

/* Requests */

static void
begin(struct authd *a, struct ipc_req *req, const struct mech *mech, const struct msg_auth_sasl *in)
{
	struct try *t = try_new(a, req, in->cid, in->proto, mech->name, in->ip, in->want_key != 0);

	t->sasl = true;
	if (try_is_limited(t))
		try_limited(t);
	else if (mech->form == FORM_CRAM_MD5)
		cram_first(t, in);
	else
		scram_first(t, mech, in);
}

static void
go_on(struct authd *a, struct ipc_req *req, const struct msg_auth_sasl *in)
{
	struct dialog g;
	struct try *t;

	/* Not found: it waited too long, or the keeper before us had it. */
	if (!dialogs_take(a->dialogs, ipc_req_role(req), ipc_req_num(req), in->dialog, &g)) {
		t = try_new(a, req, in->cid, in->proto, in->mech, in->ip, false);
		t->sasl = true;
		try_temp(t);
		return;
	}
	t = g.t;
	t->req = req;
	g.t = NULL;
	/* Others may have failed since the challenge. */
	if (try_is_limited(t) || guesses_of(a, req)->n >= LIM_AUTH_GUESSES)
		try_limited(t);
	else if (g.scram != NULL)
		scram_last(t, g.scram, in->data);
	else
		cram_last(t, &g.challenge, in->data);
	dialog_clear(&g);
}

bool
sasl_on_request(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	const struct mech *mech;
	struct msg_auth_sasl in;

	if (ipc_req_is_notify(req) || !msg_auth_sasl_get(m->body, &in) ||
	    !try_may_want(req, in.want_key))
		return false;
	if (in.dialog != 0) {
		go_on(a, req, &in);
		return true;
	}
	if ((mech = mech_find(in.mech)) == NULL)
		return false;
	begin(a, req, mech, &in);
	return true;
}

bool
sasl_on_end(void *ctx, struct ipc_req *req, struct ipc_msg *m)
{
	struct authd *a = svc_data(ctx);
	struct msg_auth_sasl_end in;
	struct dialog g;

	if (!msg_auth_sasl_end_get(m->body, &in))
		return false;
	if (dialogs_take(a->dialogs, ipc_req_role(req), ipc_req_num(req), in.dialog, &g))
		dialog_clear(&g);
	ipc_reply(&req, STR_NONE, NULL, 0);
	return true;
}
