# Greeting, capabilities, STARTTLS, LOGIN, AUTHENTICATE, ID. RFC 9051 6.1, 6.2; RFC 2971, 4616, 4959, 7888.
=== clear
S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ID ENABLE IDLE STARTTLS LOGINDISABLED] mox ready
=== tls
S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ID ENABLE IDLE AUTH=PLAIN] mox ready
=== full
S~ a OK \[CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL\+ ID ENABLE IDLE NAMESPACE CHILDREN SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE UNSELECT UIDPLUS MOVE ESEARCH SEARCHRES APPENDLIMIT=[0-9]+\] logged in
=== bye
C: z LOGOUT
S: * BYE logging out
S: z OK LOGOUT completed
S!

--- in the clear
@ clear
= clear
C: a CAPABILITY
S: * CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ID ENABLE IDLE STARTTLS LOGINDISABLED
S: a OK CAPABILITY completed
C: b NOOP
S: b OK completed
= bye

--- no password in the clear
@ clear
= clear
C: a LOGIN mox@localhost moxmoxmox
S: a NO [PRIVACYREQUIRED] LOGIN needs TLS
C: b AUTHENTICATE PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: b NO [PRIVACYREQUIRED] PLAIN needs TLS
C: c AUTHENTICATE PLAIN
S: c NO [PRIVACYREQUIRED] PLAIN needs TLS
= bye

--- STARTTLS
@ clear
@ lines
= clear
C: a STARTTLS
S: a OK begin TLS now
T!
C: b CAPABILITY
S: * CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ID ENABLE IDLE AUTH=PLAIN
S: b OK CAPABILITY completed
C: c STARTTLS
S: c BAD TLS is active already
C: a LOGIN mox@localhost moxmoxmox
= full
= bye

--- commands behind STARTTLS are not taken for protected ones
@ clear
@ lines
= clear
C=a STARTTLS\r\nb LOGIN x y\r\n
S: a BAD commands behind STARTTLS
S: * BYE protocol violation
S!

--- half a command behind STARTTLS
@ clear
@ lines
= clear
C=a STARTTLS\r\nb
S: a BAD commands behind STARTTLS
S: * BYE protocol violation
S!

--- LOGIN
= tls
C: a LOGIN mox@localhost moxmoxmox
= full
C: b CAPABILITY
S~ \* CAPABILITY IMAP4rev1 .* MOVE .*
S: b OK CAPABILITY completed
C: c LOGIN mox@localhost moxmoxmox
S: c BAD not valid after login
C: d STARTTLS
S: d BAD not valid after login
= bye

--- LOGIN with quoted strings and literals
= tls
C: a LOGIN {13}\r\nmox@localhost "moxmoxmox"
S: + go on
= full
= bye

--- LOGIN with non-synchronising literals
= tls
C: a LOGIN {13+}\r\nmox@localhost {9+}\r\nmoxmoxmox
= full
= bye

--- a wrong password, then the right one
@ once
= tls
C: x LOGIN mox@localhost wrong
S: x NO [AUTHENTICATIONFAILED] bad user name or password
C: a LOGIN mox@localhost moxmoxmox
= full
= bye

--- an unknown user looks like a wrong password
@ once
= tls
C: a LOGIN nobody@example.org moxmoxmox
S: a NO [AUTHENTICATIONFAILED] bad user name or password
C: b LOGIN "" ""
S: b NO [AUTHENTICATIONFAILED] bad user name or password
= bye

--- AUTHENTICATE PLAIN with an initial response
= tls
C: a AUTHENTICATE PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
= full
= bye

--- AUTHENTICATE PLAIN with a continuation
= tls
C: a AUTHENTICATE PLAIN
S: + 
C: AG1veEBsb2NhbGhvc3QAbW94bW94bW94
= full
= bye

--- AUTHENTICATE PLAIN with the same identity twice
= tls
C: a authenticate plain bW94QGxvY2FsaG9zdABtb3hAbG9jYWxob3N0AG1veG1veG1veA==
= full
= bye

--- AUTHENTICATE PLAIN with another identity
= tls
C: a AUTHENTICATE PLAIN cm9vdABtb3hAbG9jYWxob3N0AG1veG1veG1veA==
S: a NO [AUTHORIZATIONFAILED] no other identity may be assumed
= bye

--- AUTHENTICATE cancelled
= tls
C: a AUTHENTICATE PLAIN
S: + 
C: *
S: a BAD AUTHENTICATE cancelled
C: b NOOP
S: b OK completed
= bye

--- AUTHENTICATE with nonsense
= tls
C: a AUTHENTICATE PLAIN
S: + 
C: @@@@
S: a BAD malformed base64
C: b AUTHENTICATE PLAIN =
S: b BAD malformed PLAIN message
C: c AUTHENTICATE PLAIN YWJj
S: c BAD malformed PLAIN message
C: d AUTHENTICATE PLAIN AAAA
S: d BAD malformed PLAIN message
C: e AUTHENTICATE CRAM-MD5
S: e NO [CANNOT] unknown mechanism
= bye

--- a SASL line that is too long
= tls
C: a AUTHENTICATE PLAIN
S: + 
C: \{9000*A}
S: a BAD command line too long
C: b NOOP
S: b OK completed
= bye

--- ID before and after login
= tls
C: a ID ("name" "test" "version" NIL)
S: * ID ("name" "mox")
S: a OK ID completed
C: b ID NIL
S: * ID ("name" "mox")
S: b OK ID completed
C: a LOGIN mox@localhost moxmoxmox
= full
C: c ID NIL
S~ \* ID \("name" "mox" "version" "[^"]+"\)
S: c OK ID completed
= bye

--- NAMESPACE and ENABLE
= tls
C: a LOGIN mox@localhost moxmoxmox
= full
C: b NAMESPACE
S: * NAMESPACE (("" "/")) NIL NIL
S: b OK NAMESPACE completed
C: c ENABLE CONDSTORE
S: * ENABLED
S: c OK ENABLE completed
C: d ENABLE FOO imap4REV2
S: * ENABLED IMAP4rev2
S: d OK ENABLE completed
C: e ENABLE IMAP4rev2
S: * ENABLED
S: e OK ENABLE completed
= bye

--- what needs a login, and what needs a mailbox
= tls
C: a SELECT INBOX
S: a BAD log in first
C: b IDLE
S: b BAD log in first
C: c FETCH 1 FLAGS
S: c BAD log in first
C: d ENABLE IMAP4rev2
S: d BAD log in first
C: a LOGIN mox@localhost moxmoxmox
= full
C: e FETCH 1 FLAGS
S: e BAD select a mailbox first
C: f CLOSE
S: f BAD select a mailbox first
C: g EXPUNGE
S: g BAD select a mailbox first
C: h UID SEARCH ALL
S: h BAD select a mailbox first
C: i UNSELECT
S: i BAD select a mailbox first
C: j CHECK
S: j BAD select a mailbox first
C: k STORE 1 FLAGS ()
S: k BAD select a mailbox first
C: l MOVE 1 x
S: l BAD select a mailbox first
= bye
