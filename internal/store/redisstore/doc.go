// Package redisstore keeps what may vanish safely: sign-ins in flight, authorization codes, opaque access tokens, the
// counters of limits and the last activity of sessions. Losing all of it restarts the sign-ins in flight and nothing else: what must
// not become good again is spent in SQL as well. It also carries words between nodes (Publish and Listen).
//
// It answers the ports signin.Transactions, proof.SMSLimits, oidcop.Codes, oidcop.References and session.Activity. Whatever
// is single-use or a compare-and-swap is one Lua script over keys of one cluster slot, so that of any number of callers on
// any number of nodes exactly one succeeds (RFC 6749, sections 4.1.2 and 10.5; RFC 9700, section 4.5). Values are sealed for
// the key they lie under, unless they hold nothing about a person; keys that would reveal a telephone number or an address are
// blinded.
//
// Lifetimes are given to Redis relative to the moment they begin, so that the clocks of nodes and of Redis need not agree.
// Every call is over within answerWithin. It never retries what may have run already, never decides what a value means, and
// holds nothing that must not be lost: failure counters that guard a proof live in SQL.
package redisstore
