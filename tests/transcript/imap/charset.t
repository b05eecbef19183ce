# SEARCH in charsets that few use, with iconv's converters behind the sandbox: the text of each message is found by
# that charset's bytes and by UTF-8. RFC 9051 6.4.4.
--- SEARCH in any charset
S~ \* OK \[CAPABILITY .*\] mox ready
C: l LOGIN mox@localhost moxmoxmox
S~ l OK \[CAPABILITY .*\] logged in
C: - DELETE tc\r\n- CREATE tc
S~ - .*
S: - OK completed
C: p APPEND tc {124+}\r\nSubject: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=IBM037\r\nContent-Transfer-Encoding: base64\r\n\r\ng4GGUUCVlomZ\r\n
S~ p OK \[APPENDUID [0-9]+ 1\] APPEND completed
C: p APPEND tc {120+}\r\nSubject: 2\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=IBM880\r\nContent-Transfer-Encoding: base64\r\n\r\nn6qPr4us\r\n
S~ p OK \[APPENDUID [0-9]+ 2\] APPEND completed
C: p APPEND tc {141+}\r\nSubject: 3\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=ISO-2022-KR\r\nContent-Transfer-Encoding: base64\r\n\r\nGyQpQw4+SDNnR088PD9kDw==\r\n
S~ p OK \[APPENDUID [0-9]+ 3\] APPEND completed
C: p APPEND tc {128+}\r\nSubject: 4\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=IBM939\r\nContent-Transfer-Encoding: base64\r\n\r\nDkViRWZI50SaRcoP\r\n
S~ p OK \[APPENDUID [0-9]+ 4\] APPEND completed
C: p APPEND tc {124+}\r\nSubject: 5\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=EUC-TW\r\nContent-Transfer-Encoding: base64\r\n\r\nxOPFxuLTx7U=\r\n
S~ p OK \[APPENDUID [0-9]+ 5\] APPEND completed
C: p APPEND tc {136+}\r\nSubject: 6\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-7-IMAP\r\nContent-Transfer-Encoding: base64\r\n\r\nciZBT2stc3VtJkFPay0=\r\n
S~ p OK \[APPENDUID [0-9]+ 6\] APPEND completed
C: p APPEND tc {126+}\r\nSubject: 7\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=TCVN\r\nContent-Transfer-Encoding: base64\r\n\r\ndGnVbmcgVmnWdA==\r\n
S~ p OK \[APPENDUID [0-9]+ 7\] APPEND completed
C: p APPEND tc {130+}\r\nSubject: 8\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=GEORGIAN-ACADEMY\r\nContent-Transfer-Encoding: base64\r\n\r\nwMHCww==\r\n
S~ p OK \[APPENDUID [0-9]+ 8\] APPEND completed
C: p APPEND tc {117+}\r\nSubject: 9\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=CWI\r\nContent-Transfer-Encoding: base64\r\n\r\nc3qTbJM=\r\n
S~ p OK \[APPENDUID [0-9]+ 9\] APPEND completed
C: o SELECT tc
S* o OK \[READ-WRITE\] SELECT completed
C: s SEARCH CHARSET IBM037 BODY {4+}\r\nQ@\x95\x96
S: * SEARCH 1
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {5+}\r\n\xc3\xa9 no
S: * SEARCH 1
S: u OK SEARCH completed
C: s SEARCH CHARSET IBM880 BODY {3+}\r\n\xaa\x8f\xaf
S: * SEARCH 2
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {6+}\r\n\xd1\x80\xd0\xb8\xd0\xb2
S: * SEARCH 2
S: u OK SEARCH completed
C: s SEARCH CHARSET ISO-2022-KR BODY {10+}\r\n\x1b$)C\x0e3gGO\x0f
S: * SEARCH 3
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {6+}\r\n\xeb\x85\x95\xed\x95\x98
S: * SEARCH 3
S: u OK SEARCH completed
C: s SEARCH CHARSET IBM939 BODY {6+}\r\n\x0eEfH\xe7\x0f
S: * SEARCH 4
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {6+}\r\n\xe6\x9c\xac\xe8\xaa\x9e
S: * SEARCH 4
S: u OK SEARCH completed
C: s SEARCH CHARSET EUC-TW BODY {4+}\r\n\xc5\xc6\xe2\xd3
S: * SEARCH 5
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {6+}\r\n\xe6\x96\x87\xe9\x83\xb5
S: * SEARCH 5
S: u OK SEARCH completed
C: s SEARCH CHARSET UTF-7-IMAP BODY {8+}\r\nsum&AOk-
S: * SEARCH 6
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {5+}\r\nsum\xc3\xa9
S: * SEARCH 6
S: u OK SEARCH completed
C: s SEARCH CHARSET TCVN BODY {3+}\r\n\xd5ng
S: * SEARCH 7
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {5+}\r\n\xe1\xba\xbfng
S: * SEARCH 7
S: u OK SEARCH completed
C: s SEARCH CHARSET GEORGIAN-ACADEMY BODY {2+}\r\n\xc1\xc2
S: * SEARCH 8
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {6+}\r\n\xe1\x83\x91\xe1\x83\x92
S: * SEARCH 8
S: u OK SEARCH completed
C: s SEARCH CHARSET CWI BODY {3+}\r\nz\x93l
S: * SEARCH 9
S: s OK SEARCH completed
C: u SEARCH CHARSET UTF-8 BODY {4+}\r\nz\xc5\x91l
S: * SEARCH 9
S: u OK SEARCH completed
C: n SEARCH CHARSET IBM9999 BODY x
S: n NO [BADCHARSET (UTF-8)] unknown charset, or text that is not in it
C: z LOGOUT
S: * BYE logging out
S: z OK LOGOUT completed
S!
