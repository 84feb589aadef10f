// Package faulttest does to running nodes what machines, networks and operators do to them, while people sign in, and counts what that
// costs: nothing may be broken, doubled or lost, and all must work again within seconds.
//
// It owns the rows of deploy/docs/faults.md: each is a test that harms three nodes, their stores, or the senders of messages beside
// them, and proves in the end that every sign-in, log-out and event that was acknowledged is there. The servers that are harmed come
// from package rig. The tests know the product as apps, browsers and load balancers do; only the people are put into the database
// directly.
//
// `make fault` runs every row on `apsid serve` itself and writes the page; `make test` runs a few rows on nodes within the test.
package faulttest
