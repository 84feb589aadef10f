// Package support is the support desk at /support: APS staff look after practices, answer requests for MFA, help people through
// support cases, and explain sign-ins. It is an app of the provider like any other, behind package door; staff sign in to it
// with MFA, always.
//
// It owns the pages and their words. Package policy decides what may be done, and what a case needs before a member of staff
// acts on the account of a person, and package directory carries it out. The only action on a person of a practice from here is
// that of an approved case.
package support
