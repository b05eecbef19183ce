# What localserve does with special localparts. Codes that hang up are in the unit tests of smtpd.
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

--- at MAIL FROM
= ehlo
C: MAIL FROM:<mailfromtemperror@client.example>
S: 451 4.3.0 Temporary failure, as asked for
C: MAIL FROM:<mailfrompermerror@client.example>
S: 554 5.3.0 Permanent failure, as asked for
C: MAIL FROM:<mailfrom452@client.example>
S: 452 4.0.0 Failure with this code, as asked for
C: MAIL FROM:<mailfrom550@client.example>
S: 550 5.0.0 Failure with this code, as asked for
C: MAIL FROM:<mailfrom250@client.example>
S: 250 2.1.0 Sender accepted
= quit

--- at RCPT TO
= mail
C: RCPT TO:<rcpttotemperror@localhost>
S: 451 4.3.0 Temporary failure, as asked for
C: RCPT TO:<rcpttopermerror@localhost>
S: 554 5.3.0 Permanent failure, as asked for
C: RCPT TO:<rcptto451@localhost>
S: 451 4.0.0 Failure with this code, as asked for
C: RCPT TO:<rcptto599@localhost>
S: 599 5.0.0 Failure with this code, as asked for
C: RCPT TO:<rcptto@localhost>
S~ 250 2\.1\.5 .*
= quit

--- behind the message: temperror
= mail
C: RCPT TO:<temperror@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 451 4.3.0 Temporary failure, as asked for
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
= quit

--- behind the message: a.temperror
= mail
C: RCPT TO:<a.temperror@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 451 4.3.0 Temporary failure, as asked for
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
= quit

--- behind the message: permerror
= mail
C: RCPT TO:<permerror@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 554 5.3.0 Permanent failure, as asked for
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
= quit

--- behind the message: user450
= mail
C: RCPT TO:<user450@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 450 4.0.0 Failure with this code, as asked for
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
= quit

--- behind the message: 552
= mail
C: RCPT TO:<552@localhost>
S~ 250 2\.1\.5 .*
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 552 5.0.0 Failure with this code, as asked for
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
= quit

