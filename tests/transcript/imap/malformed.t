# Commands that are no commands: each gets one BAD, and the next command is served. The messages are those of
# tests/unit/imap/test_parse.c.
=== hello
S~ \* OK \[CAPABILITY IMAP4rev1 IMAP4rev2 .*STARTTLS LOGINDISABLED\] mox ready
=== bye
C: y NOOP
S: y OK completed
C: z LOGOUT
S: * BYE logging out
S: z OK LOGOUT completed
S!

--- an empty line
@ clear
= hello
C: 
S: * BAD tag expected
= bye

--- a
@ clear
= hello
C: a
S: a BAD one space expected
= bye

--- a'
@ clear
= hello
C: a 
S: a BAD atom expected
= bye

--- a NOOP
@ clear
= hello
C:  a NOOP
S: * BAD tag expected
= bye

--- a+ NOOP
@ clear
= hello
C: a+ NOOP
S: * BAD one space expected
= bye

--- + NOOP
@ clear
= hello
C: + NOOP
S: * BAD tag expected
= bye

--- a  NOOP
@ clear
= hello
C: a  NOOP
S: a BAD atom expected
= bye

--- a NOOP'
@ clear
= hello
C: a NOOP 
S: a BAD end of command expected
= bye

--- a NOOP x
@ clear
= hello
C: a NOOP x
S: a BAD end of command expected
= bye

--- a FROB
@ clear
= hello
C: a FROB
S: a BAD unknown command
= bye

--- a UID FROB
@ clear
= hello
C: a UID FROB
S: a BAD unknown command
= bye

--- a UID NOOP
@ clear
= hello
C: a UID NOOP
S: a BAD unknown command
= bye

--- a UID
@ clear
= hello
C: a UID
S: a BAD one space expected
= bye

--- a UID EXPUNGE
@ clear
= hello
C: a UID EXPUNGE
S: a BAD one space expected
= bye

--- a NO\x01OP
@ clear
= hello
C: a NO\x01OP
S: a BAD unknown command
= bye

--- a LOGIN "\xe4" p
@ clear
= hello
C: a LOGIN "\xe4" p
S: a BAD quoted string is not UTF-8
= bye

--- a LOGIN \xc3\xa4 p
@ clear
= hello
C: a LOGIN \xc3\xa4 p
S: a BAD string expected
= bye

--- a LOGIN "u p
@ clear
= hello
C: a LOGIN "u p
S: a BAD closing quote expected
= bye

--- a LOGIN "u\\n" p
@ clear
= hello
C: a LOGIN "u\\n" p
S: a BAD only \\" and \\\\ may be escaped
= bye

--- a LOGIN u
@ clear
= hello
C: a LOGIN u
S: a BAD one space expected
= bye

--- a LOGIN u p q
@ clear
= hello
C: a LOGIN u p q
S: a BAD end of command expected
= bye

--- a LOGIN u  p
@ clear
= hello
C: a LOGIN u  p
S: a BAD string expected
= bye

--- a LOGIN u (p)
@ clear
= hello
C: a LOGIN u (p)
S: a BAD string expected
= bye

--- a LOGIN {3} u p
@ clear
= hello
C: a LOGIN {3}\r\nu p
S: + go on
S: a BAD one space expected
= bye

--- a LOGIN {1}u p
@ clear
= hello
C: a LOGIN {1}u p
S: a BAD malformed literal
= bye

--- a AUTHENTICATE PLAIN
@ clear
= hello
C: a AUTHENTICATE PLAIN 
S: a BAD base64 expected
= bye

--- a AUTHENTICATE PLAIN !
@ clear
= hello
C: a AUTHENTICATE PLAIN !
S: a BAD base64 expected
= bye

--- a AUTHENTICATE
@ clear
= hello
C: a AUTHENTICATE
S: a BAD one space expected
= bye

--- a AUTHENTICATE "PLAIN"
@ clear
= hello
C: a AUTHENTICATE "PLAIN"
S: a BAD atom expected
= bye

--- a ID ("name")
@ clear
= hello
C: a ID ("name")
S: a BAD one space expected
= bye

--- a ID (name x)
@ clear
= hello
C: a ID (name x)
S: a BAD string expected
= bye

--- a ID
@ clear
= hello
C: a ID
S: a BAD one space expected
= bye

