/* The part for people: what happened, and what to do about it. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dsn/parts.h"
#include "dsn/text.h"

enum { INDENT = 4, INDENT_MORE = 6 };

/* What to do about an error, by the beginning of its status (RFC 3463); the first that fits. */
static const struct {
	const char *status, *text;
} advice[] = {
	{ "5.1.2",
	  "The part of the address behind the @ does not take mail: look for a typing mistake "
	  "in it." },
	{ "5.1.10", "The domain of the address takes no mail at all." },
	{ "5.1", "Look for a typing mistake in the address, or ask the person for the right one by "
		 "another way." },
	{ "5.2.2",
	  "The mailbox is full: only its owner can do something about that. Send the message "
	  "again in some days." },
	{ "5.2.3", "The message is too large for the mailbox: send it without attachments, or in "
		   "parts." },
	{ "5.2", "The mailbox takes no mail at present: ask its owner by another way." },
	{ "5.3.4",
	  "The message is too large for the other server: send it without attachments, or in "
	  "parts." },
	{ "5.4.4", "The domain of the address has no mail server: look for a typing mistake behind "
		   "the @." },
	{ "5.4.6",
	  "The servers of the domain lead back to the server that sends you this, which does not "
	  "take its mail. Look for a typing mistake behind the @, or tell the postmaster here." },
	{ "5.4",
	  "The other server could not be reached. The address may be wrong, or the server down "
	  "for long: ask the person by another way." },
	{ "5.6.3", "The other server takes nothing beyond ASCII: send it with an encoding "
		   "(quoted-printable), or without letters that ASCII has not." },
	{ "5.6.7", "The other server can't handle addresses or header fields beyond ASCII: ask the "
		   "person for another address." },
	{ "5.6", "The other server can't handle this kind of message: send it as plain text." },
	{ "5.7",
	  "The other server did not want this message, for reasons of its own: its words above "
	  "are all we know. If you think this is wrong, show them to the person that you wrote "
	  "to, who can ask the server's operator, or to ours: postmaster at the server that "
	  "sends you this." },
	{ "4",
	  "The other server could not take the message for the whole time: the address may be "
	  "wrong, or the server down for long. Send it again later, or ask the person by another "
	  "way." },
	{ "", "If the words above do not help you, show them to the postmaster of the server that "
	      "sends you this." },
};

static const char given_up[] =
	"The operator of the server that sends you this has ended the attempts: ask the postmaster "
	"here, or send it again later.";

static const char *
advice_for(struct str status)
{
	size_t i = 0;

	for (;; i++) {
		struct str s = str_c(advice[i].status);

		if (s.n == 0 ||
		    (str_has_prefix(status, s) && (status.n == s.n || status.p[s.n] == '.')))
			return advice[i].text;
	}
}

static void
put_text(struct buf *out, unsigned indent, const char *text)
{
	dsn_put_wrapped(out, indent, str_c(text));
}

static void
put_value(struct buf *out, unsigned indent, struct str s)
{
	struct buf b;

	buf_init(&b, LIM_DSN_VALUE + 8);
	dsn_put_clean(&b, s, true, LIM_DSN_VALUE);
	dsn_put_wrapped(out, indent, buf_str(&b));
	buf_done(&b);
}

static void
put_time(struct buf *out, const char *text, int64_t t)
{
	buf_printf(out, "%*s%s ", INDENT, "", text);
	clock_put_rfc5322(out, t);
	buf_puts(out, "\r\n");
}

static void
put_reply(struct buf *out, const struct dsn_rcpt *r)
{
	struct buf b;

	buf_init(&b, LIM_DSN_VALUE + 8);
	if (r->remote_mta.n > 0) {
		buf_puts(&b, "The server ");
		dsn_put_clean(&b, r->remote_mta, true, LIM_DOMAIN);
	} else {
		buf_puts(&b, "The other server");
	}
	if (r->remote_ip.n > 0) {
		buf_puts(&b, " (");
		dsn_put_clean(&b, r->remote_ip, false, 64);
		buf_putc(&b, ')');
	}
	buf_puts(&b, " answered:");
	dsn_put_wrapped(out, INDENT, buf_str(&b));
	buf_done(&b);
	put_value(out, INDENT_MORE, r->diagnostic);
}

static void
put_rcpt(struct buf *out, const struct dsn_rcpt *r)
{
	buf_puts(out, "\r\n");
	put_value(out, 2, r->rcpt);
	if (r->explanation.n > 0)
		put_value(out, INDENT, r->explanation);
	if (r->diagnostic.n > 0)
		put_reply(out, r);
	if (r->attempts > 1 && r->last_attempt != 0) {
		buf_printf(out, "%*sAttempts: %u, the last at ", INDENT, "", r->attempts);
		clock_put_rfc5322(out, r->last_attempt);
		buf_puts(out, "\r\n");
	}
	if (r->action == DSN_DELAYED && r->will_retry_until != 0)
		put_time(out, "It will be tried until", r->will_retry_until);
	if (r->action == DSN_FAILED)
		put_text(out, INDENT, r->is_given_up ? given_up : advice_for(r->status));
}

/* What is said of all recipients with the same outcome, before and behind their list. */
static const struct {
	enum dsn_action action;
	const char *before, *behind;
} sections[] = {
	{ DSN_FAILED, "Your message could NOT be delivered to:",
	  "No further attempt will be made for these addresses." },
	{ DSN_DELAYED, "Your message has not been delivered YET to:",
	  "You need not do anything, and should not send it again: more attempts follow by "
	  "themselves, and you will be told if they fail." },
	{ DSN_DELIVERED, "Your message was delivered to:", NULL },
	{ DSN_RELAYED,
	  "Your message was passed on to a server that does not confirm delivery, for:", NULL },
	{ DSN_EXPANDED, "Your message was passed on to the members of the list:", NULL },
};

static void
put_intro(struct buf *out, const struct dsn *d)
{
	struct buf b;

	buf_init(&b, LIM_DSN_VALUE);
	buf_puts(&b, "This is the mail server ");
	dsn_put_clean(&b, d->hostname, true, LIM_DOMAIN);
	buf_puts(&b, ". It writes to you about a message that it has from you");
	if (d->arrived != 0) {
		buf_puts(&b, " since ");
		clock_put_rfc5322(&b, d->arrived);
	}
	if (d->subject.n > 0 && dsn_subject_is_plain(d)) {
		buf_puts(&b, ", with the subject:");
		dsn_put_wrapped(out, 0, buf_str(&b));
		put_value(out, 2, d->subject);
	} else {
		buf_putc(&b, '.');
		dsn_put_wrapped(out, 0, buf_str(&b));
	}
	buf_done(&b);
}

void
dsn_put_human(struct buf *out, const struct dsn *d)
{
	put_intro(out, d);
	for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
		if (!dsn_has(d, sections[s].action))
			continue;
		buf_puts(out, "\r\n");
		put_text(out, 0, sections[s].before);
		for (size_t i = 0; i < d->nrcpts; i++)
			if (d->rcpts[i].action == sections[s].action)
				put_rcpt(out, &d->rcpts[i]);
		if (sections[s].behind != NULL) {
			buf_puts(out, "\r\n");
			put_text(out, 0, sections[s].behind);
		}
	}
	buf_puts(out, "\r\n");
	put_text(out, 0,
		 "The header of your message and a report for programs are attached; the message "
		 "itself is not, but is usually kept by your mail program among what was sent.");
}
