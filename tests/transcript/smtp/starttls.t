# STARTTLS: RFC 3207. "T!" is the handshake; the engine takes it for granted.
=== ehlo
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
=== mail
= ehlo
C: MAIL FROM:<sender@client.example>
S: 250 2.1.0 Sender accepted
=== rcpt
= mail
C: RCPT TO:<mox@localhost>
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

--- a message with TLS
@ lines
= ehlo
C: STARTTLS
S: 220 2.0.0 Go ahead
T!
C: MAIL FROM:<a@client.example>
S: 503 5.5.1 Say EHLO first
C: EHLO client.example
S: 250-localhost
S: 250-PIPELINING
S~ 250-SIZE [0-9]+
S: 250-ENHANCEDSTATUSCODES
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250 LIMITS RCPTMAX=1000
C: STARTTLS
S: 503 5.5.1 TLS is on already
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
= ok
= quit

--- commands behind STARTTLS in the clear
@ lines
= ehlo
C=STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@client.example>\r\n
S: 554 5.5.1 Input behind STARTTLS, closing connection
S!

--- a single byte behind it
@ lines
= ehlo
C=STARTTLS\r\n\n
S: 554 5.5.1 Input behind STARTTLS, closing connection
S!

--- what was asked before is answered
@ lines
S: 220 localhost ESMTP
C=EHLO client.example\r\nNOOP\r\nSTARTTLS\r\nNOOP\r\n
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
S: 250 2.0.0 OK
S: 554 5.5.1 Input behind STARTTLS, closing connection
S!

--- with an argument
= ehlo
C: STARTTLS now
S: 501 5.5.4 Command takes no argument
= quit

--- before EHLO
S: 220 localhost ESMTP
C: STARTTLS
S: 503 5.5.1 Say EHLO first
= quit

--- within a transaction
= mail
C: STARTTLS
S: 503 5.5.1 Command is not possible now
= quit

--- not available
@ engine
@ notls
S: 220 localhost ESMTP
C: EHLO client.example
S: 250-localhost
S: 250-PIPELINING
S~ 250-SIZE [0-9]+
S: 250-ENHANCEDSTATUSCODES
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250 LIMITS RCPTMAX=1000
C: STARTTLS
S: 502 5.5.1 TLS is not available
= quit

--- required
@ engine
@ lines
@ requiretls
= ehlo
C: MAIL FROM:<a@client.example>
S: 530 5.7.0 Must issue a STARTTLS command first
C: NOOP
S: 250 2.0.0 OK
C: STARTTLS
S: 220 2.0.0 Go ahead
T!
C: HELO client.example
S: 250 localhost
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
= quit
