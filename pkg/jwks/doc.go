// Package jwks keeps the public keys of a provider, for those who check what it has signed: apps (package rp) and APIs (package rs).
//
// It owns when they are asked for, and which of them a token is checked with. It never says what a token must hold, and never stores
// anything outside of the process.
package jwks
