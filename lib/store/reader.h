/* The reader's state, shared by reader.c and content.c. */
#ifndef MOX_STORE_READER_H
#define MOX_STORE_READER_H

#include "crypto/chain.h"
#include "store/internal.h"

enum {
	READER_CHAINS = 8,    /* opened chains that are kept: 2 KB each */
	LIM_KEYWRAPS = 56000, /* of STORE_KEYWRAP, below its maximum */
};

struct store_chain {
	int64_t id;
	uint64_t used; /* 0: free */
	unsigned char keys[LIM_CHAIN][SEAL_KEY];
};

struct store {
	struct db *db;
	struct blob_id id; /* of the account */
	int msgdir;
	struct secret *keys;   /* public, private, wrap key */
	struct secret *chains; /* READER_CHAINS of struct store_chain; NULL until needed */
	uint64_t clock;	       /* for the oldest chain */
	struct buf name;       /* of the last mailbox */
	struct buf wraps;      /* for store_take_keywraps */
};

void store_chains_drop(struct store *s);

#endif
