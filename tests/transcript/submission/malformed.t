# What clients should not send on the submission ports: each session must leave the server as it was.
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

--- initial response a of PLAIN
= ehlo
C: AUTH PLAIN a
S: 501 5.5.2 Malformed base64
= quit

--- initial response ab of LOGIN
= ehlo
C: AUTH LOGIN ab
S: 501 5.5.2 Malformed base64
= quit

--- initial response abc of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 abc
S: 501 5.5.2 Malformed base64
= quit

--- initial response ==== of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS ====
S: 501 5.5.2 Malformed base64
= quit

--- initial response =a== of PLAIN
= ehlo
C: AUTH PLAIN =a==
S: 501 5.5.2 Malformed base64
= quit

--- initial response YQ= of LOGIN
= ehlo
C: AUTH LOGIN YQ=
S: 501 5.5.2 Malformed base64
= quit

--- initial response YQ of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 YQ
S: 501 5.5.2 Malformed base64
= quit

--- initial response YQ=== of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS YQ===
S: 501 5.5.2 Malformed base64
= quit

--- initial response YR== of PLAIN
= ehlo
C: AUTH PLAIN YR==
S: 501 5.5.2 Malformed base64
= quit

--- initial response YWI of LOGIN
= ehlo
C: AUTH LOGIN YWI
S: 501 5.5.2 Malformed base64
= quit

--- initial response YWJ= of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 YWJ=
S: 501 5.5.2 Malformed base64
= quit

--- initial response YWIA= of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS YWIA=
S: 501 5.5.2 Malformed base64
= quit

--- initial response Y Q= of PLAIN
= ehlo
C: AUTH PLAIN Y Q=
S: 501 5.5.2 Malformed base64
= quit

--- initial response YQ==x of LOGIN
= ehlo
C: AUTH LOGIN YQ==x
S: 501 5.5.2 Malformed base64
= quit

--- initial response YQ==YQ== of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 YQ==YQ==
S: 501 5.5.2 Malformed base64
= quit

--- initial response !!!! of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS !!!!
S: 501 5.5.2 Malformed base64
= quit

--- initial response YW-j of PLAIN
= ehlo
C: AUTH PLAIN YW-j
S: 501 5.5.2 Malformed base64
= quit

--- initial response YW_j of LOGIN
= ehlo
C: AUTH LOGIN YW_j
S: 501 5.5.2 Malformed base64
= quit

--- initial response YW\tJ of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 YW\tJ
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- initial response \xc3\xa4aa of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS \xc3\xa4aa
S: 501 5.5.2 Malformed base64
= quit

--- initial response \x01 of PLAIN
= ehlo
C: AUTH PLAIN \x01
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- initial response AG1veEBsb2NhbGhvc3QAbW94bW94bW94= of LOGIN
= ehlo
C: AUTH LOGIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94=
S: 501 5.5.2 Malformed base64
= quit

--- initial response - of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 -
S: 501 5.5.2 Malformed base64
= quit

--- initial response %00 of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS %00
S: 501 5.5.2 Malformed base64
= quit

--- initial response "" of PLAIN
= ehlo
C: AUTH PLAIN ""
S: 501 5.5.2 Malformed base64
= quit

--- initial response <> of LOGIN
= ehlo
C: AUTH LOGIN <>
S: 501 5.5.2 Malformed base64
= quit

--- initial response *= of SCRAM-SHA-256
= ehlo
C: AUTH SCRAM-SHA-256 *=
S: 501 5.5.2 Malformed base64
= quit

--- initial response ** of SCRAM-SHA-1-PLUS
= ehlo
C: AUTH SCRAM-SHA-1-PLUS **
S: 501 5.5.2 Malformed base64
= quit

--- initial response YWJj* of PLAIN
= ehlo
C: AUTH PLAIN YWJj*
S: 501 5.5.2 Malformed base64
= quit

--- initial response =x of LOGIN
= ehlo
C: AUTH LOGIN =x
S: 501 5.5.2 Malformed base64
= quit

--- response a to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: a
S: 501 5.5.2 Malformed base64
= quit

--- response ab to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: ab
S: 501 5.5.2 Malformed base64
= quit

--- response abc to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: abc
S: 501 5.5.2 Malformed base64
= quit

--- response ==== to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: ====
S: 501 5.5.2 Malformed base64
= quit

--- response =a== to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: =a==
S: 501 5.5.2 Malformed base64
= quit

--- response YQ= to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: YQ=
S: 501 5.5.2 Malformed base64
= quit

--- response YQ to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YQ
S: 501 5.5.2 Malformed base64
= quit

--- response YQ=== to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: YQ===
S: 501 5.5.2 Malformed base64
= quit

