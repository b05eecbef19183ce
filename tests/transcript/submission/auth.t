# Logins: RFC 4954, with RFC 4616 (PLAIN) and LOGIN. Sessions begin with TLS unless they say "@ clear".
=== ehlo
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
=== quit
C: QUIT
S: 221 2.0.0 Bye
S!
=== in
C: MAIL FROM:<mox@localhost>
S: 250 2.1.0 Sender accepted
= quit
=== out
C: MAIL FROM:<mox@localhost>
S: 530 5.7.0 Authentication required
= quit

# RFC 4954 4: AUTH with initial response.
--- PLAIN
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
= in

--- PLAIN with the same authorization identity
@ live
= ehlo
C: AUTH plain bW94QGxvY2FsaG9zdABtb3hAbG9jYWxob3N0AG1veG1veG1veA==
S: 235 2.7.0 Welcome
= in

--- PLAIN with another authorization identity
@ live
= ehlo
C: AUTH PLAIN cm9vdABtb3hAbG9jYWxob3N0AG1veG1veG1veA==
S: 535 5.7.8 No other identity may be assumed
= out

--- PLAIN with a challenge
= ehlo
C: AUTH PLAIN
S: 334 
C: AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
= in

--- LOGIN
= ehlo
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: bW94QGxvY2FsaG9zdA==
S: 334 UGFzc3dvcmQ6
C: bW94bW94bW94
S: 235 2.7.0 Welcome
= in

--- LOGIN with initial response
= ehlo
C: auth login bW94QGxvY2FsaG9zdA==
S: 334 UGFzc3dvcmQ6
C: bW94bW94bW94
S: 235 2.7.0 Welcome
= in

# RFC 4954 4: what the server said at EHLO holds for the whole session; the identity stays.
--- EHLO and RSET keep the login
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: RSET
S: 250 2.0.0 OK
C: HELO client.example
S: 250 localhost
= in

# Unknown account and wrong password: the same bytes.
--- wrong password
@ once
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG5vYm9keUBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG5vYm9keUBleGFtcGxlLm9yZwB3cm9uZw==
S: 535 5.7.8 Wrong user name or password
= out

--- wrong LOGIN
@ once
= ehlo
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: bm9ib2R5QGxvY2FsaG9zdA==
S: 334 UGFzc3dvcmQ6
C: d3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH LOGIN =
S: 334 UGFzc3dvcmQ6
C: d3Jvbmc=
S: 535 5.7.8 Wrong user name or password
= out

--- a login after a failed one
@ once
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
= in

--- the tenth failed login ends the connection
@ once
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAd3Jvbmc=
S: 535 5.7.8 Wrong user name or password
S: 421 4.7.0 Too many failed logins
S!

# RFC 4954 4: a second AUTH, AUTH in a transaction.
--- AUTH twice
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 503 5.5.1 Authenticated already
= in

--- AUTH in a transaction
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost>
S: 250 2.1.0 Sender accepted
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 503 5.5.1 Authenticated already
= quit

--- AUTH before EHLO
S: 220 localhost ESMTP
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 503 5.5.1 Say EHLO first
= quit

# Extensions are EHLO's.
--- AUTH behind HELO
S: 220 localhost ESMTP
C: HELO client.example
S: 250 localhost
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 503 5.5.1 Say EHLO first
= out

# RFC 4954 4: 504.
--- unknown mechanism
= ehlo
C: AUTH XOAUTH2 AAAA
S: 504 5.5.4 Unknown mechanism
C: AUTH ANONYMOUS
S: 504 5.5.4 Unknown mechanism
= out

# RFC 6409 4.3, 6: nothing before the login.
--- mail before the login
= ehlo
C: MAIL FROM:<mox@localhost>
S: 530 5.7.0 Authentication required
C: RCPT TO:<mox@localhost>
S: 503 5.5.1 MAIL first
C: DATA
S: 503 5.5.1 MAIL first
C: BDAT 4 LAST\r\nab
C=cdVRFY x\r\n
S: 503 5.5.1 BDAT is not possible now
S~ 5.*
= quit

# RFC 4954 4: "*" cancels; 501.
--- cancelled PLAIN
= ehlo
C: AUTH PLAIN
S: 334 
C: *
S: 501 5.7.0 Authentication cancelled
= out

--- cancelled LOGIN
= ehlo
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: *
S: 501 5.7.0 Authentication cancelled
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: bW94QGxvY2FsaG9zdA==
S: 334 UGFzc3dvcmQ6
C: *
S: 501 5.7.0 Authentication cancelled
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
= in

--- cancelled SCRAM
= ehlo
C: AUTH SCRAM-SHA-256
S: 334 
C: biwsbj1tb3hAbG9jYWxob3N0LHI9YWJjZGVmZ2g=
S~ 334 .*
C: *
S: 501 5.7.0 Authentication cancelled
= out

--- cancelled CRAM-MD5
= ehlo
C: AUTH CRAM-MD5
S~ 334 .*
C: *
S: 501 5.7.0 Authentication cancelled
= out

--- no initial response to CRAM-MD5
@ live
= ehlo
C: AUTH CRAM-MD5 AAAA
S: 501 5.5.4 No initial response here
= out

# RFC 5802 5: a nonce that is not the one that was sent.
--- a SCRAM dialog that fails
@ once
= ehlo
C: AUTH SCRAM-SHA-1 biwsbj1tb3hAbG9jYWxob3N0LHI9YWJjZGVmZ2g=
S~ 334 .*
C: Yz1iaXdzLHI9YWJjZGVmZ2gscD1BQUFB
S: 535 5.7.8 Wrong user name or password
= out

# RFC 5802 6: "y" where the server has channel binding, and a binding that there is not.
--- SCRAM and channel binding
@ live
@ once
= ehlo
C: AUTH SCRAM-SHA-256 eSwsbj1tb3hAbG9jYWxob3N0LHI9YWJjZGVmZ2g=
S: 535 5.7.8 Wrong user name or password
C: AUTH SCRAM-SHA-256-PLUS cD10bHMtdW5pcXVlLCxuPW1veEBsb2NhbGhvc3Qscj1hYmNkZWZnaA==
S: 535 5.7.8 Wrong user name or password
= out

--- a client that hangs up in a dialog
= ehlo
C: AUTH PLAIN
S: 334 

--- pipelined commands behind AUTH
= ehlo
C=AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94\r\nMAIL FROM:<mox@localhost>\r\nRSET\r\nNOOP\r\n
S: 235 2.7.0 Welcome
S: 250 2.1.0 Sender accepted
S: 250 2.0.0 OK
S: 250 2.0.0 OK
= quit

--- HELP has AUTH
= ehlo
C: HELP AUTH
S: 214 2.0.0 AUTH mechanism [initial-response] (RFC 4954 4)
C: HELP
S: 214-2.0.0 Commands:
S: 214-2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET VRFY EXPN HELP NOOP QUIT STARTTLS AUTH
S: 214 2.0.0 HELP command shows its arguments
= quit
