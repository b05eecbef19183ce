# APPEND, FETCH, STORE, COPY, MOVE, EXPUNGE, SEARCH. RFC 9051 6.3.12, 6.4; RFC 4315, 4731, 5182, 6851, 7888.
=== login
S~ \* OK \[CAPABILITY .*\] mox ready
C: l LOGIN mox@localhost moxmoxmox
S~ l OK \[CAPABILITY .*\] logged in
C: - DELETE tm\r\n- DELETE tn\r\n- CREATE tm
S~ - .*
S~ - .*
S: - OK completed
=== bye
C: z UNSELECT
S~ z .*
C: - DELETE tm\r\n- DELETE tn
S: - OK completed
S~ - .*
C: z LOGOUT
S: * BYE logging out
S: z OK LOGOUT completed
S!
# Three small messages.
=== three
C: p APPEND tm {46+}\r\nFrom: a@x.example\r\nSubject: one\r\n\r\nhello one\r\n
S~ p OK \[APPENDUID [0-9]+ 1\] APPEND completed
C: p APPEND tm (\\Seen foo) "01-Feb-2024 23:30:00 -0100" {62+}\r\nFrom: b@x.example\r\nSubject: two\r\nX-Test: empty\r\n\r\nhello two \r\n
S~ p OK \[APPENDUID [0-9]+ 2\] APPEND completed
C: p APPEND tm (\\Flagged) {48+}\r\nFrom: c@x.example\r\nSubject: three\r\n\r\ngoodbye\r\n\r\n
S~ p OK \[APPENDUID [0-9]+ 3\] APPEND completed
=== open
= login
= three
C: o SELECT tm
S* o OK \[READ-WRITE\] SELECT completed

--- APPEND waits for its literal
= login
C: a APPEND tm (\\Draft) {5}\r\nhello
S: + go on
S~ a OK \[APPENDUID [1-9][0-9]* 1\] APPEND completed
= bye

--- APPEND to a mailbox that isn't there
= login
C: a APPEND tn {5}
S: a NO [TRYCREATE] no such mailbox
C: b APPEND tn {13+}\r\nc LOGOUT\r\nd \r\n
S: b NO [TRYCREATE] no such mailbox
C: c NOOP
S: c OK completed
= bye

--- APPEND of nothing, of too much, and with junk behind it
= login
C: a APPEND tm {0+}\r\n
S: a NO [CANNOT] empty message
C: b APPEND tm {2147483649}
S: b NO [TOOBIG] message too large
C: c APPEND tm {5+}\r\nhello junk
S: c BAD end of line expected after the message
C: d APPEND tm {5+}\r\nhello {5+}\r\nworld
S: d BAD end of line expected after the message
C: e STATUS tm (MESSAGES)
S: * STATUS "tm" (MESSAGES 0)
S: e OK STATUS completed
= bye

--- APPEND to the selected mailbox is told
= open
C: a APPEND tm {5+}\r\nhello
S: * 4 EXISTS
S~ a OK \[APPENDUID [0-9]+ 4\] APPEND completed
= bye

--- FETCH of the simple items
= open
C: a FETCH 1:* (UID FLAGS RFC822.SIZE)
S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 46)
S: * 2 FETCH (UID 2 FLAGS (\\Seen foo) RFC822.SIZE 62)
S: * 3 FETCH (UID 3 FLAGS (\\Flagged) RFC822.SIZE 48)
S: a OK FETCH completed
C: b FETCH 2 INTERNALDATE
S: * 2 FETCH (INTERNALDATE " 2-Feb-2024 00:30:00 +0000")
S: b OK FETCH completed
C: c UID FETCH 3,1 FLAGS
S: * 1 FETCH (UID 1 FLAGS ())
S: * 3 FETCH (UID 3 FLAGS (\\Flagged))
S: c OK FETCH completed
C: d UID FETCH 4:* FLAGS
S: * 3 FETCH (UID 3 FLAGS (\\Flagged))
S: d OK FETCH completed
C: e UID FETCH 100 FLAGS
S: e OK FETCH completed
C: f FETCH 4 FLAGS
S: f BAD message number out of range
C: g FETCH 4:* UID
S: * 3 FETCH (UID 3)
S: g OK FETCH completed
= bye

