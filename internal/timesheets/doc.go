// Package timesheets is a stand-in for an APS app: a page that lets people sign in through package rp and then shows what
// the app learned of them. The demo runs it twice, as Cloud Timesheets and as Contacts+; integrators read it as an example.
//
// It holds no timesheets, no accounts and nothing of the provider: all it knows comes out of the tokens.
package timesheets
