/*
 * Every limit of the suite, one line each: the number, and the RFC section or the reason. A number
 * elsewhere is suspect unless 0, 1 or 2. mox-internals(7) prints this list.
 */
#ifndef MOX_BASE_LIMITS_H
#define MOX_BASE_LIMITS_H

/* base */
#define LIM_LOG_LINE 4000	     /* one write(2) to a pipe of journald stays whole below PIPE_BUF */
#define LIM_PATH 1024		     /* longest path we build; PATH_MAX is 4096 */

/* ipc */
#define LIM_IPC_BODY 65000	     /* body of one packet; header and body stay below 64 KiB */
#define LIM_IPC_FDS 4		     /* descriptors in one packet */
#define LIM_IPC_CALLS 4096	     /* unanswered calls on one channel, per direction */
#define LIM_IPC_QUEUE 4096	     /* packets waiting for a full socket */
#define LIM_IPC_QUEUE_BYTES (16 << 20) /* likewise, bodies of them */
#define LIM_IPC_DEADLINE_MS 30000    /* default deadline of a call */
#define LIM_PEER_WAIT_MS 5000	     /* calls wait so long for a peer that is being restarted */
#define LIM_WORKERS 64		     /* workers of one role */

/* svc, master */
#define LIM_CONFIG (16 << 20)	     /* configuration of one role as text */
#define LIM_SVC_FILES 2000	     /* files that master hands to a worker */
#define LIM_KEY_CERTS 990	     /* certificates, of two files each */
#define LIM_DKIM_KEYS 1990	     /* selectors of all domains */
#define LIM_LISTENERS 256	     /* listening sockets: addresses times services */
#define LIM_CTL_LIST 65536	     /* lists for the operator: keys that need a restart, log levels */
#define LIM_ADMIN_ARGS 32	     /* arguments of a command by way of master */
#define LIM_RESTART_MIN_MS 100	     /* second restart of a process in a row; the first is at once */
#define LIM_RESTART_MAX_MS 30000     /* each further delay doubles up to this */
#define LIM_RESTART_CALM_MS 60000    /* who lived so long begins anew */
#define LIM_ALIVE_MS 90000	     /* a worker that does not turn for so long is killed */
#define LIM_ALIVE_EVERY_MS 30000     /* and is asked this often */
#define LIM_DRAIN_MS 10000	     /* workers finish within this when mox stops */
#define LIM_STOP_AGAIN_MS 500	     /* a second ^C after this kills at once */
#define LIM_RELAY_MS 15000	     /* a command of the operator waits so long for its daemon */
#define LIM_RELAY_AGAIN_MS 50	     /* and looks for it this often */
#define LIM_ACCEPT_PAUSE_MS 1000     /* rest of accept when descriptors or memory are out */
#define LIM_BYE_MS 50		     /* a drained worker waits so long for its last bytes to leave */

/* names */
#define LIM_LOCALPART 64	     /* RFC 5321 4.5.3.1.1 */
#define LIM_DOMAIN 255		     /* RFC 5321 4.5.3.1.2 */
#define LIM_ADDR 320		     /* localpart, "@", domain */
#define LIM_ACCOUNT 64		     /* account name: directory name and log key */
#define LIM_PASSWORD 1024	     /* bytes, before and after PRECIS */
#define LIM_MAILBOX_NAME 1000	     /* bytes of UTF-8; below the file and log limits */
#define LIM_KEYWORD 255		     /* bytes of one IMAP keyword */
#define LIM_KEYWORDS 128	     /* distinct keywords of an account's mailbox: two 64-bit words */

/* auth */
#define LIM_PASSWORD_MIN 8	     /* bytes of a new password, as mox */
#define LIM_SASL 2048		     /* one message of a SASL dialog, decoded */
#define LIM_AUTH_DIALOG_MS 60000     /* a SASL dialog waits so long for its next step */
#define LIM_AUTH_DIALOGS 2000	     /* SASL dialogs of one worker at a time, 2 KB each */
#define LIM_AUTH_QUEUE 200	     /* passwords that wait for one hash helper; 17 ms each */
#define LIM_AUTH_QUEUE_LOGIN 50	     /* of these for one login name */
#define LIM_AUTH_GUESSES 3000	     /* wrong answers in SASL dialogs of one worker in a minute */
#define LIM_LOGINS 100000	     /* logins at a time, and waiting attempts, of all workers */
#define LIM_ATTEMPTS 10000	     /* rows of login attempts of an account, as mox */
#define LIM_ATTEMPT_DAYS 30	     /* how long they are kept, as mox */
#define LIM_ATTEMPT_BATCH 500	     /* attempts that wait in memory for the next write */

