// Package session owns the life of a signed-in browser at one app: whether it is alive, and how it is ended.
//
// It never starts one (that is the end of a sign-in, in the same SQL transaction as its last proof), never shares one between
// apps, and never touches a cookie or a token. Sources: OWASP ASVS 5.0 chapter 7, NIST SP 800-63B-4 section 5.
package session
