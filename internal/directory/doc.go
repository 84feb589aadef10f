// Package directory holds the use cases on practices, people and clients. Every command names its Actor, checks its input,
// and leaves exactly one audit event in the same transaction as its change; each session that it ends leaves one more.
//
// Commands and queries ask package policy whether this [Caller] may give them, with the rights stored at that moment. What was
// refused leaves its event too: what belongs to another practice is answered as if it did not exist, and is on record in the
// caller's own. APS staff act on people of a practice through a support case alone.
//
// Links in e-mails are rights of their own: random, stored as their hash, used once, in the transaction of what they do. What
// strangers ask for (a forgotten password) is queued before it is looked up, and answered by a worker: see [Service.Answer].
//
// The machine's own shell has nobody above it: it brings people in with the passwords they have ([Service.ImportUsers]), gives
// several commands as one ([Service.Together]), and lets the last administrator in again ([Service.RecoverUser]).
//
// It generates secrets once and returns them once: afterwards only their hashes exist. It never opens a connection, and reads
// no clock.
//
// Redirect URIs follow RFC 9700, sections 2.1 and 4.1, and RFC 8252, section 7.
package directory
