// Package directory holds the use cases on practices, people, clients and support cases, one service for each subject over one
// runner. It never opens a connection, reads no clock, and knows no surface.
//
// A command is described in package policy ([policy.Description]): what it acts on, who may give it, what they must have proved
// lately. The caller brings who they are and what they have proved ([Caller]); the runner reads their rights as stored at that
// moment, and asks [policy.Needs] about the target in the same transaction that changes it. A command that is refused, and one
// that succeeds, leaves exactly one audit event; each session that it ends leaves one more. A caller whose proofs are too old
// gets a [policy.StaleProofError], and no event is left. What belongs to another practice is answered as if it did not exist,
// and is on record in the caller's own practice. APS staff act on the people of a practice through a support case alone.
//
// The services, and the files that hold them:
//
//   - [People]: userquery, invite, useredit, userstate, unlock, passwordsend, mfareset, mfaremind, batch, signout, sessionquery, user, import, importpeople,
//     authenticator, recover, explain, menu
//   - [Practices]: practice, practiceedit, practicequery, practicestate, practiceapps, mandate, activation, events, export
//   - [Clients]: client, clientcheck, clienturi, clientedit, clientquery, clientupdate, register, secret, ownapps
//   - [Cases]: case, casecheck, casedecide, casehelp, casetell, caseview, casewords
//   - [Account]: password, pinchange, authenticatoradd, authenticatorsms, authenticatoredit, setup, signout
//   - [Links]: link, linkrequest, linkuse
//   - [Reminders]: remind, remindclient, remindmfa
//   - what they share: service (the services and their ports), runner and command (one run of a command), query (one run of a query),
//     caller, refusal, edits, freetext, name, notice, check, together, records, ports
//
// Links in e-mails are rights of their own: random, stored as their hash, used once, in the transaction of what they do. What is
// asked for without a sign-in (a forgotten password) is queued before it is looked up, and answered by a worker: see [Links.Answer].
//
// The command line on the server itself is refused nothing: it brings people in with the passwords they have ([People.ImportUsers]),
// gives several commands as one ([Directory.Together]), and lets the last administrator in again ([People.RecoverUser], [People.RecoverEnrolment]).
//
// Secrets are generated once and returned once: afterwards only their hashes exist. Redirect URIs follow RFC 9700, sections 2.1 and
// 4.1, and RFC 8252, section 7.
package directory