--- FETCH of ENVELOPE and structure
= open
C: a FETCH 1 ENVELOPE
S: * 1 FETCH (ENVELOPE (NIL "one" ((NIL NIL "a" "x.example")) ((NIL NIL "a" "x.example")) ((NIL NIL "a" "x.example")) NIL NIL NIL NIL NIL))
S: a OK FETCH completed
C: b FETCH 1 (BODY BODYSTRUCTURE)
S: * 1 FETCH (BODYSTRUCTURE ("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 11 1 NIL NIL NIL NIL) BODY ("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 11 1))
S: b OK FETCH completed
= bye

--- FETCH of sections
= open
C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (subject nothing)]
S: * 1 FETCH (BODY[HEADER.FIELDS (subject nothing)] {16}
S: Subject: one
S:
S: )
S: a OK FETCH completed
C: b FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (subject)]
S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (subject)] {21}
S: From: a@x.example
S:
S: )
S: b OK FETCH completed
C: c FETCH 1 (BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[1.2])
S: * 1 FETCH (BODY[TEXT] {11}
S: hello one
S:  BODY[1] {11}
S: hello one
S:  BODY[2] NIL BODY[1.2] NIL)
S: c OK FETCH completed
C: d FETCH 1 (BODY.PEEK[]<6.7> BODY.PEEK[]<44.10> BODY.PEEK[]<46.10> BODY.PEEK[]<999.1>)
S: * 1 FETCH (BODY[]<6> {7}
S: a@x.exa BODY[]<44> {2}
S:
S:  BODY[]<46> {0}
S:  BODY[]<999> {0}
S: )
S: d OK FETCH completed
C: e FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1] BINARY.PEEK[1]<6.3>)
S: * 1 FETCH (BINARY.SIZE[1] 11 BINARY[1] {11}
S: hello one
S:  BINARY[1]<6> {3}
S: one)
S: e OK FETCH completed
C: f FETCH 1 RFC822.HEADER
S: * 1 FETCH (RFC822.HEADER {35}
S: From: a@x.example
S: Subject: one
S:
S: )
S: f OK FETCH completed
C: g FETCH 1 FLAGS
S: * 1 FETCH (FLAGS ())
S: g OK FETCH completed
= bye

--- FETCH without PEEK sets \\Seen
= open
C: a FETCH 1:2 BODY[TEXT]
S: * 1 FETCH (BODY[TEXT] {11}
S: hello one
S:  FLAGS (\\Seen))
S: * 2 FETCH (BODY[TEXT] {12}
S: hello two 
S: )
S: a OK FETCH completed
C: b FETCH 1 (FLAGS RFC822.TEXT)
S: * 1 FETCH (RFC822.TEXT {11}
S: hello one
S:  FLAGS (\\Seen))
S: b OK FETCH completed
C: c STATUS tm (UNSEEN)
S: * STATUS "tm" (UNSEEN 1)
S: c OK STATUS completed
= bye

--- parts of a multipart message
= login
C: p APPEND tm {288+}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGkAeW91\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-foo\r\n\r\nfoo\r\n--x--\r\n
S~ p OK .*
C: o SELECT tm
S* o OK .*
C: a FETCH 1 (BODY.PEEK[1.MIME] BODY.PEEK[1] BINARY.PEEK[1] BINARY.SIZE[1])
S: * 1 FETCH (BODY[1.MIME] {63}
S: Content-Type: text/plain
S: Content-Transfer-Encoding: base64
S:
S:  BODY[1] {8}
S: aGkAeW91 BINARY[1] ~{6}
S: hi\0you BINARY.SIZE[1] 6)
S: a OK FETCH completed
C: b FETCH 1 (BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT] BODY.PEEK[2.1] BODY.PEEK[1.HEADER])
S: * 1 FETCH (BODY[2.HEADER] {18}
S: Subject: inner
S:
S:  BODY[2.TEXT] {10}
S: inner text BODY[2.1] {10}
S: inner text BODY[1.HEADER] NIL)
S: b OK FETCH completed
C: c FETCH 1 BINARY.PEEK[3]
S: * 1 FETCH (BINARY[3] NIL)
S: c NO [UNKNOWN-CTE] part can't be decoded
C: d FETCH 1 BINARY.PEEK[2]
S: * 1 FETCH (BINARY[2] NIL)
S: d NO [CANNOT] part can't be decoded
= bye