/* event */
#define LIM_STEPS_PER_TURN 32	     /* steps of one connection before the others get the loop */
#define LIM_OUTPUT 65536	     /* output bytes above which a connection produces nothing more */
#define LIM_INPUT 65536		     /* input bytes buffered before reading stops */
#define LIM_READ_MIN 4096	     /* first read of a stream; grows while reads come back full */
#define LIM_OUTPUT_MAX (64 << 20)    /* output beyond this breaks the connection: its user ignores LIM_OUTPUT */
#define LIM_TLS_RECORD 16384	     /* most bytes in one write to a layer, RFC 8446 5.1 */
#define LIM_WRITE_MS 300000	     /* a client that takes no byte for so long is gone, RFC 5321 4.5.3.2 */
#define LIM_LINGER_MS 2000	     /* unread input is swallowed so long, or close(2) would cut our last reply */

/* connections: iplimit.h; three and nine times as many for the wider networks, as mox */
#define LIM_CONN_OPEN 30	     /* open from one address */
#define LIM_CONN_RATE 300	     /* new ones in a window */
#define LIM_CONN_WINDOW_MS 60000

/* smtp */
#define LIM_SMTP_LINE 2048	     /* RFC 5321 4.5.3.1.4 asks for 512, more for SMTPUTF8 and parameters */
#define LIM_SMTP_RCPTS 1000	     /* RFC 5321 4.5.3.1.8 asks for 100 */
#define LIM_MSG_SIZE (100LL << 20)   /* default SMTPMaxMessageSize, as mox */
#define LIM_MSG_SIZE_MAX (1LL << 31) /* largest that may be configured */
#define LIM_MEMFD (256 << 10)	     /* a message in transit beyond this goes to an encrypted file */
#define LIM_MEMFD_TOTAL (128 << 20)  /* all messages in memory of one worker, likewise */
#define LIM_RECEIVED 100	     /* Received fields before a loop is assumed, RFC 5321 6.3 */
#define LIM_SMTP_REPLY 512	     /* RFC 5321 4.5.3.1.5, CRLF included */
#define LIM_SMTP_SKIP 65536	     /* bytes of an overlong line that are read before we hang up */
#define LIM_SMTP_COMMANDS 5000	     /* commands of a session without an accepted message in between */
#define LIM_SMTP_ERRORS 10	     /* faulty commands likewise, then 421 */
#define LIM_SMTP_ERRORS_FREE 3	     /* of these without delay */
#define LIM_SMTP_ERROR_DELAY_MS 1000 /* for each further one, times their number */
#define LIM_SMTP_AUTH_LINE 12288     /* a line of an AUTH dialog, RFC 4954 4 */
#define LIM_SMTP_LOGINS 10	     /* failed logins of a connection */
#define LIM_SMTP_BAD_RCPTS 100	     /* refused recipients likewise: guessing of addresses */
#define LIM_SMTP_RCPT_PARALLEL 32    /* pipelined recipients that are checked at the same time */
#define LIM_SMTP_OVERSIZE (16LL << 20) /* bytes beyond SIZE that are read before we hang up */
#define LIM_SMTP_COMMAND_MS 300000   /* RFC 5321 4.5.3.2.7 */
#define LIM_SMTP_BADLINE_MS 10000    /* input that has LF but no CRLF: an answer beats waiting */
#define LIM_SMTP_DATA_MS 180000	     /* between two pieces of data, RFC 5321 4.5.3.2.5 */
#define LIM_SMTP_DATA_TOTAL_MS 1800000 /* for all of a message, as mox */
#define LIM_SMTP_TLS_MS 60000	     /* TLS handshake, as mox */
#define LIM_SMTP_STALL_MS 3600000    /* localserve: "timeout" recipients, if the client waits that long */
#define LIM_SMTP_RETRY_MS 200	     /* until a call to a deliverd that went away is repeated */
#define LIM_SMTP_RETRY_TOTAL_MS 20000 /* and for how long: a new worker has to replay its log */
#define LIM_SMTP_DISK_RESERVE (8LL << 20) /* free bytes below which no mail is taken */
#define LIM_SMTP_PART_RCPTS 200	     /* recipients of one DELIVER, so that all results fit its answer */
#define LIM_SMTP_CLOSE_MS 10000	     /* to send the last reply */

