// Package steps is the surface on which people sign in: one page for each step, at /signin/{client}/{sign-in}/{step}.
//
// It owns how a posted form becomes a signin.Form, how the outcome becomes a redirect or the same page with a message, and every
// word on those pages. It never decides which step comes next, never checks a proof, and never repeats a secret: what was typed
// into a password, code or PIN field leaves this package towards package signin only.
//
// Plain POST, 303, GET (RFC 9110, section 15.4.4); a rejected form is 422 (section 15.5.21) on the same address.
package steps
