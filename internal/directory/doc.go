// Package directory holds the use cases on practices, people and clients. Every command names its Actor, checks its input,
// and leaves exactly one audit event in the same transaction as its change; each session that it ends leaves one more.
//
// Commands on what exists ask package policy whether this [Caller] may give them, with the rights stored at that moment, and
// one that was refused leaves its event too. Who may create practices, people and clients is still the surfaces' to say.
//
// It generates secrets once and returns them once: afterwards only their hashes exist. It never opens a connection, and reads
// no clock.
//
// Redirect URIs follow RFC 9700, sections 2.1 and 4.1, and RFC 8252, section 7.
package directory
