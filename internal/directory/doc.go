// Package directory holds the use cases on practices, people and clients. Every command names its Actor, checks its input,
// and leaves exactly one audit event in the same transaction as its change.
//
// It generates secrets once and returns them once: afterwards only their hashes exist. It never decides who may call it
// (surfaces do), never opens a connection, and reads no clock.
//
// Redirect URIs follow RFC 9700, sections 2.1 and 4.1, and RFC 8252, section 7.
package directory
