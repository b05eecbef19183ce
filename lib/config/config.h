/*
 * The configuration: mox.conf (static) and domains.conf (dynamic) as C structs. mox.def and
 * domains.def say everything about each key; struct members, parser, checks, defaults, samples,
 * filters and the lists in the manual come from there. A member is the snake_case of its key:
 *
 *   c->mox.listeners.v[i].smtp.port
 *   c->mox.listeners.v[i].tls.key_certs.v[j].cert_file
 *   c->domains.accounts.v[k].destinations.v[l].key
 *
 * string: struct str. bool: bool. numbers and sizes: int64_t. times: int64_t milliseconds. lists of
 * strings: struct cfg_strs. A section is an embedded struct with `set` (it was there; when not, its
 * members have their defaults); a map of sections is {v, n} whose elements have `key`; a list of
 * sections likewise without key. Maps and lists keep the order of the file.
 *
 * Everything in a struct config is immutable and lives until config_free.
 */
#ifndef MOX_CONFIG_CONFIG_H
#define MOX_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/proc.h"
#include "base/str.h"

struct sconf_node;

struct cfg_strs {
	const struct str *v;
	size_t n;
};
struct cfg_pair {
	struct str key, value;
};
struct cfg_pairs {
	const struct cfg_pair *v;
	size_t n;
};
struct cfg_int {
	struct str key;
	int64_t value;
};
struct cfg_ints {
	const struct cfg_int *v;
	size_t n;
};

/* Schema type to C type; what each one accepts is in lib/config/value.c. */
#define CFG_C_BOOL bool
#define CFG_C_INT int64_t
#define CFG_C_SIZE int64_t /* bytes; k, m or g behind the number multiply by 1024 and so on */
#define CFG_C_TIME int64_t /* milliseconds */
#define CFG_C_STR struct str
#define CFG_C_PATH struct str	  /* as written: see config_path */
#define CFG_C_HOST struct str	  /* lower-case A-labels */
#define CFG_C_LEVEL struct str	  /* log level */
#define CFG_C_TLSVER struct str	  /* TLSv1.2 or TLSv1.3 */
#define CFG_C_DKIMHASH struct str /* sha256 */
#define CFG_C_MAILBOX struct str  /* NFC */
#define CFG_C_STRS struct cfg_strs
#define CFG_C_IPS struct cfg_strs
#define CFG_C_MAILBOXES struct cfg_strs
#define CFG_C_LEVELS struct cfg_pairs
#define CFG_C_INTS struct cfg_ints

#define CFG_SUB_STRUCT(type, member) struct cfg_##type member;
#define CFG_SUB_MAP(type, member)                                                                  \
	struct {                                                                                   \
		struct cfg_##type *v;                                                              \
		size_t n;                                                                          \
	} member;
#define CFG_SUB_LIST(type, member) CFG_SUB_MAP(type, member)

#define SECTION_BEGIN(type)                                                                        \
	struct cfg_##type {                                                                        \
		bool set;		       /* was in the file */                               \
		struct str key;		       /* in a map */                                      \
		const struct sconf_node *node; /* for messages; NULL when not set */
#define KEY(member, name, type, flags, def, min, max, roles, help) CFG_C_##type member;
#define SUB(member, name, kind, type, flags, example, roles, help) CFG_SUB_##kind(type, member)
#define LATER(name)
#define SECTION_END(type)                                                                          \
	}                                                                                          \
	;
#include "config/mox.def"
#include "config/domains.def"
#undef SECTION_BEGIN
#undef KEY
#undef SUB
#undef LATER
#undef SECTION_END

struct config_index;

struct config {
	struct cfg_mox mox;
	struct cfg_domains domains;
	struct str dir;			  /* of mox.conf; "" for configurations from text */
	const struct config_index *index; /* addresses and domains, sorted */
	struct arena *arena;
};

/* The file at `path`, and domains.conf in the same directory. -1 when a file can't be read or
 * anything is wrong; `e` gets the first problem as "file:line: key: text", and `problems` (may be
 * NULL) a line for each. With `check` (may be NULL), files that the configuration names must be
 * readable by this process, and what is in them is asked of it: 0, or -1 with what is wrong. */
struct config_check_files {
	int (*dkim_key)(struct str pem, struct err *e);
	int (*tls_pair)(struct str cert, struct str key, struct err *e);
};
int config_load(struct config **c, const char *path, const struct config_check_files *check,
		struct buf *problems, struct err *e) __attribute__((warn_unused_result));
/* Likewise from text; the names are for messages. Texts are copied. */
int config_parse_files(struct config **c, const char *mox_name, struct str mox,
		       const char *domains_name, struct str domains, struct buf *problems,
		       struct err *e) __attribute__((warn_unused_result));
/* What config_filter wrote. Keys that were left out have their defaults, also those that files must
 * have; rules that need both sides are not checked again. */
int config_parse(struct config **c, struct str text, struct err *e)
	__attribute__((warn_unused_result));
void config_free(struct config **c);

/* One text with the keys that the schema gives to this role, for config_parse. Listeners and
 * KeyCerts keep number and order in every role's text. */
void config_filter(const struct config *c, enum role r, struct buf *out);
/* Names ("Listeners.public.SMTP.Port"), one a line, of keys whose values differ and that take
 * effect only at the next start. Returns how many. */