--- STORE
= open
C: a STORE 1 +FLAGS (\\Seen bar)
S~ \* FLAGS \(.* foo bar\)
S~ \* OK \[PERMANENTFLAGS .* foo bar \\\*\)\] flags
S: * 1 FETCH (FLAGS (\\Seen bar))
S: a OK STORE completed
C: b STORE 1 -FLAGS \\Seen
S: * 1 FETCH (FLAGS (bar))
S: b OK STORE completed
C: c UID STORE 1:2 FLAGS (\\Answered $Forwarded BAR)
S: * 1 FETCH (UID 1 FLAGS (\\Answered $Forwarded bar))
S: * 2 FETCH (UID 2 FLAGS (\\Answered $Forwarded bar))
S: c OK STORE completed
C: d STORE 1:3 FLAGS.SILENT ()
S: d OK STORE completed
C: e FETCH 1:3 FLAGS
S: * 1 FETCH (FLAGS ())
S: * 2 FETCH (FLAGS ())
S: * 3 FETCH (FLAGS ())
S: e OK FETCH completed
C: f STORE 1 FLAGS \\Recent
S: * 1 FETCH (FLAGS ())
S: f OK STORE completed
C: g UID STORE 99 FLAGS ()
S: g OK STORE completed, no messages
= bye

--- EXPUNGE and UID EXPUNGE
= open
C: a STORE 1:* +FLAGS.SILENT \\Deleted
S: a OK STORE completed
C: b UID EXPUNGE 2,99
S: * 2 EXPUNGE
S: b OK EXPUNGE completed
C: c FETCH 1:* UID
S: * 1 FETCH (UID 1)
S: * 2 FETCH (UID 3)
S: c OK FETCH completed
C: d EXPUNGE
S: * 2 EXPUNGE
S: * 1 EXPUNGE
S: d OK EXPUNGE completed
C: e FETCH 1:* UID
S: e OK FETCH completed
C: f FETCH 1 UID
S: f BAD message number out of range
C: g SEARCH ALL
S: * SEARCH
S: g OK SEARCH completed
C: h EXPUNGE
S: h OK EXPUNGE completed
= bye

--- COPY and MOVE
= open
C: a COPY 1 tn
S: a NO [TRYCREATE] no such mailbox
C: b MOVE 1 tn
S: b NO [TRYCREATE] no such mailbox
C: c CREATE tn
S: c OK completed
C: d COPY 2:3 tn
S~ d OK \[COPYUID [0-9]+ 2:3 1:2\] COPY completed
C: e UID MOVE 1,3 tn
S~ \* OK \[COPYUID [0-9]+ 1,3 3:4\] moved
S: * 3 EXPUNGE
S: * 1 EXPUNGE
S: e OK MOVE completed
C: f UID COPY 99 tn
S: f OK completed, no messages
C: g COPY 9 tn
S: g BAD message number out of range
C: h SELECT tn
S* h OK .*
C: i FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)
S: * 1 FETCH (UID 1 FLAGS (\\Seen foo) INTERNALDATE " 2-Feb-2024 00:30:00 +0000" RFC822.SIZE 62)
S~ \* 2 FETCH \(UID 2 FLAGS \(\\Flagged\) .* RFC822.SIZE 48\)
S~ \* 3 FETCH \(UID 3 FLAGS \(\) .* RFC822.SIZE 46\)
S~ \* 4 FETCH \(UID 4 FLAGS \(\\Flagged\) .* RFC822.SIZE 48\)
S: i OK FETCH completed
= bye

