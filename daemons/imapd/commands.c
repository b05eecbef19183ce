/* What each command needs. verb: legal states, flags, handler. RFC 9051 6, RFC 3501 6. */
#include "imapd.h"

#include <assert.h>

static const struct cmd cmds[IMAP_V_COUNT] = {
	[IMAP_V_CAPABILITY] = { ST_ANY, 0, cmd_capability },
	[IMAP_V_NOOP] = { ST_ANY, 0, cmd_noop },
	[IMAP_V_LOGOUT] = { ST_ANY, 0, cmd_logout },
	[IMAP_V_ID] = { ST_ANY, 0, cmd_id },
	[IMAP_V_STARTTLS] = { ST_NOAUTH, 0, cmd_starttls },
	[IMAP_V_AUTHENTICATE] = { ST_NOAUTH, 0, cmd_authenticate },
	[IMAP_V_LOGIN] = { ST_NOAUTH, 0, cmd_login },
	[IMAP_V_ENABLE] = { ST_IN, 0, cmd_enable },
	[IMAP_V_SELECT] = { ST_IN, CMD_STORE, cmd_select },
	[IMAP_V_EXAMINE] = { ST_IN, CMD_STORE, cmd_select },
	[IMAP_V_CREATE] = { ST_IN, CMD_STORE, cmd_create },
	[IMAP_V_DELETE] = { ST_IN, CMD_STORE, cmd_delete },
	[IMAP_V_RENAME] = { ST_IN, CMD_STORE, cmd_rename },
	[IMAP_V_SUBSCRIBE] = { ST_IN, CMD_STORE, cmd_subscribe },
	[IMAP_V_UNSUBSCRIBE] = { ST_IN, CMD_STORE, cmd_subscribe },
	[IMAP_V_LIST] = { ST_IN, CMD_STORE, cmd_list },
	[IMAP_V_LSUB] = { ST_IN, CMD_STORE, cmd_list },
	[IMAP_V_NAMESPACE] = { ST_IN, 0, cmd_namespace },
	[IMAP_V_STATUS] = { ST_IN, CMD_STORE, cmd_status },
	[IMAP_V_APPEND] = { ST_IN, CMD_STORE | CMD_ARRIVES, cmd_append },
	[IMAP_V_IDLE] = { ST_IN, 0, cmd_idle },
	[IMAP_V_CHECK] = { ST_SELECTED, 0, cmd_noop },
	[IMAP_V_CLOSE] = { ST_SELECTED, 0, cmd_close },
	[IMAP_V_UNSELECT] = { ST_SELECTED, 0, cmd_unselect },
	[IMAP_V_EXPUNGE] = { ST_SELECTED, CMD_MSGS | CMD_WRITE, cmd_expunge },
	[IMAP_V_SEARCH] = { ST_SELECTED, CMD_MSGS | CMD_SEQ, cmd_search },
	[IMAP_V_FETCH] = { ST_SELECTED, CMD_MSGS | CMD_SEQ, cmd_fetch },
	[IMAP_V_STORE] = { ST_SELECTED, CMD_MSGS | CMD_SEQ | CMD_WRITE, cmd_store },
	[IMAP_V_COPY] = { ST_SELECTED, CMD_MSGS, cmd_copy },
	[IMAP_V_MOVE] = { ST_SELECTED, CMD_MSGS | CMD_WRITE, cmd_copy },
};

const struct cmd *
cmd_find(enum imap_verb v)
{
	assert(v > IMAP_V_NONE && v < IMAP_V_COUNT && cmds[v].fn != NULL);
	return &cmds[v];
}
