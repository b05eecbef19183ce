# CREATE, DELETE, RENAME, SUBSCRIBE, LIST, LSUB, STATUS, SELECT. RFC 9051 6.3; RFC 5258, 5819, 6154.
=== login
S~ \* OK \[CAPABILITY .*\] mox ready
C: l LOGIN mox@localhost moxmoxmox
S~ l OK \[CAPABILITY .*\] logged in
=== clean
C: - DELETE ta/b/c\r\n- DELETE ta/b\r\n- DELETE ta/d\r\n- DELETE ta\r\n- DELETE te/b/c\r\n- DELETE te/b\r\n- DELETE te/f\r\n- DELETE te/d\r\n- DELETE te
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
C: - UNSUBSCRIBE ta/b/c\r\n- UNSUBSCRIBE ta/b\r\n- UNSUBSCRIBE ta/d\r\n- UNSUBSCRIBE ta\r\n- UNSUBSCRIBE te/b/c\r\n- UNSUBSCRIBE te/b\r\n- UNSUBSCRIBE te/f\r\n- UNSUBSCRIBE te/d\r\n- UNSUBSCRIBE te
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
S~ - .*
=== start
= login
= clean
=== bye
= clean
C: z LOGOUT
S: * BYE logging out
S: z OK LOGOUT completed
S!

--- the separator
= start
C: a LIST "" ""
S: * LIST (\\Noselect) "/" ""
S: a OK completed
C: b LSUB "" ""
S: * LSUB (\\Noselect) "/" ""
S: b OK completed
C: c LIST () "" ""
S: c OK LIST completed
= bye

--- CREATE makes parents, DELETE spares children
= start
C: a CREATE ta/b/c
S: a OK completed
C: b LIST "" ta*
S: * LIST (\\HasChildren) "/" "ta"
S: * LIST (\\HasChildren) "/" "ta/b"
S: * LIST (\\HasNoChildren) "/" "ta/b/c"
S: b OK LIST completed
C: c LIST "" ta/%
S: * LIST (\\HasChildren) "/" "ta/b"
S: c OK LIST completed
C: d LIST ta/ %/c
S: * LIST (\\HasNoChildren) "/" "ta/b/c"
S: d OK LIST completed
C: e DELETE ta/b
S: e NO [HASCHILDREN] mailbox has children
C: f CREATE ta/b
S: f NO [ALREADYEXISTS] mailbox exists already
C: g CREATE ta/d/
S: g OK completed
C: h LIST "" (ta/d ta/b/%)
S: * LIST (\\HasNoChildren) "/" "ta/b/c"
S: * LIST (\\HasNoChildren) "/" "ta/d"
S: h OK LIST completed
= bye

--- names that can't be
= start
C: a CREATE INBOX
S~ a NO \[(ALREADYEXISTS|CANNOT|NOPERM)\] .*
C: b CREATE ta//b
S: b NO [CANNOT] name can't be used
C: c CREATE /ta
S: c NO [CANNOT] name can't be used
C: d CREATE ta/..
S: d NO [CANNOT] name can't be used
C: e CREATE "ta\tb"
S: e NO [CANNOT] name can't be used
C: f CREATE #ta
S: f NO [CANNOT] name can't be used
C: g CREATE ""
S: g NO [CANNOT] mailbox name too long
C: h CREATE \{1001*t}
S: h NO [CANNOT] mailbox name too long
C: i DELETE INBOX
S: i NO [CANNOT] INBOX can't be deleted
C: j DELETE ta
S: j NO [NONEXISTENT] no such mailbox
C: k RENAME ta tb
S: k NO [NONEXISTENT] no such mailbox
C: l STATUS ta (MESSAGES)
S: l NO [NONEXISTENT] no such mailbox
C: m SELECT ta
S: m NO [NONEXISTENT] no such mailbox
C: n CREATE ta (USE (\\All))
S: n NO [USEATTR] special use is not supported
= bye

--- modified UTF-7 and, once it is enabled, UTF-8
= start
C: a CREATE "ta/Entw&APw-rfe"
S: a OK completed
C: b LIST "" ta/Entw*
S: * LIST (\\HasNoChildren) "/" "ta/Entw&APw-rfe"
S: b OK LIST completed
C: c ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: c OK ENABLE completed
C: d LIST "" ta/Entw*
S: * LIST (\\HasNoChildren) "/" "ta/Entw\xc3\xbcrfe"
S: d OK LIST completed
C: e RENAME "ta/Entw\xc3\xbcrfe" "ta/&-\xe2\x98\x83"
S: e OK completed
C: f STATUS "ta/&-\xe2\x98\x83" (MESSAGES SIZE)
S: * STATUS "ta/&-\xe2\x98\x83" (MESSAGES 0 SIZE 0)
S: f OK STATUS completed
C: g DELETE {8+}\r\nta/&-\xe2\x98\x83
S: g OK completed
C: h UNSUBSCRIBE "ta/&-\xe2\x98\x83"
S: h OK completed
C: i UNSUBSCRIBE "ta/Entw\xc3\xbcrfe"
S: i OK completed
= bye