/* mime */
#define LIM_MIME_FROM 16384	     /* From field of a submitted message: one address */
#define LIM_MIME_DEPTH 32	     /* nested multiparts; deeper ones become opaque leaves */
#define LIM_MIME_PARTS 1000	     /* parts in a message; further ones belong to the last leaf */
#define LIM_MIME_HEADER (256 << 10)  /* bytes of one header block that are looked at */
#define LIM_MIME_FIELDS 2000	     /* header fields of one block that are looked at */
#define LIM_MIME_PARAMS 100	     /* parameters of one field */
#define LIM_MIME_ADDRS 5000	     /* addresses of one field */
#define LIM_MIME_BOUNDARY 250	     /* RFC 2046 5.1.1 allows 70; longer ones are seen */
#define LIM_MIME_BOUNDARY_LINE 1000  /* delimiter line with its padding; a longer line is text */
#define LIM_MIME_KEEP (4 << 20)	     /* structure and header text kept of one message */
#define LIM_MIME_QP_BLANKS 1000	     /* blanks held back that may be padding at a line end */
#define LIM_MIME_PREVIEW 200	     /* characters, RFC 8970 3.1 */
#define LIM_MIME_PREVIEW_TEXT 4096   /* decoded bytes that a preview is made of */
#define LIM_MIME_PREVIEW_HTML 65536  /* likewise for HTML, which begins with styles */

/* dkim */
#define LIM_DKIM_HEADER (1 << 20)    /* header that is signed, and one signature */
#define LIM_DKIM_FIELDS 5000	     /* fields of it, and names of Headers */
#define LIM_DKIM_TAGS 64	     /* tags of a signature or a key record */
#define LIM_DKIM_NAMES 300	     /* names in h= of a signature that is verified */
#define LIM_DKIM_SIGNATURES 10	     /* of a message that are verified, RFC 6376 8.4 */
#define LIM_DKIM_RECORD 8192	     /* bytes of a key record; RSA of 4096 bits has 800 */
#define LIM_ARC_SETS 50		     /* instances, RFC 8617 4.2.1 */
#define LIM_DKIM_KEY 16384	     /* a key file: RSA of 4096 bits has 3,300 bytes */

/* dsn */
#define LIM_DSN_VALUE 2048	     /* one value in a notification: addresses, replies */
#define LIM_DSN_SUBJECT 400	     /* of the original's subject */
#define LIM_DSN_HEADER (64 << 10)    /* of the original's header */

