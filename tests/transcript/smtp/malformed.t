# Sessions that go wrong, and what is said to them. After each one the server serves the next.
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

--- unknown command FOO
= ehlo
C: FOO
S: 500 5.5.2 Unknown command
= quit

--- unknown command FOO bar
= ehlo
C: FOO bar
S: 500 5.5.2 Unknown command
= quit

--- unknown command EHLOX a
= ehlo
C: EHLOX a
S: 500 5.5.2 Unknown command
= quit

--- unknown command MAILFROM:<a@x>
= ehlo
C: MAILFROM:<a@x>
S: 500 5.5.2 Unknown command
= quit

--- unknown command RCPTTO:<a@x>
= ehlo
C: RCPTTO:<a@x>
S: 500 5.5.2 Unknown command
= quit

--- unknown command EHL
= ehlo
C: EHL
S: 500 5.5.2 Unknown command
= quit

--- unknown command X
= ehlo
C: X
S: 500 5.5.2 Unknown command
= quit

--- unknown command xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
= ehlo
C: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 500 5.5.2 Unknown command
= quit

--- unknown command EHLO-x
= ehlo
C: EHLO-x
S: 500 5.5.2 Unknown command
= quit

--- unknown command LHLO client.example
= ehlo
C: LHLO client.example
S: 500 5.5.2 Unknown command
= quit

--- unknown command XCLIENT ADDR=1.2.3.4
= ehlo
C: XCLIENT ADDR=1.2.3.4
S: 500 5.5.2 Unknown command
= quit

--- unknown command PROXY TCP4 1.2.3.4 1.2.3.4 1 2
= ehlo
C: PROXY TCP4 1.2.3.4 1.2.3.4 1 2
S: 500 5.5.2 Unknown command
= quit

--- unknown command STARTTLSX
= ehlo
C: STARTTLSX
S: 500 5.5.2 Unknown command
= quit

--- unknown command DATAX
= ehlo
C: DATAX
S: 500 5.5.2 Unknown command
= quit

--- unknown command Subject: x
= ehlo
C: Subject: x
S: 500 5.5.2 Unknown command
= quit

--- unknown command From: a@x
= ehlo
C: From: a@x
S: 500 5.5.2 Unknown command
= quit

--- unknown command .
= ehlo
C: .
S: 500 5.5.2 Unknown command
= quit

--- unknown command ..
= ehlo
C: ..
S: 500 5.5.2 Unknown command
= quit

--- unknown command -
= ehlo
C: -
S: 500 5.5.2 Unknown command
= quit

--- unknown command 1234
= ehlo
C: 1234
S: 500 5.5.2 Unknown command
= quit

--- unknown command mail\\from
= ehlo
C: mail\\from
S: 500 5.5.2 Unknown command
= quit

--- unknown command QUIT;
= ehlo
C: QUIT;
S: 500 5.5.2 Unknown command
= quit

--- unknown command *
= ehlo
C: *
S: 500 5.5.2 Unknown command
= quit

--- unknown command {}
= ehlo
C: {}
S: 500 5.5.2 Unknown command
= quit

--- unknown command ()
= ehlo
C: ()
S: 500 5.5.2 Unknown command
= quit

--- unknown command "EHLO" a
= ehlo
C: "EHLO" a
S: 500 5.5.2 Unknown command
= quit

--- unknown command <a@x>
= ehlo
C: <a@x>
S: 500 5.5.2 Unknown command
= quit

--- known but not here AUTH PLAIN AGEAYg==
= ehlo
C: AUTH PLAIN AGEAYg==
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here AUTH
= ehlo
C: AUTH
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here ETRN x
= ehlo
C: ETRN x
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here TURN
= ehlo
C: TURN
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here SEND FROM:<a@x>
= ehlo
C: SEND FROM:<a@x>
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here SOML FROM:<a@x>
= ehlo
C: SOML FROM:<a@x>
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here SAML FROM:<a@x>
= ehlo
C: SAML FROM:<a@x>
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here BURL imap://x LAST
= ehlo
C: BURL imap://x LAST
S: 502 5.5.1 Command is not implemented
= quit

--- an empty line \r\n
= ehlo
C=\r\n
S: 500 5.5.2 Unknown command
= quit

--- an empty line   \r\n
= ehlo
C=  \r\n
S: 500 5.5.2 Unknown command
= quit

--- a blank in front of EHLO a
= ehlo
C= EHLO a\r\n
S: 500 5.5.2 Unknown command
= quit

