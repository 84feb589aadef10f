// Package account is Your account, at /account: what people do about their own account, and the pages that links in e-mails
// lead to.
//
// Signed in, through package door: the password, the ways to sign in, the recovery PIN, sessions, and recent
// activity. A command that changes something asks for fresh proofs first, with a security code if the person has a way to get
// one. Not signed in: invitations, a forgotten password, a locked one, and "this wasn't me". These pages never act on a GET (a
// mail scanner follows links), and their answer never depends on whether an account exists (ABUSE 26).
//
// It decides nothing: package directory carries out the commands, and says who may give them.
package account
