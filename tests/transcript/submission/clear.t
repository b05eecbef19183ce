# Port 587 before and behind STARTTLS: nothing secret in the clear. RFC 3207, 4954 4, 8314.
=== clear
@ clear
S: 220 localhost ESMTP
C: EHLO client.example
S: 250-localhost
S: 250-PIPELINING
S~ 250-SIZE [0-9]+
S: 250-STARTTLS
S: 250-ENHANCEDSTATUSCODES
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250 LIMITS RCPTMAX=1000
=== tls
S: 220 2.0.0 Go ahead
T!
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

--- AUTH without TLS
= clear
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 538 5.7.11 Encryption is required for authentication
C: AUTH LOGIN
S: 538 5.7.11 Encryption is required for authentication
C: AUTH SCRAM-SHA-256
S: 538 5.7.11 Encryption is required for authentication
= quit

--- mail without TLS
= clear
C: MAIL FROM:<mox@localhost>
S: 530 5.7.0 Must issue a STARTTLS command first
= quit

--- STARTTLS, AUTH and a message
@ lines
= clear
C: STARTTLS
= tls
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: STARTTLS
S: 503 5.5.1 TLS is on already
C: MAIL FROM:<mox@localhost>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: From: <mox@localhost>
C: 
C: x
C: .
S~ 250 2\.0\.0 Accepted, id [0-9a-f]+
M: From: <mox@localhost>
M: 
M: x
= quit

# RFC 3207 4.2, 5: what stands behind STARTTLS is not obeyed.
--- AUTH behind STARTTLS
@ lines
= clear
C=STARTTLS\r\nAUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94\r\n
S: 554 5.5.1 Input behind STARTTLS, closing connection
S!

--- a TLS handshake in the clear
@ clear
S: 220 localhost ESMTP
C=\x16\x03\x01\x02\x00\x01\r\n
S: 554 5.5.1 TLS begins with STARTTLS here, closing connection
S!