--- RENAME takes the children along
= start
C: a CREATE ta/b/c
S: a OK completed
C: b RENAME ta te
S: b OK completed
C: c LIST "" (ta* te*)
S: * LIST (\\HasChildren) "/" "te"
S: * LIST (\\HasChildren) "/" "te/b"
S: * LIST (\\HasNoChildren) "/" "te/b/c"
S: c OK LIST completed
C: d CREATE ta
S: d OK completed
C: e RENAME ta te
S: e NO [ALREADYEXISTS] mailbox exists already
C: f RENAME te/b/c te/f
S: f OK completed
C: g DELETE te/b
S: g OK completed
= bye

--- special uses
= start
C: a LIST (SPECIAL-USE) "" *
S: * LIST (\\HasNoChildren \\Archive) "/" "Archive"
S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
S: * LIST (\\HasNoChildren \\Junk) "/" "Junk"
S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
S: a OK LIST completed
C: b LIST "" Trash RETURN (SPECIAL-USE)
S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
S: b OK LIST completed
= bye

--- INBOX in any case
= start
C: a LIST "" iNbOx
S: * LIST (\\HasNoChildren) "/" INBOX
S: a OK LIST completed
C: b LIST "" INB%
S: * LIST (\\HasNoChildren) "/" INBOX
S: b OK LIST completed
C: c STATUS inbox (UIDVALIDITY)
S~ \* STATUS INBOX \(UIDVALIDITY [0-9]+\)
S: c OK STATUS completed
= bye

--- subscriptions
= start
C: a CREATE ta/b/c
S: a OK completed
C: b UNSUBSCRIBE ta
S: b OK completed
C: c UNSUBSCRIBE ta/b
S: c OK completed
C: d SUBSCRIBE ta/b/c
S: d OK completed
C: e LSUB "" ta*
S: * LSUB () "/" "ta/b/c"
S: e OK LSUB completed
C: f LSUB "" ta
S: * LSUB (\\Noselect) "/" "ta"
S: f OK LSUB completed
C: g LSUB "" ta/%
S: * LSUB (\\Noselect) "/" "ta/b"
S: g OK LSUB completed
C: h LIST (SUBSCRIBED) "" ta*
S: * LIST (\\HasNoChildren \\Subscribed) "/" "ta/b/c"
S: h OK LIST completed
C: i LIST (SUBSCRIBED RECURSIVEMATCH) "" ta
S: * LIST (\\HasChildren) "/" "ta" ("CHILDINFO" ("SUBSCRIBED"))
S: i OK LIST completed
C: j LIST (SUBSCRIBED RECURSIVEMATCH) "" ta*
S: * LIST (\\HasNoChildren \\Subscribed) "/" "ta/b/c"
S: j OK LIST completed
C: k LIST "" ta* RETURN (SUBSCRIBED CHILDREN)
S: * LIST (\\HasChildren) "/" "ta"
S: * LIST (\\HasChildren) "/" "ta/b"
S: * LIST (\\HasNoChildren \\Subscribed) "/" "ta/b/c"
S: k OK LIST completed
C: l DELETE ta/b/c
S: l OK completed
C: m LIST (SUBSCRIBED) "" ta*
S: * LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" "ta/b/c"
S: m OK LIST completed
= bye

--- STATUS, alone and from LIST
= start
C: a CREATE ta
S: a OK completed
C: b APPEND ta {16+}\r\nSubject: x\r\n\r\n\r\n
S~ b OK \[APPENDUID [0-9]+ 1\] APPEND completed
C: c APPEND ta (\\Seen \\Deleted) {16+}\r\nSubject: x\r\n\r\n\r\n
S~ c OK \[APPENDUID [0-9]+ 2\] APPEND completed
C: d STATUS ta (MESSAGES RECENT UIDNEXT UNSEEN DELETED SIZE)
S: * STATUS "ta" (MESSAGES 2 RECENT 0 UIDNEXT 3 UNSEEN 1 DELETED 1 SIZE 32)
S: d OK STATUS completed
C: e LIST "" ta RETURN (STATUS (MESSAGES UIDNEXT))
S: * LIST (\\HasNoChildren) "/" "ta"
S: * STATUS "ta" (MESSAGES 2 UIDNEXT 3)
S: e OK LIST completed
C: f STATUS ta (APPENDLIMIT)
S~ \* STATUS "ta" \(APPENDLIMIT [0-9]+\)
S: f OK STATUS completed
= bye