size_t config_restart_keys(const struct config *from, const struct config *to, struct buf *out);

/* The path of the domains.conf that belongs to this mox.conf. */
int config_domains_path(const char *mox_path, char out[LIM_PATH], struct err *e)
	__attribute__((warn_unused_result));
/* Append a whole regular file; EC_LIMIT when it does not fit into `out`. */
int config_read_file(const char *path, struct buf *out, struct err *e)
	__attribute__((warn_unused_result));
/* A path of the configuration as a path from here: relative ones begin at the directory of
 * mox.conf. -1 when it is longer than LIM_PATH. */
int config_path(const struct config *c, struct str path, char out[LIM_PATH], struct err *e)
	__attribute__((warn_unused_result));
/* Number of worker processes that Workers asks for; 0 when it says nothing. */
unsigned config_workers(const struct config *c, enum role r);
/* Host name of a listener: its own, or that of the machine. */
struct str config_listener_hostname(const struct config *c, const struct cfg_listener *l);
/* Levels of LogLevel and PackageLogLevels to lib/base/log. */
void config_apply_log_levels(const struct config *c);

/* NULL when there is none. Domains in any form that config_domain_ascii takes. */
const struct cfg_account *config_account_find(const struct config *c, struct str name);
const struct cfg_domain *config_domain_find(const struct config *c, struct str domain);

enum config_found {
	CONFIG_FOUND,
	CONFIG_NO_DOMAIN, /* not one of ours: relaying, 550 5.7.1 */
	CONFIG_NO_USER,	  /* 550 5.1.1 */
	CONFIG_DISABLED,  /* the domain is disabled: 450 4.2.1 */
};

struct config_dest {
	const struct cfg_account *account;
	const struct cfg_domain *domain;    /* NULL for postmaster at a host name */
	const struct cfg_destination *dest; /* NULL for postmaster by the Postmaster section */
	struct str mailbox;		    /* "Inbox", never empty */
	struct str smtp_error;		    /* "550 text" or "421 text": refuse; else "" */
	bool is_catchall;
	bool is_postmaster;
};

/* The name of this machine or of a listener that takes mail, which has a postmaster; also "". */
bool config_is_host_name(const struct config *c, struct str domain);
/* Who gets mail for localpart@domain. The local part is decoded (no quotes); case, separators,
 * catch-all and postmaster by the rules of the domain. An empty domain is postmaster without one
 * (RFC 5321 4.1.1.3). `d` is filled only with CONFIG_FOUND. */
enum config_found config_resolve(const struct config *c, struct str localpart, struct str domain,
				 struct config_dest *d);
/* Account whose address this login name is, or NULL: with separators, without catch-all, postmaster
 * and SMTPError; domains that are disabled count. */
const struct cfg_account *config_login_find(const struct config *c, struct str address);

/* The one form of all ways to write a login name that mean the same to config_login_find, whether
 * it finds it or not: appended. Names that are no address in a domain of ours are only folded to
 * lower case. */
void config_login_key(const struct config *c, struct str address, struct buf *out);

/* A domain to lower-case A-labels (RFC 5890), or -1 with EC_SYNTAX. U-labels are mapped to NFC and
 * checked;
 * "_" is allowed, a dot at the end is not. */
int config_domain_ascii(struct str domain, char out[LIM_DOMAIN + 1], struct err *e)
	__attribute__((warn_unused_result));
/* "localpart@domain" or "@domain" as written in Destinations, with A-labels in the domain and the
 * local part in NFC. Quoted local parts are refused. */
int config_address_parse(struct str address, struct buf *localpart, char domain[LIM_DOMAIN + 1],
			 struct err *e) __attribute__((warn_unused_result));
/* A name that may be an account's, and so a directory's. */
int config_account_check(struct str name, struct err *e) __attribute__((warn_unused_result));
/* NFC; no empty element, "." or ".."; no control characters; not "#" in front; not longer than
 * LIM_MAILBOX_NAME. */
int config_mailbox_check(struct str name, struct err *e) __attribute__((warn_unused_result));

/* Go's form, a sequence like 1h30m or 1.5s, to milliseconds, perhaps with a sign. A bare 0 needs no
 * unit. */
int config_duration_parse(struct str s, int64_t *ms) __attribute__((warn_unused_result));

/* The commented samples, generated from the schema. */
void config_describe_static(struct buf *out);
void config_describe_domains(struct buf *out);
/* The list of keys for mox.conf(5) or, with `domains`, domains.conf(5), in mdoc. */
void config_describe_mdoc(bool domains, struct buf *out);

/* The files of `mox localserve`: host and domain localhost, account mox, ports 1000 above the usual
 * plus `port_offset` (0 but for tests). `ip` STR_NONE: 127.0.0.1, and ::1 with has_ipv6. Mail is
 * signed with the key in the file CONFIG_LOCALSERVE_DKIM. */
#define CONFIG_LOCALSERVE_DKIM "dkim.localserve.privatekey.pkcs8.pem"
void config_localserve(struct str ip, bool has_ipv6, unsigned port_offset, struct buf *mox_conf,
		       struct buf *domains_conf);

#endif
