# What may be sent: RFC 6409, 4954 5, 5322. For real daemons, since the account decides.
=== in
S: 220 localhost ESMTP
C: EHLO client.example
S: 250-localhost
S: 250-PIPELINING
S~ 250-SIZE [0-9]+
S: 250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN
S: 250-ENHANCEDSTATUSCODES
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250 LIMITS RCPTMAX=1000
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
=== mail
= in
C: MAIL FROM:<mox@localhost>
S: 250 2.1.0 Sender accepted
=== rcpt
= mail
C: RCPT TO:<you@example.org>
S~ 250 2\.1\.5 .*
=== data
= rcpt
C: DATA
S: 354 End with CRLF . CRLF
=== ok
S~ 250 2\.0\.0 Accepted, id [0-9a-f]+
=== quit
C: QUIT
S: 221 2.0.0 Bye
S!

--- a message
@ live
= data
C: From: <mox@localhost>
C: To: you@example.org
C: Bcc: other@example.org
C: 
C: body
C: .
= ok
= quit

--- From with a name, comments, an encoded word, folded, in capitals
@ live
= data
C: from : =?utf-8?q?M=C3=B6x?= (that is,
C: \tme)
C:  <MOX@LOCALHOST>
C: 
C: .
= ok
= quit

=== again
C: MAIL FROM:<mox@localhost>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<you@example.org>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF

# RFC 6409 6.1: the sender must be one of the account's.
--- separators and the catch-all
@ live
= in
C: MAIL FROM:<mox+shop@localhost>
S: 250 2.1.0 Sender accepted
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<anything@localhost>
S: 250 2.1.0 Sender accepted
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<postmaster@localhost>
S: 250 2.1.0 Sender accepted
= quit

--- foreign senders
@ live
= in
C: MAIL FROM:<mox@example.org>
S: 550 5.7.1 The sender's address is not one of yours
C: MAIL FROM:<mox@[127.0.0.1]>
S: 550 5.7.1 The sender's address is not one of yours
C: MAIL FROM:<mox@sub.localhost>
S: 550 5.7.1 The sender's address is not one of yours
= quit

# RFC 8098: receipts have the null sender; their From field is checked all the same.
--- the null sender
@ live
= in
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<you@example.org>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: From: mox@localhost
C: 
C: .
= ok
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<you@example.org>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: From: mox@example.org
C: 
C: .
S: 550 5.7.1 The address of the From field is not one of yours
= quit

# RFC 5322 3.6: exactly one From; ours may have one address only.
--- From fields
@ live
= data
C: Subject: none
C: 
C: .
S: 550 5.6.0 The message has no From field
= again
C: From: mox@localhost
C: From: mox@localhost
C: 
C: .
S: 550 5.6.0 The message has more than one From field
= again
C: From: mox@localhost, other@localhost
C: 
C: .
S: 550 5.6.0 The From field must have exactly one valid address
= again
C: From: mox@example.org
C: 
C: .
S: 550 5.7.1 The address of the From field is not one of yours
= again
C: From:
C: 
C: .
S: 550 5.6.0 The From field must have exactly one valid address
= again
C: From: us: mox@localhost;
C: 
C: .
S: 550 5.6.0 The From field must have exactly one valid address
= again
C: From: mox
C: 
C: .
S: 550 5.6.0 The From field must have exactly one valid address
= again
C: From: <mox@localhost> <mox@localhost>
C: 
C: .
S: 550 5.6.0 The From field must have exactly one valid address
= again
C: .
S: 550 5.6.0 The message has no From field
= again
C: 
C: From: mox@localhost
C: .
S: 550 5.6.0 The message has no From field
= again
C: From: mox@localhost
C: .
= ok
= quit

# Sender is not checked: RFC 7489 expects nothing of it.
--- another Sender
@ live
= data
C: From: mox@localhost
C: Sender: other@example.org
C: 
C: .
= ok
= quit

