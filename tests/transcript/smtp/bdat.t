# Chunks: RFC 3030.
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

--- one chunk
= rcpt
C=BDAT 15 LAST\r\nSubject: x\r\n\r\ny
= ok
= quit
M=Subject: x\r\n\r\ny

--- three chunks, pipelined
= rcpt
C=BDAT 12\r\nSubject: x\r\nBDAT 2\r\n\r\nBDAT 5 LAST\r\nbody\nQUIT\r\n
S: 250 2.0.0 12 octets received
S: 250 2.0.0 2 octets received
S: 500 5.5.2 Bare CR or LF in message
S: 221 2.0.0 Bye
S!

--- binary
= ehlo
C: MAIL FROM:<a@client.example> BODY=BINARYMIME
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 503 5.5.1 BINARYMIME needs BDAT
C=BDAT 22\r\nSubject: x\r\n\r\n\r\n.\r\n\x00\n\rBDAT 0 LAST\r\n
S: 250 2.0.0 22 octets received
= ok
= quit
M=Subject: x\r\n\r\n\r\n.\r\n\x00\n\r

--- dots are content
= rcpt
C=BDAT 17 LAST\r\n.\r\n..\r\n\r\n.\r\n\r\na\r\n
= ok
= quit
M=.\r\n..\r\n\r\n.\r\n\r\na\r\n

--- nothing at all
= rcpt
C: BDAT 0 LAST
= ok
= quit

--- a CR and its LF in two chunks
= rcpt
C=BDAT 2\r\na\rBDAT 2 LAST\r\n\nb
S: 250 2.0.0 2 octets received
= ok
= quit
M=a\r\nb

--- a CR at the end of everything
= rcpt
C=BDAT 2 LAST\r\na\r
S: 500 5.5.2 Bare CR or LF in message
= quit

--- a bare LF in an early chunk: RSET is needed
= rcpt
C=BDAT 3\r\na\nb
S: 500 5.5.2 Bare CR or LF in message
C=BDAT 3 LAST\r\nabc
S: 503 5.5.1 BDAT is not possible now
C: MAIL FROM:<a@client.example>
S: 503 5.5.1 A chunk was refused, RSET first
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
= quit

--- octets of a chunk that is out of place are not commands
= ehlo
C=BDAT 6\r\nQUIT\r\nNOOP\r\n
S: 503 5.5.1 BDAT is not possible now
S: 250 2.0.0 OK
= quit

--- before EHLO
S: 220 localhost ESMTP
C=BDAT 6 LAST\r\nQUIT\r\n
S: 503 5.5.1 BDAT is not possible now
= quit

--- no recipient yet
= mail
C=BDAT 6 LAST\r\nQUIT\r\n
S: 503 5.5.1 BDAT is not possible now
= quit

--- no valid recipient
@ engine
= mail
C=RCPT TO:<unknown@localhost>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n
S: 550 5.1.1 No such user
S: 554 5.5.1 No valid recipients
S: 250 2.0.0 OK
= quit

--- chunks and DATA do not mix
= rcpt
C=BDAT 3\r\nabc
S: 250 2.0.0 3 octets received
C: DATA
S: 503 5.5.1 Command is not possible now
C: RCPT TO:<other@localhost>
S: 503 5.5.1 Command is not possible now
C: MAIL FROM:<a@client.example>
S: 503 5.5.1 Command is not possible now
C: NOOP
S: 250 2.0.0 OK
C=BDAT 2 LAST\r\nde
= ok
= quit
M=abcde

--- a second message by chunks
= rcpt
C=BDAT 3 LAST\r\nabcMAIL FROM:<>\r\nRCPT TO:<mox@localhost>\r\nBDAT 3 LAST\r\ndef
= ok
S: 250 2.1.0 Sender accepted
S~ 250 2\.1\.5 .*
= ok
= quit
M=abcdef

--- LAST in any case, blanks around
= rcpt
C=BDAT 1  last \r\nx
= ok
= quit

--- loop
= rcpt
C=BDAT 1616 LAST\r\n\{101*Received: abcd\r\n}
S: 550 5.4.6 Too many Received fields, this is a loop
= quit

--- too large, told before the octets are read, and again after RSET
@ engine
@ size 65536
S: 220 localhost ESMTP
C: HELO client.example
S: 250 localhost
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C=BDAT 40000\r\n\{40000*x}
S: 250 2.0.0 40000 octets received
C=BDAT 25537 LAST\r\n\{25537*y}
S: 552 5.3.4 Message is too large
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C=BDAT 65537\r\n\{65537*x}
S: 552 5.3.4 Message is too large
C=BDAT 0 LAST\r\n
S: 503 5.5.1 BDAT is not possible now
C: RSET
S: 250 2.0.0 OK
= quit

--- nobody knows what follows BDAT 
= rcpt
C=BDAT \r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT x
= rcpt
C=BDAT x\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT -1
= rcpt
C=BDAT -1\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 1x
= rcpt
C=BDAT 1x\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 1 LASTX
= rcpt
C=BDAT 1 LASTX\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 1 LAST LAST
= rcpt
C=BDAT 1 LAST LAST\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 1\tLAST
= rcpt
C=BDAT 1\tLAST\r\nQUIT\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
S!

--- nobody knows what follows BDAT 99999999999999999999
= rcpt
C=BDAT 99999999999999999999\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 9223372036854775808
= rcpt
C=BDAT 9223372036854775808\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 0x10
= rcpt
C=BDAT 0x10\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT +5
= rcpt
C=BDAT +5\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 1.5
= rcpt
C=BDAT 1.5\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT 1,LAST
= rcpt
C=BDAT 1,LAST\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- nobody knows what follows BDAT LAST
= rcpt
C=BDAT LAST\r\nQUIT\r\n
S: 501 5.5.4 Syntax: BDAT size [LAST], closing connection
S!

--- a chunk beyond any size
= rcpt
C=BDAT 9000000000\r\nxxxxx
S: 552 5.3.4 Message is too large, closing connection
S!
