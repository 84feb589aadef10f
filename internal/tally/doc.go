// Package tally writes the audit events of what any caller can cause without a sign-in, as often as they like: a request of an unknown
// client, a made-up link, a password for a user name that does not exist. The first event of a kind is written at once; after it at
// most one a minute, which counts in its detail "suppressed" how many like it were left out before it. No count is lost when the flood
// ends, or the node stops in order.
//
// Which events these are is for the caller to say. Kinds are kept in memory, on each node for itself, and forgotten after a quiet minute.
package tally