--- a blank in front of NOOP
= ehlo
C=  NOOP\r\n
S: 500 5.5.2 Unknown command
= quit

--- a tab in front
= ehlo
C=\tNOOP\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- a tab for a blank
= ehlo
C=MAIL\tFROM:<a@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- NUL in a command
= ehlo
C=NOOP a\x00b\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- NUL in an address
= ehlo
C=MAIL FROM:<a\x00b@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- BEL in a command
= ehlo
C=NOOP a\x07b\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- BEL in an address
= ehlo
C=MAIL FROM:<a\x07b@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- BS in a command
= ehlo
C=NOOP a\x08b\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- BS in an address
= ehlo
C=MAIL FROM:<a\x08b@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- VT in a command
= ehlo
C=NOOP a\x0bb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- VT in an address
= ehlo
C=MAIL FROM:<a\x0bb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- FF in a command
= ehlo
C=NOOP a\x0cb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- FF in an address
= ehlo
C=MAIL FROM:<a\x0cb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- ESC in a command
= ehlo
C=NOOP a\x1bb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- ESC in an address
= ehlo
C=MAIL FROM:<a\x1bb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- DEL in a command
= ehlo
C=NOOP a\x7fb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- DEL in an address
= ehlo
C=MAIL FROM:<a\x7fb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- CR in a command
= ehlo
C=NOOP a\rb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- CR in an address
= ehlo
C=MAIL FROM:<a\rb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF in a command
= ehlo
C=NOOP a\nb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF in an address
= ehlo
C=MAIL FROM:<a\nb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- CR CR in a command
= ehlo
C=NOOP a\r\rb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- CR CR in an address
= ehlo
C=MAIL FROM:<a\r\rb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF LF in a command
= ehlo
C=NOOP a\n\nb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF LF in an address
= ehlo
C=MAIL FROM:<a\n\nb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF CR in a command
= ehlo
C=NOOP a\n\rxb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF CR in an address
= ehlo
C=MAIL FROM:<a\n\rxb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- tab in a command
= ehlo
C=NOOP a\txb\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- tab in an address
= ehlo
C=MAIL FROM:<a\txb@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- a command hidden behind LF
= ehlo
C=NOOP\nMAIL FROM:<a@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- a command hidden behind CR
= ehlo
C=NOOP\rMAIL FROM:<a@x>\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- CR in front of CRLF
= ehlo
C=NOOP\r\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF in front of CRLF
= ehlo
C=NOOP\n\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- only CR CRLF
= ehlo
C=\r\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- only LF CRLF
= ehlo
C=\n\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- CR behind DATA
= rcpt
C=DATA\r\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- LF in DATA
= rcpt
C=DATA\n.\r\n
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- a TLS ClientHello
S: 220 localhost ESMTP
C=\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03
S: 554 5.5.1 TLS begins with STARTTLS here, closing connection
S!

--- NUL bytes
S: 220 localhost ESMTP
C=\x00\x00\x00\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- an RDP request
S: 220 localhost ESMTP
C=\x03\x00\x00\x13\x0e\xe0\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- SMB
S: 220 localhost ESMTP
C=\x00\x00\x00\x85\xffSMB\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- SOCKS 5
S: 220 localhost ESMTP
C=\x05\x01\x00
S: 554 5.5.1 This is SMTP, closing connection
S!

--- SOCKS 4
S: 220 localhost ESMTP
C=\x04\x01\x00\x19
S: 554 5.5.1 This is SMTP, closing connection
S!

--- high bytes
S: 220 localhost ESMTP
C=\xff\xfe\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- a telnet negotiation
S: 220 localhost ESMTP
C=\xff\xfd\x03\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- PROXY protocol 2
S: 220 localhost ESMTP
C=\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 554 5.5.1 This is SMTP, closing connection
S!

--- UTF-8 first
S: 220 localhost ESMTP
C=\xc3\xb6\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- high bytes later
= ehlo
C=\x80\x81\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- TLS later
= ehlo
C=\x16\x03\x01\r\n
S: 554 5.5.1 This is SMTP, closing connection
S!