/* imap */
#define LIM_IMAP_LINE 65536	     /* command line without literals; long UID sets are common */
#define LIM_IMAP_LINE_NOAUTH 8192    /* likewise before login */
#define LIM_IMAP_LITERAL (100 << 10) /* one literal that is not a message */
#define LIM_IMAP_LITERALS 1000	     /* literals of a command */
#define LIM_IMAP_CMD (1 << 20)	     /* all bytes of a command but message literals */
#define LIM_IMAP_CMD_NOAUTH 16384    /* likewise before login */
#define LIM_IMAP_FIRST 256	     /* first allocation of a command */
#define LIM_IMAP_PATTERNS 100	     /* patterns of one LIST */
#define LIM_IMAP_DEPTH 32	     /* nested parentheses, as in SEARCH */
#define LIM_IMAP_NEST 500	     /* nested NOT and OR of SEARCH: clients write long chains of OR */
#define LIM_IMAP_TAG 128	     /* a tag; clients use under 20 */
#define LIM_IMAP_ARENA (16 << 20)    /* a parsed command; SEARCH keys are the largest, 16 times their text */
#define LIM_IMAP_WORK (16 << 20)     /* what its handler adds by number and size of things */
#define LIM_IMAP_SPARE (4 << 20)     /* and what has a size of its own */
#define LIM_IMAP_DRAIN (1LL << 31)   /* bytes thrown away to find the end of a refused command */
#define LIM_IMAP_TURN_MS 10	     /* work of one connection before the others get the loop */
#define LIM_IMAP_TEXTS 200	     /* BODY and TEXT keys of one SEARCH; each is looked for in all text */
#define LIM_IMAP_SECTIONS 200	     /* BODY[...] items of one FETCH; each is read for each message */
#define LIM_IMAP_LABEL 16384	     /* name of a FETCH item as repeated in each response */
#define LIM_IMAP_TRIM_MS 10000	     /* an account without commands loses its caches, */
#define LIM_IMAP_CLOSE_MS 60000	     /* ... then its database handle (35 KB, 3 descriptors; 1.5 ms to open) */
#define LIM_IMAP_PREAUTH_MS 60000    /* from connecting to login */
#define LIM_IMAP_IDLE_MS 1800000     /* autologout, at least 30 minutes: RFC 9051 5.4 */
#define LIM_IMAP_ERRORS 10	     /* faulty commands before login */
#define LIM_IMAP_LOGINS 10	     /* failed logins of a connection */
#define LIM_IMAP_SLOW 3		     /* of these, without delay of our own */
#define LIM_IMAP_ROWS 256	     /* rows read in one step */
#define LIM_IMAP_ROWS_BIG 16	     /* likewise when the messages themselves are read */
#define LIM_IMAP_GAP 64		     /* UIDs between two ranges that one query bridges */
#define LIM_IMAP_PIECE 65536	     /* bytes of a message read in one step */
#define LIM_IMAP_APPEND (1LL << 31)  /* largest message of APPEND; sizes are 32 bits in IMAP4rev1 */
#define LIM_IMAP_OUT (16 << 20)	     /* output of one step: BODYSTRUCTURE and flags of one message at most */
#define LIM_IMAP_HEADER (1 << 20)    /* header bytes that HEADER.FIELDS and SEARCH look at */
#define LIM_IMAP_UNSEEN 1000	     /* last messages among which SELECT looks for the first unseen one */
#define LIM_IMAP_ID 1024	     /* a value of ID, RFC 2971 3.3 */
#define LIM_IMAP_IDS 30		     /* pairs of ID, likewise */

/* store */
#define LIM_DELIVERY_BACK 5000	     /* messages looked at when a delivery is repeated within seconds */
#define LIM_INLINE (32 << 10)	     /* blobs up to this live in the database: measured, 46 us against 80 */
#define LIM_STORE_INLINE (128 << 10) /* likewise messages of accounts: no sync of a file and its folder */
#define LIM_CHUNK 16384		     /* plaintext bytes of one encrypted chunk; small, so that headers are cheap to read */
#define LIM_BLOB (1LL << 40)	     /* plaintext bytes of one blob: beyond any message, and no sum overflows */
#define LIM_MAILBOXES 10000	     /* mailboxes of an account */
#define LIM_TIME 253402300799	     /* seconds since 1970 of a date that can be written: the year 9999 */
#define LIM_SET (8 << 20)	     /* bytes of a packed UID set in a memfd: a million ranges */
#define LIM_OP (10 << 20)	     /* bytes of one recorded change: the largest set, or an inline message */
#define LIM_HISTORY 10000	     /* ranges of expunged UIDs that are kept for one mailbox */
#define LIM_LOG_SEGMENT (16 << 20)   /* bytes of an intent log segment; also what a restart may have to redo */
#define LIM_LOG_STEP (1 << 20)	     /* bytes that a new segment grows at once */
#define LIM_LOG_SEGMENTS 64	     /* segments of one worker: 1 GB waiting for checkpoints is a fault */
#define LIM_LOG_BATCH (4 << 20)	     /* bytes of changes after which a batch is made durable at once */
#define LIM_ACCOUNTS_OPEN 256	     /* accounts that a worker keeps open without a login; 6 descriptors each */
#define LIM_LOG_PAGES 4000	     /* pages in a database's log after which it is checkpointed by itself */
#define LIM_REFERENCES 20	     /* message ids of References whose hashes are kept */
#define LIM_PARTIAL_DAYS 5	     /* how long a repeat of a half-done transaction is recognised */

