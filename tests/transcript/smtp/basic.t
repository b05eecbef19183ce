# Plain sessions: greeting, transactions, the small commands. RFC 5321.
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

--- a message
= ehlo
C: MAIL FROM:<sender@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: Subject: test
C:
C: hello
C: .
= ok
= quit
M: Subject: test
M:
M: hello

--- a message after HELO
S: 220 localhost ESMTP
C: HELO client.example
S: 250 localhost
C: MAIL FROM:<sender@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: Subject: test
C: .
= ok
= quit

--- pipelining, RFC 2920
= ehlo
C=MAIL FROM:<sender@client.example>\r\nRCPT TO:<a@localhost>\r\nRCPT TO:<b@localhost>\r\nRCPT TO:<c@localhost>\r\nDATA\r\n
S: 250 2.1.0 Sender accepted
S~ 250 2\.1\.5 .*
S~ 250 2\.1\.5 .*
S~ 250 2\.1\.5 .*
S: 354 End with CRLF . CRLF
C=Subject: 1\r\n\r\none\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@localhost>\r\nDATA\r\n
= ok
S: 250 2.1.0 Sender accepted
S~ 250 2\.1\.5 .*
S: 354 End with CRLF . CRLF
C=Subject: 2\r\n.\r\nQUIT\r\n
= ok
S: 221 2.0.0 Bye
S!
M=Subject: 1\r\n\r\none\r\nSubject: 2\r\n

--- two messages, RSET between
= rcpt
C: RSET
S: 250 2.0.0 OK
C: RCPT TO:<mox@localhost>
S: 503 5.5.1 MAIL first
C: MAIL FROM:<other@client.example> SIZE=1000
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: .
= ok
C: MAIL FROM:<third@client.example>
S: 250 2.1.0 Sender accepted
= quit

--- EHLO ends a transaction
= rcpt
C: EHLO again.example
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
C: DATA
S: 503 5.5.1 MAIL first
= quit

--- the null sender
= ehlo
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
= quit

--- postmaster without a domain, RFC 5321 4.5.1
= mail
C: RCPT TO:<Postmaster>
S~ 250 2\.1\.5 .*
C: RCPT TO:<postmaster@localhost>
S~ 250 2\.1\.5 .*
= quit

--- a recipient given twice
= rcpt
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<mox@LOCALHOST>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
= ok
= quit

--- source routes are ignored
= mail
C: RCPT TO:<@relay.example,@other.example:mox@localhost>
S~ 250 2\.1\.5 .*
= quit

--- parameters of MAIL
= ehlo
C: MAIL FROM:<a@client.example> SIZE=100 BODY=8BITMIME SMTPUTF8
S: 250 2.1.0 Sender accepted
C: RSET
S: 250 2.0.0 OK
C: mail from:<a@client.example> size=0 body=7bit
S: 250 2.1.0 Sender accepted
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<a@client.example>  BODY=BINARYMIME
S: 250 2.1.0 Sender accepted
= quit

--- a space behind the colon is tolerated, and blanks at the end
= ehlo
C: MAIL FROM: <a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:   <mox@localhost>  \t
S~ 250 2\.1\.5 .*
C: RSET \t
S: 250 2.0.0 OK
= quit

--- quoted localparts
= ehlo
C: MAIL FROM:<"a b\\"c"@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<"mox"@localhost>
S~ 250 2\.1\.5 .*
= quit

--- the commands that give information
S: 220 localhost ESMTP
C: NOOP
S: 250 2.0.0 OK
C: NOOP anything
S: 250 2.0.0 OK
C: VRFY mox
S: 252 2.5.0 Try RCPT to see whether mail is accepted
C: EXPN list
S: 252 2.5.0 Lists are not shown
C: HELP
S: 214-2.0.0 Commands:
S: 214-2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET VRFY EXPN HELP NOOP QUIT STARTTLS
S: 214 2.0.0 HELP command shows its arguments
C: HELP bdat
S: 214 2.0.0 BDAT size [LAST] (RFC 3030 2)
C: HELP data
S: 214 2.0.0 DATA (RFC 5321 4.1.1.4)
C: HELP me
S: 504 5.5.4 No help on that
C: RSET
S: 250 2.0.0 OK
= quit

--- case of verbs does not matter
S: 220 localhost ESMTP
C: nOoP
S: 250 2.0.0 OK
C: quit
S: 221 2.0.0 Bye
S!

--- nothing is done behind QUIT
S: 220 localhost ESMTP
C=QUIT\r\nNOOP\r\nNOOP\r\n
S: 221 2.0.0 Bye
S!

--- unknown recipients are refused at once, others are not
@ engine
= mail
C=RCPT TO:<unknown@localhost>\r\nRCPT TO:<mox@localhost>\r\nRCPT TO:<a@relay.example>\r\nRCPT TO:<tempo@localhost>\r\n
S: 550 5.1.1 No such user
S~ 250 2\.1\.5 .*
S: 550 5.7.1 Relaying is not allowed
S: 451 4.3.0 Try again later
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 250 2.0.0 Accepted, id 0
= quit

--- no recipient was accepted
@ engine
= mail
C=RCPT TO:<unknown1@localhost>\r\nRCPT TO:<unknown2@localhost>\r\nDATA\r\n
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 554 5.5.1 No valid recipients
C: RCPT TO:<mox@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: .
S: 250 2.0.0 Accepted, id 0
= quit

--- faulty recipients keep their place among the others
@ engine
= mail
C=RCPT TO:<a@localhost>\r\nRCPT TO:b\r\nRCPT TO:<unknown@localhost> X=1\r\nRCPT TO:<c@localhost>\r\nNOOP\r\n
S~ 250 2\.1\.5 .*
S: 501 5.1.3 address must be in < and >
S: 555 5.5.4 Unknown parameter
S~ 250 2\.1\.5 .*
S: 250 2.0.0 OK
= quit

--- 40 recipients at once
@ engine
= mail
C=\{40*RCPT TO:<unknown@localhost>\r\n}\{3*RCPT TO:<a@localhost>\r\n}NOOP\r\n
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S: 550 5.1.1 No such user
S~ 250 2\.1\.5 .*
S~ 250 2\.1\.5 .*
S~ 250 2\.1\.5 .*
S: 250 2.0.0 OK
= quit

# A dot at the end is wrong (RFC 5321 4.1.2) but sent.
--- dot at the end of the name
S: 220 localhost ESMTP
C: HELO client.example.
S: 250 localhost
= quit
