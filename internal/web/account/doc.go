// Package account is Your account, at /account: what people do about their own account, and the pages that links in e-mails
// lead to.
//
// Signed in, through package door: the password, the ways to get security codes, the recovery PIN, sessions, and recent
// activity. Whatever changes something asks for fresh proofs first, with a security code where the person has a way to get
// one. Not signed in: invitations, a forgotten password, a locked one, and "this wasn't me". There GET never acts (a scanner of
// mail follows links), and what is answered never depends on whether somebody exists (ABUSE 26).
//
// It decides nothing: package directory carries out the commands, and says who may.
package account
