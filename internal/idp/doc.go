// Package idp holds the domain types that every other package uses, and the errors they share.
//
// It owns the nouns (practice, user, authenticator, recovery PIN, client, session, audit event), their identifiers, the
// typed secret that never prints, and the one error type. It holds no decision (see policy), opens no connection and
// imports nothing but the standard library, and the tables of Unicode that fold names.
package idp