--- response YR== to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YR==
S: 501 5.5.2 Malformed base64
= quit

--- response YWI to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: YWI
S: 501 5.5.2 Malformed base64
= quit

--- response YWJ= to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YWJ=
S: 501 5.5.2 Malformed base64
= quit

--- response YWIA= to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: YWIA=
S: 501 5.5.2 Malformed base64
= quit

--- response Y Q= to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: Y Q=
S: 501 5.5.2 Malformed base64
= quit

--- response YQ==x to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: YQ==x
S: 501 5.5.2 Malformed base64
= quit

--- response YQ==YQ== to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YQ==YQ==
S: 501 5.5.2 Malformed base64
= quit

--- response !!!! to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: !!!!
S: 501 5.5.2 Malformed base64
= quit

--- response YW-j to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YW-j
S: 501 5.5.2 Malformed base64
= quit

--- response YW_j to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: YW_j
S: 501 5.5.2 Malformed base64
= quit

--- response YW\tJ to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YW\tJ
S: 501 5.5.2 Malformed base64
= quit

--- response \xc3\xa4aa to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: \xc3\xa4aa
S: 501 5.5.2 Malformed base64
= quit

--- response \x01 to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: \x01
S: 501 5.5.2 Malformed base64
= quit

--- response AG1veEBsb2NhbGhvc3QAbW94bW94bW94= to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: AG1veEBsb2NhbGhvc3QAbW94bW94bW94=
S: 501 5.5.2 Malformed base64
= quit

--- response - to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: -
S: 501 5.5.2 Malformed base64
= quit

--- response %00 to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: %00
S: 501 5.5.2 Malformed base64
= quit

--- response "" to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: ""
S: 501 5.5.2 Malformed base64
= quit

--- response <> to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: <>
S: 501 5.5.2 Malformed base64
= quit

--- response *= to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: *=
S: 501 5.5.2 Malformed base64
= quit

--- response ** to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: **
S: 501 5.5.2 Malformed base64
= quit

--- response YWJj* to PLAIN
= ehlo
C: AUTH PLAIN
S~ 334 .*
C: YWJj*
S: 501 5.5.2 Malformed base64
= quit

--- response =x to LOGIN
= ehlo
C: AUTH LOGIN
S~ 334 .*
C: =x
S: 501 5.5.2 Malformed base64
= quit

--- AUTH without argument
= ehlo
C: AUTH
S: 501 5.5.4 Argument is missing
= quit

--- AUTH and 3 blanks without argument
= ehlo
C: AUTH   
S: 501 5.5.4 Argument is missing
= quit

--- mechanism X
= ehlo
C: AUTH X AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism PLAINX
= ehlo
C: AUTH PLAINX AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism PLAI
= ehlo
C: AUTH PLAI AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism SCRAM-SHA-256-PLUS-
= ehlo
C: AUTH SCRAM-SHA-256-PLUS- AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism SCRAM-SHA-512
= ehlo
C: AUTH SCRAM-SHA-512 AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism DIGEST-MD5
= ehlo
C: AUTH DIGEST-MD5 AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism NTLM
= ehlo
C: AUTH NTLM AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism GSSAPI
= ehlo
C: AUTH GSSAPI AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism EXTERNAL
= ehlo
C: AUTH EXTERNAL AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism XOAUTH2
= ehlo
C: AUTH XOAUTH2 AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism OAUTHBEARER
= ehlo
C: AUTH OAUTHBEARER AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism *
= ehlo
C: AUTH * AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism =
= ehlo
C: AUTH = AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism -
= ehlo
C: AUTH - AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism CRAM-MD5-PLUS
= ehlo
C: AUTH CRAM-MD5-PLUS AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism \{40*A}
= ehlo
C: AUTH \{40*A} AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism \{1000*A}
= ehlo
C: AUTH \{1000*A} AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism PLAIN\xc3\xa4
= ehlo
C: AUTH PLAIN\xc3\xa4 AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism "PLAIN"
= ehlo
C: AUTH "PLAIN" AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism PLAIN=
= ehlo
C: AUTH PLAIN= AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism <PLAIN>
= ehlo
C: AUTH <PLAIN> AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- mechanism LOGIN,PLAIN
= ehlo
C: AUTH LOGIN,PLAIN AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- two blanks behind AUTH
= ehlo
C: AUTH  PLAIN AAAA
S: 504 5.5.4 Unknown mechanism
= quit

--- three arguments
= ehlo
C: AUTH PLAIN AAAA BBBB
S: 501 5.5.2 Malformed base64
= quit

