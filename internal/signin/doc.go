// Package signin runs a sign-in, from an app's request to the moment its code may be issued.
//
// It owns the transaction and its states (diagram.md), the events that move it, and Next, the pure function that is the only
// transition there is. Around Next, Service loads a transaction, checks the proof that was posted, turns the result into an
// event, commits what follows from it to SQL in one transaction with its audit events, saves the transaction by
// compare-and-swap, and only then does what can't be taken back, like sending a text message. SQL is committed first: after a
// crash in between, a step is done again, and nothing that was used up, revoked or counted is forgotten.
//
// Guessing is slowed by locks that grow (policy.LockDuration), never by a handler that waits: waiting would hold the attacker's
// connections and the provider's own alike. The lock of a password holds for browsers that have not signed its owner in before;
// each browser that has counts for itself, and a link sent by e-mail ends the lock, so that an attacker who knows an e-mail
// address can't keep its owner out.
//
// A right password is also judged by the rules for new ones, once a day for each person, and its owner may choose another one before
// the app gets its answer. That is advice: no sign-in fails for it.
//
// A passkey counts as one more step after the password, or by itself as all of them, where its device has verified the person. Where a
// requirement of phishing resistance is in force, nothing weaker leads to the end, nor to a new passkey: the first one takes an
// enrolment code that was read out in person.
//
// It never sees HTTP, never words a page, and never issues a token. Sources: NIST SP 800-63B-4 sections 2 to 4, RFC 6238,
// RFC 8176, OWASP ASVS 5.0 chapters 6 and 7.
package signin
