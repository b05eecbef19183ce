# SMTPUTF8: RFC 6531.
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

--- an address with UTF-8
= ehlo
C: MAIL FROM:<jörg@bücher.example> SMTPUTF8
S: 250 2.1.0 Sender accepted
C: RCPT TO:<jürgen@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: Subject: Grüße
C:
C: Übung
C: .
= ok
= quit
M: Subject: Grüße
M:
M: Übung

--- without the parameter
= ehlo
C: MAIL FROM:<jörg@client.example>
S: 553 5.6.7 Address needs SMTPUTF8
C: MAIL FROM:<a@bücher.example>
S: 553 5.6.7 Address needs SMTPUTF8
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<jürgen@localhost>
S: 553 5.6.7 Address needs SMTPUTF8
= quit

--- the parameter has no value
= ehlo
C: MAIL FROM:<a@client.example> SMTPUTF8=yes
S: 501 5.5.4 SMTPUTF8 takes no value
= quit

--- not UTF-8
= ehlo
C: MAIL FROM:<j\xf6rg@client.example> SMTPUTF8
S: 500 5.5.2 Command is not UTF-8
C: MAIL FROM:<j\xc3@client.example> SMTPUTF8
S: 500 5.5.2 Command is not UTF-8
C: MAIL FROM:<j\xed\xa0\x80@client.example> SMTPUTF8
S: 500 5.5.2 Command is not UTF-8
C: MAIL FROM:<j\xc0\xaf@client.example> SMTPUTF8
S: 500 5.5.2 Command is not UTF-8
= quit

--- EHLO is ASCII
S: 220 localhost ESMTP
C: EHLO bücher.example
S: 501 5.5.4 EHLO needs a domain or address literal
= quit
