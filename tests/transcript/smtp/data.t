# Content of messages with DATA: dots, line endings, the end. RFC 5321 4.1.1.4, 4.5.2; SMTP smuggling.
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

--- an empty message
= data
C: .
= ok
= quit

--- dots at line starts
= data
C: Subject: dots
C:
C: ..
C: ...
C: .a
C: a.
C: .. .
C: .
= ok
= quit
M: Subject: dots
M:
M: .
M: ..
M: a
M: a.
M: . .

--- 8-bit content and NUL are kept
= data
C=Subject: x\r\n\r\n\xff\xfe\x00\x80\xc3\xb6\x7f\x01\r\n.\r\n
= ok
= quit
M=Subject: x\r\n\r\n\xff\xfe\x00\x80\xc3\xb6\x7f\x01\r\n

--- a long line is kept
= data
C=Subject: x\r\n\r\n\{70000*y}\r\n.\r\n
= ok
= quit
M=Subject: x\r\n\r\n\{70000*y}\r\n

--- the content looks like commands
= data
C=QUIT\r\nRSET\r\nDATA\r\n\r\n.QUIT\r\n.\r\n
= ok
= quit
M=QUIT\r\nRSET\r\nDATA\r\n\r\nQUIT\r\n

--- 99 Received fields are a long way
= data
C=\{99*Received: from a by b; date\r\n\tfolded\r\n}Subject: x\r\n\r\nReceived: body\r\n.\r\n
= ok
= quit

--- 101 are a loop
= data
C=\{101*Received: from a by b; date\r\n}\r\n.\r\n
S: 550 5.4.6 Too many Received fields, this is a loop
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
= quit

--- smuggling: LF . LF
= data
C=Subject: x\r\n\r\na\n.\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: LF . CRLF
= data
C=Subject: x\r\n\r\na\n.\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: LF . CR
= data
C=Subject: x\r\n\r\na\n.\rMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CRLF . LF
= data
C=Subject: x\r\n\r\na\r\n.\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CRLF . CR
= data
C=Subject: x\r\n\r\na\r\n.\rMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CR . LF
= data
C=Subject: x\r\n\r\na\r.\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CR . CRLF
= data
C=Subject: x\r\n\r\na\r.\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CR . CR
= data
C=Subject: x\r\n\r\na\r.\rMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CR CRLF . CRLF, with a CR too many
= data
C=Subject: x\r\n\r\na\r\r\n.x\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CRLF . CR CRLF
= data
C=Subject: x\r\n\r\na\r\n.\r\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CRLF LF . CRLF
= data
C=Subject: x\r\n\r\na\r\n\n.\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CRLF NUL . CRLF, with a bare LF
= data
C=Subject: x\r\n\r\na\r\n\x00.\r\n\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CR NUL LF . CRLF
= data
C=Subject: x\r\n\r\na\r\x00\n.\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: LF LF
= data
C=Subject: x\r\n\r\na\n\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CR at the very end of a line
= data
C=Subject: x\r\n\r\na\r\r\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: LF at the start
= data
C=Subject: x\r\n\r\n\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: VT and FF are no line ends, but LF is
= data
C=Subject: x\r\n\r\n\x0b.\x0b\x0c.\x0c\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: LF CR . LF CR
= data
C=Subject: x\r\n\r\na\n\r.\n\rMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- smuggling: CRLF . SPACE CRLF with bare LF
= data
C=Subject: x\r\n\r\n. \r\n\nMAIL FROM:<evil@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\nx\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- a bare LF in the header
= data
C=Subject: x\nX: y\r\n\r\nbody\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
= quit

--- a refused message does not end the session
= data
C=a\nb\r\n.\r\n
S: 500 5.5.2 Bare CR or LF in message
C: MAIL FROM:<sender@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: good
C: .
= ok
= quit
M: good

--- VT, FF, NEL and such are content
= data
C=a\x0b.\x0b\r\n\x0c.\x0c\r\n\xc2\x85.\xc2\x85\r\n.\r\n
= ok
= quit

--- too large
@ engine
@ size 65536
S: 220 localhost ESMTP
C: HELO client.example
S: 250 localhost
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C=\{65535*x}\r\n.\r\n
S: 552 5.3.4 Message is too large
C: MAIL FROM:<a@client.example> SIZE=65536
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C=\{65534*x}\r\n.\r\n
S: 250 2.0.0 Accepted, id 0
= quit

--- announced too large
@ engine
@ size 65536
S: 220 localhost ESMTP
C: HELO client.example
S: 250 localhost
C: MAIL FROM:<a@client.example> SIZE=65537
S: 552 5.3.4 Message is too large
C: MAIL FROM:<a@client.example> SIZE=99999999999999999999
S: 552 5.3.4 Message is too large
C: MAIL FROM:<a@client.example> SIZE=18446744073709551616
S: 552 5.3.4 Message is too large
= quit
