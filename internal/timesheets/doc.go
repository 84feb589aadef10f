// Package timesheets is a stand-in for an APS app: a page that lets people sign in through package rp and then shows what
// the app learned of them, and a form on which work can be lost, or kept. The demo runs it under the names of several apps;
// integrators read it as an example.
//
// It holds no accounts and nothing of the provider: all it knows of people comes out of the tokens. What they write down it
// forgets when it ends.
package timesheets
