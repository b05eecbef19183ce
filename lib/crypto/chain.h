/*
 * Message keys for one account, drawn by the process that delivers and readable only with the
 * account's private key.
 *
 * A chain starts with a random 256-bit state, sealed once to the account's public key. Each message
 * takes the next step: its key is PRF(state, "msg"), the state becomes PRF(state, "next") and the
 * old one is wiped. The writer can therefore not go back: what it delivered before is closed to it,
 * exactly as with a sealed box a message, but the 60 us (seal) and 36 us (open) of X25519 are paid
 * once per chain of LIM_CHAIN messages and not once per message. The owner of the private key opens
 * the state and walks forward. Chains live in memory only; a restarted writer begins a new one. A
 * step is never used twice: a retry draws a new one.
 */
#ifndef MOX_CRYPTO_CHAIN_H
#define MOX_CRYPTO_CHAIN_H

#include <stdint.h>

#include "crypto/seal.h"

enum { LIM_CHAIN = 64 };

struct chain; /* the writer's side */

/* A new chain: random id (1 to 2^63 - 1), random state, sealed to `pub` (chain_sealed; SEAL_KEY +
 * SEAL_BOX bytes). NULL when `pub` is no usable key. */
struct chain *chain_new(const unsigned char pub[32]);
void chain_free(struct chain **c);
uint64_t chain_id(const struct chain *c);
struct str chain_sealed(const struct chain *c);
/* True when all steps are used. */
bool chain_is_spent(const struct chain *c);
/* Key of the next step and its index. */
void chain_next(struct chain *c, unsigned char key[32], uint32_t *index);

/* The reader's side: keys of all steps from the opened state (32 bytes). */
void chain_walk(const unsigned char state[32], unsigned n, unsigned char (*keys)[32]);

#endif