/* queue */
#define LIM_QUEUE_ATTEMPTS 8	     /* then a recipient has failed; as mox */
#define LIM_QUEUE_LATE 5	     /* failed attempts after which the sender hears of the delay, as mox */
#define LIM_QUEUE_GAP_S 450	     /* from the first attempt to the second; doubles, as mox */
#define LIM_QUEUE_JITTER_S 5	     /* more or less */
#define LIM_QUEUE_SOON_S 5	     /* to an attempt again whose process died, once */
#define LIM_QUEUE_RECOVER_S 1	     /* likewise when queued itself did */
#define LIM_QUEUE_DSN_S 2	     /* failures of one message within this are one notification */
#define LIM_QUEUE_RCPTS 100	     /* recipients of one SMTP transaction, RFC 5321 4.5.3.1.8 */
#define LIM_QUEUE_INFLIGHT 200	     /* transactions at a time */
#define LIM_QUEUE_DEST 20	     /* of them to one destination, */
#define LIM_QUEUE_DEST_FIRST 5	     /* ... to one of which nothing is known */
#define LIM_QUEUE_DESTS 10000	     /* destinations in memory */
#define LIM_QUEUE_DOWN_S 86400	     /* how long it is remembered that one did not answer */
#define LIM_QUEUE_WINDOW 32	     /* messages of one destination in memory */
#define LIM_QUEUE_SCAN 1000	     /* rows looked at in one step */
#define LIM_QUEUE_STEP 100	     /* transactions begun, or failed together, in one step */
#define LIM_QUEUE_PIECE (1 << 20)    /* bytes of a large message taken over in one step */
#define LIM_QUEUE_KEPT (64 << 20)    /* bytes of new messages that stay at hand for their first attempt */
#define LIM_QUEUE_KEPT_FDS 400	     /* and their number */
#define LIM_QUEUE_BATCH (4 << 20)    /* bytes of new messages after which a batch is committed */
#define LIM_QUEUE_SYNC_MS 20	     /* results are durable after this at the latest */
#define LIM_QUEUE_RETRY_MS 1000	     /* a batch that could not be committed is tried again */
#define LIM_QUEUE_LOG_PAGES 2000     /* pages of the database's log that start a checkpoint */
#define LIM_QUEUE_IDS 100	     /* numbers of messages reserved at once */
#define LIM_QUEUE_RECENT 100000      /* transactions that are recognised when they come again, */
#define LIM_QUEUE_RECENT_S 60	     /* ... within this */
#define LIM_QUEUE_DUMP 45000	     /* bytes of a message in one answer to dump */
#define LIM_QUEUE_HEADER 65536	     /* bytes of the header that a notification may have */

/* config */
#define LIM_CONF_SIZE (16 << 20)     /* bytes of a configuration file */
#define LIM_CONF_LINES 400000	     /* lines of it: some 50,000 accounts */
#define LIM_CONF_DEPTH 16	     /* nested sections; the schema has 6 */
#define LIM_CONF_PROBLEMS 50	     /* problems reported at once */
#define LIM_CONF_TEXT 256	     /* a text of the operator that clients are shown */

/* dns */
#define LIM_DNS_MS 30000	     /* an answer, all servers and tries counted */
#define LIM_DNS_TRY_MS 3000	     /* until the next server, or the same again, is asked */
#define LIM_DNS_TRIES 3		     /* of each server */
#define LIM_DNS_SERVERS 8	     /* of resolv.conf */
#define LIM_DNS_OPEN 5000	     /* different questions at a time */
#define LIM_DNS_CHAIN 16	     /* CNAMEs to one answer, as mox */
#define LIM_DNS_RRS 500		     /* records of one answer */
#define LIM_DNS_CACHE 10000	     /* answers kept */
#define LIM_DNS_CACHE_BYTES (8 << 20) /* and their bytes */
#define LIM_DNS_TTL 3600	     /* seconds that an answer is kept at most */
#define LIM_DNS_TTL_NONE 900	     /* and that there is none, RFC 2308 5 */
#define LIM_DNS_UDP 1232	     /* answer by UDP: larger ones would be fragments */

