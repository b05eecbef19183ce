/*
 * DKIM signatures (RFC 6376, 8463) of our own making: canonicalization, choice of header fields,
 * tag lists. Signs; the same parts verify (sig.h, pub.h) and serve ARC (arcset.h, arcseal.h). Knows
 * nothing of files or DNS.
 *
 * The prefix is dk_, since libopendkim owns dkim_.
 *
 * SECURITY: the message is hostile; keys that sign are the operator's, and of the daemons queued
 * alone has them.
 */
#ifndef MOX_DKIM_DKIM_H
#define MOX_DKIM_DKIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* A private key, parsed once. */
struct dk_key;
/* PKCS 8 (or PKCS 1) PEM: RSA of 1024 to 4096 bits, or Ed25519; anything else is EC_SYNTAX. */
struct dk_key *dk_key_parse(struct str pem, struct err *e);
void dk_key_free(struct dk_key **k);
bool dk_key_is_ed25519(const struct dk_key *k);
/* A new key as PEM: `bits` of RSA, or 0 for Ed25519. */
int dk_key_make(unsigned bits, struct buf *pem, struct err *e) __attribute__((warn_unused_result));
/* What goes into DNS at <selector>._domainkey.<domain>: v=DKIM1;h=sha256;k=...;p=... in one piece.
 */
int dk_key_txt(const struct dk_key *k, struct buf *txt, struct err *e)
	__attribute__((warn_unused_result));

/* Likewise, of what a PrivateKeyFile holds: a sealed key has it as its second line. */
int dk_text_txt(struct str text, struct buf *txt, struct err *e)
	__attribute__((warn_unused_result));

/* Keys at rest are sealed with the `dkim` key of AUTH_QUEUE_KEYS: text with a line that says so in
 * front. Seal takes what dk_key_parse takes. */
bool dk_key_is_sealed(struct str text);
int dk_key_seal(struct str pem, const unsigned char key[32], struct buf *out, struct err *e)
	__attribute__((warn_unused_result));
/* What a PrivateKeyFile holds: sealed, or plain, which the owner of the file should be warned of.
 * EC_CORRUPT: sealed with another key, or damaged. Messages go on from the file's name. */
struct dk_key *dk_key_open(struct str text, const unsigned char key[32], bool *is_plain,
			   struct err *e);

/* Whether that may be a PrivateKeyFile, for who has no `key`: a sealed one is believed. */
int dk_text_check(struct str text, struct err *e) __attribute__((warn_unused_result));

/* How one selector signs; strings are borrowed while it is used. */
struct dk_selector {
	struct str domain,
		selector; /* A-labels, or U-labels for messages with SMTPUTF8 (RFC 8616) */
	const struct dk_key *key;
	bool header_relaxed, body_relaxed;
	const struct str *headers; /* names to sign; n 0: the usual ones */
	size_t nheaders;
	bool oversign;	    /* each name once more than it is there */
	int64_t expiration; /* seconds; 0: for ever */
};

/* One pass over a message for all selectors: the complete message (header as it will be sent, empty
 * line, body) is put in pieces of any size; then the signatures come out, one DKIM-Signature field
 * each, folded, CRLF-terminated, to stand in front of the message. */
struct dk_sign;
struct dk_sign *dk_sign_new(const struct dk_selector *v, size_t n, int64_t now);
/* Header beyond LIM_DKIM_HEADER: EC_LIMIT at the end. */
void dk_sign_put(struct dk_sign *s, struct str bytes);
/* Appends the fields in the order of the selectors; RFC 6376 5.4 says what may be wrong with a
 * message (no From: EC_SYNTAX). */
int dk_sign_finish(struct dk_sign *s, struct buf *fields, struct err *e)
	__attribute__((warn_unused_result));
void dk_sign_free(struct dk_sign **s);

#endif