--- AUTH=PLAIN
= ehlo
C: AUTH=PLAIN
S: 500 5.5.2 Unknown command
= quit

--- a control character in a mechanism
= ehlo
C: AUTH PL\x07AIN
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- a NUL in a mechanism
= ehlo
C: AUTH PL\0AIN
S: 500 5.5.2 Control character or bare CR or LF in command
= quit

--- AUTH that is not UTF-8
= ehlo
C: AUTH PLAIN\xff
S: 500 5.5.2 Command is not UTF-8
= quit

--- an empty response
= ehlo
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: 
S: 334 UGFzc3dvcmQ6
C: *
S: 501 5.7.0 Authentication cancelled
= quit

--- blanks for a response
= ehlo
C: AUTH PLAIN
S: 334 
C:  
S: 501 5.5.2 Malformed base64
= quit

--- a command for a response
= ehlo
C: AUTH PLAIN
S: 334 
C: MAIL FROM:<mox@localhost>
S: 501 5.5.2 Malformed base64
= quit

--- a response of the length that is allowed
= ehlo
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: \{12284*A}
S: 334 UGFzc3dvcmQ6
C: *
S: 501 5.7.0 Authentication cancelled
= quit

--- a response that is too long
= ehlo
C: AUTH PLAIN
S: 334 
C: \{12288*A}
S: 500 5.5.2 Line too long
= quit

--- a response that is much too long
= ehlo
C: AUTH PLAIN
S: 334 
C: \{40000*A}
S: 500 5.5.2 Line too long
= quit

--- an initial response that is too long
= ehlo
C: AUTH PLAIN \{2048*A}
S: 500 5.5.2 Line too long
= quit

--- a response that never ends
= ehlo
C: AUTH PLAIN
S: 334 
C: \{80000*A}
S: 500 5.5.2 Line too long, closing connection
S!

--- a bare CR in a response
= ehlo
C: AUTH PLAIN
S: 334 
C: AA\rAA
S: 501 5.5.2 Malformed base64
= quit

--- a bare LF in a response
= ehlo
C: AUTH PLAIN
S: 334 
C=AA\nAA\r\n
S: 501 5.5.2 Malformed base64
= quit

--- bytes beyond ASCII in a response
= ehlo
C: AUTH PLAIN
S: 334 
C: \xff\xfe\x00\x01
S: 501 5.5.2 Malformed base64
= quit

--- MAIL with AUTH
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=
S: 501 5.5.4 parameter value is missing
= quit

--- MAIL with AUTH=x
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=x
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=a@b+
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=a@b+
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=a+4@b
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=a+4@b
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=+3C
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=+3C
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=<a@b>
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=<a@b>
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=a@b=c
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=a@b=c
S: 501 5.5.4 bad parameter value
= quit

--- MAIL with AUTH=<
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=<
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=@
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=@
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with AUTH=a@
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> AUTH=a@
S: 501 5.5.4 Bad AUTH
= quit

--- MAIL with HOLDFOR=10
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> HOLDFOR=10
S: 555 5.5.4 Unknown parameter
= quit

--- MAIL with RET=HDRS
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> RET=HDRS
S: 555 5.5.4 Unknown parameter
= quit

--- MAIL with BY=120;R
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> BY=120;R
S: 555 5.5.4 Unknown parameter
= quit

--- MAIL with MT-PRIORITY=3
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> MT-PRIORITY=3
S: 555 5.5.4 Unknown parameter
= quit

--- MAIL with XFORWARD
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> XFORWARD
S: 555 5.5.4 Unknown parameter
= quit

--- MAIL with ENVID=x
= ehlo
C: AUTH PLAIN AG1veEBsb2NhbGhvc3QAbW94bW94bW94
S: 235 2.7.0 Welcome
C: MAIL FROM:<mox@localhost> ENVID=x
S: 555 5.5.4 Unknown parameter
= quit

--- known but not here: BURL imap://x LAST
= ehlo
C: BURL imap://x LAST
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here: ETRN x
= ehlo
C: ETRN x
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here: TURN
= ehlo
C: TURN
S: 502 5.5.1 Command is not implemented
= quit

--- known but not here: SEND FROM:<a@b>
= ehlo
C: SEND FROM:<a@b>
S: 502 5.5.1 Command is not implemented
= quit

--- GET 
S: 220 localhost ESMTP
C: GET / HTTP/1.1
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- POST 
S: 220 localhost ESMTP
C: POST / HTTP/1.0
S: 554 5.5.1 This is SMTP and not HTTP, closing connection
S!

--- eleven faulty AUTH commands
= ehlo
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
C: AUTH X
S: 504 5.5.4 Unknown mechanism
S: 421 4.7.0 Too many errors
S!