/* mailauth */
#define LIM_MAILAUTH_MS 30000	     /* one evaluation, all its questions: RFC 7208 4.6.4 asks for 20 s or more */
#define LIM_SPF_TERMS 10	     /* terms that ask the DNS, RFC 7208 4.6.4 */
#define LIM_SPF_VOIDS 2		     /* terms whose questions have no answer, likewise */
#define LIM_SPF_NAMES 10	     /* names of an mx term, and of the client's address, likewise */
#define LIM_SPF_RECORD 16384	     /* bytes of a record; RFC 7208 3.4 advises 450 */
#define LIM_SPF_EXPANDED 65536	     /* a domain after macro expansion, before it is cut to 253 */
#define LIM_SPF_EXPLANATION 1000     /* an explanation that is longer is dropped, RFC 7208 6.2 */
#define LIM_SPF_MACRO 1024	     /* local part, or HELO name, as macros expand to it */
#define LIM_DMARC_WALK 8	     /* questions of one tree walk, RFC 9989 4.10 */
#define LIM_DMARC_IDS 12	     /* authenticated domains that are compared: ten signatures, SPF */
#define LIM_DMARC_RECORD 8192	     /* bytes of a record */
#define LIM_DMARC_URIS 20	     /* report addresses of one tag */

/* junk */
#define LIM_JUNK_TEXT (1 << 20)	     /* bytes of text of a message that the filter looks at */
#define LIM_JUNK_TOKENS 16384	     /* tokens kept of one message */
#define LIM_JUNK_URL 1024	     /* bytes of a link, or a header field's value, that make tokens */
#define LIM_JUNK_TOP 200	     /* TopWords, at most */
#define LIM_JUNK_SIGNIFICANT 50	     /* fewer ham messages trained: the verdict counts for little; as mox */
#define LIM_JUNK_WORDS 400000	     /* tokens with counts of an account; rare and old ones are pruned */
#define LIM_JUNK_ONCE_PAGES 256	     /* rows for what was seen once: 245,760 tokens, 490 KB */

/* remote */
#define LIM_REMOTE_MS 2400000	     /* queued waits so long for REMOTE_SEND: two sessions and DNS */
#define LIM_REMOTE_JOB_MS 1800000    /* all hosts of one message together, as mox a session */
#define LIM_REMOTE_RCPTS 2000	     /* of one message: all results fit into one packet */
#define LIM_REMOTE_JOBS 2000	     /* messages at a time in one worker */
#define LIM_REMOTE_CONNECT_MS 30000  /* TCP connect to one address, as mox */
#define LIM_REMOTE_MX 20	     /* hosts of a domain that are looked up, by preference */
#define LIM_REMOTE_ADDRS 10	     /* addresses of them that are tried */
#define LIM_REMOTE_SESSIONS 2	     /* of these, that greeted us: so many are asked again after 4yz */
#define LIM_REMOTE_LOCAL_MS 30000    /* localserve: any reply; there are addresses that never answer */
#define LIM_REMOTE_IDLE_MS 5000	     /* a connection waits so long for its next message */
#define LIM_REMOTE_IDLE 100	     /* connections that wait */
#define LIM_REMOTE_REUSE_MS 300000   /* age at which a connection gets no more messages */
#define LIM_SMTP_ANSWER_LINES 100    /* lines of one reply of a server */
#define LIM_SMTP_ANSWER_TEXT 512     /* bytes of a server's reply that are kept */
#define LIM_SMTP_CLIENT_RCPTS 100    /* of one transaction: what every server takes, RFC 5321 4.5.3.1.8 */
#define LIM_SMTP_GREETING_MS 300000  /* RFC 5321 4.5.3.2.1; MAIL and RCPT likewise */
#define LIM_SMTP_DATA_START_MS 120000 /* RFC 5321 4.5.3.2.4 */
#define LIM_SMTP_DATA_END_MS 600000  /* RFC 5321 4.5.3.2.6 */
#define LIM_TLS_SESSIONS 1000	     /* hosts whose TLS session is kept for resumption */

_Static_assert(2 * LIM_KEY_CERTS < LIM_SVC_FILES && LIM_DKIM_KEYS < LIM_SVC_FILES,
	       "one set of files holds them all");

#endif