--- a ENABLE
@ clear
= hello
C: a ENABLE
S: a BAD one space expected
= bye

--- a ENABLE'
@ clear
= hello
C: a ENABLE 
S: a BAD atom expected
= bye

--- a SELECT a&b
@ clear
= hello
C: a SELECT a&b
S: a BAD mailbox name is not modified UTF-7
= bye

--- a SELECT {1} \xe4
@ clear
= hello
C: a SELECT {1}\r\n\xe4
S: + go on
S: a BAD mailbox name is not UTF-8
= bye

--- a SELECT
@ clear
= hello
C: a SELECT
S: a BAD one space expected
= bye

--- a SELECT a b
@ clear
= hello
C: a SELECT a b
S: a BAD end of command expected
= bye

--- a SELECT a (CONDSTORE)
@ clear
= hello
C: a SELECT a (CONDSTORE)
S: a BAD end of command expected
= bye

--- a SELECT %
@ clear
= hello
C: a SELECT %
S: a BAD string expected
= bye

--- a CREATE x (FOO)
@ clear
= hello
C: a CREATE x (FOO)
S: a BAD (USE (...)) expected
= bye

--- a RENAME x
@ clear
= hello
C: a RENAME x
S: a BAD one space expected
= bye

--- a STATUS x ()
@ clear
= hello
C: a STATUS x ()
S: a BAD unknown STATUS item
= bye

--- a STATUS x (FOO)
@ clear
= hello
C: a STATUS x (FOO)
S: a BAD unknown STATUS item
= bye

--- a STATUS x MESSAGES
@ clear
= hello
C: a STATUS x MESSAGES
S: a BAD '(' expected
= bye

