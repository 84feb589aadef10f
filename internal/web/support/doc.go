// Package support is the support desk at /support: APS staff look after practices, answer requests for MFA, help people through
// support cases, and explain sign-ins. It is an app of the provider like any other, behind package door; staff sign in to it
// with MFA, always.
//
// It owns the pages and their words. What may be done, and what a case needs before anybody acts on somebody else's account, is
// decided in package policy and carried out by package directory. Nothing is done to a person of a practice from here, but for
// the action of an approved case.
package support
