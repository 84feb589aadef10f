// Package policy holds the pure decisions over idp types: is MFA required and why, which authenticators are allowed, is a
// proof locked, when does a session end, may this PIN or password be used, may this person enter this app.
//
// Each returns a named reason rather than a boolean, because the reason is what the audit trail, the support desk and the
// user need. It never reads a clock, a store or a configuration: everything is an argument.
package policy