--- HTTP GET
S: 220 localhost ESMTP
C=GET / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP POST
S: 220 localhost ESMTP
C=POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP PUT
S: 220 localhost ESMTP
C=PUT /x HTTP/1.0\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP HEAD
S: 220 localhost ESMTP
C=HEAD / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP CONNECT
S: 220 localhost ESMTP
C=CONNECT a:25 HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP OPTIONS
S: 220 localhost ESMTP
C=OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP DELETE
S: 220 localhost ESMTP
C=DELETE /x HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP PATCH
S: 220 localhost ESMTP
C=PATCH /x HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP TRACE
S: 220 localhost ESMTP
C=TRACE / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP PRI
S: 220 localhost ESMTP
C=PRI * HTTP/2.0\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP get
S: 220 localhost ESMTP
C=get /\r\nHost: x\r\n\r\nEHLO a\r\nMAIL FROM:<a@x>\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- HTTP within a transaction
= rcpt
C=GET / HTTP/1.1\r\n
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- no argument: 'EHLO'
= ehlo
C=EHLO\r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'HELO'
= ehlo
C=HELO\r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'MAIL'
= ehlo
C=MAIL\r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'RCPT'
= ehlo
C=RCPT\r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'VRFY'
= ehlo
C=VRFY\r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'EXPN'
= ehlo
C=EXPN\r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'EHLO '
= ehlo
C=EHLO \r\n
S: 501 5.5.4 Argument is missing
= quit

--- no argument: 'MAIL '
= ehlo
C=MAIL \r\n
S: 501 5.5.4 Argument is missing
= quit

--- an argument too many: DATA x
= rcpt
C: DATA x
S: 501 5.5.4 Command takes no argument
= quit

--- an argument too many: RSET x
= rcpt
C: RSET x
S: 501 5.5.4 Command takes no argument
= quit

--- an argument too many: QUIT x
= rcpt
C: QUIT x
S: 501 5.5.4 Command takes no argument
= quit

--- an argument too many: DATA <a@x>
= rcpt
C: DATA <a@x>
S: 501 5.5.4 Command takes no argument
= quit

--- an argument too many: RSET ALL
= rcpt
C: RSET ALL
S: 501 5.5.4 Command takes no argument
= quit

--- an argument too many: STARTTLS x
= rcpt
C: STARTTLS x
S: 501 5.5.4 Command takes no argument
= quit

