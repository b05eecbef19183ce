/* What the files about auth.db share. */
#ifndef MOX_AUTH_DB_INT_H
#define MOX_AUTH_DB_INT_H

#include "auth/auth.h"
#include "db/db.h"

struct auth_db {
	struct db *db;
	const struct auth_root *root;
};

#endif
