# Limits that need settings of their own or many commands.
=== helo
S: 220 localhost ESMTP
C: HELO client.example
S: 250 localhost
=== quit
C: QUIT
S: 221 2.0.0 Bye
S!

--- refused recipients are no mistakes, but have a limit
@ engine
= helo
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C=\{101*RCPT TO:<unknown@localhost>\r\n}NOOP\r\n
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
S: 421 4.7.0 Too many unknown recipients
S!

--- mistakes are forgiven after a message
= helo
C=\{10*FOO\r\n}MAIL FROM:<a@client.example>\r\nRCPT TO:<mox@localhost>\r\nDATA\r\n
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
S: 250 2.1.0 Sender accepted
S~ 250 2\.1\.5 .*
S: 354 End with CRLF . CRLF
C=x\r\n.\r\n\{3*FOO\r\n}
S~ 250 2\.0\.0 Accepted, id [0-9a-f]+
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
S: 500 5.5.2 Unknown command
= quit

--- 1000 recipients and no more
@ engine
= helo
C: MAIL FROM:<a@client.example>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<r0000@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0001@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0002@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0003@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0004@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0005@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0006@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0007@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0008@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0009@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0010@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0011@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0012@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0013@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0014@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0015@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0016@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0017@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0018@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0019@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0020@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0021@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0022@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0023@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0024@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0025@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0026@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0027@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0028@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0029@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0030@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0031@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0032@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0033@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0034@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0035@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0036@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0037@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0038@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0039@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0040@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0041@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0042@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0043@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0044@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0045@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0046@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0047@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0048@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0049@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0050@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0051@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0052@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0053@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0054@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0055@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0056@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0057@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0058@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0059@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0060@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0061@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0062@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0063@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0064@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0065@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0066@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0067@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0068@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0069@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0070@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0071@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0072@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0073@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0074@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0075@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0076@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0077@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0078@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0079@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0080@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0081@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0082@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0083@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0084@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0085@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0086@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0087@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0088@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0089@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0090@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0091@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0092@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0093@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0094@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0095@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0096@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0097@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0098@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0099@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0100@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0101@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0102@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0103@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0104@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0105@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0106@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0107@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0108@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0109@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0110@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0111@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0112@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0113@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0114@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0115@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0116@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0117@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0118@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0119@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0120@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0121@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0122@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0123@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0124@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0125@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0126@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0127@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0128@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0129@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0130@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0131@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0132@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0133@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0134@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0135@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0136@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0137@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0138@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0139@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0140@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0141@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0142@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0143@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0144@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0145@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0146@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0147@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0148@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0149@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0150@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0151@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0152@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0153@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0154@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0155@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0156@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0157@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0158@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0159@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0160@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0161@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0162@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0163@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0164@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0165@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0166@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0167@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0168@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0169@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0170@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0171@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0172@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0173@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0174@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0175@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0176@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0177@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0178@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0179@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0180@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0181@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0182@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0183@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0184@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0185@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0186@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0187@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0188@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0189@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0190@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0191@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0192@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0193@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0194@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0195@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0196@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0197@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0198@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0199@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0200@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0201@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0202@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0203@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0204@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0205@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0206@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0207@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0208@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0209@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0210@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0211@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0212@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0213@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0214@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0215@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0216@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0217@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0218@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0219@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0220@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0221@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0222@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0223@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0224@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0225@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0226@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0227@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0228@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0229@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0230@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0231@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0232@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0233@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0234@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0235@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0236@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0237@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0238@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0239@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0240@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0241@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0242@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0243@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0244@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0245@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0246@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0247@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0248@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0249@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0250@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0251@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0252@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0253@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0254@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0255@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0256@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0257@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0258@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0259@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0260@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0261@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0262@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0263@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0264@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0265@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0266@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0267@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0268@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0269@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0270@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0271@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0272@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0273@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0274@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0275@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0276@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0277@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0278@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0279@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0280@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0281@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0282@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0283@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0284@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0285@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0286@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0287@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0288@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0289@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0290@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0291@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0292@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0293@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0294@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0295@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0296@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0297@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0298@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0299@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0300@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0301@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0302@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0303@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0304@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0305@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0306@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0307@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0308@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0309@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0310@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0311@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0312@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0313@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0314@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0315@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0316@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0317@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0318@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0319@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0320@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0321@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0322@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0323@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0324@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0325@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0326@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0327@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0328@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0329@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0330@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0331@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0332@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0333@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0334@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0335@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0336@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0337@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0338@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0339@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0340@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0341@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0342@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0343@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0344@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0345@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0346@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0347@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0348@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0349@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0350@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0351@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0352@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0353@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0354@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0355@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0356@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0357@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0358@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0359@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0360@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0361@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0362@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0363@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0364@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0365@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0366@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0367@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0368@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0369@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0370@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0371@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0372@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0373@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0374@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0375@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0376@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0377@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0378@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0379@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0380@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0381@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0382@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0383@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0384@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0385@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0386@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0387@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0388@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0389@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0390@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0391@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0392@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0393@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0394@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0395@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0396@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0397@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0398@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0399@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0400@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0401@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0402@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0403@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0404@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0405@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0406@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0407@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0408@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0409@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0410@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0411@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0412@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0413@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0414@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0415@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0416@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0417@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0418@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0419@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0420@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0421@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0422@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0423@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0424@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0425@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0426@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0427@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0428@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0429@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0430@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0431@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0432@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0433@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0434@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0435@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0436@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0437@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0438@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0439@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0440@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0441@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0442@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0443@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0444@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0445@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0446@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0447@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0448@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0449@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0450@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0451@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0452@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0453@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0454@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0455@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0456@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0457@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0458@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0459@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0460@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0461@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0462@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0463@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0464@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0465@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0466@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0467@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0468@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0469@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0470@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0471@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0472@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0473@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0474@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0475@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0476@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0477@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0478@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0479@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0480@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0481@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0482@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0483@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0484@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0485@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0486@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0487@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0488@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0489@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0490@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0491@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0492@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0493@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0494@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0495@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0496@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0497@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0498@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0499@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0500@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0501@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0502@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0503@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0504@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0505@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0506@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0507@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0508@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0509@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0510@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0511@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0512@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0513@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0514@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0515@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0516@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0517@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0518@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0519@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0520@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0521@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0522@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0523@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0524@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0525@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0526@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0527@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0528@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0529@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0530@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0531@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0532@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0533@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0534@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0535@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0536@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0537@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0538@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0539@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0540@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0541@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0542@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0543@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0544@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0545@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0546@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0547@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0548@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0549@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0550@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0551@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0552@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0553@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0554@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0555@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0556@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0557@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0558@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0559@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0560@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0561@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0562@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0563@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0564@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0565@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0566@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0567@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0568@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0569@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0570@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0571@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0572@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0573@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0574@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0575@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0576@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0577@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0578@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0579@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0580@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0581@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0582@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0583@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0584@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0585@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0586@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0587@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0588@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0589@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0590@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0591@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0592@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0593@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0594@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0595@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0596@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0597@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0598@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0599@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0600@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0601@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0602@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0603@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0604@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0605@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0606@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0607@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0608@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0609@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0610@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0611@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0612@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0613@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0614@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0615@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0616@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0617@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0618@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0619@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0620@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0621@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0622@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0623@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0624@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0625@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0626@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0627@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0628@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0629@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0630@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0631@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0632@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0633@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0634@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0635@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0636@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0637@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0638@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0639@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0640@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0641@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0642@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0643@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0644@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0645@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0646@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0647@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0648@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0649@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0650@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0651@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0652@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0653@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0654@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0655@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0656@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0657@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0658@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0659@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0660@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0661@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0662@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0663@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0664@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0665@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0666@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0667@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0668@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0669@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0670@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0671@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0672@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0673@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0674@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0675@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0676@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0677@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0678@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0679@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0680@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0681@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0682@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0683@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0684@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0685@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0686@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0687@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0688@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0689@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0690@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0691@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0692@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0693@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0694@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0695@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0696@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0697@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0698@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0699@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0700@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0701@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0702@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0703@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0704@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0705@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0706@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0707@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0708@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0709@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0710@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0711@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0712@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0713@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0714@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0715@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0716@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0717@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0718@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0719@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0720@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0721@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0722@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0723@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0724@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0725@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0726@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0727@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0728@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0729@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0730@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0731@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0732@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0733@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0734@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0735@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0736@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0737@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0738@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0739@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0740@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0741@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0742@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0743@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0744@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0745@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0746@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0747@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0748@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0749@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0750@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0751@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0752@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0753@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0754@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0755@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0756@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0757@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0758@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0759@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0760@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0761@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0762@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0763@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0764@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0765@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0766@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0767@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0768@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0769@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0770@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0771@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0772@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0773@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0774@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0775@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0776@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0777@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0778@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0779@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0780@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0781@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0782@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0783@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0784@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0785@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0786@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0787@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0788@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0789@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0790@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0791@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0792@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0793@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0794@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0795@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0796@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0797@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0798@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0799@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0800@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0801@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0802@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0803@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0804@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0805@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0806@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0807@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0808@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0809@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0810@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0811@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0812@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0813@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0814@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0815@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0816@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0817@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0818@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0819@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0820@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0821@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0822@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0823@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0824@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0825@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0826@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0827@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0828@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0829@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0830@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0831@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0832@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0833@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0834@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0835@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0836@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0837@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0838@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0839@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0840@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0841@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0842@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0843@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0844@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0845@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0846@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0847@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0848@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0849@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0850@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0851@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0852@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0853@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0854@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0855@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0856@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0857@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0858@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0859@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0860@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0861@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0862@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0863@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0864@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0865@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0866@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0867@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0868@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0869@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0870@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0871@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0872@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0873@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0874@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0875@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0876@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0877@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0878@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0879@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0880@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0881@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0882@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0883@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0884@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0885@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0886@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0887@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0888@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0889@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0890@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0891@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0892@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0893@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0894@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0895@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0896@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0897@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0898@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0899@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0900@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0901@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0902@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0903@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0904@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0905@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0906@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0907@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0908@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0909@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0910@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0911@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0912@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0913@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0914@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0915@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0916@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0917@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0918@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0919@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0920@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0921@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0922@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0923@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0924@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0925@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0926@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0927@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0928@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0929@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0930@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0931@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0932@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0933@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0934@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0935@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0936@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0937@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0938@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0939@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0940@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0941@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0942@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0943@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0944@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0945@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0946@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0947@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0948@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0949@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0950@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0951@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0952@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0953@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0954@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0955@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0956@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0957@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0958@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0959@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0960@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0961@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0962@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0963@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0964@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0965@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0966@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0967@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0968@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0969@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0970@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0971@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0972@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0973@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0974@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0975@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0976@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0977@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0978@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0979@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0980@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0981@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0982@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0983@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0984@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0985@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0986@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0987@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0988@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0989@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0990@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0991@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0992@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0993@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0994@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0995@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0996@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0997@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0998@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<r0999@localhost>
S~ 250 2\.1\.5 .*
C: RCPT TO:<one.too.many@localhost>
S: 452 4.5.3 Too many recipients
C: DATA
S: 354 End with CRLF . CRLF
C: x
C: .
S: 250 2.0.0 Accepted, id 0
= quit