--- SEARCH
= open
C: a SEARCH ALL
S: * SEARCH 1 2 3
S: a OK SEARCH completed
C: b SEARCH UNSEEN NOT FLAGGED
S: * SEARCH 1
S: b OK SEARCH completed
C: c SEARCH FROM "B@X" SUBJECT TWO
S: * SEARCH 2
S: c OK SEARCH completed
C: d SEARCH BODY goodbye
S: * SEARCH 3
S: d OK SEARCH completed
C: e SEARCH TEXT c@x.example
S: * SEARCH 3
S: e OK SEARCH completed
C: f SEARCH BODY c@x.example
S: * SEARCH
S: f OK SEARCH completed
C: g SEARCH HEADER X-Test "" KEYWORD FOO
S: * SEARCH 2
S: g OK SEARCH completed
C: h SEARCH ON 2-Feb-2024 BEFORE 3-Feb-2024 SINCE "2-Feb-2024"
S: * SEARCH 2
S: h OK SEARCH completed
C: i SEARCH OR (1 UNSEEN) 3:*
S: * SEARCH 1 3
S: i OK SEARCH completed
C: j UID SEARCH UID 2:99 LARGER 50
S: * SEARCH 2
S: j OK SEARCH completed
C: k SEARCH SMALLER 47
S: * SEARCH 1
S: k OK SEARCH completed
C: l SEARCH UNKEYWORD foo OLD NOT NEW NOT RECENT
S: * SEARCH 1 3
S: l OK SEARCH completed
C: m SEARCH SENTSINCE 1-Jan-1990
S: * SEARCH
S: m OK SEARCH completed
C: n SEARCH 4
S: n BAD message number out of range
C: o SEARCH CHARSET x-none TEXT x
S: o NO [BADCHARSET (UTF-8)] unknown charset, or text that is not in it
C: p SEARCH CHARSET utf-8 TEXT {1+}\r\n\xff
S: p NO [BADCHARSET (UTF-8)] unknown charset, or text that is not in it
C: q SEARCH CHARSET US-ASCII SUBJECT three
S: * SEARCH 3
S: q OK SEARCH completed
= bye

--- SEARCH in other charsets
= login
C: p APPEND tm {156+}\r\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\r\nContent-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=F7=EF=E4=EB=E1 soft=\r\nbreak\r\n
S~ p OK .*
C: o SELECT tm
S* o OK .*
C: a SEARCH SUBJECT {7+}\r\nGR\xc3\x9c\xc3\x9fE
S: * SEARCH 1
S: a OK SEARCH completed
C: b SEARCH CHARSET iso-8859-1 SUBJECT {5+}\r\ngr\xfc\xdfe
S: * SEARCH 1
S: b OK SEARCH completed
C: c SEARCH CHARSET koi8-r BODY {5+}\r\n\xd7\xcf\xc4\xcb\xc1
S: * SEARCH 1
S: c OK SEARCH completed
C: d SEARCH BODY softbreak
S: * SEARCH 1
S: d OK SEARCH completed
= bye

--- ESEARCH
= open
C: a SEARCH RETURN (MIN MAX COUNT) ALL
S: * ESEARCH (TAG "a") MIN 1 MAX 3 COUNT 3
S: a OK SEARCH completed
C: b UID SEARCH RETURN () ALL
S: * ESEARCH (TAG "b") UID ALL 1:3
S: b OK SEARCH completed
C: c SEARCH RETURN (ALL COUNT) SUBJECT nothing
S: * ESEARCH (TAG "c") COUNT 0
S: c OK SEARCH completed
C: d ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: d OK ENABLE completed
C: e SEARCH 1,3
S: * ESEARCH (TAG "e") ALL 1,3
S: e OK SEARCH completed
C: f STORE 1 FLAGS ()
S: * 1 FETCH (UID 1 FLAGS ())
S: f OK STORE completed
= bye