--- SELECT and what follows
= start
C: a CREATE ta
S: a OK completed
C: b APPEND ta (\\Seen) {16+}\r\nSubject: x\r\n\r\n\r\n
S~ b OK .*
C: b APPEND ta {16+}\r\nSubject: x\r\n\r\n\r\n
S~ b OK .*
C: c SELECT ta
S: * FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded $Junk $NotJunk $Phishing $MDNSent)
S: * OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded $Junk $NotJunk $Phishing $MDNSent \\*)] flags
S: * 2 EXISTS
S: * 0 RECENT
S: * OK [UNSEEN 2] first unseen
S~ \* OK \[UIDVALIDITY [1-9][0-9]*\] UIDs valid
S: * OK [UIDNEXT 3] next UID
S: c OK [READ-WRITE] SELECT completed
C: d EXAMINE ta
S: * OK [CLOSED] previous mailbox is closed
S~ \* FLAGS .*
S: * OK [PERMANENTFLAGS ()] flags
S: * 2 EXISTS
S: * 0 RECENT
S: * OK [UNSEEN 2] first unseen
S~ \* OK \[UIDVALIDITY .*
S: * OK [UIDNEXT 3] next UID
S: d OK [READ-ONLY] EXAMINE completed
C: e STORE 1 FLAGS ()
S: e NO [READ-ONLY] mailbox was opened with EXAMINE
C: f EXPUNGE
S: f NO [READ-ONLY] mailbox was opened with EXAMINE
C: g MOVE 1 INBOX
S: g NO [READ-ONLY] mailbox was opened with EXAMINE
C: h FETCH 2 (FLAGS BODY[TEXT])
S: * 2 FETCH (FLAGS () BODY[TEXT] {2}
S:
S: )
S: h OK FETCH completed
C: i UNSELECT
S: i OK UNSELECT completed
C: j FETCH 1 FLAGS
S: j BAD select a mailbox first
C: k SELECT ta
S* k OK \[READ-WRITE\] SELECT completed
C: l SELECT nonexistent
S: * OK [CLOSED] previous mailbox is closed
S: l NO [NONEXISTENT] no such mailbox
C: m CHECK
S: m BAD select a mailbox first
= bye

--- SELECT after ENABLE IMAP4rev2
= start
C: a CREATE ta
S: a OK completed
C: b ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: b OK ENABLE completed
C: c SELECT ta
S~ \* FLAGS .*
S~ \* OK \[PERMANENTFLAGS .*
S: * 0 EXISTS
S~ \* OK \[UIDVALIDITY .*
S: * OK [UIDNEXT 1] next UID
S: * LIST () "/" "ta"
S: c OK [READ-WRITE] SELECT completed
C: d CLOSE
S: d OK CLOSE completed
= bye

--- DELETE of the selected mailbox closes it
= start
C: a CREATE ta
S: a OK completed
C: b SELECT ta
S* b OK .*
C: c DELETE ta
S: * OK [CLOSED] mailbox was deleted
S: c OK completed
C: d CHECK
S: d BAD select a mailbox first
= bye

--- CLOSE expunges, UNSELECT does not
= start
C: a CREATE ta
S: a OK completed
C: b APPEND ta (\\Deleted) {16+}\r\nSubject: x\r\n\r\n\r\n
S~ b OK .*
C: c APPEND ta {16+}\r\nSubject: x\r\n\r\n\r\n
S~ c OK .*
C: d SELECT ta
S* d OK .*
C: e UNSELECT
S: e OK UNSELECT completed
C: f STATUS ta (MESSAGES)
S: * STATUS "ta" (MESSAGES 2)
S: f OK STATUS completed
C: g EXAMINE ta
S* g OK .*
C: h CLOSE
S: h OK CLOSE completed
C: i STATUS ta (MESSAGES)
S: * STATUS "ta" (MESSAGES 2)
S: i OK STATUS completed
C: j SELECT ta
S* j OK .*
C: k CLOSE
S: k OK CLOSE completed
C: l STATUS ta (MESSAGES)
S: * STATUS "ta" (MESSAGES 1)
S: l OK STATUS completed
= bye

--- parents of subscribed names are told once
= start
C: a SUBSCRIBE ta/b/c\r\nb SUBSCRIBE ta/b\r\nc SUBSCRIBE ta/d\r\nd SUBSCRIBE te/b/c\r\ne SUBSCRIBE te/d
S: a OK completed
S: b OK completed
S: c OK completed
S: d OK completed
S: e OK completed
C: f LSUB "" ta%
S: * LSUB (\\Noselect) "/" "ta"
S: f OK LSUB completed
C: g LSUB "" t%/%
S: * LSUB (\\Noselect) "/" "ta/b"
S: * LSUB (\\Noselect) "/" "ta/d"
S: * LSUB (\\Noselect) "/" "te/b"
S: * LSUB (\\Noselect) "/" "te/d"
S: g OK LSUB completed
C: h LIST (SUBSCRIBED RECURSIVEMATCH) "" ("ta" "te" "te/%/c" "*a%*b%*c%*")
S: * LIST (\\NonExistent \\HasNoChildren) "/" "ta" ("CHILDINFO" ("SUBSCRIBED"))
S: * LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" "ta/b/c"
S: * LIST (\\NonExistent \\HasNoChildren) "/" "te" ("CHILDINFO" ("SUBSCRIBED"))
S: * LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" "te/b/c"
S: h OK LIST completed
= bye
