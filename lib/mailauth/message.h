/*
 * Signatures of one message: DKIM (dkimv.h) and ARC (arc.h), in one pass. The message is put in
 * pieces of any size; once its header is complete both evaluators know the keys that they need, so
 * that these can be asked for while the body arrives. Verdicts are there when the message has ended
 * and the questions are answered, in either order.
 *
 * SECURITY: the message and the keys are hostile. Nothing beyond LIM_DKIM_HEADER of the header is
 * kept, none of the body.
 */
#ifndef MOX_MAILAUTH_MESSAGE_H
#define MOX_MAILAUTH_MESSAGE_H

#include "mailauth/arc.h"
#include "mailauth/dkimv.h"

struct mailauth_message;
/* `lib` lives longer; `now` is for expiry. */
struct mailauth_message *mailauth_message_new(struct dkv_lib *lib, int64_t now);
void mailauth_message_free(struct mailauth_message **m);
/* Lines end in CRLF. */
void mailauth_message_put(struct mailauth_message *m, struct str bytes);
void mailauth_message_end(struct mailauth_message *m);
/* NULL until the header is complete (it is at the end at the latest); the message's own. */
struct dkv *mailauth_message_dkim(struct mailauth_message *m);
struct arc *mailauth_message_arc(struct mailauth_message *m);

#endif
