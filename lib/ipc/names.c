#include "ipc/ipc.h"

const char *
ipc_type_name(unsigned type)
{
	static const char *const names[] = {
		"none",
#define IPC_MSG(ID, name) name,
#include "ipc/messages.def"
#undef IPC_MSG
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == IPC_TYPE_COUNT, "a name for each type");
	return type < IPC_TYPE_COUNT ? names[type] : "?";
}
