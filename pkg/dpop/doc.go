// Package dpop checks and makes DPoP proofs (RFC 9449): a JWT that a client signs for one request, with a key of its own, so that a
// token that was stolen is of no use without the key.
//
// It owns what a proof must say and how it is compared with the request it came with. It never stores anything, reads no clock, and
// knows no nonces: whether a proof was seen before, and whether its nonce is one of the server's, is for the caller to say, by
// [Proof.ID] and [Proof.Nonce].
//
//	proof, err := dpop.Verify(r.Header.Values(dpop.Header), dpop.Request{Method: r.Method, URL: address, AccessToken: token}, now)
//	// then: token bound to proof.Thumbprint? proof.Key() not seen before? nonce ours?
//
// A client signs with a [Key].
package dpop