--- a STATUS x (MESSAGES
@ clear
= hello
C: a STATUS x (MESSAGES
S: a BAD ')' expected
= bye

--- a STATUS x (MESSAGES )
@ clear
= hello
C: a STATUS x (MESSAGES )
S: a BAD unknown STATUS item
= bye

--- a LIST (RECURSIVEMATCH) "" *
@ clear
= hello
C: a LIST (RECURSIVEMATCH) "" *
S: a BAD RECURSIVEMATCH needs another selection option
= bye

--- a LIST (REMOTE RECURSIVEMATCH) "" *
@ clear
= hello
C: a LIST (REMOTE RECURSIVEMATCH) "" *
S: a BAD RECURSIVEMATCH needs another selection option
= bye

--- a LIST (FOO) "" *
@ clear
= hello
C: a LIST (FOO) "" *
S: a BAD unknown LIST selection option
= bye

--- a LIST "" * RETURN (FOO)
@ clear
= hello
C: a LIST "" * RETURN (FOO)
S: a BAD unknown LIST return option
= bye

--- a LIST "" * FOO
@ clear
= hello
C: a LIST "" * FOO
S: a BAD RETURN (...) expected
= bye

--- a LIST ""
@ clear
= hello
C: a LIST ""
S: a BAD one space expected
= bye

--- a LIST "" (
@ clear
= hello
C: a LIST "" (
S: a BAD mailbox pattern expected
= bye

--- a LSUB "" (*)
@ clear
= hello
C: a LSUB "" (*)
S: a BAD LSUB takes one pattern
= bye

--- a STORE 1 FLAGS \\Foo
@ clear
= hello
C: a STORE 1 FLAGS \\Foo
S: a BAD unknown system flag
= bye

--- a STORE 1 FLAGS (a
@ clear
= hello
C: a STORE 1 FLAGS (a
S: a BAD ')' expected
= bye

--- a STORE 1 FLAGS a)
@ clear
= hello
C: a STORE 1 FLAGS a)
S: a BAD end of command expected
= bye

--- a STORE 1 FLAGS
@ clear
= hello
C: a STORE 1 FLAGS
S: a BAD one space expected
= bye

--- a STORE 1 FLAGS'
@ clear
= hello
C: a STORE 1 FLAGS 
S: a BAD atom expected
= bye

--- a STORE 1 *FLAGS (a)
@ clear
= hello
C: a STORE 1 *FLAGS (a)
S: a BAD FLAGS expected
= bye

--- a STORE 1 (UNCHANGEDSINCE 3) FLAGS (a)
@ clear
= hello
C: a STORE 1 (UNCHANGEDSINCE 3) FLAGS (a)
S: a BAD FLAGS expected
= bye

--- a STORE 0 FLAGS (a)
@ clear
= hello
C: a STORE 0 FLAGS (a)
S: a BAD number must not be 0
= bye

--- a COPY x
@ clear
= hello
C: a COPY x
S: a BAD number expected
= bye

--- a COPY 1
@ clear
= hello
C: a COPY 1
S: a BAD one space expected
= bye

--- a APPEND x
@ clear
= hello
C: a APPEND x
S: a BAD one space expected
= bye

--- a APPEND x foo
@ clear
= hello
C: a APPEND x foo
S: a BAD literal expected
= bye

--- a FETCH 1 ()
@ clear
= hello
C: a FETCH 1 ()
S: a BAD unknown FETCH item
= bye

--- a FETCH 1 (FLAGS
@ clear
= hello
C: a FETCH 1 (FLAGS
S: a BAD ')' expected
= bye

--- a FETCH 1 (FLAGS  UID)
@ clear
= hello
C: a FETCH 1 (FLAGS  UID)
S: a BAD unknown FETCH item
= bye

--- a FETCH 1 (ALL)
@ clear
= hello
C: a FETCH 1 (ALL)
S: a BAD unknown FETCH item
= bye

--- a FETCH 1 FLAGS UID
@ clear
= hello
C: a FETCH 1 FLAGS UID
S: a BAD end of command expected
= bye

--- a FETCH 1 FLAGSX
@ clear
= hello
C: a FETCH 1 FLAGSX
S: a BAD unknown FETCH item
= bye

--- a FETCH 1 BODY[
@ clear
= hello
C: a FETCH 1 BODY[
S: a BAD ']' expected
= bye

--- a FETCH 1 BODY[MIME]
@ clear
= hello
C: a FETCH 1 BODY[MIME]
S: a BAD ']' expected
= bye

--- a FETCH 1 BODY[1.]
@ clear
= hello
C: a FETCH 1 BODY[1.]
S: a BAD unknown section
= bye

--- a FETCH 1 BODY[.1]
@ clear
= hello
C: a FETCH 1 BODY[.1]
S: a BAD ']' expected
= bye

--- a FETCH 1 BODY[0]
@ clear
= hello
C: a FETCH 1 BODY[0]
S: a BAD number must not be 0
= bye

--- a FETCH 1 BODY[1.FOO]
@ clear
= hello
C: a FETCH 1 BODY[1.FOO]
S: a BAD unknown section
= bye

--- a FETCH 1 BODY[HEADERS]
@ clear
= hello
C: a FETCH 1 BODY[HEADERS]
S: a BAD ']' expected
= bye

--- a FETCH 1 BODY[HEADER.FIELDS]
@ clear
= hello
C: a FETCH 1 BODY[HEADER.FIELDS]
S: a BAD one space expected
= bye

--- a FETCH 1 BODY[HEADER.FIELDS ()]
@ clear
= hello
C: a FETCH 1 BODY[HEADER.FIELDS ()]
S: a BAD string expected
= bye

--- a FETCH 1 BODY[]<0>
@ clear
= hello
C: a FETCH 1 BODY[]<0>
S: a BAD unexpected character
= bye

--- a FETCH 1 BODY[]<0.0>
@ clear
= hello
C: a FETCH 1 BODY[]<0.0>
S: a BAD number must not be 0
= bye

--- a FETCH 1 BODY[]<1.2
@ clear
= hello
C: a FETCH 1 BODY[]<1.2
S: a BAD unexpected character
= bye

--- a FETCH 1 BINARY[TEXT]
@ clear
= hello
C: a FETCH 1 BINARY[TEXT]
S: a BAD ']' expected
= bye

--- a FETCH 1 BINARY[1.TEXT]
@ clear
= hello
C: a FETCH 1 BINARY[1.TEXT]
S: a BAD unknown section
= bye

--- a FETCH 1 BINARY.SIZE[1]<0.1>
@ clear
= hello
C: a FETCH 1 BINARY.SIZE[1]<0.1>
S: a BAD BINARY.SIZE has no partial form
= bye

--- a FETCH 1 BODY.PEEK
@ clear
= hello
C: a FETCH 1 BODY.PEEK
S: a BAD '[' expected
= bye

--- a FETCH FLAGS
@ clear
= hello
C: a FETCH FLAGS
S: a BAD number expected
= bye

--- a SEARCH
@ clear
= hello
C: a SEARCH
S: a BAD one space expected
= bye

--- a SEARCH'
@ clear
= hello
C: a SEARCH 
S: a BAD unknown search key
= bye

--- a SEARCH FOO
@ clear
= hello
C: a SEARCH FOO
S: a BAD unknown search key
= bye

--- a SEARCH RETURN (FOO) ALL
@ clear
= hello
C: a SEARCH RETURN (FOO) ALL
S: a BAD unknown SEARCH return option
= bye

--- a SEARCH RETURN (ALL)
@ clear
= hello
C: a SEARCH RETURN (ALL)
S: a BAD one space expected
= bye

--- a SEARCH RETURN ALL
@ clear
= hello
C: a SEARCH RETURN ALL
S: a BAD '(' expected
= bye

--- a SEARCH CHARSET
@ clear
= hello
C: a SEARCH CHARSET
S: a BAD one space expected
= bye

--- a SEARCH CHARSET utf-8
@ clear
= hello
C: a SEARCH CHARSET utf-8
S: a BAD one space expected
= bye

--- a SEARCH NOT
@ clear
= hello
C: a SEARCH NOT
S: a BAD one space expected
= bye

--- a SEARCH OR ALL
@ clear
= hello
C: a SEARCH OR ALL
S: a BAD one space expected
= bye

--- a SEARCH ()
@ clear
= hello
C: a SEARCH ()
S: a BAD unknown search key
= bye

--- a SEARCH (ALL
@ clear
= hello
C: a SEARCH (ALL
S: a BAD ')' expected
= bye

--- a SEARCH ALL
@ clear
= hello
C: a SEARCH ALL 
S: a BAD unknown search key
= bye

--- a SEARCH BEFORE 1-Foo-1994
@ clear
= hello
C: a SEARCH BEFORE 1-Foo-1994
S: a BAD malformed date
= bye

--- a SEARCH BEFORE 30-Feb-1994
@ clear
= hello
C: a SEARCH BEFORE 30-Feb-1994
S: a BAD no such day
= bye

--- a SEARCH BEFORE "1-Feb-1994
@ clear
= hello
C: a SEARCH BEFORE "1-Feb-1994
S: a BAD unexpected character
= bye

--- a SEARCH LARGER x
@ clear
= hello
C: a SEARCH LARGER x
S: a BAD number expected
= bye

--- a SEARCH LARGER 99999999999999999999
@ clear
= hello
C: a SEARCH LARGER 99999999999999999999
S: a BAD number out of range
= bye

--- a SEARCH KEYWORD \\Seen
@ clear
= hello
C: a SEARCH KEYWORD \\Seen
S: a BAD atom expected
= bye

--- a SEARCH HEADER x
@ clear
= hello
C: a SEARCH HEADER x
S: a BAD one space expected
= bye

--- a SEARCH $1
@ clear
= hello
C: a SEARCH $1
S: a BAD end of command expected
= bye

--- a SEARCH 1:
@ clear
= hello
C: a SEARCH 1:
S: a BAD number expected
= bye

--- NUL in a command
@ clear
= hello
C: a NO\0OP
S: a BAD NUL or bare CR in command
= bye

--- bare CR in a command
@ clear
= hello
C: a NO\rOP
S: a BAD NUL or bare CR in command
= bye

--- bare CR at the end of a command
@ clear
= hello
C: a NOOP\r
S: a BAD NUL or bare CR in command
= bye

--- NUL in a literal
@ clear
= hello
C: a LOGIN {3+}\r\na\0b c
S: a BAD NUL in literal
= bye

--- bare LF ends no command, and nothing counts until CRLF
@ clear
= hello
C: a NOOP\nb LOGOUT\nc NOOP
S: a BAD lines end with CRLF
= bye

--- bare LF in front
@ clear
= hello
C: \na NOOP
S: * BAD lines end with CRLF
= bye

--- bare LF in a quoted string
@ clear
= hello
C: a LOGIN "x\nb DELETE y" z
S: a BAD lines end with CRLF
= bye

--- a synchronising literal that is too long is refused at once
@ clear
= hello
C: a LOGIN {102401}
S: a BAD literal too long
= bye

--- a literal of 4 GB is refused at once
@ clear
= hello
C: a LOGIN {4294967296}
S: a BAD literal too long
= bye

--- a non-synchronising literal that is too long is thrown away
@ clear
= hello
C: a LOGIN {102401+}\r\n\{102401*x} pw
S: a BAD literal too long
= bye

--- commands in a literal that is thrown away are no commands
@ clear
= hello
C: a LOGIN {102408+}\r\n\{102400*x}\r\nb NOO pw
S: a BAD literal too long
= bye

--- a refused command with more literals
@ clear
= hello
C: a LOGIN {102401+}\r\n\{102401*x} {5+}\r\nhello {3}
S: a BAD literal too long
= bye

--- a line that is too long
@ clear
= hello
C: a LOGIN \{9000*x} y
S: a BAD command line too long
= bye

--- a line that is too long, with a literal
@ clear
= hello
C: a LOGIN \{9000*x} {9+}\r\nb LOGOUT\r
S: a BAD command line too long
= bye

--- a line that is too long without a tag
@ clear
= hello
C: \{9000*x}
S: * BAD command line too long
= bye

--- empty literals
@ clear
= hello
C: a LOGIN {0+}\r\n {0+}\r\n x
S: a BAD end of command expected
= bye

--- a literal without a size
@ clear
= hello
C: a LOGIN {} x
S: a BAD number expected
= bye

--- a literal with a sign
@ clear
= hello
C: a LOGIN {-1} x
S: a BAD number expected
= bye

--- a literal announced in the middle of a line
@ clear
= hello
C: a LOGIN {3} abc x
S: a BAD malformed literal
= bye

--- a literal8
@ clear
= hello
C: a LOGIN ~{3+}\r\nabc x
S: a BAD one space expected
= bye

--- a quoted string that looks like a literal
@ clear
= hello
C: a LOGIN "{3+}\r\nabc
S: a BAD closing quote expected
= bye

--- APPEND with a malformed flag list
@ clear
= hello
C: a APPEND x (\\Seen {5}
S: a BAD malformed APPEND
= bye

--- APPEND with a malformed flag list, the message on its way
@ clear
= hello
C: a APPEND x (\\Seen {5+}\r\nhello
S: a BAD malformed APPEND
= bye

--- APPEND with a malformed date, the message on its way
@ clear
= hello
C: a APPEND x "1-Foo-2026 00:00:00 +0000" {12+}\r\nb NOOP\r\nc NO
S: a BAD malformed APPEND
= bye

--- APPEND without a mailbox
@ clear
= hello
C: a APPEND {5+}\r\nhello
S: a BAD one space expected
= bye

--- APPEND before login, the message on its way
@ clear
= hello
C: a APPEND x {12+}\r\nb NOOP\r\nc NO
S: a BAD log in first
= bye

--- APPEND before login, the client waits
@ clear
= hello
C: a APPEND x {13}
S: a BAD log in first
= bye

--- APPEND of 1 GB before login, the client waits
@ clear
= hello
C: a APPEND x {1073741824}
S: a BAD log in first
= bye

--- APPEND with a literal8
@ clear
= hello
C: a APPEND x ~{5}
S: a BAD log in first
C: b APPEND x ~~{5}
S: b BAD malformed APPEND
= bye

--- a tag with a plus
@ clear
= hello
C: a+b NOOP
S: * BAD one space expected
= bye

--- a tag that is too long
@ clear
= hello
C: \{129*t} NOOP
S: * BAD tag expected
= bye

--- a tag of 8-bit characters
@ clear
= hello
C: \xc3\xa4 NOOP
S: * BAD tag expected
= bye

--- a tag alone
@ clear
= hello
C: a
S: a BAD one space expected
= bye

--- a tag and a tab
@ clear
= hello
C: a\tNOOP
S: * BAD one space expected
= bye

--- two spaces
@ clear
= hello
C: a  NOOP
S: a BAD atom expected
= bye

--- a parenthesis for a tag
@ clear
= hello
C: ( NOOP
S: * BAD tag expected
= bye

--- an SMTP client
@ clear
= hello
C: EHLO client.example
S: EHLO BAD unknown command
= bye

--- an HTTP client
@ clear
= hello
C: GET / HTTP/1.1
S: GET BAD unknown command
= bye

--- a POP3 client
@ clear
= hello
C: USER mox@localhost
S: USER BAD unknown command
= bye

--- a TLS client at the wrong port
@ clear
= hello
C=\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n
S: * BAD NUL or bare CR in command
= bye

--- all byte values
@ clear
= hello
C: a LOGIN \x01\x02\x03\x04\x05\x06\x07\x08\t\x0b\x0c\x0e\x0f\x10 x
S: a BAD string expected
= bye

--- 8-bit characters in a command name
@ clear
= hello
C: a N\xc3\x96\xc3\x96P
S: a BAD unknown command
= bye

--- a command name in quotes
@ clear
= hello
C: a "NOOP"
S: a BAD atom expected
= bye

--- a command name as a literal
@ clear
= hello
C: a {4+}\r\nNOOP
S: a BAD atom expected
= bye

--- parentheses without end
@ clear
= hello
C: a SEARCH \{40*(}
S: a BAD too many parentheses
= bye

--- NOT without end
@ clear
= hello
C: a SEARCH \{600*NOT }ALL
S: a BAD search nested too deep
= bye

--- OR without end
@ clear
= hello
C: a SEARCH \{600*OR ALL }ALL
S: a BAD search nested too deep
= bye

--- a set with a hole
@ clear
= hello
C: a FETCH 1,,2 FLAGS
S: a BAD number expected
= bye

--- a set that begins with a comma
@ clear
= hello
C: a FETCH ,1 FLAGS
S: a BAD number expected
= bye

--- a set with three ends
@ clear
= hello
C: a FETCH 1:2:3 FLAGS
S: a BAD one space expected
= bye

--- a set with a number over 32 bits
@ clear
= hello
C: a FETCH 4294967296 FLAGS
S: a BAD number out of range
= bye

--- a negative number
@ clear
= hello
C: a FETCH -1 FLAGS
S: a BAD number expected
= bye

--- a part number over 32 bits
@ clear
= hello
C: a FETCH 1 BODY[4294967296]
S: a BAD number out of range
= bye

--- a partial over 63 bits
@ clear
= hello
C: a FETCH 1 BODY[]<0.9223372036854775808>
S: a BAD number out of range
= bye

--- a thousand part numbers
@ clear
= hello
C: a FETCH 1 BODY[1\{1000*.1}]
S: a BAD section too deep
= bye

--- too many sections
@ clear
= hello
C: a FETCH 1 (UID\{201* BODY[]})
S: a BAD too many sections
= bye

--- too many keywords
@ clear
= hello
C: a STORE 1 FLAGS (\{1*k0} k1 k2 k3 \\Foo)
S: a BAD unknown system flag
= bye

--- a keyword that is too long
@ clear
= hello
C: a STORE 1 FLAGS (\{256*k})
S: a BAD keyword too long
= bye

--- a mailbox name that is too long
@ clear
= hello
C: a SELECT \{3001*m}
S: a BAD mailbox name too long
= bye

--- a mailbox name that is not UTF-8
@ clear
= hello
C: a SELECT {2+}\r\n\xff\xfe
S: a BAD mailbox name is not UTF-8
= bye

--- an overlong UTF-8 form in a mailbox name
@ clear
= hello
C: a SELECT {2+}\r\n\xc0\xaf
S: a BAD mailbox name is not UTF-8
= bye

--- a surrogate in modified UTF-7
@ clear
= hello
C: a SELECT &2AA-
S: a BAD mailbox name is not modified UTF-7
= bye

--- ASCII hidden in modified UTF-7
@ clear
= hello
C: a SELECT &AC8-
S: a BAD mailbox name is not modified UTF-7
= bye

--- AUTHENTICATE with an initial answer that is not base64
@ clear
= hello
C: a AUTHENTICATE PLAIN !!!!
S: a BAD base64 expected
= bye

--- AUTHENTICATE with a mechanism in quotes
@ clear
= hello
C: a AUTHENTICATE "PLAIN"
S: a BAD atom expected
= bye

--- ID with too many fields
@ clear
= hello
C: a ID ("a" "b"\{30* "a" "b"})
S: a BAD too many ID fields
= bye

--- ID with a field that is too long
@ clear
= hello
C: a ID ("name" "\{1025*n}")
S: a BAD ID field too long
= bye

--- a UID command of one that has none
@ clear
= hello
C: a UID LOGIN x y
S: a BAD unknown command
= bye

--- UID UID
@ clear
= hello
C: a UID UID FETCH 1 FLAGS
S: a BAD unknown command
= bye

--- a command of another extension
@ clear
= hello
C: a GETQUOTA ""
S: a BAD unknown command
= bye

--- a date in the wrong order
@ clear
= hello
C: a SEARCH SINCE 2026-11-21
S: a BAD malformed date
= bye

--- a date with a zone
@ clear
= hello
C: a SEARCH SINCE 21-Nov-2026 10:00
S: a BAD number must not be 0
= bye

--- an empty set of parentheses in SEARCH
@ clear
= hello
C: a SEARCH ()
S: a BAD unknown search key
= bye

--- IDLE with an argument
@ clear
= hello
C: a IDLE now
S: a BAD end of command expected
= bye

--- DONE without IDLE
@ clear
= hello
C: DONE
S: DONE BAD one space expected
= bye

--- a STORE without flags
@ clear
= hello
C: a STORE 1 FLAGS
S: a BAD one space expected
= bye

--- a STORE with UNCHANGEDSINCE, which is not offered
@ clear
= hello
C: a STORE 1 (UNCHANGEDSINCE 5) FLAGS (\\Seen)
S: a BAD FLAGS expected
= bye

--- a FETCH with CHANGEDSINCE, which is not offered
@ clear
= hello
C: a FETCH 1 FLAGS (CHANGEDSINCE 5)
S: a BAD end of command expected
= bye

--- a SELECT with CONDSTORE, which is not offered
@ clear
= hello
C: a SELECT x (CONDSTORE)
S: a BAD end of command expected
= bye

--- a STATUS with HIGHESTMODSEQ, which is not offered
@ clear
= hello
C: a STATUS x (HIGHESTMODSEQ)
S: a BAD unknown STATUS item
= bye

--- a FETCH of nothing
@ clear
= hello
C: a FETCH 1
S: a BAD one space expected
= bye

--- a FETCH with a trailing space
@ clear
= hello
C: a FETCH 1 FLAGS 
S: a BAD end of command expected
= bye

--- a FETCH with items but no parentheses
@ clear
= hello
C: a FETCH 1 FLAGS UID
S: a BAD end of command expected
= bye

--- a section that is not closed
@ clear
= hello
C: a FETCH 1 BODY[HEADER.FIELDS (From
S: a BAD ')' expected
= bye

--- a section with a wildcard
@ clear
= hello
C: a FETCH 1 BODY[*]
S: a BAD ']' expected
= bye

--- a RENAME of one name
@ clear
= hello
C: a RENAME x
S: a BAD one space expected
= bye

--- a LIST with an unclosed list of patterns
@ clear
= hello
C: a LIST "" (a b
S: a BAD ')' expected
= bye

--- CREATE with a special use in quotes
@ clear
= hello
C: a CREATE x (USE ("\\Sent"))
S: a BAD unexpected character
= bye

--- an empty line
@ clear
= hello
C:
S: * BAD tag expected
= bye

--- nothing but spaces
@ clear
= hello
C:      
S: * BAD tag expected
= bye

--- IMAP's own answers sent back
@ clear
= hello
C: * OK hello
S: * BAD tag expected
= bye

--- a continuation sent back
@ clear
= hello
C: + go on
S: * BAD tag expected
= bye

# The end of the connection

--- a literal that is too large to be thrown away
@ clear
= hello
C: a LOGIN {99999999999+}
S: * BYE literal too large
S!

--- a literal size that is no number of 63 bits
@ clear
= hello
C: a LOGIN {99999999999999999999}
S: * BYE literal too large
S!

--- too many errors before login
@ clear
= hello
C: a FOO\r\nb FOO\r\nc FOO\r\nd FOO\r\ne FOO\r\nf FOO\r\ng FOO\r\nh FOO\r\ni FOO\r\nj FOO\r\nk FOO
S: a BAD unknown command
S: b BAD unknown command
S: c BAD unknown command
S: d BAD unknown command
S: e BAD unknown command
S: f BAD unknown command
S: g BAD unknown command
S: h BAD unknown command
S: i BAD unknown command
S: j BAD unknown command
S: k BAD unknown command
S: * BYE too many errors
S!