--- headers that are none
@ live
= data
C: From mox@localhost Sat Nov 21 10:44:00 2026
C: From: mox@localhost
C: 
C: .
S: 550 5.6.0 Malformed message: the header has a line without a field name
= again
C:  From: mox@localhost
C: 
C: .
S: 550 5.6.0 Malformed message: the header begins with a continuation line
= again
C: From: mox@localhost
C: Hello,
C: 
C: .
S: 550 5.6.0 Malformed message: the header has a line without a field name
= again
C: From: mox@localhost
C: \xff: x
C: 
C: .
S: 550 5.6.0 Malformed message: the header has a line without a field name
= again
C: From: mox@localhost
C: X: \0
C: 
C: .
S: 550 5.6.0 Malformed message: the header has a NUL
= quit

# As on port 25: RFC 5321 2.3.8.
--- bare CR and LF
@ live
= data
C=From: mox@localhost\nX: y\r\n\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= again
C=From: mox@localhost\r\n\r\nx\ry\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

# BINARYMIME allows them in the body, RFC 3030 3; in a header they would hide fields.
--- bare CR and LF with BINARYMIME
@ live
= in
C: MAIL FROM:<mox@localhost> BODY=BINARYMIME
S: 250 2.1.0 Sender accepted
C: RCPT TO:<you@example.org>
S~ 250 2\.1\.5 .*
C=BDAT 30 LAST\r\nFrom: mox@localhost\nX: y\r\n\r\n\r
C=\n
S: 550 5.6.0 Malformed message: the header has a bare LF
C: MAIL FROM:<mox@localhost> BODY=BINARYMIME
S: 250 2.1.0 Sender accepted
C: RCPT TO:<you@example.org>
S~ 250 2\.1\.5 .*
C=BDAT 27 LAST\r\nFrom: mox@localhost\r\n\r\n\n\r\0
C=a
S~ 250 2\.0\.0 Accepted, id [0-9a-f]+
= quit

# RFC 6531, with and without the word SMTPUTF8: what counts is what is there.
--- 8-bit headers
@ live
= data
C: From: \xc3\xa4 <mox@localhost>
C: Subject: \xc3\xa4
C: 
C: \xc3\xa4
C: .
= ok
C: MAIL FROM:<mox@localhost> SMTPUTF8 BODY=8BITMIME
S: 250 2.1.0 Sender accepted
C: RCPT TO:<\xc3\xa4@example.org>
S~ 250 2\.1\.5 .*
C: RCPT TO:<a@\xc3\xa4.example>
S~ 250 2\.1\.5 .*
C: RCPT TO:<a@\xe2\x80\x8d.example>
S: 550 5.1.2 The domain is not valid
C: DATA
S: 354 End with CRLF . CRLF
C: From: mox@localhost
C: 
C: .
= ok
= quit

--- UTF-8 addresses without SMTPUTF8
@ live
= mail
C: RCPT TO:<\xc3\xa4@example.org>
S: 553 5.6.7 Address needs SMTPUTF8
= quit

--- recipients
@ live
= mail
C: RCPT TO:<you@example.org>
S: 250 2.1.5 Recipient accepted
C: RCPT TO:<you@[192.0.2.1]>
S: 250 2.1.5 Recipient accepted
C: RCPT TO:<you@[IPv6:2001:db8::1]>
S: 250 2.1.5 Recipient accepted
C: RCPT TO:<postmaster>
S~ 250 2\.1\.5 .*
C: RCPT TO:<you@example.org> NOTIFY=NEVER
S: 555 5.5.4 Unknown parameter
= quit

# RFC 4954 5: who it is from first, in xtext; not trusted.
--- AUTH= of MAIL
@ live
= in
C: MAIL FROM:<mox@localhost> AUTH=<>
S: 250 2.1.0 Sender accepted
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<mox@localhost> AUTH=e+3Dmc2@example.com SIZE=10
S: 250 2.1.0 Sender accepted
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<mox@localhost> AUTH=<> AUTH=<>
S: 501 5.5.4 Parameter is repeated
= quit

# The queue meets these when it delivers.
--- addresses that provoke errors are accepted
@ live
= in
C: MAIL FROM:<mailfrom450@localhost>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<rcptto550@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<temperror@example.org>
S~ 250 2\.1\.5 .*
C: RSET
S: 250 2.0.0 OK
= quit

# RFC 1870 6.1.
--- too large
@ live
= in
C: MAIL FROM:<mox@localhost> SIZE=99999999999
S: 552 5.3.4 Message is too large
= quit
