// Package storetest is the contract of the stores: one suite that every implementation runs, embedded or on a real server,
// with no difference allowed.
//
// It owns what a store promises to its callers (single use, compare-and-swap, expiry, whole and exact values, one practice
// apart from another, nothing readable for a thief) as tests. It never looks at how a store does it, except to check what
// lies underneath. Used by tests only.
package storetest