--- EHLO a b
S: 220 localhost ESMTP
C: EHLO a b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a b
S: 220 localhost ESMTP
C: HELO a b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO -a
S: 220 localhost ESMTP
C: EHLO -a
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO -a
S: 220 localhost ESMTP
C: HELO -a
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a-
S: 220 localhost ESMTP
C: EHLO a-
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a-
S: 220 localhost ESMTP
C: HELO a-
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a..b
S: 220 localhost ESMTP
C: EHLO a..b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a..b
S: 220 localhost ESMTP
C: HELO a..b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO .
S: 220 localhost ESMTP
C: EHLO .
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO .
S: 220 localhost ESMTP
C: HELO .
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a..
S: 220 localhost ESMTP
C: EHLO a..
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a..
S: 220 localhost ESMTP
C: HELO a..
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO .a
S: 220 localhost ESMTP
C: EHLO .a
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO .a
S: 220 localhost ESMTP
C: HELO .a
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO [1.2.3.4
S: 220 localhost ESMTP
C: EHLO [1.2.3.4
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO [1.2.3.4
S: 220 localhost ESMTP
C: HELO [1.2.3.4
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO [1.2.3]
S: 220 localhost ESMTP
C: EHLO [1.2.3]
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO [1.2.3]
S: 220 localhost ESMTP
C: HELO [1.2.3]
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO [999.1.1.1]
S: 220 localhost ESMTP
C: EHLO [999.1.1.1]
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO [999.1.1.1]
S: 220 localhost ESMTP
C: HELO [999.1.1.1]
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO [IPv6:x]
S: 220 localhost ESMTP
C: EHLO [IPv6:x]
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO [IPv6:x]
S: 220 localhost ESMTP
C: HELO [IPv6:x]
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO [IPv6:1::2::3]
S: 220 localhost ESMTP
C: EHLO [IPv6:1::2::3]
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO [IPv6:1::2::3]
S: 220 localhost ESMTP
C: HELO [IPv6:1::2::3]
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a@b
S: 220 localhost ESMTP
C: EHLO a@b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a@b
S: 220 localhost ESMTP
C: HELO a@b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a,b
S: 220 localhost ESMTP
C: EHLO a,b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a,b
S: 220 localhost ESMTP
C: HELO a,b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a/b
S: 220 localhost ESMTP
C: EHLO a/b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a/b
S: 220 localhost ESMTP
C: HELO a/b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO <a>
S: 220 localhost ESMTP
C: EHLO <a>
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO <a>
S: 220 localhost ESMTP
C: HELO <a>
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO (a)
S: 220 localhost ESMTP
C: EHLO (a)
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO (a)
S: 220 localhost ESMTP
C: HELO (a)
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a:b
S: 220 localhost ESMTP
C: EHLO a:b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a:b
S: 220 localhost ESMTP
C: HELO a:b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO []
S: 220 localhost ESMTP
C: EHLO []
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO []
S: 220 localhost ESMTP
C: HELO []
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO "a"
S: 220 localhost ESMTP
C: EHLO "a"
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO "a"
S: 220 localhost ESMTP
C: HELO "a"
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a;b
S: 220 localhost ESMTP
C: EHLO a;b
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a;b
S: 220 localhost ESMTP
C: HELO a;b
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 220 localhost ESMTP
C: EHLO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 220 localhost ESMTP
C: HELO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.
S: 220 localhost ESMTP
C: EHLO a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.aaa
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.
S: 220 localhost ESMTP
C: HELO a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.aaa
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 220 localhost ESMTP
C: EHLO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.y
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
S: 220 localhost ESMTP
C: HELO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.y
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- EHLO ö.example
S: 220 localhost ESMTP
C: EHLO ö.example
S: 501 5.5.4 EHLO needs a domain or address literal
= quit

--- HELO ö.example
S: 220 localhost ESMTP
C: HELO ö.example
S: 501 5.5.4 HELO needs a domain or address literal
= quit

--- MAIL x
= ehlo
C: MAIL x
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL FROM
= ehlo
C: MAIL FROM
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL FROM <a@x>
= ehlo
C: MAIL FROM <a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL FROM :<a@x>
= ehlo
C: MAIL FROM :<a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL <a@x>
= ehlo
C: MAIL <a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL TO:<a@x>
= ehlo
C: MAIL TO:<a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL FROMM:<a@x>
= ehlo
C: MAIL FROMM:<a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL  FROM:<a@x>
= ehlo
C: MAIL  FROM:<a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- MAIL FROM;<a@x>
= ehlo
C: MAIL FROM;<a@x>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
= quit

--- sender a@x
= ehlo
C: MAIL FROM:a@x
S: 501 5.1.7 address must be in < and >
= quit

--- recipient a@x
= mail
C: RCPT TO:a@x
S: 501 5.1.3 address must be in < and >
= quit

--- sender "a"@x
= ehlo
C: MAIL FROM:"a"@x
S: 501 5.1.7 address must be in < and >
= quit

--- sender x<a@x>
= ehlo
C: MAIL FROM:x<a@x>
S: 501 5.1.7 address must be in < and >
= quit

--- sender a@x>
= ehlo
C: MAIL FROM:a@x>
S: 501 5.1.7 address must be in < and >
= quit

--- sender <a@x
= ehlo
C: MAIL FROM:<a@x
S: 501 5.1.7 > is missing
= quit

--- recipient <a@x
= mail
C: RCPT TO:<a@x
S: 501 5.1.3 > is missing
= quit

--- sender <a@x 
= ehlo
C: MAIL FROM:<a@x 
S: 501 5.1.7 > is missing
= quit

--- sender <a@x y>
= ehlo
C: MAIL FROM:<a@x y>
S: 501 5.1.7 > is missing
= quit

--- sender <a@x;y>
= ehlo
C: MAIL FROM:<a@x;y>
S: 501 5.1.7 > is missing
= quit

--- sender <a@x >
= ehlo
C: MAIL FROM:<a@x >
S: 501 5.1.7 > is missing
= quit

--- sender <a@x<b@x>>
= ehlo
C: MAIL FROM:<a@x<b@x>>
S: 501 5.1.7 > is missing
= quit

--- sender <a@x@y>
= ehlo
C: MAIL FROM:<a@x@y>
S: 501 5.1.7 > is missing
= quit

--- sender < a@x>
= ehlo
C: MAIL FROM:< a@x>
S: 501 5.1.7 localpart is missing
= quit

--- sender <(a)@x>
= ehlo
C: MAIL FROM:<(a)@x>
S: 501 5.1.7 localpart is missing
= quit

--- sender <<@x>
= ehlo
C: MAIL FROM:<<@x>
S: 501 5.1.7 localpart is missing
= quit

--- sender <.a@x>
= ehlo
C: MAIL FROM:<.a@x>
S: 501 5.1.7 misplaced dot in localpart
= quit

--- recipient <.a@x>
= mail
C: RCPT TO:<.a@x>
S: 501 5.1.3 misplaced dot in localpart
= quit

--- sender <a.@x>
= ehlo
C: MAIL FROM:<a.@x>
S: 501 5.1.7 misplaced dot in localpart
= quit

--- sender <a..b@x>
= ehlo
C: MAIL FROM:<a..b@x>
S: 501 5.1.7 misplaced dot in localpart
= quit

--- sender <.@x>
= ehlo
C: MAIL FROM:<.@x>
S: 501 5.1.7 misplaced dot in localpart
= quit

--- sender <a>
= ehlo
C: MAIL FROM:<a>
S: 501 5.1.7 @ and domain are missing
= quit

--- recipient <a>
= mail
C: RCPT TO:<a>
S: 501 5.1.3 @ and domain are missing
= quit

--- sender <a b@x>
= ehlo
C: MAIL FROM:<a b@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a(b)@x>
= ehlo
C: MAIL FROM:<a(b)@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a:b@x>
= ehlo
C: MAIL FROM:<a:b@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a,b@x>
= ehlo
C: MAIL FROM:<a,b@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a;b@x>
= ehlo
C: MAIL FROM:<a;b@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <"a"b@x>
= ehlo
C: MAIL FROM:<"a"b@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a"b"@x>
= ehlo
C: MAIL FROM:<a"b"@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a[b]@x>
= ehlo
C: MAIL FROM:<a[b]@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a\\b@x>
= ehlo
C: MAIL FROM:<a\\b@x>
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a
= ehlo
C: MAIL FROM:<a
S: 501 5.1.7 @ and domain are missing
= quit

--- sender <a@>
= ehlo
C: MAIL FROM:<a@>
S: 501 5.1.7 domain is missing
= quit

--- recipient <a@>
= mail
C: RCPT TO:<a@>
S: 501 5.1.3 domain is missing
= quit

--- sender <a@
= ehlo
C: MAIL FROM:<a@
S: 501 5.1.7 domain is missing
= quit

--- sender <a@@x>
= ehlo
C: MAIL FROM:<a@@x>
S: 501 5.1.7 domain is missing
= quit

--- sender <a@ x>
= ehlo
C: MAIL FROM:<a@ x>
S: 501 5.1.7 domain is missing
= quit

--- sender <a@.x>
= ehlo
C: MAIL FROM:<a@.x>
S: 501 5.1.7 bad domain
= quit

--- sender <a@x.>
= ehlo
C: MAIL FROM:<a@x.>
S: 501 5.1.7 bad domain
= quit

--- sender <a@x..y>
= ehlo
C: MAIL FROM:<a@x..y>
S: 501 5.1.7 bad domain
= quit

--- sender <a@-x>
= ehlo
C: MAIL FROM:<a@-x>
S: 501 5.1.7 bad domain
= quit

--- sender <a@x->
= ehlo
C: MAIL FROM:<a@x->
S: 501 5.1.7 bad domain
= quit

--- sender <a@x-.y>
= ehlo
C: MAIL FROM:<a@x-.y>
S: 501 5.1.7 bad domain
= quit

--- sender <a@[1.2.3]>
= ehlo
C: MAIL FROM:<a@[1.2.3]>
S: 501 5.1.7 bad domain
= quit

--- recipient <a@[1.2.3]>
= mail
C: RCPT TO:<a@[1.2.3]>
S: 501 5.1.3 bad domain
= quit

--- sender <a@[1.2.3.256]>
= ehlo
C: MAIL FROM:<a@[1.2.3.256]>
S: 501 5.1.7 bad domain
= quit

--- sender <a@[IPv6:1]>
= ehlo
C: MAIL FROM:<a@[IPv6:1]>
S: 501 5.1.7 bad domain
= quit

--- sender <a@[IPv6:1.2.3.4]>
= ehlo
C: MAIL FROM:<a@[IPv6:1.2.3.4]>
S: 501 5.1.7 bad domain
= quit

--- sender <a@[]>
= ehlo
C: MAIL FROM:<a@[]>
S: 501 5.1.7 bad domain
= quit

--- sender <a@[1.2.3.4>
= ehlo
C: MAIL FROM:<a@[1.2.3.4>
S: 501 5.1.7 bad domain
= quit

--- sender <a@[ 1.2.3.4]>
= ehlo
C: MAIL FROM:<a@[ 1.2.3.4]>
S: 501 5.1.7 bad domain
= quit

--- sender <a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
= ehlo
C: MAIL FROM:<a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx>
S: 501 5.1.7 bad domain
= quit

--- sender <a@x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x
= ehlo
C: MAIL FROM:<a@x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.y>
S: 501 5.1.7 domain is too long
= quit

--- sender <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
= ehlo
C: MAIL FROM:<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x>
S: 501 5.1.7 localpart is too long
= quit

--- sender <"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
= ehlo
C: MAIL FROM:<"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"@x>
S: 501 5.1.7 localpart is too long
= quit

--- sender <"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"
= ehlo
C: MAIL FROM:<"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"\\""@x>
S: 501 5.1.7 localpart is too long
= quit

--- sender <"a@x>
= ehlo
C: MAIL FROM:<"a@x>
S: 501 5.1.7 quoted localpart does not end
= quit

--- recipient <"a@x>
= mail
C: RCPT TO:<"a@x>
S: 501 5.1.3 quoted localpart does not end
= quit

--- sender <"
= ehlo
C: MAIL FROM:<"
S: 501 5.1.7 quoted localpart does not end
= quit

--- sender <"a\\"@x>
= ehlo
C: MAIL FROM:<"a\\"@x>
S: 501 5.1.7 quoted localpart does not end
= quit

--- sender <"a\\
= ehlo
C: MAIL FROM:<"a\\
S: 501 5.1.7 bad escape in localpart
= quit

--- sender <@x>
= ehlo
C: MAIL FROM:<@x>
S: 501 5.1.7 bad source route
= quit

--- sender <@x,y:a@z>
= ehlo
C: MAIL FROM:<@x,y:a@z>
S: 501 5.1.7 bad source route
= quit

--- sender <@x,:a@z>
= ehlo
C: MAIL FROM:<@x,:a@z>
S: 501 5.1.7 bad source route
= quit

--- sender <@:a@x>
= ehlo
C: MAIL FROM:<@:a@x>
S: 501 5.1.7 bad source route
= quit

--- sender <@x y:a@z>
= ehlo
C: MAIL FROM:<@x y:a@z>
S: 501 5.1.7 bad source route
= quit

--- sender <@x,@:a@x>
= ehlo
C: MAIL FROM:<@x,@:a@x>
S: 501 5.1.7 bad source route
= quit

--- sender <@x@y:a@z>
= ehlo
C: MAIL FROM:<@x@y:a@z>
S: 501 5.1.7 bad source route
= quit

--- sender with nothing
= ehlo
C: MAIL FROM:
S: 501 5.1.7 address must be in < and >
= quit

--- postmaster without domain is no sender
= ehlo
C: MAIL FROM:<postmaster>
S: 501 5.1.7 @ and domain are missing
= quit

--- the null path is no recipient
= mail
C: RCPT TO:<>
S: 501 5.1.3 localpart is missing
= quit

--- RCPT x
= mail
C: RCPT x
S: 501 5.5.4 Syntax: RCPT TO:<address>
= quit

--- RCPT TO
= mail
C: RCPT TO
S: 501 5.5.4 Syntax: RCPT TO:<address>
= quit

--- RCPT TO <a@x>
= mail
C: RCPT TO <a@x>
S: 501 5.5.4 Syntax: RCPT TO:<address>
= quit

--- RCPT FROM:<a@x>
= mail
C: RCPT FROM:<a@x>
S: 501 5.5.4 Syntax: RCPT TO:<address>
= quit

--- RCPT <a@x>
= mail
C: RCPT <a@x>
S: 501 5.5.4 Syntax: RCPT TO:<address>
= quit

--- RCPT TO :<a@x>
= mail
C: RCPT TO :<a@x>
S: 501 5.5.4 Syntax: RCPT TO:<address>
= quit

--- parameter X
= ehlo
C: MAIL FROM:<a@client.example> X
S: 555 5.5.4 Unknown parameter
= quit

--- parameter X=1
= ehlo
C: MAIL FROM:<a@client.example> X=1
S: 555 5.5.4 Unknown parameter
= quit

--- parameter AUTH=<>
= ehlo
C: MAIL FROM:<a@client.example> AUTH=<>
S: 555 5.5.4 Unknown parameter
= quit

--- parameter RET=FULL
= ehlo
C: MAIL FROM:<a@client.example> RET=FULL
S: 555 5.5.4 Unknown parameter
= quit

--- parameter ENVID=x
= ehlo
C: MAIL FROM:<a@client.example> ENVID=x
S: 555 5.5.4 Unknown parameter
= quit

--- parameter REQUIRETLS
= ehlo
C: MAIL FROM:<a@client.example> REQUIRETLS
S: 555 5.5.4 Unknown parameter
= quit

--- parameter SIZE
= ehlo
C: MAIL FROM:<a@client.example> SIZE
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=
= ehlo
C: MAIL FROM:<a@client.example> SIZE=
S: 501 5.5.4 parameter value is missing
= quit

--- parameter SIZE=x
= ehlo
C: MAIL FROM:<a@client.example> SIZE=x
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=-1
= ehlo
C: MAIL FROM:<a@client.example> SIZE=-1
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=1k
= ehlo
C: MAIL FROM:<a@client.example> SIZE=1k
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=1.0
= ehlo
C: MAIL FROM:<a@client.example> SIZE=1.0
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=0x10
= ehlo
C: MAIL FROM:<a@client.example> SIZE=0x10
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=100000000000000000000
= ehlo
C: MAIL FROM:<a@client.example> SIZE=100000000000000000000
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE=1 SIZE=1
= ehlo
C: MAIL FROM:<a@client.example> SIZE=1 SIZE=1
S: 501 5.5.4 Parameter is repeated
= quit

--- parameter BODY=8BITMIME BODY=8BITMIME
= ehlo
C: MAIL FROM:<a@client.example> BODY=8BITMIME BODY=8BITMIME
S: 501 5.5.4 Parameter is repeated
= quit

--- parameter SMTPUTF8 SMTPUTF8
= ehlo
C: MAIL FROM:<a@client.example> SMTPUTF8 SMTPUTF8
S: 501 5.5.4 Parameter is repeated
= quit

--- parameter BODY
= ehlo
C: MAIL FROM:<a@client.example> BODY
S: 501 5.5.4 Bad BODY
= quit

--- parameter BODY=
= ehlo
C: MAIL FROM:<a@client.example> BODY=
S: 501 5.5.4 parameter value is missing
= quit

--- parameter BODY=9BIT
= ehlo
C: MAIL FROM:<a@client.example> BODY=9BIT
S: 555 5.5.4 Bad BODY
= quit

--- parameter BODY=8BIT
= ehlo
C: MAIL FROM:<a@client.example> BODY=8BIT
S: 555 5.5.4 Bad BODY
= quit

--- parameter x
= ehlo
C: MAIL FROM:<a@client.example>x
S: 501 5.5.4 space is missing before a parameter
= quit

--- parameter >
= ehlo
C: MAIL FROM:<a@client.example>>
S: 501 5.5.4 space is missing before a parameter
= quit

--- parameter SIZE=1
= ehlo
C: MAIL FROM:<a@client.example>SIZE=1
S: 501 5.5.4 space is missing before a parameter
= quit

--- parameter =1
= ehlo
C: MAIL FROM:<a@client.example> =1
S: 501 5.5.4 bad parameter name
= quit

--- parameter -X=1
= ehlo
C: MAIL FROM:<a@client.example> -X=1
S: 501 5.5.4 bad parameter name
= quit

--- parameter X_Y=1
= ehlo
C: MAIL FROM:<a@client.example> X_Y=1
S: 501 5.5.4 bad parameter name
= quit

--- parameter SIZE=1=2
= ehlo
C: MAIL FROM:<a@client.example> SIZE=1=2
S: 501 5.5.4 bad parameter value
= quit

--- parameter <b@x>
= ehlo
C: MAIL FROM:<a@client.example> <b@x>
S: 501 5.5.4 bad parameter name
= quit

--- parameter SIZE =1
= ehlo
C: MAIL FROM:<a@client.example> SIZE =1
S: 501 5.5.4 Bad SIZE
= quit

--- parameter SIZE:1
= ehlo
C: MAIL FROM:<a@client.example> SIZE:1
S: 501 5.5.4 bad parameter name
= quit

--- parameter of RCPT X=1
= mail
C: RCPT TO:<mox@localhost> X=1
S: 555 5.5.4 Unknown parameter
= quit

--- parameter of RCPT NOTIFY=NEVER
= mail
C: RCPT TO:<mox@localhost> NOTIFY=NEVER
S: 555 5.5.4 Unknown parameter
= quit

--- parameter of RCPT ORCPT=rfc822;a@x
= mail
C: RCPT TO:<mox@localhost> ORCPT=rfc822;a@x
S: 555 5.5.4 Unknown parameter
= quit

--- parameter of RCPT SIZE=1
= mail
C: RCPT TO:<mox@localhost> SIZE=1
S: 555 5.5.4 Unknown parameter
= quit

--- parameter of RCPT x
= mail
C: RCPT TO:<mox@localhost>x
S: 501 5.5.4 space is missing before a parameter
= quit

--- parameter of RCPT =
= mail
C: RCPT TO:<mox@localhost> =
S: 501 5.5.4 bad parameter name
= quit

--- before EHLO: MAIL FROM:<a@client.example>
S: 220 localhost ESMTP
C: MAIL FROM:<a@client.example>
S: 503 5.5.1 Say EHLO first
= quit

--- before EHLO: RCPT TO:<mox@localhost>
S: 220 localhost ESMTP
C: RCPT TO:<mox@localhost>
S: 503 5.5.1 Say EHLO first
= quit

--- before EHLO: DATA
S: 220 localhost ESMTP
C: DATA
S: 503 5.5.1 Say EHLO first
= quit

--- before EHLO: STARTTLS
S: 220 localhost ESMTP
C: STARTTLS
S: 503 5.5.1 Say EHLO first
= quit

--- before MAIL: RCPT TO:<mox@localhost>
= ehlo
C: RCPT TO:<mox@localhost>
S: 503 5.5.1 MAIL first
= quit

--- before MAIL: DATA
= ehlo
C: DATA
S: 503 5.5.1 MAIL first
= quit

--- MAIL twice
= mail
C: MAIL FROM:<a@client.example>
S: 503 5.5.1 Command is not possible now
= quit

--- MAIL behind RCPT
= rcpt
C: MAIL FROM:<a@client.example>
S: 503 5.5.1 Command is not possible now
= quit

--- DATA before RCPT
= mail
C: DATA
S: 503 5.5.1 RCPT first
= quit

--- DATA behind a faulty RCPT
= mail
C=RCPT TO:x\r\nDATA\r\n
S: 501 5.1.3 address must be in < and >
S: 554 5.5.1 No valid recipients
= quit

--- STARTTLS in a transaction
= rcpt
C: STARTTLS
S: 503 5.5.1 Command is not possible now
= quit

--- a line of 2048 bytes
= ehlo
C=NOOP \{2041*x}\r\n
S: 250 2.0.0 OK
= quit

--- a line of 2049 bytes
= ehlo
C=NOOP \{2042*x}\r\n
S: 500 5.5.2 Line too long
= quit

--- a line of 60000 bytes
= ehlo
C=NOOP \{59900*x}\r\n
S: 500 5.5.2 Line too long
= quit

--- a long line with LFs and CRs
= ehlo
C=NOOP \{3000*x\n\r}\r\n
S: 500 5.5.2 Line too long
= quit

--- a long line that ends in CR CRLF
= ehlo
C=\{2100*x}\r\r\n
S: 500 5.5.2 Line too long
= quit

--- a line without end
= ehlo
C=\{70000*x}
S: 500 5.5.2 Line too long, closing connection
S!

--- a long address
= ehlo
C=MAIL FROM:<\{3000*x}@x>\r\n
S: 500 5.5.2 Line too long
= quit

--- a long recipient
= mail
C=RCPT TO:<a@\{3000*x}>\r\n
S: 500 5.5.2 Line too long
= quit

--- 11 mistakes
= ehlo
C=\{11*FOO\r\n}NOOP\r\n
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 421 4.7.0 Too many errors
S!

--- 11 faulty recipients
= mail
C=\{11*RCPT TO:x\r\n}NOOP\r\n
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 501 5.1.3 address must be in < and >
S: 421 4.7.0 Too many errors
S!

--- 11 of all sorts
= ehlo
C=\{3*FOO\r\n}\{3*DATA\r\n}\{3*NOOP\x01\r\n}\{2*MAIL x\r\n}NOOP\r\n
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 503 5.5.1 MAIL first
S: 503 5.5.1 MAIL first
S: 503 5.5.1 MAIL first
S: 500 5.5.2 Control character or bare CR or LF in command
S: 500 5.5.2 Control character or bare CR or LF in command
S: 500 5.5.2 Control character or bare CR or LF in command
S: 501 5.5.4 Syntax: MAIL FROM:<address>
S: 501 5.5.4 Syntax: MAIL FROM:<address>
S: 421 4.7.0 Too many errors
S!

--- a message is commands when DATA is refused
= ehlo
C=DATA\r\nSubject: x\r\n\r\nhello\r\n.\r\n
S: 503 5.5.1 MAIL first
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
= quit

