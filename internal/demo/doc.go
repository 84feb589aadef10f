// Package demo is APS ID with no set-up: embedded stores, two practices with people whose passwords are no secret, three apps
// that really sign in through the provider, integrations, and an inbox that shows the messages it would have sent.
//
// It composes packages server and timesheets and seeds itself through package directory, so that everything in it came to be
// as it does in production, with an audit event each. Starting it again finds what is there. It runs on loopback only: the
// inbox shows security codes to every visitor.
package demo