--- SEARCHRES
= open
C: a FETCH $ UID
S: a OK FETCH completed
C: b SEARCH RETURN (SAVE) SEEN
S: b OK SEARCH completed
C: c FETCH $ UID
S: * 2 FETCH (UID 2)
S: c OK FETCH completed
C: d SEARCH RETURN (SAVE MIN MAX) ALL
S: * ESEARCH (TAG "d") MIN 1 MAX 3
S: d OK SEARCH completed
C: e UID FETCH $ FLAGS
S: * 1 FETCH (UID 1 FLAGS ())
S: * 3 FETCH (UID 3 FLAGS (\\Flagged))
S: e OK FETCH completed
C: f SEARCH $ FLAGGED
S: * SEARCH 3
S: f OK SEARCH completed
C: g SEARCH UID $ NOT FLAGGED
S: * SEARCH 1
S: g OK SEARCH completed
C: h STORE $ +FLAGS.SILENT \\Deleted
S: h OK STORE completed
C: i SEARCH RETURN (SAVE COUNT) ALL
S: * ESEARCH (TAG "i") COUNT 3
S: i OK SEARCH completed
C: j EXPUNGE
S: * 3 EXPUNGE
S: * 1 EXPUNGE
S: j OK EXPUNGE completed
C: k FETCH $ UID
S: * 1 FETCH (UID 2)
S: k OK FETCH completed
C: l SEARCH RETURN (SAVE) CHARSET x-none TEXT x
S~ l NO \[BADCHARSET .*
C: m FETCH $ UID
S: m OK FETCH completed
C: n SEARCH RETURN (SAVE) ALL
S: n OK SEARCH completed
C: o SELECT tm
S* o OK .*
C: p FETCH $ UID
S: p OK FETCH completed
= bye

--- pipelined commands are answered in order
= open
C: a SEARCH RETURN (SAVE) ALL\r\nb FETCH $ UID\r\nc STORE $ +FLAGS.SILENT \\Seen\r\nd NOOP\r\ne UNSELECT
S: a OK SEARCH completed
S: * 1 FETCH (UID 1)
S: * 2 FETCH (UID 2)
S: * 3 FETCH (UID 3)
S: b OK FETCH completed
S: c OK STORE completed
S: d OK completed
S: e OK UNSELECT completed
= bye

--- IDLE
= open
C: a IDLE
S: + idling
C: DONE
S: a OK IDLE completed
C: b IDLE
S: + idling
C: b NOOP
S: b BAD DONE expected
C: c NOOP
S: c OK completed
= bye

--- APPEND takes literal8
= login
C: a APPEND tm ~{16+}\r\nSubject: x\r\n\r\n\0\n
S~ a OK \[APPENDUID .*
C: b APPEND tm ~{16}\r\nSubject: x\r\n\r\n\r\n
S: + go on
S~ b OK \[APPENDUID .*
= bye

--- SEARCH and FETCH look through a header of many fields
@ lines
= login
C: a APPEND tm {240068+}\r\nFrom: a@x\r\n\{40000*X: y\r\n}Last: end\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nbody\r\n
S~ a OK \[APPENDUID .*
C: b SELECT tm
S* b OK .*
C: c SEARCH HEADER Last end
S: * SEARCH 1
S: c OK SEARCH completed
C: d SEARCH SENTON 1-Jan-2024 NOT HEADER Last y TEXT "last: end"
S: * SEARCH 1
S: d OK SEARCH completed
C: e SEARCH HEADER Lost end
S: * SEARCH
S: e OK SEARCH completed
C: f SEARCH \{300*OR HEADER Last x }ALL HEADER From a@x \{299*ALL }ALL
S: * SEARCH 1
S: f OK SEARCH completed
C: g FETCH 1 BODY.PEEK[HEADER.FIELDS (Zz last FROM Aa LAST from)]
S: * 1 FETCH (BODY[HEADER.FIELDS (Zz last FROM Aa LAST from)] {24}
S: From: a@x
S: Last: end
S: 
S: )
S: g OK FETCH completed
C: h SEARCH \{201*TEXT a }ALL
S: h BAD too many BODY and TEXT keys
C: i SEARCH \{200*TEXT a }ALL
S: * SEARCH 1
S: i OK SEARCH completed
= bye
