/*
 * queued: messages on their way out, kept safely until every recipient has an outcome.
 *
 * Commands of the operator, by way of master (ctl_call with ROLE_QUEUED). Arguments are "key=value";
 * answers are lines, their fields separated by TAB, values without TAB and line breaks (which become
 * spaces). Times are seconds since 1970, 0 for none.
 *
 * Filter, in `list`, `hold`, `unhold`, `schedule`, `fail`, `drop`: recipients that fit all of
 *   ids=1,2,3               numbers of messages
 *   account=NAME            exactly; "account=" is what came without one
 *   from=TEXT to=TEXT       part of the address, case folded
 *   submitted_before=T submitted_after=T next_before=T next_after=T
 *   hold=true|false
 * and of
 *   cursor=CURSOR           behind this one, of an earlier answer
 *   limit=N                 of `list`: at most so many (an answer may have less)
 * A command looks at a bounded number of recipients. Its answer ends with the line
 *   next TAB CURSOR         there may be more: the same command again, with this cursor
 *   end                     that was all
 *
 * list       a line for each recipient, ordered by id and number:
 *            rcpt id number created size hold(0,1) state attempts last next account sender
 *            recipient mid code ecode text mx
 *            state: "queued", "sending" (a transaction is under way), "failed" (the sender is still
 *            to be told); `number` counts the recipients of a message from 0; `mid` is the id in
 *            logs (16 hex digits); last: time of the last attempt; code (0: no server answered),
 *            ecode, text, mx: what came of it.
 * hold       keep back. Answer, as of the following: changed TAB number-of-recipients
 * unhold     let go again, at the time that was planned
 * schedule   one more argument: now=true, add=SECONDS (to the planned time; may be negative), or at=T
 * fail       give up: the sender gets a notification
 * drop       remove without a word
 *            Recipients in state "sending" may still be delivered to by the transaction under way.
 * dump       id=ID offset=N: the message as it will be sent (signatures and trace in front), a piece
 *            from this byte on: size TAB bytes-of-all, then a line of base64, "" behind the end
 * status     key TAB number: messages, recipients, held, inflight, destinations
 */
#ifndef MOX_QUEUED_H
#define MOX_QUEUED_H

#endif
